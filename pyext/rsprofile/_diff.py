"""`rsprofile diff`: what changed from one saved profile to another."""

from __future__ import annotations

from rsprofile._deliver import write
from rsprofile._errors import ProfileError, UsageError
from rsprofile._options import Look, Parser, add_look_options
from rsprofile._show import load

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
        description="Compare two saved profiles: functions and lines, the largest change first.",
        epilog=_EXAMPLE,
    )
    for name in ("before", "after"):
        parser.add_argument(name, metavar=name.upper(), help="a profile saved with -o FILE.json")
    parser.option(
        "--by", default="increment", metavar="COLUMN",
        help="what to compare: increment, own, usage, peak or occurrences (increment)",
    )  # fmt: skip
    add_look_options(parser)
    options = parser.parse(arguments)
    look = Look(options)
    before, after = load(options.before), load(options.after)
    try:
        text = before.diff(after, by=options.by, **look.render)
    except (ProfileError, ValueError) as error:
        raise UsageError(str(error)) from None
    write(text, look)
    return 0
