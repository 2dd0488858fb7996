"""Put a function under a profiler, the way a user of that profiler does it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]


def decorator(tool: str) -> Callable[[Function], Function]:
    """The decorator of one of the profilers compared; reports go nowhere."""
    if tool == "bare":
        return lambda function: function
    if tool == "line_profiler":
        from line_profiler import LineProfiler

        return LineProfiler()
    if tool == "memory_profiler":
        from memory_profiler import profile

        return lambda function: profile(function, stream=io.StringIO())
    if tool in ("rsprofile", "rsprofile-peak"):
        from rsprofile import _core, profile

        _core.configure(peak=tool == "rsprofile-peak")
        return profile(stream=io.StringIO())
    raise SystemExit(f"unknown tool {tool!r}")
