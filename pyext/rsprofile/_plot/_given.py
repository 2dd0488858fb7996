"""The recordings somebody names on the command line, read."""

from __future__ import annotations

import os

from rsprofile import _core
from rsprofile._errors import ProfileError, UsageError
from rsprofile._output import complain, reason
from rsprofile._plot import _folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: What to do where there is nothing to show.
_REMEDY = "name a file, or record one with rsprofile record"


def files(names: Sequence[str]) -> list[str]:
    """Give the files that are meant.

    Args:
        names: File names, and numbers among the recordings here; none for the last one.

    Returns:
        Each once, in the order they were named.

    Raises:
        UsageError: There is no such file or number.
        ProfileError: None is named, and none is here.
    """
    known = _folder.recordings()
    if not names:
        if not known:
            raise ProfileError(f"no recording mprofile_*.dat in this folder: {_REMEDY}")
        complain(f"using the last recording, {known[-1]}")
        return [known[-1]]
    return list(dict.fromkeys(_file(name, known) for name in names))


def _file(name: str, known: Sequence[str]) -> str:
    if os.path.lexists(name):
        return name
    try:
        found = _folder.by_number(name, known)
    except ValueError:
        raise UsageError(f"no file {name}: {_REMEDY}") from None
    if found is None:
        count = "is 1 recording" if len(known) == 1 else f"are {len(known)} recordings"
        raise UsageError(f"no recording {name}: there {count} in this folder; see list")
    return found


def read(path: str) -> _core.Recordings:
    """Read a file, `.dat` or a saved profile.

    Raises:
        ProfileError: It cannot be read, or no run was recorded in it.
    """
    try:
        found = _core.Recordings.load(path)
    except OSError as error:
        raise ProfileError(f"cannot read recording {path}: {reason(error)}") from None
    if not len(found):
        raise ProfileError(
            f"cannot show {path}: no memory over time was recorded in it; profile with --timeline"
        )
    return found
