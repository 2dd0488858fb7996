"""`rsprofile record`: run a program and record its memory over time."""

from __future__ import annotations

import os
import signal
import sys
import time

from rsprofile import _cli
from rsprofile._errors import ProfileError, UsageError
from rsprofile._options import Parser
from rsprofile._output import complain, reason
from rsprofile._record import _options, _programs
from rsprofile._record._following import follow, say_where, show
from rsprofile._record._start import start

TYPE_CHECKING = False
if TYPE_CHECKING:
    pass

_USAGE = """\
rsprofile record [options] script.py [arguments]
       rsprofile record [options] -m module [arguments]
       rsprofile record [options] -c code [arguments]
       rsprofile record [options] PROGRAM [arguments]"""

_EXAMPLE = """\
examples:
  rsprofile record script.py               memory of a script, and its calls
  rsprofile record -C make -j4             a program with those it starts
  rsprofile record -o run.dat -m app --fast  into a file of this name

Functions decorated with @profile are recorded from start to end. The exit
status is the program's. `rsprofile plot` draws the last recording here.
"""

#: Statuses of a shell for a program that is not there, or cannot be run.
_NOT_FOUND, _NOT_RUN = 127, 126


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: What follows `record`.

    Returns:
        The exit status: that of the program.

    Raises:
        UsageError: An option is wrong or there is nothing to run.
        ProfileError: The program or the file is not to be had.
    """
    parser = Parser(
        prog="rsprofile record",
        usage=_USAGE,
        description="Run a program and record its memory over time.",
        epilog=_EXAMPLE,
    )
    _options.add(parser)
    parser.option(
        "--no-functions", action="store_true",
        help="record memory only: the program runs as without us",
    )  # fmt: skip
    ours, kind, what, theirs = _cli.split(arguments, parser)
    options = parser.parse(ours)
    if kind is None:
        raise UsageError("nothing to record; name a program, -m MODULE or -c CODE; see --help")
    program = _programs.program(kind, what, theirs, with_functions=not options.no_functions)
    path, is_new = _options.file_of(options)
    # The recorder takes signals that are for the program.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    try:
        recorder = _options.recorder(options, path, child=True)
    except OSError as error:
        raise ProfileError(f"cannot write {path}: {reason(error)}; name another file") from None
    try:
        pid = start(program.command, _environment(program, os.path.abspath(path)), mask)
    except OSError as error:
        recorder.discard()
        if is_new:
            _remove(path)
        failure = ProfileError(f"cannot run {program.command[0]!r}: {reason(error)}")
        failure.status = _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_RUN
        raise failure from None
    # Only now: without a program the recording that was there is worth more.
    recorder.clear()
    try:
        recorder.start(pid, program.label)
    except OSError as error:
        # The program runs.
        complain(f"its memory is not recorded: {reason(error)}")
    show(recorder)
    begin = time.monotonic()
    what, number = "", 0
    while what != "ended":
        what, number = follow(recorder, path)
    say_where(path, time.monotonic() - begin, recorder.peak)
    return _end_like(number)


def _environment(program: _programs.Program, path: str) -> dict[str, str]:
    """Give the environment of the program, which says where its calls go."""
    environment = dict(os.environ)
    environment.pop("RSPROFILE_RECORD", None)
    if program.with_functions:
        environment["RSPROFILE_RECORD"] = path
    else:
        # `profile` is nothing then, rather than a profiler of lines.
        environment["RSPROFILE"] = "0"
    return environment


def _end_like(status: int) -> int:
    """Give the status of the program, or die of the signal it died of."""
    if status >= 0:
        return status
    number = -status
    sys.stderr.flush()
    try:
        import resource

        # It has left its core already.
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
        os.kill(os.getpid(), number)
    except (OSError, ValueError, ImportError):
        pass
    # The first process of a container does not die of signals.
    return 128 + number


def _remove(path: str) -> None:
    try:
        os.remove(path)
    except OSError:
        complain(f"{path} is left behind, and empty")
