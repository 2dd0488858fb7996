"""The recordings in the current folder: which there are, and removing them."""

from __future__ import annotations

import glob
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Names that recorders give.
_PATTERN = "mprofile_??????????????.dat"


def recordings() -> list[str]:
    """Give the recordings here, oldest first."""
    return sorted(glob.glob(_PATTERN))


def by_number(text: str, known: Sequence[str]) -> str | None:
    """Give a recording by its place among those here, from the end if below zero.

    Args:
        text: What somebody typed.
        known: What `recordings` gave.

    Returns:
        None if there is no such place.

    Raises:
        ValueError: It is no number.
    """
    number = int(text)
    return known[number] if -len(known) <= number < len(known) else None


def with_companions(filenames: Iterable[str]) -> list[str]:
    """Add the companions `NAME_ts.dat` of those that have one; each file is there once."""
    found = dict.fromkeys(filenames)
    for filename in reversed(list(found)):
        stem, extension = os.path.splitext(filename)
        companion = f"{stem}_ts{extension}"
        if os.path.isfile(companion):
            found[companion] = None
    return list(found)


def print_list() -> None:
    """Print number, name and time of each recording here."""
    for index, filename in enumerate(recordings()):
        at = filename.removesuffix(".dat").rpartition("_")[2]
        clock, date = f"{at[8:10]}:{at[10:12]}:{at[12:14]}", f"{at[6:8]}/{at[4:6]}/{at[:4]}"
        print(f"{index} {filename} {clock} {date}")


def remove(filenames: Iterable[str], *, dry_run: bool) -> None:
    """Remove files, or print what would be removed.

    Raises:
        OSError: One cannot be removed; those before it are.
    """
    if dry_run:
        print("Files to be removed: ")
    for filename in filenames:
        if dry_run:
            print(filename)
        else:
            os.remove(filename)
