"""The view where there is no screen: a line now and then, until the process ends."""

from __future__ import annotations

import select
import sys
import time

from rsprofile._live._frame import plain_line
from rsprofile._live._view import ENDED, GONE, READING
from rsprofile._output import discard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from rsprofile._live._asking import Asking
    from rsprofile._live._process import Process
    from rsprofile._live._signals import Signals


def follow(
    process: Process,
    asking: Asking,
    signals: Signals,
    on_signal: Callable[[int], str | None],
    *,
    unicode: bool,
) -> str:
    """Print lines until there is a reason not to, which is given."""
    printed = 0.0
    while process.read():
        now = time.monotonic()
        if now - printed >= process.state.interval:
            printed = now
            process.state.lines = asking.lines
            try:
                say(plain_line(process.state, unicode=unicode))
            except OSError:
                # The interpreter would try once more to get it out.
                discard(sys.stdout)
                return GONE
        select.select([signals.descriptor], [], [], READING)
        for number in signals.take():
            why = on_signal(number)
            if why is not None:
                return why
    return ENDED


def say(text: str) -> None:
    """Print a line at once, in what letters the stream has."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    print(text.encode(encoding, "replace").decode(encoding), flush=True)
