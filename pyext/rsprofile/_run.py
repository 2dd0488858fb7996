"""Running a program under the profiler.

The program must not be able to tell: no frame of ours stands in its tracebacks, it is `__main__`,
and its end, by whatever means, is the end plain `python` would have given it. The report comes
last, in the first `atexit` handler registered, after all of the program's own.
"""

from __future__ import annotations

import builtins
import sys

from rsprofile import _children, _core, _evaluate, _terminate
from rsprofile._errors import UsageError
from rsprofile._output import complain
from rsprofile._profile import profile
from rsprofile._session import session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from rsprofile._select import Selection
    from rsprofile._target import Target


def run(prepare: Callable[[], Target], selection: Selection, finish: Callable[[], None]) -> int:
    """Run a program from start to end.

    Args:
        prepare: Finds and compiles the program.
        selection: The functions to profile beside those the program decorates.
        finish: Writes the report; called when the interpreter ends.

    Returns:
        The exit status, unless the program ended with SystemExit or by a signal.

    Raises:
        SystemExit: The program did.
        UsageError: There is no such program, or a name in the selection means nothing.
    """
    install()
    session.default_report = "exit"
    session.finish = finish
    try:
        session.start_sites()
        session.begin()
        # Imports threading, which is not to come from the folder of the program.
        session.trace_threads()
        target = load(prepare)
        if target is not None:
            _choose(selection, target)
    except UsageError:
        session.cancel()
        raise
    if target is None:
        return 1
    _children.watch_modules(selection)
    become(target)
    session.clear_sites()
    return _evaluate.end_with(_evaluate.evaluate(target)) or _missed(selection)


def install() -> None:
    """Make `profile` known to programs written for a profiler: as a builtin and by import."""
    from rsprofile.compat import _session as memory_profiler

    builtins.profile = profile  # type: ignore[attr-defined]
    sys.modules["memory_profiler"] = memory_profiler


def load(prepare: Callable[[], Target]) -> Target | None:
    """Get the program; None if its text is at fault, which is said then."""
    target = _evaluate.load(prepare)
    if target is None:
        session.cancel()
    elif target.source is not None:
        _core.add_source(target.code.co_filename, target.source)
    return target


def become(target: Target) -> None:
    """Make this process the program's: its `__main__`, and a report however it ends."""
    _children.end_with_exit()
    _terminate.end_with_sigterm()
    session.command = list(sys.argv)
    sys.modules["__main__"] = target.main


def _choose(selection: Selection, target: Target) -> None:
    """Register what the user named in the script, or all of it where nothing is asked for.

    Allocations of the whole program are something to show without any function.
    """
    if selection.is_empty() and (session.stacks is None or session.meter != "heap"):
        from rsprofile._codes import uses_profile

        if not uses_profile(target.code):
            selection.everything = True
            complain(f"nothing in {target.label} is decorated and there is no -f: taking --all")
    selection.pick_script(target.code)
    selection.pick_imported()


def _missed(selection: Selection) -> int:
    """Complain about functions that were asked for and never met: status 2 if there are any."""
    for file, name in _children.functions_so_far():
        selection.see_measured(file, name)
    misses = selection.misses()
    for line in misses:
        complain(line)
    return 2 if misses else 0
