"""Running a program to see what survives in it; it runs and ends as under plain `python`."""

from __future__ import annotations

import gc

from rsprofile import _children, _core, _evaluate, _run
from rsprofile._errors import UsageError
from rsprofile._leaks._family import Kin
from rsprofile._output import complain
from rsprofile._session import session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from rsprofile._leaks._reporter import Reporter
    from rsprofile._target import Target


def run(
    prepare: Callable[[], Target],
    reporter: Reporter,
    *,
    stacks: int,
    begin: Callable[[], None],
) -> int:
    """Run a program from start to end.

    Args:
        prepare: Finds and compiles the program.
        reporter: Writes the reports.
        stacks: Frames kept of each stack.
        begin: Called right before the program, to have reports come before its end.

    Returns:
        The exit status, unless the program ended with SystemExit or by a signal.

    Raises:
        SystemExit: The program did.
        UsageError: There is no such program.
    """
    _run.install()
    session.default_report = "exit"
    # The lines of decorated functions are another command's.
    session.enable(False)
    session.finish = reporter.finish
    session.begin(measure=False)
    try:
        target = _run.load(prepare)
    except UsageError:
        session.cancel()
        raise
    if target is None:
        return 1
    _children.bring(Kin(stacks, reporter.threshold))
    _run.become(target)
    begin()
    # What the command line left behind is none of the program's.
    gc.collect()
    start(stacks)
    error = _evaluate.evaluate(target)
    if _core.leaks_is_on():
        # From here on nothing grows, which is not to be taken for an answer.
        _core.growth_stop()
        _core.growth_mark(None)
    session.is_success = error is None or (
        isinstance(error, SystemExit) and error.code in (None, 0)
    )
    try:
        return _evaluate.end_with(error)
    finally:
        # The frames it came through lead to this one: that is not to be found as garbage.
        del error


def start(stacks: int) -> None:
    """Record what tells growth; where that cannot work, say so and go on without."""
    try:
        _core.leaks_start(stacks=stacks)
    except RuntimeError as error:
        complain(f"{error}; going on without lines and growth")
