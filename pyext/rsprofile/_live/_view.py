"""The view in a terminal: reading, drawing, keys and signals, until it is left."""

from __future__ import annotations

import re
import select
import signal
import time

from rsprofile._live._frame import frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rsprofile._live._asking import Asking
    from rsprofile._live._process import Process
    from rsprofile._live._screen import Screen
    from rsprofile._live._signals import Signals

#: Seconds between two readings of the memory.
READING = 0.1
#: The intervals that keys choose from, seconds.
INTERVALS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)

#: What keys send that are no letters: arrows and the like.
_CODES = re.compile(r"\x1b(?:[\[O][0-9;]*.?)?")

#: Why a view was left.
LEFT, ENDED, GONE = "left", "ended", "gone"

#: Signals that a view has to know of.
WANTED = (
    signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGWINCH,
    signal.SIGTSTP, signal.SIGCONT,
)  # fmt: skip


class View:
    """Shows a process on a screen."""

    def __init__(
        self,
        process: Process,
        asking: Asking,
        screen: Screen,
        signals: Signals,
        *,
        colour: bool,
        unicode: bool,
    ) -> None:
        self.process = process
        self.state = process.state
        self.asking = asking
        self.screen = screen
        self.signals = signals
        self.colour = colour
        self.unicode = unicode
        self._read_at = self._drawn_at = 0.0

    def run(
        self,
        on_signal: Callable[[int], str | None],
        others: Sequence[int] = (),
        on_other: Callable[[], None] | None = None,
    ) -> str:
        """Show it until there is a reason not to, which is given.

        Args:
            on_signal: Told of signals that are not the view's own; a reason to leave it, or None.
            others: Descriptors that are waited for, too.
            on_other: Called when one of them can be read.
        """
        while True:
            if not self._read():
                return ENDED
            try:
                self._draw_if_due()
                why = self._await(on_signal, others, on_other)
            except OSError:
                # The terminal was closed.
                return GONE
            if why is not None:
                return why

    def draw(self, *, all: bool = False) -> None:
        """Draw now; `all` also where nothing seems to have changed."""
        self._drawn_at = time.monotonic()
        if not self.state.paused:
            self.state.lines = self.asking.lines
        columns, rows = self.screen.size()
        lines = frame(self.state, columns, rows, colour=self.colour, unicode=self.unicode)
        self.screen.draw(lines, all=all)

    def _read(self) -> bool:
        now = time.monotonic()
        if now - self._read_at < READING:
            return True
        self._read_at = now
        return self.process.read()

    def _draw_if_due(self) -> None:
        due = time.monotonic() - self._drawn_at >= self.state.interval
        if due and not self.state.paused:
            self.process.rename()
            self.draw()

    def _await(
        self,
        on_signal: Callable[[int], str | None],
        others: Sequence[int],
        on_other: Callable[[], None] | None,
    ) -> str | None:
        keys = self.screen.descriptor
        waiting = max(0.0, READING - (time.monotonic() - self._read_at))
        wanted = [keys, self.signals.descriptor, *others]
        ready, _, _ = select.select(wanted, [], [], waiting)
        for number in self.signals.take():
            why = self._signal(number, on_signal)
            if why is not None:
                return why
        if on_other is not None and any(other in ready for other in others):
            on_other()
        if keys in ready:
            typed = self.screen.keys()
            return self._type(typed) if typed else GONE
        return None

    def _signal(self, number: int, on_signal: Callable[[int], str | None]) -> str | None:
        if number == signal.SIGWINCH:
            on_signal(number)
            self.draw(all=True)
            return None
        if number == signal.SIGTSTP:
            self.screen.leave()
            on_signal(number)
            self.signals.default(signal.SIGTSTP)
            on_signal(signal.SIGCONT)
            self.screen.enter()
            self.draw(all=True)
            return None
        if number == signal.SIGCONT:
            self.draw(all=True)
            return None
        return on_signal(number)

    def _type(self, keys: str) -> str | None:
        for key in _CODES.sub("", keys).lower():
            # In case the terminal does not make a signal of it.
            if key in ("q", "\x03"):
                return LEFT
            if key == "s":
                self.state.next_sort()
            elif key in ("p", " "):
                self.state.paused = not self.state.paused
                self.asking.paused = self.state.paused
            elif key in "+=":
                self._change_interval(1)
            elif key in "-_":
                self._change_interval(-1)
        self.draw()
        return None

    def _change_interval(self, by: int) -> None:
        now = self.state.interval
        longer = [one for one in INTERVALS if one > now]
        shorter = [one for one in INTERVALS if one < now]
        if by > 0 and longer:
            self.state.interval = longer[0]
        elif by < 0 and shorter:
            self.state.interval = shorter[-1]
        self.asking.interval = self.state.interval
