"""A report when a signal comes. The program's own handler for it is kept, and called after it."""

from __future__ import annotations

import signal

from rsprofile._errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

#: Those nobody can take, and those that come of a fault in the very instruction.
_UNTAKEN = ("SIGKILL", "SIGSTOP", "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP")


def signal_of(name: str) -> signal.Signals:
    """Give a signal by its name, with or without `SIG`, or by its number.

    Raises:
        UsageError: There is none, or it cannot be taken.
    """
    asked = name.strip().upper()
    try:
        if asked.isdigit():
            found = signal.Signals(int(asked))
        else:
            found = signal.Signals[asked if asked.startswith("SIG") else f"SIG{asked}"]
    except (KeyError, ValueError):
        raise UsageError(f"unknown signal {name!r}: one as USR1, USR2 or HUP") from None
    if found.name in _UNTAKEN:
        raise UsageError(f"{found.name} cannot be taken: use one as USR1, USR2 or HUP")
    return found


def report_at(number: signal.Signals, report: Callable[[], None]) -> None:
    """Report whenever a signal comes, and then call the handler the program has for it.

    What the program sets and asks with the `signal` module is its own handler. Only the main thread
    can do this.
    """
    real_signal, real_getsignal = signal.signal, signal.getsignal
    theirs: list[Any] = [real_getsignal(number)]

    def handle(received: int, frame: FrameType | None) -> None:
        report()
        if callable(theirs[0]):
            theirs[0](received, frame)

    def set_handler(signalnum: int, handler: Any) -> Any:
        """Set the action for the given signal."""
        if signalnum != number:
            return real_signal(signalnum, handler)
        # Refuses what is no handler, and a thread that is not the main one.
        before, _ = theirs[0], real_signal(signalnum, handler)
        theirs[0] = handler
        real_signal(signalnum, handle)
        return before

    def get_handler(signalnum: int) -> Any:
        """Return the current action for the given signal."""
        return theirs[0] if signalnum == number else real_getsignal(signalnum)

    real_signal(number, handle)
    signal.signal, signal.getsignal = set_handler, get_handler
