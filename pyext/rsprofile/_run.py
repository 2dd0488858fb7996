"""Running a program under the profiler.

The program must not be able to tell: no frame of ours stands in its tracebacks, it is `__main__`,
and its end, by whatever means, is the end plain `python` would have given it. The report comes
last, in the first `atexit` handler registered, after all of the program's own.
"""

from __future__ import annotations

import builtins
import os
import sys

from rsprofile import _children, _core, _exit, _terminate
from rsprofile._errors import UsageError
from rsprofile._output import complain
from rsprofile._profile import profile
from rsprofile._session import session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

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
    return end_with(evaluate(target)) or _missed(selection)


def install() -> None:
    """Make `profile` known to programs written for a profiler: as a builtin and by import."""
    from rsprofile.compat import _session as memory_profiler

    builtins.profile = profile  # type: ignore[attr-defined]
    sys.modules["memory_profiler"] = memory_profiler


def load(prepare: Callable[[], Target]) -> Target | None:
    """Get the program; None if its text is at fault, which is said then."""
    failure: BaseException
    try:
        target = prepare()
    except SyntaxError as error:
        # Python's own message, which has no traceback when the script itself is at fault.
        error.__traceback__ = None
        failure = error
    else:
        if target.source is not None:
            _core.add_source(target.code.co_filename, target.source)
            _remember_source(target)
        return target
    session.cancel()
    _exit.show_exception(failure)
    return None


def become(target: Target) -> None:
    """Make this process the program's: its `__main__`, and a report however it ends."""
    _children.end_with_exit()
    _terminate.end_with_sigterm()
    session.command = list(sys.argv)
    sys.modules["__main__"] = target.main


def evaluate(target: Target) -> BaseException | None:
    """Run the program's code; what it raises comes back with its own frames only."""
    try:
        _core.run(target.code, vars(target.main))
    except BaseException as error:
        _strip(error)
        return error
    return None


def end_with(error: BaseException | None) -> int:
    """Do with what the program raised, if anything, as the interpreter does.

    No exception is to be handled meanwhile: the program's hooks must not find one.

    Returns:
        The exit status.

    Raises:
        SystemExit: It was one with something to print or a status.
    """
    if error is None:
        return 0
    if isinstance(error, SystemExit):
        if error.code in (None, 0):
            return 0
        # The interpreter prints what it carries and takes its status, and shows no traceback.
        try:
            raise error
        finally:
            # Its traceback leads to this frame.
            del error
    _exit.show_exception(error)
    if isinstance(error, KeyboardInterrupt):
        _exit.die_of_interrupt()
    return 1


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


def _strip(error: BaseException) -> None:
    """Cut our own frames out of a traceback, and out of those of what led to the error.

    They are at its outer end and, where functions are wrapped for memory_profiler, in between.
    """
    ours = os.path.dirname(__file__) + os.sep

    def next_of_theirs(traceback: TracebackType | None) -> TracebackType | None:
        while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(ours):
            traceback = traceback.tb_next
        return traceback

    errors: list[BaseException | None] = [error]
    seen: set[int] = set()
    while errors:
        one = errors.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        errors += [one.__cause__, one.__context__]
        errors += one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        one.__traceback__ = traceback = next_of_theirs(one.__traceback__)
        while traceback is not None:
            traceback.tb_next = next_of_theirs(traceback.tb_next)
            traceback = traceback.tb_next


def _missed(selection: Selection) -> int:
    """Complain about functions that were asked for and never met: status 2 if there are any."""
    for file, name in _children.functions_so_far():
        selection.see_measured(file, name)
    misses = selection.misses()
    for line in misses:
        complain(line)
    return 2 if misses else 0


def _remember_source(target: Target) -> None:
    """Let tracebacks show lines of `-c`, as Python does since 3.13."""
    if sys.version_info >= (3, 13) and target.source is not None:
        import linecache

        lines = target.source.splitlines(keepends=True)
        linecache.cache[target.code.co_filename] = (
            len(target.source),
            None,
            lines,
            target.code.co_filename,
        )
