"""The values of the options of looking on."""

from __future__ import annotations

import argparse

from rsprofile._errors import UsageError


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
