"""The table of the lines that grew most."""

from __future__ import annotations

from rsprofile._live._text import clean, clip, pad, signed, size, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rsprofile._live._state import Row, State

#: The columns there may be, with their titles, in order.
_TITLES = {
    "increment": "Increment",
    "own": "Own",
    "peak": "Peak",
    "live": "Live",
    "allocated": "Allocated",
}
#: Columns that the name of a line is to have before another figure is shown.
_NAME = 30
#: Columns of one figure, with a blank behind: `+1023.9 MiB`.
_FIGURE = 12


def table(state: State, columns: int, rows: int, *, unicode: bool) -> tuple[str, list[str]]:
    """Lay out the largest lines.

    Args:
        state: What is known of the process.
        columns: How wide the table may be.
        rows: How many lines may be shown.
        unicode: Whether there are other characters than those of ASCII.

    Returns:
        The titles of the columns, and the lines.
    """
    shown = _figures(state, columns)
    room = columns - _FIGURE * len(shown)
    figure = max(5, min(_FIGURE, columns)) - 1
    head = "".join(
        pad(clip(_title(name, state, unicode=unicode), figure, unicode=unicode), figure, right=True)
        + " "
        for name in shown
    )
    lines = []
    for row in state.top(max(0, rows)):
        figures = [
            pad(clip(cell(name, row), figure, unicode=unicode), figure, right=True) + " "
            for name in shown
        ]
        lines.append("".join(figures) + _place(row, room, unicode=unicode))
    return clip(f"{head}Line", columns, unicode=unicode), [
        clip(line, columns, unicode=unicode) for line in lines
    ]


def cell(name: str, row: Row) -> str:
    """Say one figure of a line."""
    number = getattr(row, name)
    if number is None:
        return "-"
    return signed(number) if name in ("increment", "own") else size(number)


def _figures(state: State, columns: int) -> list[str]:
    """Choose the figures there is room for: that it is sorted by, and then from the left."""
    known = state.lines.figures()
    chosen = [state.sorted_by()]
    for name in known:
        if name not in chosen and columns >= _FIGURE * (len(chosen) + 1) + _NAME:
            chosen.append(name)
    return [name for name in known if name in chosen]


def _title(name: str, state: State, *, unicode: bool) -> str:
    mark = ("↓" if unicode else "*") if name == state.sorted_by() else ""
    return _TITLES[name] + mark


def _place(row: Row, room: int, *, unicode: bool) -> str:
    """Say which line it is: the end of its path, and its function where there is room."""
    place = clean(f"{row.file}:{row.line}", unicode=unicode)
    function = "" if row.function == "<module>" else clean(row.function, unicode=unicode)
    if not function or width(place) + 1 + width(function) > room:
        left = room - 1 - width(function)
        if not function or left < min(width(place), 16):
            return clip(place, room, unicode=unicode, left=True)
        place = clip(place, left, unicode=unicode, left=True)
    return f"{place} {function}"
