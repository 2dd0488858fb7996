"""The command line: what to run, what to profile in it, how to show it."""

from __future__ import annotations

import os
import sys

# First: it takes its first reading when it is loaded, before anything of ours has allocated.
from rsprofile import _core
from rsprofile._errors import ProfileError, UsageError
from rsprofile._options import Output, Parser, add_live_options, add_output_options, number
from rsprofile._output import complain

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from rsprofile._select import Selection
    from rsprofile._target import Target
    from rsprofile._watching import Running

#: Seconds between two samples of `--timeline`: what lasts shorter is seen by the kernel's mark.
_TIMELINE = 0.01

_USAGE = """\
rsprofile [options] script.py [arguments]
       rsprofile [options] -m module [arguments]
       rsprofile [options] -c code [arguments]
       rsprofile [options] - [arguments]
       rsprofile record [options] script.py [arguments]
       rsprofile attach PID [options]
       rsprofile leaks [options] script.py [arguments]
       rsprofile leaks --pid N [options]
       rsprofile why EXPRESSION --pid N
       rsprofile top PID [--serve [PORT]]
       rsprofile show FILE.json ... [options]
       rsprofile diff BEFORE.json AFTER.json [--fail-over 5%%] [options]
       rsprofile plot [RECORDING ...] [options]
       rsprofile peak [RECORDING ...] [--func NAME]
       rsprofile list | rm RECORDING ... | clean
       rsprofile shim DIR"""

_EXAMPLE = """\
example:
  rsprofile --all script.py             every line of the script
  rsprofile -f load -f 'Model.*' -m app functions by name, class or glob
  rsprofile -f app.db:query -m app      a function of an imported module
  rsprofile --peak -o run.md script.py  peaks too, report into a file
  rsprofile -o report.html script.py    a page for a browser
  rsprofile --meter heap script.py      what all its lines allocate
  rsprofile leaks script.py             which memory survives, and why
  rsprofile record script.py            memory over time

`python -m rsprofile` is the same command.
"""


#: The module of each command.
_COMMANDS = {
    "attach": "_record._attach",
    "diff": "_diff",
    "leaks": "_leaks._command",
    "plot": "_plot._command",
    "record": "_record._command",
    "shim": "compat._install",
    "show": "_show",
    "top": "_live._command",
    "why": "_leaks._ask",
}
_ON_RECORDINGS = ("clean", "list", "peak", "rm")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The arguments, by default those of the process.

    Returns:
        The exit status.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    # Below a recorded program this is a run of its own.
    os.environ.pop("RSPROFILE_RECORD", None)
    try:
        name = arguments[0] if arguments else ""
        if name in _COMMANDS:
            from importlib import import_module

            command = import_module(f"rsprofile.{_COMMANDS[name]}")
            status: int = command.main(arguments[1:])
            return status
        if name in _ON_RECORDINGS:
            from rsprofile._plot import _files

            return _files.main(name, arguments[1:])
        return _profile(arguments)
    except ProfileError as error:
        complain(str(error))
        return error.status


def _profile(arguments: list[str]) -> int:
    parser = _parser()
    ours, kind, what, theirs = split(arguments, parser)
    options = parser.parse(ours)
    if options.version:
        import rsprofile

        print(f"rsprofile {rsprofile.__version__}")
        return 0
    if kind is None:
        raise UsageError("nothing to run; name a script, -m MODULE or -c CODE; see --help")
    from rsprofile import _off, profile

    if isinstance(profile, _off.Off):
        raise UsageError("RSPROFILE=0 turns profiling off; unset it to use this command")
    if options.live or options.serve is not None:
        from rsprofile._live import _program

        status = _program.main(options, arguments, ours)
        if status is not None:
            return status
    elif options.interval is not None:
        raise UsageError("--interval is of a view: add --live")
    # The end needs _deliver, and there may be no memory left then to import anything.
    from rsprofile import _deliver as _deliver
    from rsprofile import _target
    from rsprofile._meters import available
    from rsprofile._run import run
    from rsprofile._select import Selection
    from rsprofile._session import session

    try:
        asked = None if options.meter is None else _core.check_meter(options.meter)
    except ValueError as error:
        raise UsageError(str(error)) from None
    meter = None if asked is None else available(asked)
    output = Output(options, meter or session.meter)
    selection = Selection(options.function, everything=options.all)
    stacks = _stacks(options, asked)
    is_all = meter == "heap" and selection.is_empty()
    if meter is not None and "heap" in meter and (is_all or output.sites or stacks):
        session.stacks = stacks or 1
        session.temporaries = (options.by or "").strip().lower() == "temporary"
    try:
        if meter is None:
            _core.configure(peak=output.shows_peak())
        else:
            session.choose(meter, peak=output.shows_peak())
    except (OSError, ValueError) as error:
        raise UsageError(str(error)) from None

    if options.arm:
        _arm()

    def prepare() -> Target:
        target = _target.prepare(kind, what, theirs)
        if kind in ("script", "-m") and is_same_file(output.path, sys.argv[0]):
            raise UsageError(f"-o {options.output} is the program itself; name another file")
        return target

    timeline = None
    if options.timeline:
        from rsprofile import _watching

        try:
            timeline = _watching.start(_TIMELINE, "rss", children=False, highest=False)
        except OSError as error:
            complain(f"no timeline: {error}")
    return run(prepare, selection, lambda: _finish(output, selection, timeline))


def split(arguments: list[str], parser: Parser) -> tuple[list[str], str | None, str, list[str]]:
    """Part our own arguments from the program's.

    Returns:
        Our options; what kind of program follows (`-m`, `-c`, `-` or `script`, None if there is
        none); its name or code; its arguments.

    Raises:
        UsageError: `-m` or `-c` stand at the end.
    """
    at = 0
    while at < len(arguments):
        argument = arguments[at]
        if argument[:2] in ("-m", "-c"):
            rest = arguments[at + 1 :]
            if len(argument) > 2:
                rest.insert(0, argument[2:])
            if not rest:
                thing = "module name" if argument == "-m" else "code"
                raise UsageError(f"{argument} needs a {thing} behind it")
            return arguments[:at], argument[:2], rest[0], rest[1:]
        if argument == "--" and at + 1 < len(arguments):
            return arguments[:at], "script", arguments[at + 1], arguments[at + 2 :]
        if argument == "-":
            return arguments[:at], "-", "-", arguments[at + 1 :]
        if not argument.startswith("-"):
            return arguments[:at], "script", argument, arguments[at + 1 :]
        has_value = argument in parser.valued
        if argument in parser.maybe_valued:
            has_value = arguments[at + 1 : at + 2] != [] and arguments[at + 1].isdigit()
        at += 2 if has_value else 1
    return arguments, None, "", []


def _parser() -> Parser:
    parser = Parser(
        prog="rsprofile",
        usage=_USAGE,
        description="Run a Python program and report the memory each of its lines costs.",
        epilog=_EXAMPLE,
    )
    parser.option(
        "-f", "--function", action="append", default=[], metavar="NAME",
        help="profile this function, Class.method, module:function or glob; repeatable",
    )  # fmt: skip
    parser.option("--all", action="store_true", help="profile everything in the script")
    parser.option(
        "--meter", metavar="NAME", help="what to read: rss, pss, uss, heap, or rss,heap (rss)"
    )
    add_output_options(parser)
    parser.option(
        "--stacks", type=number, metavar="N",
        help="keep N frames of each call stack, and show them below the lines",
    )  # fmt: skip
    parser.option(
        "--timeline", action="store_true", help="record memory over time as well, for pages"
    )
    parser.option("--live", action="store_true", help="show it in the terminal while it runs")
    add_live_options(parser)
    parser.option(
        "--arm", action="store_true",
        help="let top, leaks --pid and why ask the program while it runs",
    )  # fmt: skip
    parser.option("--version", action="store_true", help="print the version and exit")
    return parser


def _arm() -> None:
    """Let others ask this process; what is in the way is said, and the program runs."""
    from rsprofile import arm

    try:
        arm(meter=False)
    except RuntimeError as error:
        complain(str(error))


def _stacks(options: argparse.Namespace, meter: str | None) -> int | None:
    """Give how many frames are to be kept of the whole program's stacks, if that was said.

    Raises:
        UsageError: It is no such number, or nothing is recorded of the whole program.
    """
    for name in ("group", "by", "stacks"):
        if getattr(options, name) is not None and (meter is None or "heap" not in meter):
            raise UsageError(f"--{name} is of what the whole program allocates: add --meter heap")
    if options.stacks is not None and not 1 <= options.stacks <= 256:
        raise UsageError(f"stacks {options.stacks} is out of range: 1 to 256")
    stacks: int | None = options.stacks
    return stacks


def is_same_file(path: str | None, other: str) -> bool:
    """Whether both are there and one file."""
    try:
        return path is not None and os.path.samefile(path, other)
    except OSError:
        return False


def _finish(output: Output, selection: Selection, timeline: Running | None) -> None:
    """Write the report: the last thing in the life of the program."""
    from rsprofile import _children
    from rsprofile._deliver import deliver
    from rsprofile._output import print_program_output
    from rsprofile._session import session

    profile = session.collect()
    _children.gather(profile)
    has_lines = not profile.is_empty()
    if timeline is not None:
        timeline.stop_into(profile)
    print_program_output()
    if has_lines or (timeline is not None and output.format in ("html", "json")):
        deliver(profile, output, hint=True)
        return
    # Whether it was called cannot be known: a process that was killed tells nothing.
    if selection.is_empty():
        what, hint = "a decorated function", "; try --all or -f NAME"
    elif selection.everything:
        what, hint = "the program", ""
    else:
        what, hint = ", ".join(selection.patterns), "; try --all"
    complain(f"nothing was measured: no numbers of {what} reached the end of the run{hint}")
