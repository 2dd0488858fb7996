"""What became of each test, where the reports come together: with xdist, in the controller."""

from __future__ import annotations

import pytest

from rsprofile._pytest._phases import PREFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Result:
    """One test.

    Attributes:
        nodeid: Its name.
        outcome: `passed`, `failed`, `skipped`, `error`, `xfailed` or `xpassed`.
        duration: Seconds its call took; None where there was none.
        properties: What pytest keeps of it, with the figures.
    """

    __slots__ = ("duration", "nodeid", "outcome", "properties")

    def __init__(self, nodeid: str) -> None:
        self.nodeid = nodeid
        self.outcome = "passed"
        self.duration: float | None = None
        self.properties: list[tuple[str, Any]] = []

    def figures(self) -> dict[str, int]:
        """Give what it took by name, bytes, as `peak`; zeros are left out."""
        return {
            name.removeprefix(PREFIX): value
            for name, value in self.properties
            if name.startswith(PREFIX)
        }


class Results:
    """Collects the tests in the order they ended."""

    def __init__(self) -> None:
        self._tests: dict[str, Result] = {}

    def tests(self) -> list[Result]:
        """Give all."""
        return list(self._tests.values())

    # A thousand tests tell of three thousand phases: nothing is done that is not needed.
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in what is told of a phase."""
        when, nodeid = report.when, report.nodeid
        if when == "setup" and report.passed:
            # What is run again begins anew.
            self._tests.pop(nodeid, None)
            return
        result = self._tests.get(nodeid)
        if result is None:
            result = self._tests[nodeid] = Result(nodeid)
        if when == "call":
            result.duration = report.duration
            result.outcome = _outcome(report)
        elif not report.passed:
            result.outcome = _outcome(report)
        if when == "teardown":
            result.properties = report.user_properties


def _outcome(report: Any) -> str:
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    if report.failed and report.when != "call":
        return "error"
    return str(report.outcome)
