"""The lines of the project's functions while one test runs under a limit.

They are measured in the run that may fail, so that the table is of that run and no other.
"""

from __future__ import annotations

import pytest

from rsprofile import _core
from rsprofile._pytest._project import Project, functions_of_test
from rsprofile._session import session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any


class Lines:
    """Measures lines between `start` and `stop`."""

    def __init__(self, config: pytest.Config) -> None:
        self._project = Project(config)
        self._codes: dict[int, CodeType] = {}
        self._before: dict[str, Any] | None = None

    def start(self, item: pytest.Item) -> None:
        """Begin, unless this process is being profiled already: that is left as it is."""
        self._before = None
        if _core.is_active() or session.has_failed:
            return
        before = _core.settings()
        try:
            try:
                _core.configure(meter="rss", peak=True)
            except OSError:
                _core.configure(meter="rss", peak=False)
            for function in self._project.new_functions(item):
                code = function.__code__
                self._codes[_core.register(code)] = code
            for function in functions_of_test(item):
                _core.arm(function)
            _core.start()
        except (OSError, RuntimeError):
            # No table then. The limit does not depend on it.
            return
        self._before = before

    def stop(self) -> None:
        """Measure no more; the figures stay until `forget`."""
        if self._before is not None:
            _core.stop()

    def take(self) -> _core.Profile | None:
        """Give the functions that ran; None if they were not measured."""
        if self._before is None:
            return None
        profile = _core.snapshot(list(self._codes))
        called = [at for at, (_, _, _, calls) in enumerate(profile.functions) if calls]
        return profile.select(called)

    def forget(self) -> None:
        """Drop the figures, and give back what was taken from the interpreter."""
        before, self._before = self._before, None
        if before is None:
            return
        # What the test itself has decorated is the session's to report.
        for number in self._codes if session.keys else ():
            if number not in session.keys:
                _core.reset(number)
        if not session.keys:
            _core.reset()
        if not _core.is_active():
            _core.close()
            _core.configure(meter=before["meter"], peak=before["peak"])
