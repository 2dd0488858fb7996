"""The end of a run with `--rsprofile`: the tests that take and leave most."""

from __future__ import annotations

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
        rows = [row for test in tests for row in _rows(test)]
        terminalreporter.section("memory of the tests (rsprofile)")
        largest = sorted((row for row in rows if row.peak >= _LEAST), key=lambda row: -row.peak)
        growing = sorted(
            (row for row in rows if row.increment >= _LEAST), key=lambda row: -row.increment
        )
        self._list(write, "largest peaks above the start of the test", largest)
        self._list(write, "most growth from start to end", growing)
        write(_total(tests, rows))
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


def _rows(test: Result) -> Iterable[Row]:
    """Give the call of a test, and its set-up and tear-down where they take or leave more."""
    figures = test.figures
    call = Row(figures.get("peak", 0), figures.get("increment", 0), test.nodeid)
    yield call
    for phase in ("setup", "teardown"):
        row = Row(
            figures.get(f"{phase}_peak", 0),
            figures.get(f"{phase}_increment", 0),
            f"{test.nodeid} ({phase})",
        )
        if row.peak > call.peak or row.increment > call.increment:
            yield row


def _total(tests: Iterable[Result], rows: list[Row]) -> str:
    count = growth = 0
    for test in tests:
        count += 1
        growth += sum(
            test.figures.get(f"{phase}increment", 0) for phase in ("setup_", "", "teardown_")
        )
    highest = max((row.peak for row in rows), default=0)
    which = "1 test" if count == 1 else f"{count:,} tests"
    return f"total: {which}, highest peak {mib(highest)}, growth {_signed(growth)}"


def _signed(size: int) -> str:
    text = mib(size)
    return text if text.startswith("-") else f"+{text}"
