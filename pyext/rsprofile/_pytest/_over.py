"""Which function went over a limit, and what is said of it."""

from __future__ import annotations

import json
import os
import re
import textwrap
from typing import NamedTuple

from rsprofile._pytest._sizes import mib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from rsprofile import _core
    from rsprofile._pytest._memory_limit import MemoryLimit

#: From so many lines on, a table has only those that moved memory.
_LONG = 60


class Place(NamedTuple):
    """A line that took memory.

    Attributes:
        at: Place of its function in the document.
        name: The function.
        file: Its file.
        line: The line.
        text: Its source text.
        weight: What it took by itself or by what it called, bytes.
    """

    at: int
    name: str
    file: str
    line: int
    text: str
    weight: int


def text(
    limit: MemoryLimit,
    start: int,
    peak: int,
    profile: _core.Profile | None,
    test: set[tuple[str, str]],
) -> str:
    """Give what a test is told that went over its limit.

    Args:
        limit: What was asked for.
        start: The memory at its start, bytes.
        peak: The most above that, bytes.
        profile: The lines of the functions that ran; None if they are not known.
        test: File and name of the functions that the test is written as.
    """
    way = [] if profile is None else _way(profile, start + limit.bytes, test)
    if profile is None:
        where = "the lines are not known: rsprofile profiles this process for somebody else"
    elif not way:
        where = "no line of the project was seen to take it"
    else:
        *callers, place = way
        where = f"{_shown(place)} ({place.name}) took {mib(place.weight)}"
        if callers:
            called = ", ".join(f"{_shown(one)} ({one.name})" for one in reversed(callers))
            where += f", called at {called}"
    paragraph = (
        f"took {_exactly(peak, limit.bytes)}, the limit is {limit.text}: {where}. "
        f"It started at {mib(start)}."
    )
    shown = textwrap.fill(paragraph, 100, break_long_words=False, break_on_hyphens=False)
    return shown if profile is None or not way else f"{shown}\n\n{_table(profile, place.at)}"


def _exactly(size: int, limit: int) -> str:
    """Give a size in as many digits as it takes to tell it from the limit."""
    return f"{size:,} bytes" if size - limit < 1 << 18 else mib(size)


def _way(profile: _core.Profile, over: int, test: set[tuple[str, str]]) -> list[Place]:
    """Give the lines that lead to the one that went over, the test's own first.

    A line that took much and names a function whose lines took as much has called it.
    """
    heaviest = [
        place
        for at, function in enumerate(json.loads(profile.dumps())["functions"])
        if (place := _heaviest(at, function, over)) is not None
    ]
    own = [place for place in heaviest if (place.file, place.name) in test]
    if not own:
        # It was called in some other way: by a fixture, or in a thread.
        return [max(heaviest, key=lambda place: place.weight)] if heaviest else []
    way = [max(own, key=lambda place: place.weight)]
    while True:
        last = way[-1]
        called = [
            place
            for place in heaviest
            if place not in way and place.weight * 2 >= last.weight and _names(last.text, place)
        ]
        if not called:
            return way
        way.append(max(called, key=lambda place: place.weight))


def _heaviest(at: int, function: dict[str, Any], over: int) -> Place | None:
    """Give the line of a function that took most, of those in which memory was over a level."""
    best = None
    for row in function["rows"]:
        measured = row["measured"]
        if measured is None:
            continue
        highest = measured["usage"] if measured["peak"] is None else measured["peak"]
        # What it gave back before it ended, and what it left.
        weight = highest - measured["usage"] + max(0, measured["increment"])
        if highest > over and weight > 0 and (best is None or weight > best.weight):
            text = row["text"] or ""
            name, file = function["name"], function["file"]
            best = Place(at, name, file, row["line"], text, weight)
    return best


def _names(text: str, place: Place) -> bool:
    """Whether a line names a function, or the class of a method."""
    parts = place.name.replace("<locals>.", "").split(".")
    meant = parts[-2] if len(parts) > 1 and parts[-1].startswith("__") else parts[-1]
    return re.search(rf"\b{re.escape(meant)}\b", text) is not None


def _table(profile: _core.Profile, at: int) -> str:
    """Show the lines of a function."""
    chosen = profile.select([at])
    text = chosen.render(columns=["peak"])
    if text.count("\n") > _LONG:
        text = chosen.render(columns=["peak"], skip_zero=True)
    return text.strip("\n")


def _shown(place: Place) -> str:
    # The test may have gone elsewhere, or have removed where it was.
    try:
        file = os.path.relpath(place.file)
    except OSError:
        file = place.file
    return f"{place.file if file.startswith('..') else file}:{place.line}"
