"""What is measured in this process, and what becomes of the numbers when it ends.

One session for each process. It starts with the first thing to profile, and its end is an `atexit`
handler. Who prints depends on its role: a plain script its decorated functions, a runner what its
command line says, a child process nothing: it leaves its numbers to the process that owns the run.
"""

from __future__ import annotations

import atexit
import sys

from rsprofile import _core
from rsprofile._layout import Layout, nothing
from rsprofile._place import FOLDER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

#: Identity of a function in a document: file, qualified name, first line.
Key = tuple[str, str, int]


class Session:
    """The measurement of one process.

    Attributes:
        layouts: The decorator options of each function, by its id.
        keys: Where to find each function in a document, by its id.
        finish: What to do with the numbers at the end of the process.
        meter: The meters shown of functions whose decorators leave it open.
        has_chosen: Whether the command line has named meters.
        default_report: `call` or `exit`, for functions whose decorator leaves it open.
        command: The program and its arguments.
        has_failed: Whether the meter cannot be read: nothing is profiled then.
        stacks: Frames kept of the stacks at which the whole program allocates, None if that is not
            recorded.
        temporaries: Whether it is recorded with them what is freed on the line that made it.
        last_shown: The functions and calls of the last report the program asked for.
        is_success: Whether the program has come to an end of its own, with status 0.
        failure: The status the process is to end with where the program ends with 0.
    """

    def __init__(self, finish: Callable[[], None]) -> None:
        self.layouts: dict[int, Layout] = {}
        self.keys: dict[int, Key] = {}
        self.finish = finish
        self.meter = "rss"
        self.has_chosen = False
        self.default_report = "call" if is_interactive() else "exit"
        self.last_shown: list[tuple[str, str, int, int]] | None = None
        self.command: list[str] = list(sys.argv)
        self.has_failed = False
        self.stacks: int | None = None
        self.temporaries = False
        self.is_success = False
        self.failure = 0
        self._reported: _core.Profile | None = None
        self._begun = False
        self._ended = False
        self._is_ending = False
        self._then: Callable[[], None] | None = None
        self._enabled = True
        self._running = False

    def give_up(self, error: OSError) -> None:
        """Measure nothing, since no meter can be read here, and say so once."""
        if not self.has_failed:
            self.has_failed = True
            from rsprofile._output import complain

            complain(f"nothing is profiled: {error}")

    def start_sites(self) -> None:
        """Record what the whole program allocates, if that was asked for."""
        if self.stacks is not None:
            _core.heap_keep(self.stacks, temporaries=self.temporaries)

    def clear_sites(self) -> None:
        """Forget what was allocated so far: it was not the program's."""
        if self.stacks is not None and _core.heap_is_tracing():
            _core.heap_clear()

    def _add_sites(self, profile: _core.Profile) -> None:
        if self.stacks is not None:
            _core.heap_sites(profile, FOLDER)

    def begin(self, *, measure: bool = True) -> None:
        """Start measuring, once: the first thing to profile calls this.

        Args:
            measure: Whether the hooks are to act. Without them it is only seen to the end of the
                process and to its children.
        """
        if not self._begun:
            self._begun = True
            atexit.register(self._at_exit)
            # With all the end will need: there may be no memory left then to import anything.
            from rsprofile import _children
            from rsprofile import _reports as _reports

            _children.watch()
        if measure:
            self._switch()

    def enable(self, on: bool) -> None:
        """Let the hooks act, or not, until told otherwise."""
        self._enabled = on
        if self._begun:
            self._switch()

    def reconfigure(self, **settings: Any) -> None:
        """Change what the engine reads, even after the start."""
        was_running = self._running
        if self._begun:
            self.close()
        _core.configure(**settings)
        if was_running:
            self._switch()

    def choose(self, meter: str, *, peak: bool) -> None:
        """Read the meters that were named for the whole run.

        Raises:
            ValueError: There is no such meter, or it has no peak.
            OSError: It cannot be read here.
        """
        _core.configure(meter=meter, peak=peak)
        self.meter = _core.settings()["meter"]
        self.has_chosen = True

    def covers(self) -> bool:
        """Whether what functions show that leave it open is read."""
        return self.meter == "heap" or _core.settings()["meter"] != "heap"

    def need(self, layout: Layout) -> None:
        """Read what a decorator asks for, beside what is read already.

        Raises:
            ValueError: It asks for something that there is not.
            OSError: It cannot be read here.
        """
        from rsprofile._meters import available, meter_of, union

        current = _core.settings()["meter"]
        wanted = available(layout.meter or (current if self.covers() else self.meter))
        if layout.meter is not None:
            # Refused where it is written, whatever the run reads.
            _core.check_meter(wanted)
        wanted = meter_of(wanted, layout.render_options())
        shown = available(wanted)
        if shown != wanted:
            layout.columns = None
        if layout.meter is not None or ("heap" in shown.split(",") and shown != self.meter):
            layout.meter = shown
        meter = union(current, shown) if self.has_chosen or self.layouts else shown
        if meter != current:
            self.reconfigure(meter=meter)

    def register(self, code: CodeType, kind: str, layout: Layout) -> int:
        """Profile a code object.

        Returns:
            The id of the function.
        """
        function = _core.register(code, kind)
        self.note(function, code, layout)
        return function

    def note(self, function: int, code: CodeType, layout: Layout) -> None:
        """Remember how a function is to be reported."""
        self.keys[function] = (code.co_filename, code.co_qualname, code.co_firstlineno)
        self.layouts[function] = layout
        reports_calls = self.reports_calls(layout)
        _core.on_return(function, self.report_call if reports_calls else None)

    def reports_calls(self, layout: Layout) -> bool:
        """Whether a function of this layout is reported after each call."""
        return (layout.report or self.default_report) == "call"

    def report_call(self, function: int) -> None:
        """Print the numbers of the call that just ended, and keep them for the whole."""
        profile = self.set_aside(function)
        if not profile.is_empty():
            from rsprofile._reports import print_tables

            print_tables([(self.layouts[function], profile)])

    def set_aside(self, function: int) -> _core.Profile:
        """Have a function count from zero; its numbers so far are kept for the whole."""
        profile = _core.snapshot([function])
        if profile.is_empty():
            return profile
        _core.reset(function)
        shown = profile.select([0])
        if self._reported is not None:
            profile.merge_earlier(self._reported)
        self._reported = profile
        return shown

    def set_aside_so_far(self) -> _core.Profile | None:
        """Give what was set aside, if anything was."""
        return self._reported

    def collect(self) -> _core.Profile:
        """Give all numbers of this process so far, those already reported included."""
        profile = nothing() if self.has_failed else _core.snapshot()
        self._add_sites(profile)
        profile.set_run(command=self.command)
        if self._reported is None:
            return profile
        profile.merge_earlier(self._reported)
        return profile

    def forget(self) -> None:
        """Drop what was inherited from the parent: this process is a fork."""
        self._reported = None
        self._ended = self._is_ending = False
        self._then = None
        self.clear_sites()
        if self._begun:
            _core.after_fork_in_child()

    def close(self) -> None:
        """Give the hooks back."""
        self._running = False
        _core.close()

    def _switch(self) -> None:
        if self._enabled and not self._running:
            self._running = True
            _core.start()
        elif self._running and not self._enabled:
            self._running = False
            _core.stop()

    def end(self, then: Callable[[], None] | None = None) -> None:
        """Do with the numbers what is to be done, once: the process is about to end.

        Args:
            then: Ends the process. A signal may come while the numbers are being written: then this
                call returns, and `then` is left to the one it interrupted.
        """
        self._then = then or self._then
        if self._is_ending:
            return
        try:
            if self._begun and not self._ended:
                self._ended = self._is_ending = True
                self.finish()
        finally:
            self._is_ending = False
            if self._then is not None:
                self._then()

    def cancel(self) -> None:
        """Report nothing at the end: the program never ran."""
        self._ended = True

    def trace_threads(self) -> None:
        """Keep the trace hook of Python 3.11 on, in this thread and in those started later."""
        _core.trace_thread()
        _core.trace_new_threads()

    def _at_exit(self) -> None:
        try:
            self.end()
        finally:
            self.close()
        if self.failure and self.is_success:
            from rsprofile._exit import end_with

            end_with(self.failure)


def is_interactive() -> bool:
    """Whether somebody types at this interpreter: a REPL, IPython or a notebook."""
    return hasattr(sys, "ps1") or bool(sys.flags.interactive)


def print_at_exit() -> None:
    """Report a plain script's decorated functions, unless it has just done so itself."""
    from rsprofile import _children
    from rsprofile._reports import print_tables, tables_of

    profile = session.collect()
    _children.gather(profile)
    if not profile.is_empty() and profile.functions != session.last_shown:
        from rsprofile._output import print_program_output

        print_program_output()
        print_tables(tables_of(profile))


#: The measurement of this process.
session = Session(print_at_exit)
