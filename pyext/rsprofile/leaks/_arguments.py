"""What the functions of this package are given, checked where it is written."""

from __future__ import annotations

from rsprofile import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: The most frames that are kept of a stack.
_MOST_FRAMES = 256


def number(name: str, value: object, *, least: int = 1, most: int = 1_000_000_000) -> int:
    """Give a whole number.

    Raises:
        TypeError: It is none.
        ValueError: It is out of range.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} is a whole number, not {_kind(value)}")
    if not least <= value <= most:
        raise ValueError(f"{name} {value} is out of range: {least} to {most}")
    return value


def stacks(value: object) -> int:
    """Give how many frames are kept of a stack; errors as for `number`."""
    return number("stacks", value, most=_MOST_FRAMES)


def size(name: str, value: object) -> int | None:
    """Give bytes from a number or a text as `100 KiB`; nothing stays nothing.

    Raises:
        TypeError: It is neither.
        ValueError: It has no meaning.
    """
    if value is None:
        return None
    if not isinstance(value, int | str) or isinstance(value, bool):
        raise TypeError(f"{name} is bytes or a text like '100 KiB', not {_kind(value)}")
    return _core.size(value)


def text(name: str, value: object) -> str:
    """Give a text.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} is a text, not {_kind(value)}")
    return value


def choice(name: str, value: object, choices: Sequence[str]) -> str:
    """Give one of several names, in any case.

    Raises:
        TypeError: It is no text.
        ValueError: It is none of them.
    """
    given = text(name, value).strip().lower()
    if given not in choices:
        raise ValueError(f"unknown {name} {value!r}: one of {', '.join(choices)}")
    return given


def _kind(value: object) -> str:
    return type(value).__name__
