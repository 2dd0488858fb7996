"""`rsprofile diff`: what changed from one saved profile to another."""

from __future__ import annotations

from rsprofile._deliver import write
from rsprofile._errors import ProfileError, UsageError
from rsprofile._options import Look, Parser, add_look_options, add_site_options
from rsprofile._show import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from rsprofile import _core

_EXAMPLE = """\
example:
  rsprofile -o before.json script.py
  rsprofile -o after.json script.py
  rsprofile diff before.json after.json
"""


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: What follows `diff`.

    Returns:
        The exit status.

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
    add_look_options(parser)
    add_site_options(parser)
    options = parser.parse(arguments)
    look = Look(options)
    before, after = load(options.before), load(options.after)
    try:
        if before.has_leaks() and after.has_leaks() and options.group is None:
            text = _of_leaks(before, after, options, look)
        elif options.group is not None or (before.has_no_lines() and after.has_no_lines()):
            text = _of_programs(before, after, options, look)
        else:
            for path, profile in ((options.before, before), (options.after, after)):
                if profile.has_sites() and profile.has_no_lines():
                    raise UsageError(
                        f"{path} has no functions, only a whole program: profile both runs "
                        "with the same options"
                    )
            text = before.diff(after, by=options.by, **look.render)
    except (ProfileError, ValueError) as error:
        raise UsageError(str(error)) from None
    write(text, look)
    return 0


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
