"""SIGTERM: leave the numbers behind, then die of it as the process would have without us."""

from __future__ import annotations

import os
import signal

from rsprofile._session import session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType


#: Ignored by a process that has no handler for it, so that it does no harm to a stranger.
WAKE = signal.SIGURG


def end_with_sigterm() -> None:
    """Take SIGTERM if nobody else does. Only the main thread may; elsewhere nothing happens."""
    try:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _on_sigterm)
    except ValueError:
        pass


def be_woken() -> None:
    """Let a parent that waits for this process interrupt a system call with `WAKE`."""
    try:
        if signal.getsignal(WAKE) is signal.SIG_DFL:
            signal.signal(WAKE, _do_nothing)
    except ValueError:
        pass


def _do_nothing(_number: int, _frame: FrameType | None) -> None:
    """Be a handler: a signal without one interrupts nothing."""


def _on_sigterm(_number: int, _frame: FrameType | None) -> None:
    session.end(_die)


def _die() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)
