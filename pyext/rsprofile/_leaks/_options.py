"""The options of `rsprofile leaks`."""

from __future__ import annotations

from rsprofile import _core
from rsprofile._errors import UsageError
from rsprofile._layout import nothing
from rsprofile._options import Look, Parser, add_look_options, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

_USAGE = """\
rsprofile leaks [options] script.py [arguments]
       rsprofile leaks [options] -m module [arguments]
       rsprofile leaks [options] -c code [arguments]
       rsprofile leaks [options] - [arguments]
       rsprofile leaks --pid N [options]"""

_EXAMPLE = """\
example:
  rsprofile leaks script.py                    suspects at the end, worst first
  rsprofile leaks -o leaks.html -m app         into a page
  rsprofile leaks --every 600 -m server        a report every ten minutes too
  rsprofile leaks --fail-on leak,growing t.py  status 1 if there are such
  rsprofile leaks --pid 4711                   of a process that was armed

A process is armed by RSPROFILE_ARM=1 and `import rsprofile`, or by rsprofile.arm().
"""

#: How suspects are judged, worst first.
VERDICTS = ("leak", "growing", "cycle", "closure", "held")

#: Options that are about a program to run.
_OF_RUNS = ("every", "signal", "stacks", "at_marks", "fail_on", "threshold")


def parser() -> Parser:
    """Give the parser of the command."""
    parser = Parser(
        prog="rsprofile leaks",
        usage=_USAGE,
        description="Run a Python program and report which memory survives, which line made it, "
        "and what keeps it alive.",
        epilog=_EXAMPLE,
    )
    add_look_options(
        parser,
        output="write to FILE: .txt, .json, .md or .html",
        top="only the N worst suspects, or the N largest rows of a table",
    )
    parser.option(
        "--by", metavar="NAME",
        help="show all objects instead, by type, line, module or dominators",
    )  # fmt: skip
    parser.option("--size", metavar="NAME", help="rank those by retained or own size (retained)")
    parser.option(
        "--verbose", action="store_true", help="add the way to each suspect, step by step"
    )
    parser.option("--stacks", type=number, metavar="N", help="keep N frames of each call stack (1)")
    parser.option("--threshold", metavar="SIZE", help="suspect what retains at least SIZE: 1 MiB")
    parser.option("--every", metavar="SECONDS", help="report at this interval too, while it runs")
    parser.option("--signal", metavar="NAME", help="report when this signal comes too: USR1")
    parser.option("--at-marks", action="store_true", help="report at each rsprofile.leaks.mark too")
    parser.option(
        "--fail-on", metavar="VERDICTS",
        help="end with status 1 if there are such suspects: leak,growing,cycle,closure,held",
    )  # fmt: skip
    add_asking(parser)
    return parser


def add_asking(parser: Parser) -> None:
    """Add the options about a process that runs already."""
    parser.option("--pid", type=number, metavar="N", help="ask this process, which has to be armed")
    parser.option("--wait", metavar="SECONDS", help="wait so long for the process to listen (10)")


class LeaksLook(Look):
    """How the suspects look and where they go.

    Attributes:
        table: The table beside them, if one is asked for.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        """Check the options.

        Raises:
            UsageError: A name or number has no meaning.
        """
        super().__init__(options)
        given = {"verbose": options.verbose or None, "by": options.by, "size": options.size}
        self.render.update((name, value) for name, value in given.items() if value is not None)
        if options.size is not None and options.by is None:
            raise UsageError("--size is of a table: add --by type, line or module")
        try:
            nothing().render_leaks(**self.render)
        except ValueError as error:
            raise UsageError(str(error)) from None

    def show(self, profile: _core.Profile) -> str:
        """Give the text, for the file or standard output."""
        if self.format == "json":
            return profile.dumps() + "\n"
        return profile.render_leaks(**self.render, width=self.width(), ascii=not self.takes_signs())

    def show_as_text(self, profile: _core.Profile) -> str:
        """Give the text for standard error, whatever the file is to have."""
        look = {**self.render, "format": "text", "colour": False}
        return profile.render_leaks(**look, width=self.width(), ascii=not self.takes_signs())


def refuse_of_runs(options: argparse.Namespace) -> None:
    """Refuse options about a program to run where there is none.

    Raises:
        UsageError: There is one.
    """
    for name in _OF_RUNS:
        if getattr(options, name):
            option = name.replace("_", "-")
            raise UsageError(f"--{option} is of a program to run: leave it out with --pid")


def stacks_of(options: argparse.Namespace) -> int:
    """Give how many frames are kept; `UsageError` for no such number."""
    stacks: int = 1 if options.stacks is None else options.stacks
    if not 1 <= stacks <= 256:
        raise UsageError(f"stacks {stacks} is out of range: 1 to 256")
    return stacks


def threshold_of(options: argparse.Namespace) -> int | None:
    """Give the bytes below which nothing is suspected; `UsageError` for a size without meaning."""
    if options.threshold is None:
        return None
    try:
        return _core.size(options.threshold)
    except ValueError as error:
        raise UsageError(str(error)) from None


def verdicts_of(options: argparse.Namespace) -> tuple[str, ...]:
    """Give the verdicts of `--fail-on`; `UsageError` for what is none."""
    if options.fail_on is None:
        return ()
    names = tuple(name.strip().lower() for name in options.fail_on.split(","))
    for name in names:
        if name not in VERDICTS:
            raise UsageError(f"unknown verdict {name!r}: one of {', '.join(VERDICTS)}")
    return names


def seconds(option: str, text: str, *, least: float) -> float:
    """Read a time; `UsageError` for what is none or out of range."""
    try:
        number = float(text)
    except ValueError:
        raise UsageError(f"{option} {text!r} is not a number of seconds") from None
    if not least <= number <= 1e9:
        raise UsageError(f"{option} {text} is out of range: {least:g} to 1000000000 seconds")
    return number
