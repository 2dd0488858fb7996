"""What a terminal shows of a process: a pure function of what is known of it."""

from __future__ import annotations

from rsprofile._live._graph import graph
from rsprofile._live._history import columns as cut
from rsprofile._live._table import cell, table
from rsprofile._live._text import clean, clip, duration, pad, size, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rsprofile._live._state import State

#: What is sent to have letters bold, soft, and the colours of the graph; and to end that.
_STYLES = {"bold": "1", "soft": "2", "now": "36", "high": "31"}
#: From this width on the graph has labels at its side.
_LABELLED = 44
#: Lines of the graph, at most.
_TALLEST = 9


def frame(state: State, columns: int, rows: int, *, colour: bool, unicode: bool) -> list[str]:
    """Give the lines of a screen.

    Args:
        state: What is known of the process.
        columns: How wide the terminal is.
        rows: How many lines it has.
        colour: Whether it may be sent colours.
        unicode: Whether it shows more than ASCII.

    Returns:
        At most `rows` lines, each at most `columns` wide.
    """
    drawing = _Drawing(columns, colour=colour, unicode=unicode)
    head = [drawing.title(state), *drawing.figures(state)]
    foot = [drawing.keys(state)] if rows > len(head) + 1 else []
    room = rows - len(head) - len(foot)
    if state.lines.message:
        notes = drawing.wrapped(state.lines.message)[: max(0, min(room - 1, 4))]
    else:
        notes = []
    room -= len(notes)
    tall = max(0, min(_TALLEST, (room - 1) // 2 if state.lines.rows else room - 2))
    picture = drawing.picture(state, tall) if tall >= 2 else []
    room -= len(picture)
    if state.lines.rows and room >= 3:
        below = [*notes, "", *drawing.lines(state, room - 1)]
    else:
        below = notes
    above = [*head, *picture, *below]
    gap = [""] * (rows - len(above) - len(foot)) if foot else []
    return [*above, *gap, *foot][:rows]


def last_frame(state: State, columns: int, *, colour: bool, unicode: bool) -> list[str]:
    """Give what stays on the screen after the view: no keys, and no more lines than there are."""
    lines = frame(state, columns, 24, colour=colour, unicode=unicode)[:-1]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def plain_line(state: State, *, unicode: bool = True) -> str:
    """Give all of it in one line, for what is no terminal."""
    parts = [f"{duration(state.time - state.started)}", f"now {size(state.now)}"]
    parts.append(f"peak {size(state.peak)}")
    if state.children:
        parts.append(children(state))
    for row in state.top(1):
        name = state.sorted_by()
        place = f"{row.file}:{row.line}"
        figure = cell(name, row)
        parts.append(clean(f"most {name}: {place} {figure}", unicode=unicode))
    if state.stopped:
        parts.append("stopped")
    return "  ".join(parts)


def children(state: State) -> str:
    """Say how many processes are below it and how much they have."""
    noun = "child" if state.children == 1 else "children"
    return f"{state.children} {noun} {size(state.children_bytes)}"


class _Drawing:
    """Draws for one kind of terminal."""

    def __init__(self, columns: int, *, colour: bool, unicode: bool) -> None:
        self.columns = columns
        self.colour = colour
        self.unicode = unicode

    def paint(self, text: str, style: str) -> str:
        if not self.colour or not text.strip():
            return text
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"

    def clip(self, text: str, columns: int | None = None) -> str:
        columns = self.columns if columns is None else columns
        return clip(text, columns, unicode=self.unicode)

    def title(self, state: State) -> str:
        runs = f"runs {duration(state.time - state.started)}"
        if state.ended:
            runs = f"ended after {duration(state.time - state.started)}"
        elif state.paused:
            runs = "paused"
        elif state.stopped:
            runs = "stopped"
        name = f"pid {state.pid}  {clean(state.command, unicode=self.unicode)}"
        room = self.columns - len(runs) - 2
        if room < 12:
            return self.paint(self.clip(name), "bold")
        return self.paint(pad(self.clip(name, room), room), "bold") + "  " + runs

    def figures(self, state: State) -> list[str]:
        """Put what is known of the whole process on as few lines as it fits."""
        parts = [("", "now", size(state.now)), ("high", "peak", size(state.peak))]
        if state.ended:
            del parts[0]
        if state.children:
            together = size(state.now + state.children_bytes)
            parts += [("", "", children(state)), ("", "together", together)]
        if state.lines.heap:
            live, most = state.lines.heap
            parts += [("", "allocated", size(live)), ("", "at most", size(most))]
        lines: list[str] = []
        taken = 0
        for style, name, value in parts:
            text = self.clip(f"{name} {value}" if name else value)
            shown = self.paint(text, style) if style else text
            if lines and taken + 3 + width(text) <= self.columns:
                lines[-1] += "   " + shown
                taken += 3 + width(text)
            else:
                lines.append(shown)
                taken = width(text)
        return lines

    def picture(self, state: State, rows: int) -> list[str]:
        """Draw the last minutes, with the time below."""
        buckets, each = state.recent.buckets, state.recent.width
        top = max((bucket.high for bucket in buckets), default=0)
        label = size(top) if self.columns >= _LABELLED else ""
        side = max(len(label), 9) + 2 if label else 0
        room = self.columns - side
        bars = cut(buckets, each, room)
        bar = ("│" if self.unicode else "|") if label else ""
        drawn = graph(bars, rows, top, unicode=self.unicode)
        lines = []
        for number, cells in enumerate(drawn):
            name = label if number == 0 else "0 B" if label and number == rows - 1 else ""
            blanks = " " * (room - len(cells))
            left = self.paint(pad(name, side - 2, right=True), "soft") + " " + bar if label else ""
            lines.append(left + blanks + self._cells(cells))
        span = (buckets[-1].start - buckets[0].start) if buckets else 0.0
        begin = f"{duration(span)} ago" if span else ""
        at = max(0, side + room - len(bars))
        axis = pad("", min(at, max(0, self.columns - len(begin) - 4))) + begin
        axis = pad(axis, max(width(axis) + 1, self.columns - 3)) + "now"
        lines.append(self.paint(self.clip(axis), "soft"))
        return lines

    def _cells(self, cells: list[tuple[str, bool]]) -> str:
        if not self.colour:
            return "".join(letter for letter, _ in cells)
        text = ""
        before: bool | None = None
        for letter, is_above in cells:
            if is_above is not before:
                text += "\x1b[0;2m" if is_above else f"\x1b[0;{_STYLES['now']}m"
                before = is_above
            text += letter
        return f"{text}\x1b[0m" if text else ""

    def lines(self, state: State, room: int) -> list[str]:
        """Put the largest lines into a table, with its title."""
        head, rows = table(state, self.columns, room - 1, unicode=self.unicode)
        return [self.paint(head, "bold"), *rows]

    def wrapped(self, text: str) -> list[str]:
        """Break a sentence into lines."""
        lines = [""]
        for word in clean(text, unicode=self.unicode).split():
            word = self.clip(word)
            if lines[-1] and width(lines[-1]) + 1 + width(word) > self.columns:
                lines.append("")
            lines[-1] += f" {word}" if lines[-1] else word
        return [self.paint(line, "soft") for line in lines]

    def keys(self, state: State) -> str:
        """Name the keys, as many as there is room for."""
        sort = f"s sort: {state.sorted_by()}" if state.lines.rows else ""
        pause = "p go on" if state.paused else "p pause"
        interval = f"+/- every {state.interval:g} s"
        text = ""
        for part in ("q leave", sort, pause, interval):
            longer = f"{text}   {part}" if text else part
            if part and width(longer) <= self.columns:
                text = longer
        return self.paint(text, "soft")
