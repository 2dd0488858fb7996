"""What threads that share profilers wait for, and what becomes of it in a forked child."""

from __future__ import annotations

import os
from _thread import RLock

from rsprofile import _core

#: Held while a profiler is enabled or disabled: two threads may do so at once.
switching = RLock()
#: Held while a report is written: those of two threads must not be mixed.
_writing = RLock()


def writing() -> RLock:
    """Give the lock to hold while a report is written."""
    return _writing


def _before_fork() -> None:
    switching.acquire()
    # The child has what was measured until now, as it has all else.
    _core.flush_windows()


def _after_fork() -> None:
    global _writing
    switching.release()
    # The thread that held it is not here.
    _writing = RLock()
    _core.after_fork_in_child()


os.register_at_fork(
    before=_before_fork, after_in_parent=switching.release, after_in_child=_after_fork
)
