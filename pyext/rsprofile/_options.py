"""The options both `rsprofile script.py` and `rsprofile show` take, and the parser they share."""

from __future__ import annotations

import argparse
import os
import sys

from rsprofile import _core
from rsprofile._errors import UsageError
from rsprofile._layout import check_options, columns_of, nothing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

#: Formats by the extension of the file named with `-o`.
_EXTENSIONS = {".json": "json", ".md": "markdown", ".html": "html", ".htm": "html"}

#: Formats by the names users give.
_FORMATS = {
    "text": "text", "txt": "text", "markdown": "markdown", "md": "markdown", "json": "json",
    "html": "html", "htm": "html",
}  # fmt: skip

#: What `show` writes for other viewers, by the end of a file's name.
EXPORTS = {
    ".speedscope.json": "speedscope", ".pb.gz": "pprof", ".pprof": "pprof", ".svg": "svg",
    ".png": "png",
}  # fmt: skip


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Lays the help out for 80 columns.

    One is made for each option; without a width it asks `shutil`, whose import would cost the
    profiled program a MiB.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=78)


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, with near names for a mistyped option."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=_Formatter, **options)
        self.valued: set[str] = set()
        #: Options whose value is a number that may be left out.
        self.maybe_valued: set[str] = set()

    def option(self, *names: str, **options: Any) -> None:
        """Add an option and remember whether it takes a value."""
        if options.get("nargs") == "?":
            self.maybe_valued.update(names)
        elif options.get("action", "store") in ("store", "append"):
            self.valued.update(names)
        self.add_argument(*names, **options)

    def parse(self, arguments: list[str]) -> argparse.Namespace:
        """Parse, and refuse what is unknown.

        Raises:
            UsageError: An option is unknown or has a wrong value.
        """
        options, unknown = self.parse_known_args(arguments)
        if unknown:
            self.error(self.unknown(unknown[0]))
        return options

    def unknown(self, option: str) -> str:
        """Say that there is no such option, and which may be meant."""
        from difflib import get_close_matches

        name = option.partition("=")[0]
        near = get_close_matches(name, self._option_string_actions, n=2)
        if near:
            return f"unknown option {name}; near names: {', '.join(near)}"
        return f"unknown option {name}; see {self.prog} --help"

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage.

        Raises:
            UsageError: Always.
        """
        raise UsageError(message)


def add_output_options(parser: Parser) -> None:
    """Add the options that say how a report looks and where it goes."""
    add_look_options(parser)
    parser.option(
        "--columns", metavar="NAMES", help="columns to add (peak, own), or a list of all to show"
    )
    parser.option("--peak", action="store_true", help="add the column Peak")
    parser.option("--sort", metavar="COLUMN", help="largest lines first, by this column")
    parser.option("--skip-zero", action="store_true", help="leave out lines that cost nothing")
    parser.option("--verbose", action="store_true", help="add how the numbers were taken")
    add_site_options(parser)
    parser.option(
        "--by", metavar="FIGURE",
        help="rank them by live, peak, allocated, count or temporary only; of a file with leaks: "
        "all objects by type, line, module or dominators",
    )  # fmt: skip


def add_site_options(parser: Parser) -> None:
    """Add those of the table of a whole program, which the heap meter has."""
    parser.option(
        "--group", metavar="NAME",
        help="show the whole program by line, function, file, module or type-of-allocator",
    )  # fmt: skip


def add_leak_options(parser: Parser) -> None:
    """Add those of what keeps memory alive."""
    parser.option(
        "--which", type=number, metavar="N", help="one look only: 0 is the first, -1 last"
    )
    parser.option("--size", metavar="NAME", help="rank its tables by retained or own (retained)")


def add_live_options(parser: Parser) -> None:
    """Add those of looking on while a program runs."""
    parser.option(
        "--serve", metavar="PORT", nargs="?", const="0",
        help="show it as a page in a browser on this machine, at this port or one that is free",
    )  # fmt: skip
    parser.option("--interval", metavar="SECONDS", help="time between two frames of a view (1)")


def add_look_options(
    parser: Parser,
    *,
    output: str = "write to FILE: .txt, .json, .md or .html",
    top: str = "only the N largest lines of a function, or of the whole program (20)",
) -> None:
    """Add those that any table has, with what two of them mean there."""
    parser.option("-o", "--output", metavar="FILE", help=output)
    parser.option("--json", action="store_true", help="write JSON instead of tables")
    parser.option(
        "--format", metavar="NAME", help="text, md, json or html, whatever FILE is called"
    )
    parser.option("--style", metavar="NAME", help="table style: plain, rounded, markdown, ...")
    parser.option("--unit", metavar="UNIT", help="unit of memory: MiB, KiB, B, auto, ... (MiB)")
    parser.option("--precision", type=number, metavar="N", help="digits behind the point (1)")
    parser.option("--top", type=number, metavar="N", help=top)
    parser.option(
        "--color", "--colour", choices=("auto", "always", "never"), default="auto",
        help="colour the increments: auto (on a terminal), always, never",
    )  # fmt: skip


def number(text: str) -> int:
    """Read a whole number of a size the renderer can take."""
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if abs(number) > 1_000_000_000:
        raise argparse.ArgumentTypeError(f"{text} is too large")
    return number


def format_of(name: str) -> str:
    """Give the format of a name; `UsageError` for what is none."""
    format = _FORMATS.get(name.strip().lower())
    if format is None:
        raise UsageError(
            f"unknown format {name!r}: one of text, markdown, json, html; show has svg, png, "
            "speedscope, pprof too"
        )
    return format


def exported_as(path: str) -> str | None:
    """Give the format of `EXPORTS` that a file is of by its name."""
    return next((format for end, format in EXPORTS.items() if path.lower().endswith(end)), None)


def absolute(path: str) -> str:
    """Complete a path before the program changes the directory; not if that is deleted."""
    try:
        return os.path.abspath(path)
    except FileNotFoundError:
        return path


def _given(**options: Any) -> dict[str, Any]:
    """Keep what was typed."""
    return {name: value for name, value in options.items() if value is not None}


class Look:
    """How any table looks and where it goes.

    Attributes:
        path: The file to write, or None for standard output.
        format: `text`, `markdown`, `json` or `html`.
        render: What the renderer is told.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.path: str | None = None
        extension = ""
        if options.output is not None:
            self.path = absolute(options.output)
            extension = os.path.splitext(options.output)[1].lower()
        self.format = _EXTENSIONS.get(extension, "text")
        if options.format is not None:
            self.format = format_of(options.format)
        elif options.json:
            self.format = "json"
        elif options.output is not None and exported_as(options.output) is not None:
            raise UsageError(
                f"cannot write {options.output} here: save with -o FILE.json, then "
                f"rsprofile show FILE.json -o {options.output}"
            )
        self.render: dict[str, Any] = _given(
            style=options.style,
            unit=options.unit,
            precision=options.precision,
            top=options.top,
            colour=self._wants_colour(options.color) or None,
            format=None if self.format == "text" else self.format,
        )

    def _wants_colour(self, when: str) -> bool:
        if when != "auto":
            return when == "always"
        if self.path is not None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            return False
        return sys.stdout is not None and sys.stdout.isatty()

    def width(self) -> int:
        """Give the columns paragraphs may have: those of a narrow terminal, or else 100."""
        if self.path is not None or sys.__stdout__ is None:
            return 100
        try:
            return max(40, min(100, os.get_terminal_size(sys.__stdout__.fileno()).columns))
        except (OSError, ValueError):
            return 100

    def takes_signs(self) -> bool:
        """Whether what is written to can show a multiplication sign and arrows; files can."""
        if self.path is not None:
            return True
        try:
            "\u00d7\u2194\u2192".encode(getattr(sys.__stdout__, "encoding", None) or "ascii")
        except (LookupError, UnicodeEncodeError):
            return False
        return True


class Output(Look):
    """How a report looks and where it goes, with its choice of columns and lines.

    Attributes:
        columns: The columns that were typed, None for the default.
    """

    def __init__(self, options: argparse.Namespace, meter: str, *, leaks: bool = False) -> None:
        """Check the options.

        Args:
            options: What was typed.
            meter: The meters there are figures of.
            leaks: Whether what keeps memory alive is to be shown.

        Raises:
            UsageError: A name or number has no meaning, or a column no figures.
        """
        super().__init__(options)
        self.meter = meter
        self.has_stacks = getattr(options, "stacks", None) is not None
        columns = self.columns = columns_of(options.columns)
        # That of allocations is always there.
        if options.peak and meter != "heap":
            columns = [*(columns or ()), "peak"]
        self.render.update(
            _given(
                columns=columns,
                sort=options.sort,
                skip_zero=options.skip_zero or None,
                verbose=options.verbose or None,
                meter=meter,
            )
        )
        self.sites: dict[str, Any] = _given(group=options.group, by=options.by)
        self.leaks: dict[str, Any] = _given(
            which=getattr(options, "which", None), size=getattr(options, "size", None)
        )
        if leaks and options.group is None:
            # All objects by type or line, then, and not what was allocated.
            self.leaks.update(self.sites)
            self.sites = {}
        elif self.leaks and not leaks:
            raise UsageError(
                "--which and --size are of what keeps memory alive, which is not there"
            )
        try:
            check_options({name: v for name, v in self.render.items() if v != "html"})
            nothing().render_sites(**self.sites)
            nothing().render_leaks(**{name: v for name, v in self.leaks.items() if name != "which"})
        except ValueError as error:
            raise UsageError(str(error)) from None
        for name in ("columns", "sort", "skip_zero", "peak"):
            if self.sites and getattr(options, name):
                option = name.replace("_", "-")
                raise UsageError(f"--{option} is of lines of functions: leave out --group and --by")

    def shows_sites(self, profile: _core.Profile) -> bool:
        """Whether the table of the whole program is shown: if asked for, or if that is all."""
        if self.sites:
            return True
        if profile.has_leaks() or not profile.has_sites():
            return False
        return profile.has_no_lines() or self.has_stacks

    def render_sites(self, profile: _core.Profile) -> str:
        """Give the table of the whole program."""
        names = ("format", "style", "unit", "precision", "top", "colour")
        look = {name: self.render[name] for name in names if name in self.render}
        return profile.render_sites(**self.sites, **look)

    def page(self, profile: _core.Profile) -> str:
        """Give a page with all that a profile holds.

        Raises:
            UsageError: There is no such look.
        """
        names = ("unit", "precision", "sort", "skip_zero", "top")
        look = {name: self.render[name] for name in names if name in self.render}
        try:
            return _core.page(
                profile, columns=self.columns, **look, **self.sites, which=self.leaks.get("which")
            )
        except ValueError as error:
            raise UsageError(str(error)) from None

    def render_leaks(self, profile: _core.Profile) -> str:
        """Give what keeps memory alive: paragraphs, a table or a page.

        Raises:
            UsageError: There is no such look.
        """
        names = ("format", "style", "unit", "precision", "top", "colour", "verbose")
        look = {name: self.render[name] for name in names if name in self.render}
        try:
            return profile.render_leaks(
                **self.leaks, **look, width=self.width(), ascii=not self.takes_signs()
            )
        except ValueError as error:
            raise UsageError(str(error)) from None

    def shows_peak(self) -> bool:
        """Whether the peak inside each line has to be read."""
        return self.meter != "heap" and "peak" in self.render.get("columns", ())
