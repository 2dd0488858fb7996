"""The command line of memory_profiler: `python -m rsprofile.compat.memory_profiler program`."""

from __future__ import annotations

import argparse
import io
import os
import sys

from rsprofile import _children, _evaluate, _run, _session, _target
from rsprofile._errors import ProfileError, UsageError
from rsprofile._options import Parser, absolute
from rsprofile._output import complain, print_program_output, print_report, reason
from rsprofile._session import session
from rsprofile.compat import _programs
from rsprofile.compat._backends import BACKENDS, choose_backend
from rsprofile.compat._guest import Guest
from rsprofile.compat._show import show_results

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rsprofile._target import Target


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The arguments, by default those of the process.

    Returns:
        The exit status, unless the program ended with SystemExit or by a signal.
    """
    try:
        parser = _parser()
        return _main(parser.parse(sys.argv[1:] if arguments is None else arguments))
    except ProfileError as error:
        complain(str(error))
        return error.status


def _main(options: argparse.Namespace) -> int:
    if options.version:
        from rsprofile.compat import memory_profiler

        print(memory_profiler.__version__)
        return 0
    if options.program[:1] == ["--"]:
        del options.program[0]
    if not options.program:
        print("A program to run must be provided. Use -h for help", file=sys.stderr)
        return 1
    os.environ.pop("RSPROFILE_RECORD", None)
    if os.environ.get("RSPROFILE") == "0":
        raise UsageError("RSPROFILE=0 turns profiling off; unset it to use this command")
    guest = Guest(
        stamps=options.timestamp,
        backend=choose_backend(options.backend),
        include_children=options.include_children,
        max_mem=options.max_mem,
    )
    report = _Report(guest, options.out_filename, options.precision)
    session.default_report = "exit"
    session.finish = report.write
    guest.begin()
    try:
        target = _run.load(lambda: _find(options.program))
    except (ProfileError, SystemExit):
        session.cancel()
        raise
    if target is None:
        return 1
    _run.become(target)
    if target.main.__spec__ is None:
        report.call(target.code.co_filename, target.label)
    error = _evaluate.evaluate(target)
    if not _has_threads():
        # The report goes to standard output as the program has left it, `LogFile` for one, before
        # handlers at exit take that apart.
        session.end()
    return _evaluate.end_with(error)


class _Report:
    """What is written when the program has ended."""

    def __init__(self, guest: Guest, filename: str | None, precision: int) -> None:
        self._guest = guest
        # The program may change the directory.
        self._path = None if filename is None else absolute(filename)
        self._precision = precision
        self._script = ("", "")

    def call(self, path: str, name: str) -> None:
        """Have a file called by the name the user has given it."""
        self._script = (path, name)

    def write(self) -> None:
        """Write the report, to standard output if the file cannot be written, and clean up."""
        guest = self._guest
        for figures in _children.texts_of_guests():
            try:
                guest.add(figures)
            except ValueError as error:
                complain(f"the numbers of a child process are lost: {error}")
        text = io.StringIO()
        if hasattr(guest.profiler, "show_results"):
            guest.profiler.show_results(stream=text)
        else:
            show_results(guest.profiler, stream=text, precision=self._precision)
        path, name = (f"Filename: {name}\n\nLine #" for name in self._script)
        self._deliver(text.getvalue().replace(path, name))
        guest.builtin.__exit__()
        # What the program had profiled by rsprofile itself.
        _session.print_at_exit()

    def _deliver(self, text: str) -> None:
        if self._path is not None:
            try:
                _append(self._path, text)
                return
            except OSError as error:
                where = "the report goes to standard output"
                complain(f"cannot write {self._path}: {reason(error)}: {where}")
        if text:
            print_program_output()
            print_report(text)


def _append(path: str, text: str) -> None:
    """Add text to a file, in one piece where others write to it as well.

    Raises:
        OSError: It cannot be written.
    """
    with open(path, "ab", buffering=0) as file:
        data = memoryview(text.encode("utf-8", "backslashreplace"))
        while data:
            data = data[file.write(data) :]


def _find(program: list[str]) -> Target:
    """Get the program: a script, with `.py` at its end or without, or a module.

    Raises:
        SystemExit: It is neither; a line on standard error says so.
        UsageError: It cannot be read or run.
    """
    name, *arguments = program
    is_here = os.path.isfile(name) and not os.path.exists(f"{name}.py")
    if name.endswith(".py") or is_here or not _is_module_name(name):
        path = name if os.path.isdir(name) else _programs.find_script(name)
        return _target.script(path, arguments)
    path_before = list(sys.path)
    try:
        return _target.module(name, arguments)
    except UsageError as error:
        script = _programs.search_script(name)
        if script is None:
            raise ProfileError(str(error)) from None
        sys.path[:] = path_before
        return _target.script(script, arguments)


def _is_module_name(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


def _has_threads() -> bool:
    """Whether threads run on that the interpreter will wait for."""
    threading = sys.modules.get("threading")
    if threading is None:
        return False
    main = threading.main_thread()
    return any(thread is not main and not thread.daemon for thread in threading.enumerate())


def _parser() -> Parser:
    parser = Parser(
        prog="python -m memory_profiler",
        usage="%(prog)s [options] program [arguments]",
        description="Run a Python script or module and report the memory of each line of the "
        "functions it decorates with @profile.",
    )
    parser.allow_abbrev = True
    parser.option("--version", action="store_true", help="print the version and exit")
    parser.option(
        "--pdb-mmem", dest="max_mem", metavar="MAXMEM", type=float,
        help="stop in the debugger when memory exceeds MAXMEM MiB",
    )  # fmt: skip
    parser.option(
        "--precision", type=_precision, default=3, metavar="N", help="digits behind the point (3)"
    )
    parser.option("-o", dest="out_filename", metavar="FILE", help="append the report to FILE")
    parser.option(
        "--timestamp", action="store_true",
        help="write start and end of each call instead of the memory of lines",
    )  # fmt: skip
    parser.option("--include-children", action="store_true", help="add the processes below")
    parser.option(
        "--backend", choices=BACKENDS, default="psutil", help="where the numbers come from (psutil)"
    )
    parser.add_argument(
        "program", nargs=argparse.REMAINDER, help="a script or module, and its arguments"
    )
    return parser


def _precision(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 <= number <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 100")
    return number
