"""A terminal that is drawn on: the second screen it has, and what it was like before."""

from __future__ import annotations

import os
import termios

from rsprofile._live._terminal import size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

#: The second screen, no cursor, and no line that goes on in the next; and back.
_ENTER = b"\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
_LEAVE = b"\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"


class Screen:
    """A terminal as a screen to draw on, as a `with` block: it is what it was when that ends."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._before: list[Any] | None = None
        self._shown: list[str] = []

    def __enter__(self) -> Screen:
        self.enter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.leave()

    def enter(self) -> None:
        """Begin; nothing to do where that is done. `OSError` for a terminal that is gone."""
        if self._before is not None:
            return
        try:
            before = termios.tcgetattr(self.descriptor)
            ours = list(before)
            # Keys come as they are typed and are not shown.
            ours[3] &= ~(termios.ICANON | termios.ECHO)
            ours[6] = list(before[6])
            ours[6][termios.VMIN], ours[6][termios.VTIME] = 0, 0
            self._before = before
            termios.tcsetattr(self.descriptor, termios.TCSANOW, ours)
        except termios.error as error:
            raise OSError(str(error)) from None
        self._shown = []
        try:
            self._write(_ENTER)
        except OSError:
            self.leave()
            raise

    def leave(self) -> None:
        """End; nothing to do where that is done, or where the terminal is gone."""
        before, self._before = self._before, None
        if before is None:
            return
        try:
            self._write(_LEAVE)
        except OSError:
            pass
        try:
            # Keys that were typed for the view are nobody else's.
            termios.tcsetattr(self.descriptor, termios.TCSAFLUSH, before)
        except termios.error:
            pass

    def size(self) -> tuple[int, int]:
        """Give its columns and lines."""
        return size_of(self.descriptor)

    def draw(self, lines: list[str], *, all: bool = False) -> None:
        """Show these lines, and send only those that are others than before unless `all`."""
        parts = ["\x1b[H\x1b[2J"] if all else []
        before = [] if all else self._shown
        for number, line in enumerate(lines):
            if number >= len(before) or before[number] != line:
                parts.append(f"\x1b[{number + 1};1H{line}\x1b[K")
        if len(lines) < len(before):
            parts.append(f"\x1b[{len(lines) + 1};1H\x1b[J")
        self._shown = list(lines)
        if parts:
            self._write("".join(parts).encode("utf-8", "replace"))

    def keys(self) -> str:
        """Give what was typed since. `OSError` for a terminal that is gone."""
        return os.read(self.descriptor, 256).decode("latin-1")

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self.descriptor, data) :]
