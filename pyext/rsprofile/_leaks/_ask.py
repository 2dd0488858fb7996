"""`rsprofile leaks --pid N` and `rsprofile why EXPRESSION --pid N`: asking a running process."""

from __future__ import annotations

from rsprofile import _core
from rsprofile._deliver import write
from rsprofile._errors import UsageError
from rsprofile._leaks._options import add_asking, seconds
from rsprofile._options import Parser
from rsprofile._output import print_report

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from rsprofile._leaks._options import LeaksLook

_EXAMPLE = """\
example:
  rsprofile why app.registry --pid 4711
  rsprofile why 'app.registry[-1].owner' --pid 4711

The names of __main__ and of all modules that are loaded mean what they mean in the process, which
has to be armed: by RSPROFILE_ARM=1 and `import rsprofile`, or by rsprofile.arm().
"""

#: How long a process may not listen, seconds.
_WAIT = 10.0


def leaks(options: argparse.Namespace, look: LeaksLook) -> int:
    """Ask what survives in a process, and show it."""
    profile = _core.Profile.loads(_ask(options, "leaks"))
    write(look.show(profile), look)
    return 0


def main(arguments: list[str]) -> int:
    """Run `rsprofile why`.

    Args:
        arguments: What follows `why`.

    Returns:
        The exit status.

    Raises:
        UsageError: An option is wrong, or there is no such process.
    """
    parser = Parser(
        prog="rsprofile why",
        description="Say what keeps an object of a running process alive.",
        epilog=_EXAMPLE,
    )
    parser.add_argument(
        "expression", metavar="EXPRESSION", help="the object, as the program names it"
    )
    add_asking(parser)
    options = parser.parse(arguments)
    if options.pid is None:
        raise UsageError("--pid is missing: name the process; in a program use rsprofile.leaks.why")
    text = _ask(options, f"why {options.expression}")
    print_report(text if text.endswith("\n") else f"{text}\n")
    return 0


def _ask(options: argparse.Namespace, request: str) -> str:
    import rsprofile
    from rsprofile._arm._ask import ask

    wait = _WAIT if options.wait is None else seconds("--wait", options.wait, least=0.1)
    # The environment may have armed this process as well.
    rsprofile.disarm()
    return ask(options.pid, request, wait)
