"""The memory of this process while one phase of a test runs: its peak and what it added.

The kernel's high-water mark tells the peak without a thread, in a few microseconds. Where it cannot
be read or set back, a thread samples.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from rsprofile import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from rsprofile._pytest._family import Family

#: Seconds between two samples where there is no high-water mark.
_INTERVAL = 0.001
#: What a phase takes before the C library is asked to give back what it keeps, bytes.
_SLACK = 1 << 20


class Figures(NamedTuple):
    """What one phase took.

    Attributes:
        peak: The most above its start, bytes.
        increment: The memory at its end less that at its start, bytes.
        start: The memory at its start, bytes.
        has_children: Whether processes ran below this one that are not counted.
    """

    peak: int
    increment: int
    start: int
    has_children: bool


class Meter:
    """Measures one phase at a time.

    Attributes:
        is_exact: Whether peaks are the kernel's; else they are sampled.
    """

    def __init__(self) -> None:
        """Open it.

        Raises:
            OSError: Memory cannot be read here, in one line.
        """
        self._process = os.getpid()
        self._mark: _core.HighWater | None
        try:
            self._mark = _core.HighWater()
        except OSError:
            _core.memory_of(self._process)
            self._mark = None
        self.is_exact = self._mark is not None
        self._family: Family | None = None
        self._counts_children = False
        self._is_first = True
        self._start = 0
        self._children = 0

    def begin(self, *, children: bool = False, is_clean: bool = False) -> None:
        """Begin a phase.

        Args:
            children: Whether the processes below count.
            is_clean: Whether garbage of earlier tests is to be gone, so that none of it is freed
                meanwhile and hides what is added.
        """
        if is_clean:
            import gc

            gc.collect()
        if is_clean or self._is_first:
            # What is taken from memory that was freed before, and kept for later, would not show.
            self._is_first = False
            _trim()
        self._reopen_after_fork()
        self._counts_children = children
        if children:
            self._watch_children()
        self._children = _children_so_far()
        if self._mark is not None:
            self._start, _ = self._mark.take()
        else:
            from rsprofile.compat import _watching

            self._start = self._level()
            self._samples = _watching.start(_INTERVAL, "rss", children=False, highest=True)

    def end(self) -> Figures:
        """End it."""
        self._reopen_after_fork()
        if self._mark is not None:
            level, highest = self._mark.take()
        else:
            level = self._level()
            highest = max([level, *(bytes for bytes, _time in self._samples.stop())])
        if self._counts_children and self._family is not None:
            highest = max(highest, self._family.take())
            self._family.stop()
        peak = max(0, highest - self._start)
        if peak > _SLACK:
            # What is freed and kept for later is no growth, and would hide what comes next.
            _trim()
            level = self._level()
        has_children = not self._counts_children and _children_so_far() != self._children
        return Figures(peak, level - self._start, self._start, has_children)

    def _level(self) -> int:
        return _core.memory_of(self._process)

    def _watch_children(self) -> None:
        if self._family is None:
            from rsprofile._pytest._family import Family

            self._family = Family()
        self._family.take()
        self._family.start()

    def _reopen_after_fork(self) -> None:
        """Be in the child of a fork, as with pytest-forked."""
        if self._process != os.getpid():
            self._process = os.getpid()
            if self._mark is not None:
                self._mark.forked()


def _children_so_far() -> int:
    """Give what grows with each process below that was waited for."""
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_minflt + used.ru_nvcsw


def _trim() -> None:
    """Have the C library give back the memory it keeps for later."""
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
