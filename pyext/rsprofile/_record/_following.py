"""Following a recorder to its end, with what has to be said meanwhile."""

from __future__ import annotations

import os

from rsprofile._output import complain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rsprofile import _core


def follow(recorder: _core.Recorder, path: str) -> tuple[str, int]:
    """Record until the process has ended, or what else ends it; what that is, and its number."""
    while True:
        what, number = recorder.run()
        if what == "resized":
            show(recorder)
        elif what == "unwritable":
            why = _reason(number)
            complain(f"cannot write {path}: {why}: samples are lost, the program goes on")
        elif what == "unreadable":
            complain(f"its memory cannot be read any more: {_reason(number)}")
        else:
            return what, number


def show(recorder: _core.Recorder) -> None:
    """Have the recorder show how far it is, if somebody can see it."""
    rows = columns = 0
    if _is_terminal():
        try:
            columns, rows = os.get_terminal_size(2)
        except OSError:
            pass
    recorder.show(min(rows, 0xFFFF), min(columns, 0xFFFF))


def say_where(path: str, seconds: float, peak: int) -> None:
    """Tell where the recording is, if somebody can see it."""
    if _is_terminal():
        name = path if path.replace("/", "").replace(".", "").isalnum() else _quoted(path)
        complain(f"{seconds:.1f} s, peak {peak / 1048576:.1f} MiB: rsprofile plot {name}")


def _is_terminal() -> bool:
    try:
        return os.isatty(2) and os.environ.get("TERM", "") not in ("", "dumb")
    except OSError:
        return False


def _quoted(path: str) -> str:
    from shlex import quote

    return quote(path)


def _reason(number: int) -> str:
    text = os.strerror(number)
    return text[:1].lower() + text[1:]
