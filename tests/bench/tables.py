"""From samples to the tables people read: medians with their spread, and what was promised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from plan import COMPAT

Samples = dict[str, dict[str, list[float]]]

START = "<!-- make bench writes from here -->"
END = "<!-- to here -->"


@dataclass(frozen=True)
class Figure:
    """A median and the middle half of the samples around it."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, samples: list[float]) -> Figure:
        """Of the samples of one figure, one for each round."""
        if len(samples) < 2:
            return cls(samples[0], samples[0], samples[0])
        low, _, high = quantiles(samples, n=4, method="inclusive")
        return cls(median(samples), low, high)

    def show(self, unit: str) -> str:
        """`52 ns (48 to 60)`."""
        if number(self.low) == number(self.high):
            return f"{number(self.value)} {unit}"
        return f"{number(self.value)} {unit} ({number(self.low)} to {number(self.high)})"


def number(value: float) -> str:
    """Three digits, and no more than two behind the point."""
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"


class Missing(Exception):
    """The job of a row was not run."""


class Results:
    """The samples of one Python."""

    def __init__(self, version: str, samples: Samples) -> None:
        self.minor = int(version.split(".")[1])
        self._samples = samples

    def figure(self, job: str, name: str) -> Figure:
        """Median and spread of one figure of a job."""
        try:
            return Figure.of(self._samples[job][name])
        except KeyError:
            raise Missing from None

    def ratio(self, above: tuple[str, str], below: tuple[str, str]) -> float:
        """The ratio of two medians."""
        return self.figure(*above).value / self.figure(*below).value

    def lines(self, job: str) -> dict[str, Figure]:
        """All figures of a job that are about a line, by its number."""
        if job not in self._samples:
            raise Missing
        return {n: Figure.of(s) for n, s in self._samples[job].items() if n.isdigit()}


Cell = Callable[[Results], str]


def show(job: str, name: str, unit: str, scale: float = 1.0) -> Cell:
    """A cell with one figure."""

    def cell(results: Results) -> str:
        found = results.figure(job, name)
        return Figure(found.value * scale, found.low * scale, found.high * scale).show(unit)

    return cell


def at_most(limit: float, value: Callable[[Results], float], unit: str) -> Cell:
    """A cell with a figure and whether it keeps what was promised."""

    def cell(results: Results) -> str:
        found = value(results)
        return f"{number(found)} {unit}{'' if found <= limit else ' (missed)'}".strip()

    return cell


def at_least(limit: float, value: Callable[[Results], float], unit: str) -> Cell:
    """The same for a figure that should be large."""

    def cell(results: Results) -> str:
        found = value(results)
        return f"{number(found)} {unit}{'' if found >= limit else ' (missed)'}".strip()

    return cell


def by_minor(old: Cell, new: Cell) -> Cell:
    """Python 3.11 has another hook than the later ones, and other promises."""
    return lambda results: old(results) if results.minor < 12 else new(results)


LINE = ("line rsprofile", "added")

COSTS: list[tuple[str, Cell]] = [
    ("rsprofile", show(*LINE, "ns")),
    ("rsprofile with `--peak`", show("line rsprofile-peak", "added", "ns")),
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


def _gap(name: str) -> Callable[[Results], float]:
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


def _ratio(above: tuple[str, str], below: tuple[str, str]) -> Callable[[Results], float]:
    return lambda results: results.ratio(above, below)


def _peer(job: str) -> Callable[[Results], float]:
    """By how much memory_profiler adds more than our stand-in for it."""
    return _ratio((job.format("memory_profiler"), "added"), (job.format(COMPAT), "added"))


def _value(job: str, name: str, scale: float = 1.0) -> Callable[[Results], float]:
    return lambda results: results.figure(job, name).value * scale


PROMISES: list[tuple[str, str, Cell]] = [
    (
        "a profiled line: line_profiler over rsprofile",
        "at least 2",
        at_least(2, _ratio(("line line_profiler", "added"), LINE), "x"),
    ),
    (
        "a profiled line: memory_profiler over rsprofile",
        "at least 1,000",
        at_least(1000, _ratio(("line memory_profiler", "added"), LINE), "x"),
    ),
    (
        "a profiled line: rsprofile over a hook that only counts",
        "at most 3",
        at_most(3, _ratio(("floor", "full"), ("floor", "count")), "x"),
    ),
    (
        "a profiled line: with `--peak` over without",
        "at most 2",
        at_most(2, _ratio(("line rsprofile-peak", "added"), LINE), "x"),
    ),
    (
        "`profile` of memory_profiler's interface, a line: memory_profiler over rsprofile",
        "at least 500",
        at_least(500, _ratio(("line memory_profiler", "added"), ("line compat", "added")), "x"),
    ),
    (
        "`LineProfiler` made for one call of three lines",
        "10 us",
        at_most(10, _value(f"fresh {COMPAT}", "added", 1e-3), "us"),
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
            at_most(40, _value("callee_lines rsprofile", "added"), "ns"),
            at_most(1.02, _value("callee_lines rsprofile", "ratio"), "x"),
        ),
    ),
    (
        "a call of an unprofiled callee",
        "3.11: 300 ns; later: ratio 1.02",
        by_minor(
            at_most(300, _callee_call, "ns"),
            at_most(1.02, _value("callee_calls rsprofile", "ratio"), "x"),
        ),
    ),
    (
        "a call of a decorated function of one line",
        "3.11: 1.5 us; later: 0.5 us",
        by_minor(
            at_most(1.5, _value("call rsprofile", "added", 1e-3), "us"),
            at_most(0.5, _value("call rsprofile", "added", 1e-3), "us"),
        ),
    ),
    (
        "gated against ungated readings, the line that differs most",
        "1 page",
        at_most(1, _gate_gap, "pages"),
    ),
    ("readings taken with the gate, of the events seen", "", _skipped),
    ("`import rsprofile`: memory", "2 MiB", at_most(2, _gap("mib"), "MiB")),
    ("`import rsprofile`: time", "15 ms", at_most(15, _gap("milliseconds"), "ms")),
    (
        "report of a file of 10,000 lines",
        "50 ms",
        at_most(50, _value("report", "milliseconds"), "ms"),
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
            table(
                [(what, lambda _, goal=goal: goal, cell) for what, goal, cell in PROMISES],
                pythons,
                heads,
            ),
        ),
        ("As the work grows: added to each line", table(GROWTH, pythons, heads)),
    ]
    return "\n\n".join(f"### {title}\n\n{text}" for title, text in parts if text)


def table(
    rows: list[tuple[str, Cell]] | list[tuple[str, Cell, Cell]],
    pythons: dict[str, Results],
    heads: list[str],
) -> str:
    """Rows whose jobs were not run are left out; a table without rows is empty."""
    lines = []
    for what, *goal, cell in rows:
        try:
            found = [cell(results) for results in pythons.values()]
        except Missing:
            continue
        lines.append([what, *found, *(text(None) for text in goal)])
    if not lines:
        return ""
    width = len(lines[0])
    head = ["", *heads, "goal"][:width]
    rule = ["---", *["---:"] * (width - 1)]
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, rule, *lines])


def insert(path: Path, text: str) -> None:
    """Replace what stands between the markers of a document."""
    before, _, rest = path.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{START}\n\n{text}\n\n{END}{after}", encoding="utf-8")
