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
        duration: Seconds its call took.
        figures: What it took, as `peak` and `setup_increment`: bytes.
    """

    __slots__ = ("duration", "figures", "nodeid", "outcome")

    def __init__(self, nodeid: str) -> None:
        self.nodeid = nodeid
        self.outcome = "passed"
        self.duration = 0.0
        self.figures: dict[str, int] = {}


class Results:
    """Collects the tests in the order they began."""

    def __init__(self) -> None:
        self.tests: dict[str, Result] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in what is told of a phase."""
        nodeid = report.nodeid
        # What is run again begins anew.
        if report.when == "setup" or nodeid not in self.tests:
            self.tests[nodeid] = Result(nodeid)
        result = self.tests[nodeid]
        if report.when == "call":
            result.duration = report.duration
        if not (report.passed and report.when != "call"):
            result.outcome = _outcome(report)
        if report.when == "teardown":
            result.figures = {
                name.removeprefix(PREFIX): value
                for name, value in report.user_properties
                if name.startswith(PREFIX) and isinstance(value, int)
            }


def _outcome(report: Any) -> str:
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    if report.failed and report.when != "call":
        return "error"
    return str(report.outcome)
