"""The memory of this process between two moments: its peak and what it added.

The kernel's high-water mark tells the peak without a thread, in a few microseconds. Where it cannot
be read or set back, a thread samples.
"""

from __future__ import annotations

import os

from rsprofile import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from rsprofile._pytest._family import Family
    from rsprofile._watching import Running

#: Seconds between two samples where there is no high-water mark.
_INTERVAL = 0.001
#: What is taken before the C library is asked to give back what it keeps, bytes.
SLACK = 1 << 20


class Meter:
    """Measures from one call of `look` to the next.

    Attributes:
        is_exact: Whether peaks are the kernel's; else they are sampled.
        level: The memory at the last look, bytes.
        children: What grows with each process below that was waited for, at the last look.
    """

    def __init__(self) -> None:
        """Open it.

        Raises:
            OSError: Memory cannot be read here, in one line.
        """
        self._process = os.getpid()
        self._mark: _core.HighWater | None
        self._samples: Running | None = None
        self._family: Family | None = None
        try:
            self._mark = _core.HighWater()
        except OSError:
            self._mark = None
        self.is_exact = self._mark is not None
        self.level = self.children = 0
        self.trim()

    def look(self, *, trims: bool = False) -> tuple[int, int]:
        """Give the peak above the level of the last look and what was added since, bytes.

        Args:
            trims: Whether much may have been freed that had been taken before.
        """
        start = self.level
        if self._mark is not None:
            self.level, highest, self.children = self._mark.take()
        else:
            self.level, self.children = self._level(), _children()
            highest = max(self._sampled(), self.level)
        if self._family is not None:
            highest = max(highest, self._family.take())
        peak = highest - start
        if trims or peak > SLACK:
            # What is freed and kept for later is no growth, and would hide what comes next.
            self.trim()
        return max(0, peak), self.level - start

    def sample(self) -> None:
        """Have peaks sampled until the next look, where the kernel does not tell them."""
        if self._mark is None:
            from rsprofile import _watching

            self._samples = _watching.start(_INTERVAL, "rss", children=False, highest=True)

    def count_children(self, on: bool) -> None:
        """Count the processes below this one, or no more."""
        if not on:
            if self._family is not None:
                self._family.stop()
                self._family = None
            return
        from rsprofile._pytest._family import Family

        self._family = Family()
        self._family.start()

    def trim(self) -> None:
        """Have the C library give back the memory it keeps for later, and begin from there."""
        _trim()
        self.level = self._level()
        if self._mark is not None:
            self._mark.take()

    def follow(self) -> None:
        """Measure this process, if it is the child of a fork by now, as with pytest-forked."""
        if self._process != os.getpid():
            self._process = os.getpid()
            if self._mark is not None:
                self._mark.forked()

    def _level(self) -> int:
        return _core.memory_of(self._process)

    def _sampled(self) -> int:
        samples, self._samples = self._samples, None
        return 0 if samples is None else max((bytes for bytes, _ in samples.stop()), default=0)


def _children() -> int:
    from resource import RUSAGE_CHILDREN, getrusage

    return getrusage(RUSAGE_CHILDREN).ru_minflt


def _trim() -> None:
    trim = _trims.get("trim")
    if trim is None:
        try:
            import ctypes

            trim = ctypes.CDLL(None).malloc_trim
        except (ImportError, OSError, AttributeError):
            # Another C library than glibc keeps little.
            trim = int
        _trims["trim"] = trim
    trim(0)


_trims: dict[str, Callable[[int], object]] = {}
