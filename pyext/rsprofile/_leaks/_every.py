"""A report at intervals, while the program runs."""

from __future__ import annotations

import _thread

from rsprofile._background import Background

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rsprofile._leaks._reporter import Reporter


class Every(Background):
    """Reports every so many seconds; not in children.

    Args:
        seconds: From the end of one report to the next.
        reporter: Writes the reports.
    """

    def __init__(self, seconds: float, reporter: Reporter) -> None:
        super().__init__()
        self._seconds = seconds
        self._reporter = reporter
        self._bell = _thread.allocate_lock()
        self._bell.acquire()

    def wait(self) -> object:
        """Wait for the next report, or the end; gives whether there is to be one."""
        return not self._bell.acquire(timeout=self._seconds)

    def wake(self) -> None:
        """Have `wait` return."""
        if self._bell.locked():
            self._bell.release()

    def handle(self, is_due: object) -> None:
        """Report."""
        if is_due:
            self._reporter.report(f"every {self._seconds:g} s")
