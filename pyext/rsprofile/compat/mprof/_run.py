"""`mprof run` and `mprof attach`: recording the memory of a process over time."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from argparse import REMAINDER, ArgumentParser, RawTextHelpFormatter

from rsprofile.compat import memory_profiler
from rsprofile.compat._backends import BACKENDS, is_gone
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
    from subprocess import Popen

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
    # Before anything is started that could not be recorded then.
    recording = _Recording(args.filename)
    try:
        process = subprocess.Popen(command)
    except OSError as error:
        recording.discard()
        sys.exit(f"mprof: cannot run {command[0]}: {error.strerror}")
    recording.write(f"CMDLINE {cmd_line}\n")
    interrupted = _record_until_end(process, recording, args)
    if args.exit_code:
        _exit_as(process)
    if interrupted:
        sys.exit(_INTERRUPTED)


def attach_action() -> None:
    """Run `mprof attach`, which is `mprof run --attach`."""
    sys.argv.insert(1, "--attach")
    run_action()


class _Recording:
    """A file to which whole lines are added as they come."""

    def __init__(self, filename: str) -> None:
        self._filename = filename
        self._is_full = False
        self._is_new = not os.path.lexists(filename)
        try:
            self._file = open(filename, "ab", buffering=0)  # noqa: SIM115
        except OSError as error:
            sys.exit(f"mprof: cannot write {filename}: {error.strerror}")

    def write(self, text: str) -> None:
        """Add lines, in one piece: the program adds its own to the same file.

        What cannot be written is lost, which is said once: the program goes on.
        """
        try:
            self._file.write(text.encode("utf-8", "surrogateescape"))
        except OSError as error:
            if not self._is_full:
                self._is_full = True
                message = (
                    f"mprof: cannot write {self._filename}: {error.strerror}: samples are lost"
                )
                print(message, file=sys.stderr)

    def flush(self) -> None:
        """Do nothing: everything is written."""

    def discard(self) -> None:
        """Leave no file behind where there was none: it would count as the last recording."""
        if self._is_new:
            os.remove(self._filename)


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
    recording = _Recording(args.filename)
    recording.write(f"CMDLINE {get_cmd_line(process.cmdline() or args.program)}\n")
    if args.timeout is None:
        args.timeout = _HOUR
    try:
        _record(process, recording, args)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


def _record_until_end(process: Popen[bytes], recording: _Recording, args: Namespace) -> bool:
    """Record a program that was started; whether it was interrupted."""
    interrupted = False
    while True:
        try:
            _record(process, recording, args)
        except KeyboardInterrupt:
            # So was the program. It may go on, and is recorded as long as it does.
            interrupted = True
            if process.poll() is None:
                continue
        return interrupted


def _record(process: Popen[bytes] | Process, recording: _Recording, args: Namespace) -> None:
    try:
        memory_profiler.memory_usage(
            process,
            interval=args.interval,
            timeout=args.timeout,
            timestamps=True,
            include_children=args.include_children,
            multiprocess=args.multiprocess,
            stream=recording,
            backend=args.backend,
        )
    except Exception as error:
        # It ended before the first sample.
        if not is_gone(error):
            raise


def _exit_as(process: Popen[bytes]) -> None:
    """End with the status of the program, which a timeout may have left running."""
    status = process.wait()
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
