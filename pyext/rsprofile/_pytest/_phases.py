"""Measuring the phases of tests: set-up, call and tear-down."""

from __future__ import annotations

import pytest

from rsprofile._pytest import _memory_limit
from rsprofile._pytest._meter import Meter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from rsprofile._pytest._lines import Lines
    from rsprofile._pytest._memory_limit import MemoryLimit
    from rsprofile._pytest._meter import Figures

#: What the names of a test's properties begin with. Workers of xdist send them with the report.
PREFIX = "rsprofile_"


class Phases:
    """Measures the calls of tests, and if all are meant their set-up and tear-down as well."""

    def __init__(self, config: pytest.Config) -> None:
        """Open the meter.

        Raises:
            OSError: Memory cannot be read here.
        """
        self.meter = Meter()
        self.children: bool = config.getoption("rsprofile_children", False)
        self._config = config
        self._lines: Lines | None = None

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
        lines = self._lines_for(item) if limit is not None else None
        children = self.children or (limit is not None and limit.children)
        self.meter.begin(children=children, is_clean=limit is not None)
        outcome = yield
        figures = self.meter.end()
        if lines is not None:
            lines.stop()
        keep(item, "", figures, always=True)
        if limit is None:
            return outcome, None
        item.user_properties.append((f"{PREFIX}limit", limit.bytes))
        has_failed = outcome.excinfo is not None or getattr(item, "_excinfo", None)
        try:
            if has_failed or figures.peak <= limit.bytes:
                return outcome, None
            return outcome, failure(self._text(item, limit, figures))
        finally:
            if lines is not None:
                lines.forget()

    def _lines_for(self, item: pytest.Item) -> Lines:
        if self._lines is None:
            from rsprofile._pytest._lines import Lines

            self._lines = Lines(self._config)
        self._lines.start(item)
        return self._lines

    def _text(self, item: pytest.Item, limit: MemoryLimit, figures: Figures) -> str:
        from rsprofile._pytest import _over
        from rsprofile._pytest._project import functions_of_test, names_of

        test = {names_of(function.__code__)[:2] for function in functions_of_test(item)}
        profile = self._lines.take() if self._lines is not None else None
        return _over.text(limit, figures, profile, test)


class Around:
    """Measures what is around the calls of tests."""

    def __init__(self, phases: Phases) -> None:
        self._phases = phases

    # Innermost: what pytest itself does before and after is not the test's.
    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None]:
        """Measure the set-up."""
        if item.user_properties:
            # Of an earlier run of the test: some plugins run it again.
            ours = [one for one in item.user_properties if one[0].startswith(PREFIX)]
            for one in ours:
                item.user_properties.remove(one)
        self._phases.meter.begin(children=self._phases.children)
        yield
        keep(item, "setup_", self._phases.meter.end())

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None]:
        """Measure the tear-down."""
        self._phases.meter.begin(children=self._phases.children)
        yield
        keep(item, "teardown_", self._phases.meter.end())


def of(config: pytest.Config) -> Phases:
    """Give what measures in this process, made at first use.

    Raises:
        OSError: Memory cannot be read here.
    """
    found = config.stash.get(_KEY, None)
    if found is None:
        found = config.stash[_KEY] = Phases(config)
    return found


_KEY = pytest.StashKey[Phases]()


def keep(item: pytest.Item, phase: str, figures: Figures, *, always: bool = False) -> None:
    """Put what a phase took with the test."""
    properties = item.user_properties
    if always or figures.peak:
        properties.append((f"{PREFIX}{phase}peak", figures.peak))
    if always or figures.increment:
        properties.append((f"{PREFIX}{phase}increment", figures.increment))
    if figures.has_children:
        properties.append((f"{PREFIX}children", True))


def failure(text: str) -> BaseException:
    """Give what a test fails with that is told a text and nothing else."""
    return pytest.fail.Exception(text, pytrace=False)
