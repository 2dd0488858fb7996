"""The end of a run with `--rsprofile-leaks`: the tests that leave most behind."""

from __future__ import annotations

import pytest

from rsprofile._pytest._loop import PROPERTY

#: How many are listed.
_MOST = 10


class Summary:
    """Collects what each test has left behind; with xdist, where the reports come together."""

    def __init__(self) -> None:
        self._found: list[tuple[float, str]] = []
        self._failed = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in one."""
        if report.when != "call":
            return
        for name, value in report.user_properties:
            if name == PROPERTY and isinstance(value, int | float):
                if value < 0:
                    self._failed += 1
                elif value > 0:
                    self._found.append((value, report.nodeid))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """List the largest."""
        terminalreporter.section("what each run leaves behind (rsprofile)")
        for each, name in sorted(self._found, reverse=True)[:_MOST]:
            terminalreporter.write_line(f"{each:>15,.0f} bytes  {name}")
        if len(self._found) > _MOST:
            terminalreporter.write_line(f"and {len(self._found) - _MOST} more")
        if not self._found:
            terminalreporter.write_line("nothing")
        if self._failed:
            terminalreporter.write_line(f"{self._failed} could not be run again: not looked at")
