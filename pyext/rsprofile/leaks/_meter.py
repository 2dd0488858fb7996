"""Who needs what is recorded for growth: it is on while somebody does."""

from __future__ import annotations

import os
from _thread import RLock

from rsprofile import _core


class Needs:
    """Counts those who need it; what was on before is left on."""

    def __init__(self) -> None:
        self._count = 0
        self._is_ours = False
        self._lock = RLock()

    def hold(self, stacks: int) -> None:
        """Have it on until `release`.

        Raises:
            RuntimeError: It cannot work here, with the reason.
        """
        with self._lock:
            if self._count == 0 and not _core.leaks_is_on():
                _core.leaks_start(stacks=stacks)
                self._is_ours = True
            self._count += 1

    def release(self) -> None:
        """End one `hold`; the last one turns it off, if the first turned it on."""
        with self._lock:
            self._count -= 1
            if self._count == 0 and self._is_ours:
                self._is_ours = False
                _core.leaks_stop()

    def forked(self) -> None:
        """Make a lock anew: the thread that held it is not here."""
        self._lock = RLock()


#: Those of this process.
needs = Needs()
os.register_at_fork(after_in_child=needs.forked)
