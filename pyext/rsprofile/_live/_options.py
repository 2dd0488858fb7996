"""The options of looking on."""

from __future__ import annotations

import argparse

from rsprofile._errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rsprofile._options import Parser


def add_live_options(parser: Parser) -> None:
    """Add those that `top` and `--live` have."""
    parser.add_argument(
        "--serve", metavar="PORT", nargs="?", const="0",
        help="show it as a page in a browser on this machine, at this port or any that is free",
    )  # fmt: skip
    parser.option("--interval", metavar="SECONDS", help="time between two frames of a view (1)")


def interval_of(options: argparse.Namespace) -> float:
    """Give the interval, seconds.

    Raises:
        UsageError: It is none.
    """
    if options.interval is None:
        return 1.0
    try:
        seconds = float(options.interval)
    except ValueError:
        raise UsageError(f"--interval {options.interval} is not a number of seconds") from None
    if not 0.1 <= seconds <= 3600:
        raise UsageError(f"--interval {options.interval} is out of range: 0.1 to 3600 seconds")
    return seconds


def port_of(options: argparse.Namespace) -> int:
    """Give the port, 0 for any.

    Raises:
        UsageError: It is none.
    """
    try:
        port = int(options.serve)
    except ValueError:
        raise UsageError(f"--serve {options.serve} is not a port: give a number") from None
    if not 0 <= port <= 65535:
        raise UsageError(f"--serve {port} is out of range: 0 to 65535")
    return port
