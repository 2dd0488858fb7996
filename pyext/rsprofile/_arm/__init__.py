"""A process that can be asked, while it runs, what survives in it and what keeps it alive.

A thread waits at a socket that only the same user can reach. It takes no signal from the program,
and does nothing until somebody asks.
"""

from __future__ import annotations

import os

from rsprofile._arm._listener import Listener
from rsprofile._output import complain
from rsprofile.leaks._meter import needs

#: What `RSPROFILE_ARM` may be, and whether the meter is on then; None is not armed at all.
_VALUES = {"": None, "0": None, "1": True, "listen": False}


class _Armed:
    """What this process has of it."""

    def __init__(self) -> None:
        self.listener: Listener | None = None
        self.has_meter = False
        self.is_registered = False


_armed = _Armed()


def arm(*, meter: bool = True) -> None:
    """Listen for who asks, and record what tells growth.

    Args:
        meter: Whether to record it. Without it a look knows what is alive and what holds it, but no
            line that made it and not how it grows.

    Raises:
        RuntimeError: There is no place to listen at, with the reason.
    """
    if not _armed.is_registered:
        _armed.is_registered = True
        import atexit

        atexit.register(disarm)
    if _armed.listener is None:
        listener = Listener()
        listener.open()
        listener.start()
        _armed.listener = listener
    if meter and not _armed.has_meter:
        try:
            needs.hold(1)
            _armed.has_meter = True
        except RuntimeError as error:
            complain(f"{error}; listening, without lines and growth")


def disarm() -> None:
    """Listen no more. Nothing to do where that is not done."""
    listener, _armed.listener = _armed.listener, None
    if listener is not None:
        listener.close()
    if _armed.has_meter:
        _armed.has_meter = False
        needs.release()


def arm_as_environment_says() -> None:
    """Do what `RSPROFILE_ARM` asks for; what goes wrong is said, and the program goes on."""
    value = os.environ.get("RSPROFILE_ARM", "").strip().lower()
    if value not in _VALUES:
        complain(f"RSPROFILE_ARM={value} means nothing: 1, or listen to do without the meter")
        return
    meter = _VALUES[value]
    if meter is not None:
        try:
            arm(meter=meter)
        except RuntimeError as error:
            complain(str(error))
