"""Measuring the phases of tests: set-up, call and tear-down.

Memory is looked at three times for each test: before the call, after it, and after the tear-down,
where the set-up of the next one begins. What pytest itself does in between is small.
"""

from __future__ import annotations

import pytest

from rsprofile._pytest import _memory_limit
from rsprofile._pytest._meter import SLACK, Meter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from rsprofile._pytest._lines import Lines
    from rsprofile._pytest._memory_limit import MemoryLimit

#: What the names of a test's properties begin with. Workers of xdist send them with the report.
PREFIX = "rsprofile_"
#: The name of `Phases.given` in what a worker of xdist sends at its end.
GIVEN = f"{PREFIX}given"
_PEAK, _INCREMENT = f"{PREFIX}peak", f"{PREFIX}increment"


class Phases:
    """Measures the calls of tests, and if all are meant their set-up and tear-down as well.

    Attributes:
        meter: What measures.
        given: What was added between tests, bytes: less than 0 where fixtures have let go.
    """

    def __init__(self, config: pytest.Config, *, measures_all: bool = False) -> None:
        """Open the meter.

        Args:
            config: What pytest was told.
            measures_all: Whether all phases of all tests are measured, or calls of marked ones.

        Raises:
            OSError: Memory cannot be read here.
        """
        self.meter = Meter()
        self._measures_all = measures_all
        self._config = config
        self._counts_children: bool = config.getoption("rsprofile_children", False)
        self._lines: Lines | None = None
        self._has_called = False
        self._has_around = True
        self._gives = False
        self.given = 0

    def call(self, item: pytest.Item) -> Generator[None, Any, tuple[Any, BaseException | None]]:
        """Measure the call of a test, which is where this yields.

        Returns:
            What came of the call, and what the test fails with, if so.
        """
        try:
            limit = _memory_limit.of_item(item)
        except ValueError as error:
            # A mark that came while the test was set up.
            return (yield), failure(str(error))
        properties = item.user_properties
        if properties:
            # Of an earlier run of the test: some plugins run it again.
            for one in [one for one in properties if one[0].startswith(PREFIX)]:
                properties.remove(one)
        meter = self.meter
        meter.follow()
        # Where nothing is set up or torn down, there is nothing to look at.
        self._has_around = bool(getattr(item, "fixturenames", True))
        peak, increment = meter.look()
        self._gives = increment > SLACK
        if self._measures_all and self._has_around:
            keep(item, "setup_", peak, increment)
        if limit is not None:
            self._start_lines(item)
        counts_children = self._counts_children or (limit is not None and limit.children)
        if counts_children:
            meter.count_children(True)
        if limit is not None:
            # What was made for it is nobody's.
            meter.look()
        meter.sample()
        start, children = meter.level, meter.children
        outcome = yield
        peak, increment = meter.look()
        if limit is not None and self._lines is not None:
            self._lines.stop()
        self._has_called = True
        if peak:
            properties.append((_PEAK, peak))
        if increment:
            properties.append((_INCREMENT, increment))
        if counts_children:
            meter.count_children(False)
        elif meter.children != children:
            properties.append((f"{PREFIX}children", True))
        if limit is None:
            return outcome, None
        properties.append((f"{PREFIX}limit", limit.bytes))
        has_failed = outcome.excinfo is not None or getattr(item, "_excinfo", None)
        is_over = not has_failed and peak > limit.bytes
        broken = failure(self._text(item, limit, start, peak)) if is_over else None
        if self._lines is not None:
            self._lines.forget()
        meter.look()
        return outcome, broken

    def _start_lines(self, item: pytest.Item) -> None:
        import gc

        if self._lines is None:
            from rsprofile._pytest._lines import Lines

            self._lines = Lines(self._config)
        self._lines.start(item)
        # Garbage of earlier tests that is freed meanwhile would hide what is added.
        gc.collect()
        self.meter.trim()

    def _text(self, item: pytest.Item, limit: MemoryLimit, start: int, peak: int) -> str:
        from rsprofile._pytest import _over
        from rsprofile._pytest._project import functions_of_test, names_of

        test = {names_of(function.__code__)[:2] for function in functions_of_test(item)}
        profile = self._lines.take() if self._lines is not None else None
        return _over.text(limit, start, peak, profile, test)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        """Begin with the first test: what its modules took when they were imported is not its."""
        self.meter.trim()

    # After that of pytest; if it fails, what it took counts for the next set-up.
    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Measure the tear-down; of a test without a call what there is, which is the set-up's."""
        is_last = nextitem is None or nextitem.parent is not item.parent
        if self._has_around or is_last or not self._has_called:
            phase = "teardown_" if self._has_called else "setup_"
            keep(item, phase, *self.meter.look())
        self._has_called, self._has_around = False, True
        self._gives = self._gives or is_last

    def pytest_sessionfinish(self) -> None:
        """Send what the tests of this worker of xdist have in no report."""
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[GIVEN] = self.given

    def pytest_runtest_logfinish(self) -> None:
        """Wait for what fixtures have made: pytest lets it go after the tear-down."""
        if self._gives:
            self._gives = False
            self.given += self.meter.look(trims=True)[1]


def keep(item: pytest.Item, phase: str, peak: int, increment: int) -> None:
    """Put what a phase took with the test, where that is anything."""
    if peak:
        item.user_properties.append((f"{PREFIX}{phase}peak", peak))
    if increment:
        item.user_properties.append((f"{PREFIX}{phase}increment", increment))


def failure(text: str) -> BaseException:
    """Give what a test fails with that is told a text and nothing else."""
    return pytest.fail.Exception(text, pytrace=False)
