"""Saved profiles in the formats of other viewers, and their memory over time as a picture."""

from __future__ import annotations

import sys

from rsprofile._deliver import replace
from rsprofile._errors import ProfileError, UsageError
from rsprofile._options import EXPORTS, exported_as
from rsprofile._output import reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rsprofile import _core

_PICTURES = ("svg", "png")
NAMES = (*dict.fromkeys(EXPORTS.values()),)


def format_of(name: str | None, path: str | None) -> str | None:
    """Give the format that was asked for by name, or else by that of the file; None for a report.

    Args:
        name: What was typed as `--format`.
        path: The file to write.
    """
    if name is not None:
        name = name.strip().lower()
        return name if name in NAMES else None
    if path is None:
        return None
    return exported_as(path)


def export(files: list[str], profile: _core.Profile, format: str, path: str | None) -> None:
    """Write a profile for another viewer.

    Args:
        files: Where it came from.
        profile: All of them as one.
        format: One of `NAMES`.
        path: The file, or None for standard output.

    Raises:
        UsageError: There is nothing of that kind in it, or no file for a picture.
        ProfileError: No memory over time was recorded, or the file cannot be written.
    """
    if format in _PICTURES:
        _draw(files, format, path)
        return
    try:
        content = profile.export(format)
    except ProfileError as error:
        raise UsageError(f"{files[0]}: {error}") from None
    if path is None:
        if format == "pprof" and sys.stdout.isatty():
            raise UsageError("pprof is no text: name a file with -o FILE.pb.gz")
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    try:
        replace(path, content)
    except OSError as error:
        raise ProfileError(f"cannot write {path}: {reason(error)}") from None


def _draw(files: list[str], format: str, path: str | None) -> None:
    from rsprofile._plot import _given

    if path is None:
        raise UsageError(f"a picture needs a file: name one with -o FILE.{format}")
    runs = _given.read(files[0])
    for file in files[1:]:
        runs.extend(_given.read(file))
    try:
        runs.plot(path, format=format)
    except OSError as error:
        raise ProfileError(f"cannot write {path}: {reason(error)}") from None
