"""Reading a process from outside: its memory, its children, and whether it is still there."""

from __future__ import annotations

import os
import time

from rsprofile import _core
from rsprofile._errors import ProfileError, UsageError
from rsprofile._live._history import Bucket
from rsprofile._live._state import State

#: Seconds between two looks at the children, which take longer.
_CHILDREN = 0.5


class Process:
    """A process that is looked at, with what is known of it in `state`."""

    def __init__(self, pid: int, command: str = "") -> None:
        """Begin.

        Args:
            pid: The process.
            command: What it is called; by default what the system says, as long as it says that.

        Raises:
            UsageError: There is no such process, or it has ended.
            ProfileError: Its memory cannot be read.
        """
        about = _stat(pid)
        if about is None:
            raise UsageError(f"there is no process {pid}")
        if about[0] in "ZX":
            raise UsageError(f"process {pid} has ended")
        self._birth = about[1]
        now = time.time()
        self._has_name = bool(command)
        self.state = State(pid, command or _command(pid), _started(self._birth), now)
        self._children_at = 0.0
        try:
            _core.memory_of(pid)
        except ProcessLookupError:
            raise UsageError(f"process {pid} has ended") from None
        except OSError as error:
            raise ProfileError(f"{error}; ask as its user, or as root") from None
        self._looked = now

    def read(self) -> bool:
        """Read it once; False when it is there no more."""
        state = self.state
        about = _stat(state.pid)
        if about is None or about[0] in "ZX" or about[1] != self._birth:
            state.ended = True
            return False
        state.stopped = about[0] in "Tt"
        now = time.time()
        try:
            memory = _core.memory_of(state.pid)
            highest = _core.memory_of(state.pid, "highest")
        except OSError:
            # It is ending: the next look shows that.
            return True
        if memory <= 0:
            # It has given its memory back and is about to end; that is no figure of the program.
            return True
        if now - self._children_at >= _CHILDREN:
            self._children_at = now
            self._read_children()
        # A peak that nobody saw is in the kernel's mark, which can be lower: it is written now and
        # then.
        high = highest if state.peak and highest > state.peak else memory
        state.now, state.time = memory, now
        state.peak = max(state.peak, highest, memory)
        at = now - state.started
        one = Bucket(at, memory, high, high + state.children_bytes)
        state.recent.add(one)
        state.whole.add(one)
        return True

    def rename(self) -> None:
        """Read its command again, which it may have become by `exec`."""
        if not self._has_name:
            self.state.command = _command(self.state.pid) or self.state.command

    def _read_children(self) -> None:
        count = total = 0
        try:
            below = _core.descendants(self.state.pid)
        except OSError:
            return
        for pid in below:
            try:
                memory = _core.memory_of(pid)
            except OSError:
                continue
            if memory > 0:
                count += 1
                total += memory
        self.state.children, self.state.children_bytes = count, total


def _stat(pid: int) -> tuple[str, int] | None:
    """Give the letter of what a process does, and when it began in ticks; None for none."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            words = file.read().rpartition(b")")[2].split()
        return words[0].decode(), int(words[19])
    except (OSError, IndexError, ValueError):
        return None


def _started(birth: int) -> float:
    """Give the Unix time of a number of ticks since the system began."""
    with open("/proc/uptime", encoding="ascii") as file:
        up = float(file.read().split()[0])
    return time.time() - up + birth / os.sysconf("SC_CLK_TCK")


def _command(pid: int) -> str:
    """Give the command of a process, in one line."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = os.fsdecode(file.read()).rstrip("\0").split("\0")
        if words != [""]:
            words[0] = os.path.basename(words[0])
            return " ".join(words)
        with open(f"/proc/{pid}/comm", "rb") as file:
            return os.fsdecode(file.read()).strip()
    except OSError:
        return ""
