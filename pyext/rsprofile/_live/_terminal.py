"""What kind of terminal there is."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def is_able(environment: Mapping[str, str]) -> bool:
    """Whether a terminal can be drawn on."""
    return environment.get("TERM", "") not in ("", "dumb", "unknown")


def wants_colour(environment: Mapping[str, str]) -> bool:
    """Whether colours are welcome (no-color.org)."""
    return not environment.get("NO_COLOR")


def shows_unicode(environment: Mapping[str, str]) -> bool:
    """Whether the locale is one in UTF-8.

    Args:
        environment: What the process was started with: Python sets a locale of its own where that
            is C.
    """
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        if environment.get(name):
            return "utf8" in environment[name].lower().replace("-", "")
    return False


def started_with() -> dict[str, str]:
    """Give the environment this process was started with."""
    try:
        with open("/proc/self/environ", "rb") as file:
            words = os.fsdecode(file.read()).split("\0")
    except OSError:
        return dict(os.environ)
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def size_of(descriptor: int) -> tuple[int, int]:
    """Give the columns and lines of a terminal; 80 and 24 for one that does not know."""
    try:
        found = os.get_terminal_size(descriptor)
    except OSError:
        return 80, 24
    return found.columns or 80, found.lines or 24


def is_terminal(stream: object) -> bool:
    """Whether a standard stream is there and a terminal."""
    try:
        return stream is not None and os.isatty(stream.fileno())  # type: ignore[attr-defined]
    except (OSError, ValueError, AttributeError):
        return False


def is_ours(descriptor: int) -> bool:
    """Whether this process may use a terminal now: its group is the one in the foreground."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        return False


def open_ours() -> int | None:
    """Open the terminal of this process; None if there is none or others have it."""
    try:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return None
    if is_ours(descriptor) and is_able(os.environ):
        return descriptor
    os.close(descriptor)
    return None


def has_output() -> bool:
    """Whether standard output is a terminal."""
    return is_terminal(sys.__stdout__)
