"""Stopping in the debugger when a function has grown too large."""

from __future__ import annotations

import sys

from rsprofile.compat._backends import get_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any


class MemoryLimit:
    """Starts pdb where the memory of a profiled function first exceeds a limit.

    The event at which it does so is handed to the debugger: it shows the very line, which has not
    run. Stopping happens once.
    """

    def __init__(self, profiler: Any) -> None:
        # Before anything is measured: it is of some size.
        from pdb import Pdb

        self._debugger = Pdb
        self._profiler = profiler
        self._before: Any = None
        self._is_over = False

    def begin(self) -> None:
        """Trace this thread from the next call on, beside what traces it now."""
        if not self._is_over:
            self._before = sys.gettrace()
            sys.settrace(self._trace_call)

    def end(self) -> None:
        """Give the thread back, unless the debugger has it."""
        if sys.gettrace() == self._trace_call:
            sys.settrace(self._before)

    def stop(self, frame: FrameType, event: str, arg: Any) -> Any:
        """Debug a frame if memory is over the limit; the debugger's trace function then, or None.

        Args:
            frame: The frame.
            event: `line` or `return`.
            arg: What the event came with.
        """
        profiler = self._profiler
        children = getattr(profiler.code_map, "include_children", False)
        try:
            memory = get_memory(-1, profiler.backend, include_children=children)
        except OSError:
            # There may be no descriptor left to read it through.
            return None
        limit = profiler.max_mem
        if self._is_over or limit is None or memory is None or memory < limit:
            return None
        self._is_over = True
        print(f"Current memory {memory:.2f} MiB exceeded the maximum of {limit:.2f} MiB")
        print("Stepping into the debugger ")
        debugger = self._debugger(skip=["rsprofile.*"])
        debugger.set_trace(frame)
        return debugger.trace_dispatch(frame, event, arg)

    def _trace_call(self, frame: FrameType, event: str, arg: Any) -> Any:
        """Be the trace function of the thread."""
        theirs = None if self._before is None else self._before(frame, event, arg)
        if frame.f_code not in self._profiler.code_map:
            return theirs

        def trace(frame: FrameType, event: str, arg: Any) -> Any:
            nonlocal theirs
            if theirs is not None:
                theirs = theirs(frame, event, arg)
            if event in ("line", "return"):
                return self.stop(frame, event, arg) or trace
            return trace

        return trace
