"""`rsprofile leaks`: which memory survives in a program."""

from __future__ import annotations

import sys

from rsprofile import _cli
from rsprofile._errors import UsageError
from rsprofile._leaks import _options

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from rsprofile._leaks._reporter import Reporter
    from rsprofile._target import Target


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: What follows `leaks`.

    Returns:
        The exit status.

    Raises:
        UsageError: An option is wrong, there is nothing to run, or a process cannot be asked.
    """
    parser = _options.parser()
    ours, kind, what, theirs = _cli.split(arguments, parser)
    options = parser.parse(ours)
    # It refers to itself, and is not to be found as garbage in the program.
    del parser
    look = _options.LeaksLook(options)
    if options.pid is not None:
        if kind is not None:
            raise UsageError(f"a process is asked or a program run: leave out --pid or {what}")
        _options.refuse_of_runs(options)
        from rsprofile._leaks import _ask

        return _ask.leaks(options, look)
    if options.wait is not None:
        raise UsageError("--wait is for a process to answer: add --pid N")
    if kind is None:
        raise UsageError("nothing to run; name a script, -m MODULE, -c CODE or --pid N; see --help")
    return _run(options, look, kind, what, theirs)


def _run(
    options: argparse.Namespace,
    look: _options.LeaksLook,
    kind: str,
    what: str,
    theirs: list[str],
) -> int:
    from rsprofile import _off, profile

    if isinstance(profile, _off.Off):
        raise UsageError("RSPROFILE=0 turns profiling off; unset it to use this command")
    from rsprofile import _target
    from rsprofile._leaks._reporter import Reporter
    from rsprofile._leaks._run import run

    stacks = _options.stacks_of(options)
    reporter = Reporter(look, _options.verdicts_of(options), _options.threshold_of(options))
    begin = _before_the_end(options, reporter)

    def prepare() -> Target:
        target = _target.prepare(kind, what, theirs)
        if kind in ("script", "-m") and _cli.is_same_file(look.path, sys.argv[0]):
            raise UsageError(f"-o {options.output} is the program itself; name another file")
        return target

    return run(prepare, reporter, stacks=stacks, begin=begin)


def _before_the_end(options: argparse.Namespace, reporter: Reporter) -> Callable[[], None]:
    """Give what arranges for the reports that come while the program runs.

    Raises:
        UsageError: A time or a signal has no meaning.
    """
    begins: list[Callable[[], object]] = []
    if options.every is not None:
        from rsprofile._leaks._every import Every

        seconds = _options.seconds("--every", options.every, least=0.1)
        begins.append(Every(seconds, reporter).start)
    if options.signal is not None:
        from rsprofile._leaks._signal import report_at, signal_of

        number = signal_of(options.signal)
        begins.append(lambda: report_at(number, lambda: reporter.report(f"at {number.name}")))
    if options.at_marks:
        from rsprofile.leaks import _mark

        begins.append(
            lambda: _mark.listeners.append(lambda name: reporter.report(f"at mark {name!r}", name))
        )

    def begin() -> None:
        for one in begins:
            one()

    return begin
