"""The options on the line of a magic."""

from __future__ import annotations

import re

from IPython.core.error import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from IPython.core.magic import Magics

    T = TypeVar("T", int, float)


def split(magics: Magics, line: str, letters: str) -> tuple[dict[str, list[str]], str]:
    """Split a line into options and the statement, which stays as it is written.

    Args:
        magics: Whose line it is.
        line: The line after the magic's name.
        letters: The options, as for `getopt`.

    Returns:
        The values of each option that is there, and the statement.

    Raises:
        UsageError: An option is unknown or has no value.
    """
    options, words = magics.parse_options(
        line, letters, mode="list", list_all=True, posix=False, strict=False
    )
    values = {name: [_unquoted(value) for value in found] for name, found in options.items()}
    # Words joined by one blank each would be another statement: text in quotes may hold two.
    statement = re.search(r"\s*".join(map(re.escape, words)) + r"\s*$", line)
    return values, statement.group().strip() if words and statement else ""


def number(option: str, options: dict[str, list[str]], kind: Callable[[str], T], default: T) -> T:
    """Read the last value of an option.

    Raises:
        UsageError: It is no number.
    """
    values = options.get(option.lstrip("-"))
    if not values:
        return default
    try:
        return kind(values[-1])
    except ValueError:
        raise UsageError(f"{option} takes a number, not {values[-1]!r}") from None


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value
