"""The tables about recordings as pictures."""

from __future__ import annotations

from cells import Cell, at_most, value

PROMISES: list[tuple[str, str, Cell]] = [
    (
        "plot of 1,000,000 samples, from the recording to the page",
        "at most 1 s",
        at_most(1, value("plot", "written"), "s"),
    ),
    (
        "the same: size of the page",
        "at most 3 MB",
        at_most(3, value("plot", "bytes", 1e-6), "MB"),
    ),
    (
        "the same: in Chromium, until it is drawn",
        "at most 2 s",
        at_most(2, value("plot", "drawn"), "s"),
    ),
]
