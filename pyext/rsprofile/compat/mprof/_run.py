"""`mprof run` and `mprof attach`: recording the memory of a process over time."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from argparse import REMAINDER, ArgumentParser, RawTextHelpFormatter

from rsprofile import _core
from rsprofile._record._start import start
from rsprofile.compat import memory_profiler
from rsprofile.compat._backends import BACKENDS, figure_of
from rsprofile.compat.mprof._processes import (
    Process,
    find_first_process,
    get_cmd_line,
    is_python,
    stamped,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

logger = logging.getLogger("mprof")

#: Seconds for which a process that runs already is watched, unless told otherwise.
_HOUR = 3600
#: What a shell makes of the end by Ctrl-C.
_INTERRUPTED = 130


def run_action() -> None:
    """Run `mprof run`: start a program, or attach to a process, and record its memory.

    Raises:
        SystemExit: With the status of the program, if that is asked for; with 1 if there is nothing
            to record, and 2 for wrong options.
    """
    parser = _parser()
    args = parser.parse_args()
    if not args.program:
        print("A program to run must be provided. Use -h for help")
        sys.exit(1)
    if not 0 < args.interval < float("inf"):
        parser.error("the interval is a number of seconds above 0")
    if args.backend == "tracemalloc":
        parser.error("backend tracemalloc sees its own process only: use psutil")
    print(f"mprof: Sampling memory every {args.interval}s")
    if args.attach_existing:
        _attach(args)
        return
    print("running new process", flush=True)
    command, cmd_line = _command(args)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    # Before anything is started that could not be recorded then.
    recorder = _recorder(args, child=True)
    try:
        try:
            pid = start(command, os.environ, mask)
        except OSError as error:
            recorder.discard()
            sys.exit(f"mprof: cannot run {command[0]}: {error.strerror}")
        recorder.start(pid, _text(cmd_line))
        what, number = _follow(recorder, args)
        while args.exit_code and what != "ended":
            what, number = _follow(recorder, args)
        interrupted = recorder.interrupted
    finally:
        recorder.close()
    if args.exit_code:
        _exit_as(number)
    if interrupted:
        sys.exit(_INTERRUPTED)


def attach_action() -> None:
    """Run `mprof attach`, which is `mprof run --attach`."""
    sys.argv.insert(1, "--attach")
    run_action()


def _command(args: Namespace) -> tuple[list[str], str]:
    """Give the command to start, and what to call it."""
    program: list[str] = args.program
    is_script = program[0].endswith(".py") and not args.nopython
    if is_script and args.multiprocess:
        program = [sys.executable, *program]
        return program, get_cmd_line(program)
    if not is_script and not args.python:
        return program, get_cmd_line(program)
    print("running as a Python program...", flush=True)
    options = ["-o", args.filename]
    if args.include_children:
        options.append("--include-children")
    if args.backend != "psutil":
        options += ["--backend", args.backend]
    named = program if is_python(program[0]) else [sys.executable, *program]
    return stamped(program, options), get_cmd_line(named)


def _attach(args: Namespace) -> None:
    hint = args.program[0]
    print(f"attaching to existing process, using hint: {hint}", flush=True)
    process = Process(int(hint)) if hint.isdigit() else find_first_process(hint)
    if process is None or process.poll() is not None:
        sys.exit(f"mprof: there is no process {hint}: give the id or the name of one")
    if args.timeout is None:
        args.timeout = _HOUR
    recorder = _recorder(args, child=False)
    try:
        try:
            recorder.start(process.pid, _text(get_cmd_line(process.cmdline() or args.program)))
        except OSError as error:
            recorder.discard()
            sys.exit(f"mprof: {error}: give the id or the name of one that runs")
        what, number = _follow(recorder, args)
    finally:
        recorder.close()
    if what == "asked":
        sys.exit(128 + number)


def _recorder(args: Namespace, *, child: bool) -> _core.Recorder:
    """Give a recorder that adds to the file, every sample as it is."""
    try:
        return _core.Recorder(
            args.filename,
            interval=args.interval,
            child=child,
            figure=figure_of(args.backend),
            sum=args.include_children,
            each=args.multiprocess,
            thin=False,
            timeout=args.timeout,
            # Whoever interrupts mprof interrupts its program as well.
            interrupt=False,
        )
    except OSError as error:
        sys.exit(f"mprof: cannot write {args.filename}: {error.strerror}")


def _follow(recorder: _core.Recorder, args: Namespace) -> tuple[str, int]:
    """Record until the process has ended, or what else ends it; what that is, and its number."""
    while True:
        what, number = recorder.run()
        if what == "unwritable":
            why = os.strerror(number)
            message = f"mprof: cannot write {args.filename}: {why}: samples are lost"
            print(message, file=sys.stderr)
        elif what == "unreadable":
            print(f"mprof: cannot read the process: {os.strerror(number)}", file=sys.stderr)
        elif what != "resized":
            return what, number


def _text(line: str) -> str:
    return line.encode("utf-8", "replace").decode()


def _exit_as(status: int) -> None:
    """End with the status of the program."""
    if status != 0:
        logger.error("Program resulted with a non-zero exit code: %s", status)
    # As a shell has it for one that died of a signal.
    sys.exit(status if status >= 0 else 128 - status)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="mprof run", usage="mprof run [options] program", formatter_class=RawTextHelpFormatter
    )
    option = parser.add_argument
    option("--version", action="version", version=memory_profiler.__version__)
    option("--python", action="store_true", help="the program is a Python program: record the\n"
           "functions it decorates (on for scripts that end in .py)")  # fmt: skip
    option("--nopython", action="store_true", help="record memory only, of scripts too")
    option("--interval", "-T", type=float, default=0.1, help="seconds between two samples (0.1)")
    option("--include-children", "-C", action="store_true", help="add the processes below")
    option("--multiprocess", "-M", action="store_true",
           help="record the processes below one by one; no functions then")  # fmt: skip
    option("--exit-code", "-E", action="store_true", help="end with the status of the program")
    option("--attach", "-a", dest="attach_existing", action="store_true",
           help="record a process that runs, by id or name")  # fmt: skip
    option("--timeout", "-t", type=int,
           help="seconds after which to stop recording; attached, an hour by default")  # fmt: skip
    option("--output", "-o", dest="filename", default=time.strftime("mprofile_%Y%m%d%H%M%S.dat"),
           help="the file to add to (mprofile_YYYYMMDDhhmmss.dat)")  # fmt: skip
    option("--backend", choices=BACKENDS, default="psutil",
           help="where the numbers come from (psutil)")  # fmt: skip
    option("program", nargs=REMAINDER, help="EXECUTABLE ARGUMENTS...\nSCRIPT.py ARGUMENTS...\n"
           "with --python also PYTHON SCRIPT ..., PYTHON -m MODULE ..., MODULE ...")  # fmt: skip
    return parser
