"""The tables about tracing all allocations of a program."""

from __future__ import annotations

from cells import Cell, Figure, Results, at_most, ratio, show, value

PLAIN = ("churn plain", "round")
LIVE_PLAIN = ("live plain", "mib")


def _churn(tool: str) -> tuple[str, str]:
    return (f"churn {tool}", "round")


def _times(tool: str) -> Cell:
    """By how many times a round takes longer under a tool."""

    def cell(results: Results) -> str:
        plain = results.figure(*PLAIN).value
        found = results.figure(*_churn(tool))
        return Figure(found.value / plain, found.low / plain, found.high / plain).show("x")

    return cell


def _resident(tool: str) -> Cell:
    """Memory of a program with many live blocks, beside what it takes without a tool."""

    def cell(results: Results) -> str:
        mib, plain = results.figure(f"live {tool}", "mib").value, results.figure(*LIVE_PLAIN).value
        return f"{mib:,.0f} MiB ({mib / plain:.2f} x)"

    return cell


TRACERS: list[tuple[str, Cell]] = [
    ("plain Python: a round of 43 allocations", show(*PLAIN, "us", 1e-3)),
    *(
        (name, _times(tool))
        for name, tool in (
            ("rsprofile, one frame", "rsprofile-1"),
            ("rsprofile, 16 frames", "rsprofile-16"),
            ("tracemalloc, one frame", "tracemalloc-1"),
            ("tracemalloc, 16 frames", "tracemalloc-16"),
            ("memray with `--trace-python-allocators`", "memray"),
            ("heapwise, exact", "heapwise"),
            ("fil", "fil"),
        )
    ),
]

LIVE: list[tuple[str, Cell]] = [
    ("plain Python: resident memory", show(*LIVE_PLAIN, "MiB")),
    ("rsprofile: resident memory", _resident("rsprofile-1")),
    ("rsprofile: its own tables, as it says", show("live rsprofile-1", "own", "MiB")),
    ("rsprofile: `take_snapshot`", show("live rsprofile-1", "snapshot", "ms", 1e3)),
    ("rsprofile: `compare_to`", show("live rsprofile-1", "compare", "ms", 1e3)),
    ("tracemalloc: resident memory", _resident("tracemalloc-1")),
    ("tracemalloc: its own tables, as it says", show("live tracemalloc-1", "own", "MiB")),
    ("tracemalloc: `take_snapshot`", show("live tracemalloc-1", "snapshot", "ms", 1e3)),
]

PROMISES: list[tuple[str, str, Cell]] = [
    (
        "one frame, over plain Python",
        "at most 1.5",
        at_most(1.5, ratio(_churn("rsprofile-1"), PLAIN), "x"),
    ),
    (
        "16 frames, over plain Python",
        "at most 2.5",
        at_most(2.5, ratio(_churn("rsprofile-16"), PLAIN), "x"),
    ),
    (
        "stopped again, over plain Python",
        "at most 1.02",
        at_most(1.02, ratio(_churn("stopped"), PLAIN), "x"),
    ),
    (
        'a profiled line: `meter="heap"` over the default meter',
        "at most 1",
        at_most(1, ratio(("line rsprofile-heap", "added"), ("line rsprofile", "added")), "x"),
    ),
    (
        "`np.empty` of 100 kB and its end, over plain Python",
        "at most 1.5",
        at_most(1.5, value("pairs", "empty"), "x"),
    ),
    (
        "an addition into a new array of 100 kB, over plain Python",
        "at most 1.5",
        at_most(1.5, value("pairs", "add"), "x"),
    ),
    (
        "resident memory with 2,500,000 live blocks, over plain Python",
        "at most 1.6",
        at_most(1.6, ratio(("live rsprofile-1", "mib"), LIVE_PLAIN), "x"),
    ),
    (
        "`take_snapshot` with 2,500,000 live blocks",
        "100 ms",
        at_most(100, value("live rsprofile-1", "snapshot", 1e3), "ms"),
    ),
    (
        "`compare_to` of two such",
        "100 ms",
        at_most(100, value("live rsprofile-1", "compare", 1e3), "ms"),
    ),
]

GROWTH: list[tuple[str, Cell]] = [
    *(
        (f"{count} {what}", show(f"growth {job}", "added", "ns"))
        for count, what, job in (
            ("10^4", "live blocks", "blocks 1e4"),
            ("10^6", "live blocks", "blocks 1e6"),
            ("5 x 10^6", "live blocks", "blocks 5e6"),
            ("1", "threads at once", "threads 1"),
            ("8", "threads at once", "threads 8"),
            ("10", "lines in turn", "sites 10"),
            ("1,000", "lines in turn", "sites 1e3"),
            ("100,000", "lines in turn", "sites 1e5"),
        )
    ),
    *(
        (f"`take_snapshot` of {count} lines", show(f"growth {job}", "snapshot", "ms", 1e3))
        for count, job in (("10", "sites 10"), ("1,000", "sites 1e3"), ("100,000", "sites 1e5"))
    ),
]
