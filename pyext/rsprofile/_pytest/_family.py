"""The memory of the processes below this one, and the most it was together with this one's."""

from __future__ import annotations

import _thread
import os

from rsprofile import _core
from rsprofile._background import Background

#: Seconds between two looks.
_INTERVAL = 0.01


class Family(Background):
    """A thread that looks at the processes below.

    Of each its private memory counts: what a forked one shares with this one is there only once.
    """

    def __init__(self) -> None:
        super().__init__()
        self._highest = 0
        self._woken = _thread.allocate_lock()
        self._woken.acquire()

    def take(self) -> int:
        """Give the most since the last call, bytes; 0 while there was no process below."""
        self._look()
        highest, self._highest = self._highest, 0
        return highest

    def wait(self) -> None:
        """Wait until the next look is due, or `wake`."""
        self._woken.acquire(timeout=_INTERVAL)

    def wake(self) -> None:
        """Have `wait` return."""
        if self._woken.locked():
            self._woken.release()

    def handle(self, _what: object) -> None:
        """Look."""
        self._look()

    def _look(self) -> None:
        own = os.getpid()
        try:
            below = _core.descendants(own)
        except OSError:
            return
        if below:
            total = _core.memory_of(own) + sum(map(_private, below))
            self._highest = max(self._highest, total)


def _private(process: int) -> int:
    try:
        return _core.memory_of(process, "uss")
    except OSError:
        # It has ended meanwhile, or is another user's.
        return 0
