"""Put a function under a profiler, the way a user of that profiler does it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]


class Tool:
    """One of the profilers compared; its reports go nowhere."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._profile: Any = None
        # Traces all code, decorated or not.
        self._heap: Any = None
        if name == "line_profiler":
            from line_profiler import LineProfiler

            self.decorate: Callable[[Function], Function] = LineProfiler()
        elif name == "memory_profiler":
            from memory_profiler import profile

            self.decorate = lambda function: profile(function, stream=io.StringIO())
        elif name == "compat":
            from rsprofile.compat.memory_profiler import profile

            self.decorate = lambda function: profile(function, stream=io.StringIO())
        elif name in ("rsprofile", "rsprofile-peak"):
            from rsprofile import _core, profile

            _core.configure(peak=name == "rsprofile-peak")
            self._profile = profile
            self.decorate = profile(stream=io.StringIO())
        elif name in ("rsprofile-heap", "rsprofile-rss,heap"):
            from rsprofile import profile

            self._profile = profile
            meter = name.partition("-")[2]
            self.decorate = profile(stream=io.StringIO(), meter=meter)
        elif name == "tracing":
            from rsprofile import heap

            self._heap = heap
            self.decorate = lambda function: function
        elif name == "bare":
            self.decorate = lambda function: function
        else:
            raise SystemExit(f"unknown tool {name!r}")

    def off(self) -> None:
        """Let the process run as without the tool. The others are off outside their functions."""
        if self._profile:
            self._profile.disable()
        if self._heap:
            self._heap.stop()

    def on(self) -> None:
        """Profile again."""
        if self._profile:
            self._profile.enable()
        if self._heap:
            self._heap.start()
