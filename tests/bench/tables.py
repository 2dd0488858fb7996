"""From samples to the tables people read: medians with their spread, and what was promised."""

from __future__ import annotations

from pathlib import Path

import allocations
import looks
import plots
from cells import (
    Absent,
    Cell,
    Missing,
    Number,
    Results,
    Samples,
    at_least,
    at_most,
    by_minor,
    number,
    ratio,
    show,
    value,
)
from plan import COMPAT

START = "<!-- make bench writes from here -->"
END = "<!-- to here -->"


LINE = ("line rsprofile", "added")

COSTS: list[tuple[str, Cell]] = [
    ("rsprofile", show(*LINE, "ns")),
    ("rsprofile with `--peak`", show("line rsprofile-peak", "added", "ns")),
    ('rsprofile, `meter="heap"`', show("line rsprofile-heap", "added", "ns")),
    ('rsprofile, `meter="rss,heap"`', show("line rsprofile-rss,heap", "added", "ns")),
    ("a hook that only counts events", show("floor", "count", "ns")),
    ("rsprofile, memory_profiler's interface", show("line compat", "added", "ns")),
    ("line_profiler (time only)", show("line line_profiler", "added", "ns")),
    ("memory_profiler", show("line memory_profiler", "added", "ns")),
]

CALLS: list[tuple[str, Cell]] = [
    (f"{what}, {tool}", show(f"{job} {tool}", "added", "ns"))
    for what, job in (
        ("line of a function that is not profiled", "callee_lines"),
        ("call of such a function of one line", "callee_calls"),
        ("call of a decorated function of one line", "call"),
    )
    for tool in ("rsprofile", "line_profiler", "memory_profiler")
]


INTERFACE: list[tuple[str, Cell]] = [
    (f"{what}, {tool}", show(job.format(module), "added", unit, scale))
    for what, job, unit, scale in (
        ("`LineProfiler` made for one call of three lines", "fresh {}", "us", 1e-3),
        ("the same by a subclass with its own map", "fresh {} subclass", "us", 1e-3),
        ("`memory_usage` of a function that takes 10 ms", "usage {}", "ms", 1e-6),
    )
    for tool, module in (("rsprofile", COMPAT), ("memory_profiler", "memory_profiler"))
]


def _gap(name: str) -> Number:
    """By how much rsprofile goes beyond bare Python."""
    return lambda results: (
        results.figure("importing rsprofile", name).value
        - results.figure("importing bare", name).value
    )


def _callee_call(results: Results) -> float:
    """A call of an unprofiled function, without the one line it executes."""
    line = results.figure("callee_lines rsprofile", "added").value
    return results.figure("callee_calls rsprofile", "added").value - line


def _gate_gap(results: Results) -> float:
    """The largest difference on any line between gated and ungated readings, in pages."""
    gated, ungated = results.lines("mixed gated"), results.lines("mixed ungated")
    return max(abs(gated[line].value - ungated[line].value) for line in ungated)


def _skipped(results: Results) -> str:
    gated = results.figure("mixed gated", "readings").value
    return f"{number(gated)} of {number(results.figure('mixed gated', 'events').value)}"


def _peer(job: str) -> Number:
    """By how much memory_profiler adds more than our stand-in for it."""
    return ratio((job.format("memory_profiler"), "added"), (job.format(COMPAT), "added"))


PROMISES: list[tuple[str, str, Cell]] = [
    (
        "a profiled line: line_profiler over rsprofile",
        "at least 2",
        at_least(2, ratio(("line line_profiler", "added"), LINE), "x"),
    ),
    (
        "a profiled line: memory_profiler over rsprofile",
        "at least 1,000",
        at_least(1000, ratio(("line memory_profiler", "added"), LINE), "x"),
    ),
    (
        "a profiled line: rsprofile over a hook that only counts",
        "at most 3",
        at_most(3, ratio(("floor", "full"), ("floor", "count")), "x"),
    ),
    (
        "a profiled line: with `--peak` over without",
        "at most 2",
        at_most(2, ratio(("line rsprofile-peak", "added"), LINE), "x"),
    ),
    (
        "`profile` of memory_profiler's interface, a line: memory_profiler over rsprofile",
        "at least 500",
        at_least(500, ratio(("line memory_profiler", "added"), ("line compat", "added")), "x"),
    ),
    (
        "`LineProfiler` made for one call of three lines",
        "10 us",
        at_most(10, value(f"fresh {COMPAT}", "added", 1e-3), "us"),
    ),
    (
        "the same: memory_profiler over rsprofile",
        "at least 50",
        at_least(50, _peer("fresh {}"), "x"),
    ),
    (
        "`memory_usage` of 10 ms: memory_profiler over rsprofile",
        "at least 20",
        at_least(20, _peer("usage {}"), "x"),
    ),
    (
        "a line of an unprofiled callee",
        "3.11: 40 ns; later: ratio 1.02",
        by_minor(
            at_most(40, value("callee_lines rsprofile", "added"), "ns"),
            at_most(1.02, value("callee_lines rsprofile", "ratio"), "x"),
        ),
    ),
    (
        "a call of an unprofiled callee",
        "3.11: 300 ns; later: ratio 1.02",
        by_minor(
            at_most(300, _callee_call, "ns"),
            at_most(1.02, value("callee_calls rsprofile", "ratio"), "x"),
        ),
    ),
    (
        "a call of a decorated function of one line",
        "3.11: 1.5 us; later: 0.5 us",
        by_minor(
            at_most(1.5, value("call rsprofile", "added", 1e-3), "us"),
            at_most(0.5, value("call rsprofile", "added", 1e-3), "us"),
        ),
    ),
    (
        "gated against ungated readings, the line that differs most",
        "1 page",
        at_most(1, _gate_gap, "pages"),
    ),
    ("readings taken with the gate, of the events seen", "", _skipped),
    ("`from rsprofile import profile`: memory", "2 MiB", at_most(2, _gap("mib"), "MiB")),
    ("`from rsprofile import profile`: time", "15 ms", at_most(15, _gap("milliseconds"), "ms")),
    (
        "a program recorded by `record` at 1 ms: its time over that of the bare one",
        "at most 1.02",
        at_most(1.02, value("recording", "ratio"), "x"),
    ),
    ("the same: start and end of `record` itself", "", show("recording", "start", "ms")),
    ("the same: a call of a decorated function", "", show("recording", "call", "ns")),
    (
        "report of a file of 10,000 lines",
        "50 ms",
        at_most(50, value("report", "milliseconds"), "ms"),
    ),
    (
        "page of 500 files, 100,000 lines: written",
        "1 s",
        at_most(1000, value("page", "written"), "ms"),
    ),
    (
        "the same: first paint in Chromium",
        "1 s",
        at_most(1000, value("page", "paint"), "ms"),
    ),
    (
        "1,000 empty tests: `pytest --rsprofile` over plain pytest",
        "at most 1.1",
        at_most(1.1, ratio(("tests", "measured"), ("tests", "plain")), "x"),
    ),
]

GROWTH: list[tuple[str, Cell]] = [
    *(
        (f"{events} events", show(f"events {key}", "added", "ns"))
        for events, key in (("10^5", "1e5"), ("10^6", "1e6"), ("10^7", "1e7"), ("10^8", "1e8"))
    ),
    *(
        (f"{count} profiled functions", show(f"functions {count}", "added", "ns"))
        for count in (1, 100, 1000, 10000)
    ),
    *(
        (f"below {depth} profiled frames", show(f"depth {depth}", "added", "ns"))
        for depth in (1, 10, 100, 900)
    ),
    *(
        (f"{count} threads at once", show(f"threads {count}", "added", "ns"))
        for count in (1, 4, 16)
    ),
    *(
        (f"memory grown by {events} events", show(f"events {key}", "grown", "KiB", 1 / 1024))
        for events, key in (("10^6", "1e6"), ("10^7", "1e7"), ("10^8", "1e8"))
    ),
    ("memory held for a profiled line", show("functions 10000", "held", "bytes")),
]


def render(results: dict[str, Samples]) -> str:
    """All tables, in Markdown."""
    pythons = {version: Results(version, samples) for version, samples in results.items()}
    heads = [f"Python {version}" for version in pythons]
    parts = [
        ("Added to each executed line of a short arithmetic loop", table(COSTS, pythons, heads)),
        ("Added around the profiled lines", table(CALLS, pythons, heads)),
        ("Added through memory_profiler's interface", table(INTERFACE, pythons, heads)),
        (
            "What was promised, in the same run",
            table(goals(PROMISES), pythons, heads),
        ),
        ("As the work grows: added to each line", table(GROWTH, pythons, heads)),
        (
            "All allocations traced: a program that does little else",
            table(allocations.TRACERS, pythons, heads),
        ),
        (
            "All allocations traced: with 2,500,000 live blocks",
            table(allocations.LIVE, pythons, heads),
        ),
        (
            "All allocations traced: what was promised",
            table(goals(allocations.PROMISES), pythons, heads),
        ),
        (
            "All allocations traced, as the work grows: added to each block made and freed",
            table(allocations.GROWTH, pythons, heads),
        ),
        ("What keeps memory alive", table(looks.LOOKS, pythons, heads)),
        (
            "What keeps memory alive: what was promised",
            table(goals(looks.PROMISES), pythons, heads),
        ),
        ("Plots: what was promised", table(goals(plots.PROMISES), pythons, heads)),
    ]
    return "\n\n".join(f"### {title}\n\n{text}" for title, text in parts if text)


def goals(rows: list[tuple[str, str, Cell]]) -> list[tuple[str, Cell, Cell]]:
    """Rows of promises, as `table` takes them."""
    return [(what, lambda _, goal=goal: goal, cell) for what, goal, cell in rows]


def table(
    rows: list[tuple[str, Cell]] | list[tuple[str, Cell, Cell]],
    pythons: dict[str, Results],
    heads: list[str],
) -> str:
    """Rows whose jobs were not run are left out; a table without rows is empty."""
    lines = []
    for what, *goal, cell in rows:
        try:
            found = [_text(cell, results) for results in pythons.values()]
        except Missing:
            continue
        lines.append([what, *found, *(text(None) for text in goal)])
    if not lines:
        return ""
    width = len(lines[0])
    head = ["", *heads, "goal"][:width]
    rule = ["---", *["---:"] * (width - 1)]
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, rule, *lines])


def _text(cell: Cell, results: Results) -> str:
    try:
        return cell(results)
    except Absent:
        return "not for this Python"


def insert(path: Path, text: str) -> None:
    """Replace what stands between the markers of a document."""
    before, _, rest = path.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{START}\n\n{text}\n\n{END}{after}", encoding="utf-8")
