"""What is known of a process that is looked at: plain data, as views show it."""

from __future__ import annotations

from dataclasses import dataclass, field

from rsprofile._live._history import History, Recent

#: Stretches that are kept of all the time, and of the last minutes.
_ROOM = 1200
#: How long one of them is, seconds: those of all the time grow.
_STRETCH = 0.25
#: The figures that lines may be sorted by, in turn.
SORTS = ("increment", "own", "peak", "live", "allocated")


@dataclass(slots=True)
class Row:
    """The figures of a line; None for those that are not recorded. Bytes, but for `occurrences`."""

    file: str
    line: int
    function: str
    increment: int | None = None
    own: int | None = None
    peak: int | None = None
    live: int | None = None
    allocated: int | None = None
    occurrences: int | None = None


@dataclass(slots=True)
class Lines:
    """What a process says of its lines.

    Attributes:
        rows: The largest by each figure.
        count: How many lines there are figures of.
        heap: Bytes alive and the most that were, of all it allocated, where that is recorded.
        message: Why there are none, or why they are old; in one line.
    """

    rows: list[Row] = field(default_factory=list)
    count: int = 0
    heap: tuple[int, int] | None = None
    message: str = ""

    def figures(self) -> list[str]:
        """Name the figures that any line has."""
        return [name for name in SORTS if any(getattr(row, name) is not None for row in self.rows)]


@dataclass(slots=True)
class State:
    """What there is to show.

    Attributes:
        pid: The process.
        command: Its command, as the system has it.
        started: When it started, Unix time.
        time: When this was read, Unix time.
        now: Memory, bytes.
        peak: The most it ever had, bytes.
        children: How many processes are below it.
        children_bytes: Their memory together, bytes.
        ended: Whether it has ended.
        stopped: Whether it is stopped.
        recent: The last minutes.
        whole: All the time it was looked at.
        lines: What it says of its lines.
        sort: The figure that lines are sorted by.
        paused: Whether the view stands still.
        interval: Seconds between two frames.
    """

    pid: int
    command: str
    started: float
    time: float
    now: int = 0
    peak: int = 0
    children: int = 0
    children_bytes: int = 0
    ended: bool = False
    stopped: bool = False
    recent: Recent = field(default_factory=lambda: Recent(_ROOM, _STRETCH))
    whole: History = field(default_factory=lambda: History(_ROOM, _STRETCH))
    lines: Lines = field(default_factory=Lines)
    sort: str = ""
    paused: bool = False
    interval: float = 1.0

    def sorted_by(self) -> str:
        """Give the figure that lines are sorted by: what was chosen, if any line has that."""
        figures = self.lines.figures()
        if not figures or self.sort in figures:
            return self.sort or SORTS[0]
        return figures[0]

    def next_sort(self) -> None:
        """Sort by the next figure."""
        figures = self.lines.figures()
        if figures:
            self.sort = figures[(figures.index(self.sorted_by()) + 1) % len(figures)]

    def top(self, count: int) -> list[Row]:
        """Give the largest lines, by the figure they are sorted by, that have more than nothing."""
        name = self.sorted_by()
        rows = [row for row in self.lines.rows if (getattr(row, name) or 0) > 0]
        rows.sort(key=lambda row: (-getattr(row, name), -(row.own or 0), row.file, row.line))
        return rows[:count]
