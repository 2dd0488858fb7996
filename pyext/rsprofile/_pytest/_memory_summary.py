"""The end of a run with `--rsprofile`: the tests that take and leave most."""

from __future__ import annotations

from operator import attrgetter
from typing import NamedTuple

import pytest

from rsprofile._pytest._over import mib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rsprofile._pytest._results import Result, Results

    Write = Callable[[str], object]

#: What shows as nothing is not listed, bytes.
_LEAST = (1 << 20) // 20


class Row(NamedTuple):
    """A phase of a test."""

    peak: int
    increment: int
    name: str


class Summary:
    """Writes two lists and a line of totals."""

    def __init__(self, results: Results, top: int, *, is_exact: bool) -> None:
        self._results = results
        self._top = top
        self._is_exact = is_exact

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write them."""
        write = terminalreporter.write_line
        tests = list(self._results.tests.values())
        terminalreporter.section("memory of the tests (rsprofile)")
        largest = _ranked(tests, attrgetter("peak"))
        growing = _ranked(tests, attrgetter("increment"))
        self._list(write, "largest peaks above the start of the test", largest)
        self._list(write, "most growth from start to end", growing)
        write(_total(tests))
        if not self._is_exact:
            write("peaks are sampled, each millisecond: the kernel's mark cannot be read here")
        strangers = sum("children" in test.figures for test in tests)
        if strangers:
            which = "1 test" if strangers == 1 else f"{strangers:,} tests"
            write(f"{which} ran other processes, which are not counted (--rsprofile-children)")

    def _list(self, write: Write, title: str, rows: list[Row]) -> None:
        if not rows:
            return
        write(title)
        for row in rows[: self._top]:
            write(f"{mib(row.peak):>14} {_signed(row.increment):>14}  {row.name}")
        if len(rows) > self._top:
            write(f"{'':>29}  and {len(rows) - self._top:,} more")
        write("")


def _ranked(tests: Iterable[Result], figure: Callable[[Row], int]) -> list[Row]:
    """Give the calls, the largest first, and each set-up and tear-down that is above its call."""
    rows = []
    for test in tests:
        call, *around = _phases(test)
        rows += [call, *(row for row in around if figure(row) > figure(call))]
    return sorted((row for row in rows if figure(row) >= _LEAST), key=figure, reverse=True)


def _phases(test: Result) -> list[Row]:
    """Give the call of a test, its set-up and its tear-down."""
    return [
        Row(
            test.figures.get(f"{phase}peak", 0),
            test.figures.get(f"{phase}increment", 0),
            test.nodeid + where,
        )
        for phase, where in (("", ""), ("setup_", " (setup)"), ("teardown_", " (teardown)"))
    ]


def _total(tests: list[Result]) -> str:
    rows = [row for test in tests for row in _phases(test)]
    highest = max((row.peak for row in rows), default=0)
    growth = sum(row.increment for row in rows)
    which = "1 test" if len(tests) == 1 else f"{len(tests):,} tests"
    return f"total: {which}, highest peak {mib(highest)}, growth {_signed(growth)}"


def _signed(size: int) -> str:
    text = mib(size)
    return text if text.startswith("-") else f"+{text}"
