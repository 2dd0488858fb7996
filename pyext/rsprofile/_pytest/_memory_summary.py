"""The end of a run with `--rsprofile`: the tests that take and leave most."""

from __future__ import annotations

from operator import itemgetter
from typing import NamedTuple

import pytest

from rsprofile._pytest._phases import GIVEN
from rsprofile._pytest._sizes import mib, signed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from rsprofile._pytest._phases import Phases
    from rsprofile._pytest._results import Results

    Write = Callable[[str], object]
    #: Its name, and its figures by theirs.
    Test = tuple[str, dict[str, int]]

#: What shows as nothing is not listed, bytes.
_LEAST = (1 << 20) // 20


class Row(NamedTuple):
    """A phase of a test."""

    peak: int
    increment: int
    name: str


class Summary:
    """Writes two lists and a line of totals."""

    def __init__(self, results: Results, top: int, phases: Phases) -> None:
        self._results = results
        self._top = top
        self._phases = phases
        self._given = 0

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take in what a worker of xdist sends at its end; nothing of one that crashed."""
        self._given += getattr(node, "workeroutput", {}).get(GIVEN, 0)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write them."""
        write = terminalreporter.write_line
        tests = [(test.nodeid, test.figures()) for test in self._results.tests()]
        terminalreporter.section("memory of the tests (rsprofile)")
        largest = _ranked(tests, "peak")
        growing = _ranked(tests, "increment")
        self._list(write, "largest peaks above the start of the test", largest)
        self._list(write, "most growth from start to end", growing)
        write(_total(tests, self._phases.given + self._given))
        if not self._phases.meter.is_exact:
            write("peaks are sampled, each millisecond: the kernel's mark cannot be read here")
        strangers = sum("children" in figures for _, figures in tests)
        if strangers:
            which = "1 test" if strangers == 1 else f"{strangers:,} tests"
            write(f"{which} ran other processes, which are not counted (--rsprofile-children)")

    def _list(self, write: Write, title: str, rows: list[Row]) -> None:
        if not rows:
            return
        write(title)
        for row in rows[: self._top]:
            write(f"{mib(row.peak):>14} {signed(row.increment):>14}  {row.name}")
        if len(rows) > self._top:
            write(f"{'':>29}  and {len(rows) - self._top:,} more")
        write("")


def _ranked(tests: Iterable[Test], name: str) -> list[Row]:
    """Give the calls, the largest first, and each set-up and tear-down that is above its call."""
    found = []
    for nodeid, figures in tests:
        call = figures.get(name, 0)
        if call >= _LEAST:
            found.append((call, "", nodeid, figures))
        for phase in ("setup_", "teardown_"):
            size = figures.get(phase + name, 0)
            if size >= _LEAST and size > call:
                found.append((size, phase, nodeid, figures))
    found.sort(key=itemgetter(0), reverse=True)
    return [
        Row(
            figures.get(f"{phase}peak", 0),
            figures.get(f"{phase}increment", 0),
            f"{nodeid} ({phase[:-1]})" if phase else nodeid,
        )
        for _, phase, nodeid, figures in found
    ]


def _total(tests: list[Test], growth: int) -> str:
    highest = 0
    for _, figures in tests:
        for name, size in figures.items():
            if name.endswith("peak"):
                highest = max(highest, size)
            elif name.endswith("increment"):
                growth += size
    which = "1 test" if len(tests) == 1 else f"{len(tests):,} tests"
    return f"total: {which}, highest peak {mib(highest)}, growth {signed(growth)}"
