"""`rsprofile diff`: what changed from one saved profile to another."""

from __future__ import annotations

from rsprofile import _core
from rsprofile._deliver import write
from rsprofile._errors import ProfileError, UsageError
from rsprofile._options import Look, Parser, add_look_options, add_site_options
from rsprofile._output import complain
from rsprofile._show import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

_EXAMPLE = """\
example:
  rsprofile -o before.json script.py
  rsprofile -o after.json script.py
  rsprofile diff before.json after.json
  rsprofile diff before.json after.json --fail-over 5% -o comment.md
  rsprofile diff before.json after.json -o diff.html
"""


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: What follows `diff`.

    Returns:
        The exit status: 1 if something grew beyond the limit of `--fail-over`.

    Raises:
        UsageError: A file is no profile, the two cannot be compared, or an option is wrong.
    """
    parser = Parser(
        prog="rsprofile diff",
        description="Compare two saved profiles: functions and lines, the largest change first; of "
        "what keeps memory alive the last look of either.",
        epilog=_EXAMPLE,
    )
    for name in ("before", "after"):
        parser.add_argument(name, metavar=name.upper(), help="a profile saved with -o FILE.json")
    parser.option(
        "--by", metavar="COLUMN",
        help="what to compare: a column, as increment, own, peak, live, allocated (increment)",
    )  # fmt: skip
    parser.option(
        "--fail-over", metavar="LIMIT",
        help="exit with 1 if a function, or else the whole, grew by more: 5%% or 2 MiB",
    )  # fmt: skip
    parser.option(
        "--least", metavar="SIZE", help="growth below that is noise to --fail-over (1 MiB)"
    )
    add_look_options(parser)
    add_site_options(parser)
    options = parser.parse(arguments)
    if options.least is not None and options.fail_over is None:
        raise UsageError("--least is of --fail-over: say what is too much")
    look = Look(options)
    before, after = load(options.before), load(options.after)
    try:
        is_of_leaks = before.has_leaks() and after.has_leaks() and options.group is None
        is_of_programs = options.group is not None or (
            before.has_no_lines() and after.has_no_lines()
        )
        compared = "functions"
        if is_of_leaks:
            compared = "objects"
        elif is_of_programs and before.has_sites():
            compared = "program"
        if look.format == "html":
            text = _as_page(before, after, options, look)
        elif is_of_leaks:
            text = _of_leaks(before, after, options, look)
        elif is_of_programs:
            text = _of_programs(before, after, options, look)
        else:
            for path, profile in ((options.before, before), (options.after, after)):
                if profile.has_sites() and profile.has_no_lines():
                    raise UsageError(
                        f"{path} has no functions, only a whole program: profile both runs "
                        "with the same options"
                    )
            text = before.diff(after, by=options.by, **look.render)
        grown = None
        if options.fail_over is not None:
            shown = {
                name: look.render[name] for name in ("unit", "precision") if name in look.render
            }
            grown = _core.over(
                before, after, compared, options.fail_over, options.least or "1 MiB",
                by=options.by, **shown,
            )  # fmt: skip
    except (ProfileError, ValueError) as error:
        raise UsageError(str(error)) from None
    if grown is not None and look.format in ("text", "markdown"):
        text = _verdict(grown, options.fail_over, look) + text
    write(text, look)
    if not grown:
        return 0
    more = f", and {len(grown) - 1} more" if len(grown) > 1 else ""
    complain(f"grew by more than {options.fail_over}: {grown[0]}{more}")
    return 1


def _verdict(grown: list[str], limit: str, look: Look) -> str:
    """What a reviewer has to know first."""
    if look.format == "markdown":
        if not grown:
            return f"Nothing grew by more than {limit}.\n\n"
        lines = "".join(f"- {line}\n" for line in map(_escaped, grown))
        return f"**Grew by more than {limit}:**\n\n{lines}\n"
    if not grown:
        return f"Nothing grew by more than {limit}\n\n"
    lines = "".join(f"  {line}\n" for line in grown)
    return f"Grew by more than {limit}:\n{lines}\n"


def _escaped(line: str) -> str:
    """Keep names from being read as Markdown: `<lambda>`, `__init__`."""
    return "".join(f"\\{sign}" if sign in "\\`*_<[]|#" else sign for sign in line)


def _as_page(
    before: _core.Profile, after: _core.Profile, options: argparse.Namespace, look: Look
) -> str:
    names = ("unit", "precision")
    render = {name: look.render[name] for name in names if name in look.render}
    return _core.compare(before, after, by=options.by, group=options.group, **render)


def _of_leaks(
    before: _core.Profile, after: _core.Profile, options: argparse.Namespace, look: Look
) -> str:
    if options.by is not None:
        raise UsageError("--by is of lines: objects are compared by type and line")
    return before.render_leaks_diff(after, **look.render)


def _of_programs(
    before: _core.Profile, after: _core.Profile, options: argparse.Namespace, look: Look
) -> str:
    if not (before.has_sites() or after.has_sites()) and options.group is None:
        return before.diff(after, by=options.by, **look.render)
    for path, profile in ((options.before, before), (options.after, after)):
        if not profile.has_sites():
            raise UsageError(
                f"{path} has no lines of a whole program: profile both with --meter heap"
            )
    return before.diff_sites(after, group=options.group, by=options.by, **look.render)
