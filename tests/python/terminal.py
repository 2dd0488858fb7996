"""A terminal for tests: a pseudo-terminal with a program in it, and what its screen shows."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: How long anything may take, seconds.
TIMEOUT = 60

_CODE = re.compile(r"\x1b\[([?]?)([0-9;]*)([A-Za-z])")


class Terminal:
    """A program with a terminal of its own, as a shell starts one.

    Attributes:
        primary: All that came while the first screen was shown.
        screen: The lines of the second screen.
        is_second: Whether the second screen is shown.
        raw: All that came.
    """

    def __init__(self, command: list[str], *, columns: int = 80, rows: int = 24, **options: Any):
        """Start a program: options are those of `subprocess.Popen`."""
        self.folder = Path(options.get("cwd") or ".")
        self.columns, self.rows = columns, rows
        self.primary = ""
        self.raw = ""
        self.screen: list[str] = []
        self.is_second = False
        self.frames: list[list[str]] = []
        self._row = self._column = 0
        self._rest = b""
        self.master, self.slave = os.openpty()
        self.resize(columns, rows, tell=False)
        self.before = termios.tcgetattr(self.slave)
        options = {"stdin": self.slave, "stdout": self.slave, "stderr": self.slave, **options}

        def own_terminal() -> None:
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(command, preexec_fn=own_terminal, **options)

    def resize(self, columns: int, rows: int, *, tell: bool = True) -> None:
        """Be of another size."""
        self.columns, self.rows = columns, rows
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def let_go(self) -> None:
        """Make the file that a program waits for."""
        (self.folder / "go").touch()

    def type(self, keys: str) -> None:
        """Type something."""
        os.write(self.master, keys.encode())

    def read(self, seconds: float = 0.0) -> None:
        """Take in what came."""
        until = time.monotonic() + seconds
        while True:
            ready, _, _ = select.select([self.master], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                return
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            self._take(data)

    def until(self, holds: Callable[[], object], what: str = "it") -> None:
        """Read until something holds."""
        deadline = time.monotonic() + TIMEOUT
        while not holds():
            assert time.monotonic() < deadline, f"no {what}:\n{self.said()}"
            self.read(0.05)

    def until_shown(self, text: str) -> None:
        """Read until the second screen shows something."""
        self.until(lambda: self.is_second and text in self.shown(), text)

    def until_said(self, text: str) -> None:
        """Read until the first screen was given something."""
        self.until(lambda: text in self.primary, text)

    def shown(self) -> str:
        """Give the second screen as text."""
        return "\n".join(line.rstrip() for line in self.screen)

    def said(self) -> str:
        """Give both screens, for a test that fails."""
        return f"{self.primary[-2000:]}\n--- second: {self.is_second}\n{self.shown()}"

    def wait(self) -> int:
        """Wait for the end of the program, and give its status."""
        deadline = time.monotonic() + TIMEOUT
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it does not end:\n{self.said()}"
            self.read(0.05)
        self.read(0.1)
        return self.process.returncode

    def is_restored(self) -> bool:
        """Whether the terminal is what it was, with its cursor and its first screen."""
        same = termios.tcgetattr(self.slave) == self.before
        return same and not self.is_second and self.raw.count("?25l") == self.raw.count("?25h")

    def close(self) -> None:
        """End all of it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def _take(self, data: bytes) -> None:
        data = self._rest + data
        try:
            text, self._rest = data.decode(), b""
        except UnicodeDecodeError as error:
            text, self._rest = data[: error.start].decode(), data[error.start :]
        self.raw += text
        at = 0
        for code in _CODE.finditer(text):
            self._put(text[at : code.start()])
            self._obey(*code.groups())
            at = code.end()
        tail = text[at:]
        cut = tail.rfind("\x1b")
        if cut >= 0:
            # The end of it is still to come.
            self._rest = tail[cut:].encode() + self._rest
            self.raw = self.raw[: len(self.raw) - (len(tail) - cut)]
            tail = tail[:cut]
        self._put(tail)

    def _put(self, text: str) -> None:
        if not self.is_second:
            self.primary += text.replace("\r\n", "\n")
            return
        for letter in text:
            assert letter >= " ", f"the view sent {letter!r}"
            line = self.screen[self._row]
            line = line.ljust(self._column)
            self.screen[self._row] = line[: self._column] + letter + line[self._column + 1 :]
            self._column += 1

    def _obey(self, private: str, values: str, letter: str) -> None:
        if private:
            if values == "1049":
                self.is_second = letter == "h"
                self.screen = [""] * max(self.rows, 200)
                self._row = self._column = 0
        elif letter == "H":
            row, _, column = values.partition(";")
            self._row, self._column = int(row or 1) - 1, int(column or 1) - 1
        elif letter == "K" and self.is_second:
            self.screen[self._row] = self.screen[self._row][: self._column]
        elif letter == "J" and self.is_second:
            if values == "2":
                self.screen = [""] * len(self.screen)
            else:
                self.screen[self._row :] = [""] * (len(self.screen) - self._row)


def rsprofile(*arguments: str) -> list[str]:
    """Give the command line of ours."""
    return [sys.executable, "-m", "rsprofile", *arguments]
