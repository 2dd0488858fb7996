"""What a program prints to the terminal while the view is there: kept, and printed afterwards.

The program's standard output and error are a pseudo-terminal, where they were the terminal, so that
it does all as it would: colours, line by line. Files and pipes stay its own.
"""

from __future__ import annotations

import fcntl
import os
import sys
import tempfile
import termios
import tty

from rsprofile._live import _terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

#: Bytes that are kept in memory; more go to a file.
_IN_MEMORY = 4 << 20


class Relay:
    """Stands between a program and the terminal."""

    def __init__(self, terminal: int) -> None:
        """Make the pseudo-terminal; `OSError` where there is none to be had."""
        self._terminal = terminal
        # Closed when it is printed.
        kept: Any = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
        self._kept: BinaryIO | None = kept
        self._primary, self._secondary = os.openpty()
        # What the program writes is to arrive as it is: the terminal does the rest.
        tty.setraw(self._secondary)
        os.set_blocking(self._primary, False)
        self.resize()

    @property
    def descriptor(self) -> int:
        """What can be read when the program has printed something."""
        return self._primary

    def streams(self) -> dict[str, Any]:
        """Give what the program is to have for standard output and error, if not its own."""
        streams = {"stdout": sys.__stdout__, "stderr": sys.__stderr__}
        return {
            name: self._secondary
            for name, stream in streams.items()
            if _terminal.is_terminal(stream)
        }

    def begun(self) -> None:
        """Let the program alone have its end."""
        os.close(self._secondary)
        self._secondary = -1

    def resize(self) -> bool:
        """Be as large as the terminal; whether it was of another size."""
        try:
            size = fcntl.ioctl(self._terminal, termios.TIOCGWINSZ, bytes(8))
            if size == fcntl.ioctl(self._primary, termios.TIOCGWINSZ, bytes(8)):
                return False
            fcntl.ioctl(self._primary, termios.TIOCSWINSZ, size)
        except OSError:
            return False
        return True

    def pass_on(self) -> bool:
        """Keep what came, or print it after `release`; False when the program has let go of it."""
        try:
            data = os.read(self._primary, 1 << 16)
        except BlockingIOError:
            return True
        except OSError:
            # The last one who could write has closed it.
            return False
        if not data:
            return False
        if self._kept is not None:
            self._kept.write(data)
        else:
            _print(self._terminal, data)
        return True

    def drain(self) -> None:
        """Take in all that came until now."""
        import select

        while select.select([self._primary], [], [], 0)[0]:
            if not self.pass_on():
                return

    def release(self) -> None:
        """Print what was kept, and from now on everything at once."""
        kept, self._kept = self._kept, None
        if kept is None:
            return
        kept.seek(0)
        while data := kept.read(1 << 16):
            _print(self._terminal, data)
        kept.close()

    def close(self) -> None:
        """Let go of it."""
        for descriptor in (self._primary, self._secondary):
            if descriptor >= 0:
                os.close(descriptor)
        self._primary = self._secondary = -1


def _print(terminal: int, data: bytes) -> None:
    """Print; nothing to do about a terminal that is gone."""
    try:
        while data:
            data = data[os.write(terminal, data) :]
    except OSError:
        pass
