"""Evaluating a program so that it cannot tell, and ending as plain `python` would have."""

from __future__ import annotations

import os
import sys

from rsprofile import _core, _exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from rsprofile._target import Target


def load(prepare: Callable[[], Target]) -> Target | None:
    """Get the program; None if its text is at fault, which is said then.

    Args:
        prepare: Finds and compiles the program.
    """
    failure: BaseException
    try:
        target = prepare()
    except SyntaxError as error:
        # Python's own message, which has no traceback when the script itself is at fault.
        error.__traceback__ = None
        failure = error
    else:
        _remember_source(target)
        return target
    _exit.show_exception(failure)
    return None


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
