"""`LineProfiler`: measures the lines of functions while it is enabled."""

from __future__ import annotations

import sys
from types import FunctionType

from rsprofile import _core
from rsprofile._decorate import functions_of
from rsprofile.compat import _meters, _parts, _rounds
from rsprofile.compat._backends import choose_backend
from rsprofile.compat._code_map import CodeMap
from rsprofile.compat._locks import switching

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

    from rsprofile.compat._debugging import MemoryLimit

#: Backends that need no meter but the engine's own.
_RESIDENT = frozenset(("psutil", "rss", "posix"))


class LineProfiler:
    """Measures the memory of each line of some functions.

    Subclasses may leave out `super().__init__()`, set the attributes themselves and put a map of
    their own in the place of `code_map`.

    Attributes:
        code_map: The code to measure and its figures.
        enable_count: How often `enable_by_count` was called without its counterpart.
        max_mem: MiB at which to stop in the debugger, or None.
        backend: Where the numbers come from.
    """

    #: What is open in the engine.
    _window: _core.Window | None = None
    #: Whether the engine reads a meter for us that is not its own.
    _has_meter = False
    _limit: MemoryLimit | None = None
    #: Whether a subclass has a trace function of its own.
    _traces = False
    code_map: Any
    enable_count: int
    max_mem: float | None = None
    backend: str
    prev_lineno: int | None = None
    _original_trace_function: Any = None

    def __init_subclass__(cls, **kw: Any) -> None:
        super().__init_subclass__(**kw)
        cls._traces = cls.trace_memory_usage is not LineProfiler.trace_memory_usage

    def __init__(self, **kw: Any) -> None:
        # A profiler may be made for each call. What is found on the object is found fast, so what
        # is looked at when it is enabled is put there though the class has it.
        self.enable_count = 0
        self._window = None
        self._has_meter = False
        self.prevlines: list[int] = []
        if not kw:
            self.backend = "psutil"
            self.code_map = CodeMap(False, "psutil")
            return
        backend = kw.get("backend", "psutil")
        self.backend = backend if backend == "psutil" else choose_backend(backend)
        self.code_map = CodeMap(kw.get("include_children", False), backend)
        self.max_mem = kw.get("max_mem")

    def __call__(self, func: Any = None, precision: int = 1) -> Any:
        """Measure a function whenever it runs.

        Args:
            func: The function. Left out, the result is a decorator.
            precision: Taken for compatibility: `show_results` has it.
        """
        if func is None:
            return self.__call__
        return _parts.decorate(func, self._measure)

    def _measure(self, func: Any) -> Any:
        self.add_function(func)
        return self.wrap_function(func)

    def timestamp(self, name: str = "<block>") -> LineProfiler:
        """Give a context manager that enables this profiler, for programs written for both.

        Args:
            name: Taken for compatibility: `TimeStamper.timestamp` has it.
        """
        return self

    def add_function(self, func: Any) -> None:
        """Measure a function while this profiler is enabled."""
        if type(func) is FunctionType and "__wrapped__" not in func.__dict__:
            # A profiler may be made for each call.
            self.code_map.add(func.__code__)
        else:
            functions = functions_of(func)
            if not functions:
                import warnings

                message = f"Could not extract a code object for the object {func!r}"
                warnings.warn(message, UserWarning, stacklevel=2)
            for function in functions:
                self.code_map.add(function.__code__)
        if self._window is not None:
            # The map may be another's, which does not tell windows.
            self._extend()

    def add_code(self, code: CodeType) -> None:
        """Measure a code object while this profiler is enabled."""
        self.code_map.add(code)
        self._extend()

    def wrap_function(self, func: Any) -> Any:
        """Give a function that calls another while this profiler is enabled.

        Generators and coroutines are measured while they run, and not while they wait.
        """
        return _rounds.enabled(func, self)

    def runctx(self, cmd: Any, globals: dict[str, Any], locals: dict[str, Any]) -> LineProfiler:
        """Execute a statement while this profiler is enabled; gives the profiler."""
        self.enable_by_count()
        try:
            exec(cmd, globals, locals)
        finally:
            self.disable_by_count()
        return self

    def enable_by_count(self) -> None:
        """Enable, until `disable_by_count` was called as often."""
        with switching:
            if self.enable_count == 0:
                self.enable()
            else:
                self._extend()
                if self._window is not None:
                    self._window.join()
            self.enable_count += 1

    def disable_by_count(self) -> None:
        """Undo one `enable_by_count`."""
        with switching:
            if self.enable_count > 0:
                self.enable_count -= 1
                if self.enable_count == 0:
                    self.disable()
                elif self._window is not None:
                    self._window.part()

    def enable(self) -> None:
        """Measure from now on."""
        if self._window is None:
            if self._traces:
                self._original_trace_function = sys.gettrace()
                sys.settrace(self.trace_memory_usage)
                return
            code_map = self.code_map
            window = _core.Window(code_map)
            children = getattr(code_map, "include_children", False)
            if children or self.backend not in _RESIDENT:
                _meters.take(_meters.name_of(self.backend, children))
                self._has_meter = True
            elif _meters.users:
                _meters.expect_own()
            if self.max_mem is not None:
                self._memory_limit().begin()
            window.open()
            self._window = window

    def disable(self) -> None:
        """Measure nothing until enabled again."""
        window = self._window
        if window is not None:
            self._window = None
            window.close()
            if self._limit is not None:
                self._limit.end()
            if self._has_meter:
                self._has_meter = False
                _meters.give_back()
        elif self._traces:
            sys.settrace(self._original_trace_function)

    def _memory_limit(self) -> MemoryLimit:
        if self._limit is None:
            from rsprofile.compat._debugging import MemoryLimit

            self._limit = MemoryLimit(self)
        return self._limit

    def _extend(self) -> None:
        """Measure code too that has come into the map while enabled."""
        with switching:
            if self._window is not None:
                self._window.add(self.code_map)

    def __enter__(self) -> None:
        self.enable_by_count()

    def __exit__(self, *_exception: object) -> None:
        self.disable_by_count()

    def trace_memory_usage(self, frame: FrameType, event: str, arg: Any) -> Any:
        """Be a trace function. The engine has no need of it; subclasses extend it."""
        code = frame.f_code
        if code in self.code_map and event in ("call", "line", "return"):
            if event == "call":
                self.prevlines.append(frame.f_lineno)
            elif event == "line" and self.prevlines:
                self.code_map.trace(code, self.prevlines[-1], self.prev_lineno)
                self.prev_lineno = self.prevlines[-1]
                self.prevlines[-1] = frame.f_lineno
            elif event == "return" and self.prevlines:
                line = self.prevlines.pop()
                self.code_map.trace(code, line, self.prev_lineno)
                self.prev_lineno = line
        if self._original_trace_function is not None:
            self._original_trace_function(frame, event, arg)
        return self.trace_memory_usage

    def trace_max_mem(self, frame: FrameType, event: str, arg: Any) -> Any:
        """Be a trace function that stops in the debugger where memory exceeds `max_mem`."""
        if event in ("line", "return") and frame.f_code in self.code_map:
            return self._memory_limit().stop(frame, event, arg) or self.trace_max_mem
        return self.trace_max_mem
