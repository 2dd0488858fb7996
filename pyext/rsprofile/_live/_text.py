"""Texts for a terminal: sizes, times, and how wide a text is."""

from __future__ import annotations

import unicodedata

_UNITS = (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10))


def size(number: int) -> str:
    """Say a number of bytes, as `12.3 MiB`."""
    for name, unit in _UNITS:
        if abs(number) >= unit:
            return f"{number / unit:.1f} {name}"
    return f"{number} B"


def signed(number: int) -> str:
    """Say a change in bytes, as `+12.3 MiB`."""
    return f"{'+' if number > 0 else ''}{size(number)}"


def duration(seconds: float) -> str:
    """Say how long something took, as `12.3 s`, `2:05` or `1:02:05`."""
    if seconds < 100:
        return f"{max(0.0, seconds):.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def clean(text: str, *, unicode: bool) -> str:
    """Give a text without what a terminal would act upon, or cannot show."""
    if not unicode:
        text = text.encode("ascii", "replace").decode()
    return "".join(c if c.isprintable() and _shown(c) else "?" for c in text)


def width(text: str) -> int:
    """Give how many columns a clean text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def clip(text: str, columns: int, *, unicode: bool = True, left: bool = False) -> str:
    """Shorten a clean text to so many columns.

    Args:
        text: The text.
        columns: The most it may take.
        unicode: Whether an ellipsis can be shown.
        left: Whether it is the beginning that goes, as of a path.
    """
    if width(text) <= columns:
        return text
    mark = "…" if unicode else "~"
    if columns < 1:
        return ""
    room = columns - 1
    taken = 0
    kept: list[str] = []
    for letter in reversed(text) if left else text:
        taken += _columns(letter)
        if taken > room:
            break
        kept.append(letter)
    return mark + "".join(reversed(kept)) if left else "".join(kept) + mark


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """Fill a clean text up to so many columns, on its left with `right`."""
    blanks = " " * (columns - width(text))
    return blanks + text if right else text + blanks


def _columns(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _shown(letter: str) -> bool:
    """Whether a terminal moves on by what `_columns` says."""
    return unicodedata.category(letter) not in ("Mn", "Me", "Cf")
