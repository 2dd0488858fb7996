"""The tables about what keeps memory alive."""

from __future__ import annotations

from cells import Cell, at_most, ratio, show, value

RECORDS, LIST = "look rsprofile records", "look rsprofile list"
GUPPY = "look guppy records 1e6"

LOOKS: list[tuple[str, Cell]] = [
    (
        f"a look at {count} objects that the collector tracks",
        show(f"{RECORDS} {job}", "seconds", "s"),
    )
    for count, job in (("100,000", "1e5"), ("1,000,000", "1e6"), ("5,000,000", "5e6"))
]
LOOKS += [
    ("the same of 1,000,000: the walk alone", show(f"{RECORDS} 1e6", "walk", "s")),
    ("the same: memory for each object of any kind", show(f"{RECORDS} 1e6", "bytes", "bytes")),
    ("a look at a linked list of 1,000,000", show(f"{LIST} 1e6", "seconds", "s")),
    ("guppy3, `heap()` and one `domisize` of 1,000,000", show(GUPPY, "seconds", "s")),
    ("a mark, 1,000 lines have allocated", show("mark", "lines 1000", "ms", 1e3)),
    ("a mark, 100,000 lines have allocated", show("mark", "lines 100000", "ms", 1e3)),
]

PROMISES: list[tuple[str, str, Cell]] = [
    (
        "a look at 1,000,000 objects that the collector tracks",
        "at most 4 s",
        at_most(4, value(f"{RECORDS} 1e6", "seconds"), "s"),
    ),
    (
        "the same over guppy3's `heap()` and one `domisize`",
        "at most 1",
        at_most(1, ratio((f"{RECORDS} 1e6", "seconds"), (GUPPY, "seconds")), "x"),
    ),
    (
        "the same: memory above the program for each object of any kind",
        "at most 200 bytes",
        at_most(200, value(f"{RECORDS} 1e6", "bytes"), "bytes"),
    ),
    (
        "a look at 5,000,000 objects that the collector tracks",
        "at most 25 s",
        at_most(25, value(f"{RECORDS} 5e6", "seconds"), "s"),
    ),
    (
        "a linked list of 1,000,000 over a flat graph, for each object of any kind",
        "at most 1.5",
        at_most(1.5, ratio((f"{LIST} 1e6", "each"), (f"{RECORDS} 1e6", "each")), "x"),
    ),
    (
        "a mark, 1,000 lines have allocated",
        "at most 5 ms",
        at_most(5, value("mark", "lines 1000", 1e3), "ms"),
    ),
    (
        "a program under `rsprofile leaks`, between looks, over plain Python",
        "at most 1.6",
        at_most(1.6, ratio(("churn leaks-1", "round"), ("churn plain", "round")), "x"),
    ),
]
