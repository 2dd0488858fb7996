"""The `profile` object: decorator, context manager and switch in one."""

from __future__ import annotations

import sys

from rsprofile import _core
from rsprofile._decorate import functions_of
from rsprofile._layout import Layout
from rsprofile._output import complain
from rsprofile._session import session

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence
    from types import FrameType, TracebackType
    from typing import Literal, TypeVar, overload

    from rsprofile._layout import Writable

    T = TypeVar("T")
else:

    def overload(function: object) -> object:
        """Stand in for `typing.overload`: importing typing costs the profiled program memory."""
        return function


class Profiler:
    """Measures the lines of what it decorates, or of a `with` block.

    Example:
        ```python
        from rsprofile import profile

        @profile
        def work(): ...

        with profile:
            work()
        ```
    """

    def __init__(self) -> None:
        self._count = 0
        # By the identity of the block's code, which the engine keeps alive: its function id and how
        # many such blocks are open, in recursion or other threads.
        self._blocks: dict[int, list[int]] = {}

    @overload
    def __call__(self, target: T, /) -> T: ...
    @overload
    def __call__(  # noqa: F811 (ruff knows overload by its module only)
        self,
        target: None = None,
        /,
        *,
        precision: int | None = None,
        stream: Writable | None = None,
        report: Literal["call", "exit"] | None = None,
        columns: Sequence[str] | str | None = None,
        meter: str | None = None,
    ) -> Callable[[T], T]: ...
    def __call__(  # noqa: F811
        self,
        target: object = None,
        /,
        *,
        precision: int | None = None,
        stream: Writable | None = None,
        report: Literal["call", "exit"] | None = None,
        columns: Sequence[str] | str | None = None,
        meter: str | None = None,
    ) -> object:
        """Profile every line of a function, method, descriptor, callable object or class.

        Args:
            target: What to profile. Left out, the result is a decorator with these options.
            precision: Digits behind the decimal point.
            stream: Where the report goes; standard output by default.
            report: `call` prints a report after each outermost call, `exit` one over all calls when
                the program ends. The default is `call` where somebody types, else `exit`.
            columns: `usage`, `increment`, `occurrences`, `peak`, `own`; with the heap meter `live`,
                `allocated`, `freed`, `count`; a list or text with commas. Names that are not among
                the default columns are added to these.
            meter: `rss`, `pss`, `uss`, `heap`, or two as `rss,heap`: what to show of it, whatever
                the command line has others show. Of `rss`, `pss` and `uss` a run reads one, that of
                the command line or else the first that is asked for.

        Returns:
            The very object given.

        Raises:
            ValueError: An option has a value that means nothing.
            TypeError: The stream cannot be written to.
        """
        layout = Layout(
            report=report, stream=stream, precision=precision, columns=columns, meter=meter
        )
        _check_layout(layout)

        def decorate(target: T) -> T:
            _profile(target, layout)
            return target

        return decorate if target is None else decorate(target)

    def add_function(self, function: object) -> None:
        """Profile a function, as decorating it would."""
        layout = Layout()
        _check_layout(layout)
        _profile(function, layout)

    def enable(self) -> None:
        """Measure from now on. It is a plain switch: once is enough, and it is on at the start."""
        session.enable(True)

    def disable(self) -> None:
        """Measure nothing until `enable()`; what is measured already stays."""
        session.enable(False)

    def enable_by_count(self) -> None:
        """Measure until `disable_by_count` was called as often as this."""
        self._count += 1
        self.enable()

    def disable_by_count(self) -> None:
        """Undo one `enable_by_count`; the last one stops measuring."""
        if self._count > 0:
            self._count -= 1
            if self._count == 0:
                self.disable()

    def __enter__(self) -> Profiler:
        """Profile the lines of the block that begins."""
        frame = _block_frame()
        _check_layout(Layout())
        try:
            session.begin()
            _core.start()
            function = _core.enter_block(frame)
        except OSError as error:
            session.give_up(error)
            return self
        if function not in session.keys:
            session.note(function, frame.f_code, Layout())
        self._blocks.setdefault(id(frame.f_code), [function, 0])[1] += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the block; in a REPL its report follows."""
        if session.has_failed:
            return
        frame = _block_frame()
        _core.exit_block(frame)
        _core.stop()
        block = self._blocks.get(id(frame.f_code))
        if block is None:
            return
        block[1] -= 1
        if block[1] == 0 and session.reports_calls(session.layouts[block[0]]):
            session.report_call(block[0])

    def report(
        self,
        stream: Writable | None = None,
        *,
        precision: int | None = None,
        columns: Sequence[str] | str | None = None,
    ) -> None:
        """Write what was measured so far. The report at exit is left out if nothing is added to it.

        It looks and goes as the decorators say, like the report at exit; what is given here counts
        instead, for all functions.

        Args:
            stream: Where to write.
            precision: Digits behind the decimal point.
            columns: As for the decorator.

        Raises:
            ValueError: A column has no meaning.
        """
        from rsprofile._reports import print_tables, tables_of

        asked = Layout(stream=stream, precision=precision, columns=columns)
        profile = session.collect()
        print_tables(tables_of(profile, asked))
        if stream is None:
            session.last_shown = profile.functions

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write what was measured so far as JSON, for `rsprofile show`.

        Args:
            path: The file to write; it is replaced as a whole.

        Raises:
            OSError: The file cannot be written.
        """
        session.collect().save(path)


def _profile(target: object, layout: Layout) -> None:
    functions = functions_of(target)
    if not functions:
        import warnings

        what = "a class without methods" if isinstance(target, type) else "not a Python function"
        warnings.warn(f"cannot profile {target!r}: it is {what}", UserWarning, stacklevel=4)
        return
    try:
        for function in functions:
            session.register(function.__code__, "function", layout)
        session.begin()
        for function in functions:
            _core.arm(function)
    except OSError as error:
        session.give_up(error)


def _check_layout(layout: Layout) -> None:
    """Refuse unknown values where they are written, and have read what they ask for."""
    if layout.render_options() or not session.covers():
        try:
            session.need(layout)
        except OSError as error:
            complain(f"the {layout.meter or session.meter} meter is not read: {error}")
    if (
        "peak" in (layout.columns or ())
        and not _core.settings()["peak"]
        and _core.settings()["meter"] != "heap"
    ):
        try:
            session.reconfigure(peak=True)
        except OSError as error:
            complain(f"peaks are not read: {error}")


def _block_frame() -> FrameType:
    """Give the frame of the `with` statement, though an `ExitStack` may stand between."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__") == "contextlib":
        frame = frame.f_back
    return frame


#: The profiler of this process; there is only one.
profile = Profiler()
