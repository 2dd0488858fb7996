"""`TimeStamper`: when functions began and ended, and the memory then."""

from __future__ import annotations

import os
import sys
import time
from _contextvars import ContextVar
from _thread import allocate_lock

from rsprofile.compat import _parts, _rounds
from rsprofile.compat._backends import get_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    #: MiB and Unix time.
    Stamp = tuple[float, float]

#: Memory that could not be read.
_UNKNOWN = float("nan")


class TimeStamper:
    """Records start and end of each call of the functions it decorates.

    A generator or coroutine counts from its first step to its last one. As a context manager, and
    between `enable_by_count` and its counterpart, it records a block.

    Attributes:
        functions: By function, the stamps of each call: start and, once it has ended, end.
        stack: By function, how many calls were running when each of its calls began.
        backend: Where the numbers come from.
        include_children: Whether to add the processes below.
        enable_count: How often `enable_by_count` was called without its counterpart.
    """

    def __init__(self, backend: str, include_children: bool = False) -> None:
        self.functions: dict[Any, list[list[Stamp]]] = {}
        self.stack: dict[Any, list[int]] = {}
        self.backend = backend
        self.include_children = include_children
        self.enable_count = 0
        self._block: _TimeStamperCM | None = None
        self._lock = allocate_lock()
        # Threads and tasks have a stack each.
        self._level: ContextVar[int] = ContextVar("level", default=-1)

    @property
    def current_stack_level(self) -> int:
        """How many calls run in this thread or task, less one."""
        return self._level.get()

    @current_stack_level.setter
    def current_stack_level(self, level: int) -> None:
        self._level.set(level)

    def __call__(self, func: Any = None, precision: int | None = None) -> Any:
        """Record each call of a function.

        Args:
            func: The function. Left out, the result is a decorator.
            precision: Taken for compatibility: the figures have a fixed form.

        Raises:
            ValueError: `func` cannot be called.
        """
        if func is None:
            return self.__call__
        if not callable(func) and not isinstance(func, (classmethod, property)):
            raise ValueError(f"cannot decorate {func!r}: it cannot be called")
        return _parts.decorate(func, self._record)

    def timestamp(self, name: str = "<block>") -> _TimeStamperCM:
        """Give a context manager that records a block.

        Args:
            name: What to call the block. Blanks in it become underscores where it is written.
        """

        def block() -> None:
            """Stand for the block among the functions."""

        block.__module__ = ""
        block.__name__ = name
        self.add_function(block)
        stamps: list[Stamp] = []
        with self._lock:
            self.functions[block].append(stamps)
        return _TimeStamperCM(stamps, "<unknown>", self.backend, self, block, self.include_children)

    def add_function(self, func: Any) -> None:
        """Make room for the calls of a function."""
        with self._lock:
            if func not in self.functions:
                self.functions[func] = []
                self.stack[func] = []

    def add_code(self, code: Any) -> None:
        """Take no notice: calls are seen by their wrappers."""

    def wrap_function(self, func: Any) -> Any:
        """Give a function that calls another one, which was added, and records the call."""
        return _rounds.wrap(func, lambda: _Call(self, func), _Call.end)

    def call_on_stack(self, func: Callable[..., Any], *args: Any, **kwds: Any) -> _OnStack:
        """Give a context manager that calls a function one level deeper, and gives its result."""
        return _OnStack(self, func, lambda: func(*args, **kwds))

    def runctx(self, cmd: Any, globals: dict[str, Any], locals: dict[str, Any]) -> TimeStamper:
        """Execute a statement as a block; gives the stamper."""
        with self:
            exec(cmd, globals, locals)
        return self

    def enable_by_count(self) -> None:
        """Begin a block, until `disable_by_count` was called as often."""
        self.enable_count += 1
        if self.enable_count == 1:
            self.enable()

    def disable_by_count(self) -> None:
        """Undo one `enable_by_count`."""
        if self.enable_count > 0:
            self.enable_count -= 1
            if self.enable_count == 0:
                self.disable()

    def enable(self) -> None:
        """Begin a block."""
        if self._block is None:
            self._block = self.timestamp()
            self._block.__enter__()

    def disable(self) -> None:
        """End it."""
        block, self._block = self._block, None
        if block is not None:
            block.__exit__()

    def __enter__(self) -> TimeStamper:
        self.enable_by_count()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.disable_by_count()

    def show_results(self, stream: Any = None) -> None:
        """Write a line `FUNC name MiB start MiB end level` for each call, the open ones until now.

        Args:
            stream: Anything with `write()`; standard output by default.
        """
        if stream is None:
            stream = sys.stdout
        with self._lock:
            recorded = [
                (func, list(stamps), list(self.stack.get(func, ())))
                for func, stamps in self.functions.items()
            ]
        for func, calls, levels in recorded:
            name = "_".join(f"{func.__module__}.{_name_of(func)}".split())
            for stamps, level in zip(calls, levels, strict=False):
                start, *end = stamps or [self._now()]
                last = end[0] if end else self._now()
                numbers = f"{start[0]:.4f} {start[1]:.4f} {last[0]:.4f} {last[1]:.4f}"
                stream.write(f"FUNC {name} {numbers} {level}\n")

    def forget(self) -> None:
        """Drop what the parent has recorded, in the child of a fork."""
        # A thread of the parent may have had it.
        self._lock = allocate_lock()
        for calls in self.functions.values():
            calls.clear()
        for levels in self.stack.values():
            levels.clear()

    def _record(self, func: Any) -> Any:
        self.add_function(func)
        return self.wrap_function(func)

    def _now(self) -> Stamp:
        return _now(self.backend, self.include_children)

    def _push(self, func: Any) -> int:
        """Note that a call begins; its level."""
        level = self._level.get() + 1
        self._level.set(level)
        with self._lock:
            self.stack.setdefault(func, []).append(level)
        return level


class _Call:
    """A call that is being recorded. In the rounds of a generator it is the profiler."""

    def __init__(self, stamper: TimeStamper, func: Any) -> None:
        self._stamper = stamper
        self._below = stamper.current_stack_level
        self._level = self._below + 1
        self._stamps = [stamper._now()]
        with stamper._lock:
            stamper.functions.setdefault(func, []).append(self._stamps)
            stamper.stack.setdefault(func, []).append(self._level)

    def enable_by_count(self) -> None:
        """Go on with it."""
        self._below = self._stamper.current_stack_level
        self._stamper.current_stack_level = self._level

    def disable_by_count(self) -> None:
        """Leave it, for a while or for good."""
        self._stamper.current_stack_level = self._below

    def end(self) -> None:
        """Note that it has ended."""
        self._stamps.append(self._stamper._now())


class _TimeStamperCM:
    """Stamps the start and the end of a block."""

    def __init__(
        self,
        timestamps: list[Stamp],
        filename: str,
        backend: str,
        timestamper: TimeStamper | None = None,
        func: Any = None,
        include_children: bool = False,
    ) -> None:
        self.timestamps = timestamps
        self.filename = filename
        self.backend = backend
        self.ts = timestamper
        self.func = func
        self.include_children = include_children

    def __enter__(self) -> None:
        if self.ts is not None:
            self.ts._push(self.func)
        self._stamp()

    def __exit__(self, *args: object) -> None:
        if self.ts is not None:
            self.ts.current_stack_level -= 1
        self._stamp()

    def _stamp(self) -> None:
        self.timestamps.append(_now(self.backend, self.include_children))


class _OnStack:
    """Calls a function on entry, one level deeper until the exit."""

    def __init__(self, stamper: TimeStamper, func: Any, call: Callable[[], Any]) -> None:
        self._stamper = stamper
        self._func = func
        self._call = call

    def __enter__(self) -> Any:
        self._stamper._push(self._func)
        try:
            return self._call()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_exception: object) -> None:
        self._stamper.current_stack_level -= 1


def _now(backend: str, include_children: bool) -> Stamp:
    try:
        stamp: Stamp | None = get_memory(os.getpid(), backend, True, include_children)
    except OSError:
        # There may be no descriptor left to read it through; that is not the program's trouble.
        stamp = None
    return stamp or (_UNKNOWN, time.time())


def _name_of(func: Any) -> str:
    return getattr(func, "__name__", None) or type(func).__name__
