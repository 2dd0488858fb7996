"""What `profile` is in a program whose memory is recorded: it writes calls, not lines.

From Python 3.12 on the interpreter tells of the calls, and functions stay what they are. Before,
and where it has no tool id left, they are wrapped.
"""

from __future__ import annotations

import atexit
import os
import sys
from _thread import _local

from rsprofile import _core
from rsprofile._decorate import functions_of
from rsprofile._place import FOLDER
from rsprofile.compat import _parts, _rounds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Where the recording is, in the environment of the program and of what it starts.
PLACE = "RSPROFILE_RECORD"


class Spans:
    """Records start and end of each call of what it decorates, and of `with` blocks.

    A generator or coroutine is one call, from its first step to its last one.
    """

    def __init__(self) -> None:
        self._count = 0
        self._blocks = _local()

    def __call__(self, target: Any = None, /, **_options: Any) -> Any:
        """Record each call of a function, or of the functions in a class or descriptor.

        Args:
            target: What to record. Left out, the result is a decorator.
            _options: Those of `rsprofile.profile`, which are of lines.

        Returns:
            The same object, or one of its kind.
        """
        if target is None:
            return self.__call__
        functions = functions_of(target)
        watched = [_core.spans_watch(one.__code__, _name_of(one)) for one in functions]
        return target if watched and all(watched) else _parts.decorate(target, _wrap)

    def timestamp(self, name: str = "<block>") -> _Block:
        """Give a context manager that records a block.

        Args:
            name: What to call the block. Blanks in it become underscores.
        """
        return _Block(name)

    def __enter__(self) -> Spans:
        """Begin a block; it is called after the function it is in and its line."""
        spans = self._blocks.__dict__.setdefault("spans", [])
        spans.append(_core.Span(_here()))
        return self

    def __exit__(self, *_exception: object) -> None:
        """End it."""
        spans = self._blocks.__dict__.get("spans")
        if spans:
            spans.pop().end()

    def enable_by_count(self) -> None:
        """Begin a block, until `disable_by_count` was called as often."""
        self._count += 1
        if self._count == 1:
            self.__enter__()

    def disable_by_count(self) -> None:
        """Undo one `enable_by_count`."""
        if self._count > 0:
            self._count -= 1
            if self._count == 0:
                self.__exit__()

    def enable(self) -> None:
        """Record calls from now on; it is on at the start."""
        _core.spans_enable(True)

    def disable(self) -> None:
        """Record no calls until `enable()`."""
        _core.spans_enable(False)

    def _nothing(self, *_arguments: Any, **_options: Any) -> None:
        """Do nothing: there are no figures of lines."""

    add_function = report = save = _nothing


class _Block:
    """Records from its beginning to its end."""

    def __init__(self, name: str) -> None:
        self._name = "_".join(name.split())
        self._span: _core.Span | None = None

    def __enter__(self) -> None:
        self._span = _core.Span(self._name)

    def __exit__(self, *_exception: object) -> None:
        if self._span is not None:
            self._span.end()


def _wrap(func: Any) -> Any:
    """Give a function of the same kind that records its calls."""
    if not callable(func):
        return func
    name = _name_of(func)
    if _rounds.suspends(func):
        return _rounds.wrap(func, lambda: _core.Span(name, running=False), _core.Span.end)
    begin = _core.Span

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        span = begin(name)
        try:
            return func(*args, **kwargs)
        finally:
            span.end()

    return _rounds.dress(wrapper, func)


def _name_of(func: Any) -> str:
    name = getattr(func, "__qualname__", None) or type(func).__qualname__
    module = getattr(func, "__module__", None) or type(func).__module__
    return "_".join(f"{module}.{name.replace('<locals>.', '')}".split())


def _here() -> str:
    """Name the place in the program that is running."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(FOLDER):
        frame = frame.f_back
    module, code = frame.f_globals.get("__name__", ""), frame.f_code
    function = "" if code.co_name == "<module>" else f".{code.co_qualname}"
    return f"{module}{function.replace('<locals>.', '')}:{frame.f_lineno}"


def _open() -> Spans:
    try:
        _core.spans_join(os.environ[PLACE])
    except OSError as error:
        from rsprofile._output import complain, reason

        complain(f"calls are not recorded: cannot write {os.environ[PLACE]}: {reason(error)}")
    os.register_at_fork(after_in_child=_core.spans_forked)
    atexit.register(_core.spans_finish)
    return Spans()


profile = _open()
