"""The program that is shown: started as it would have been, and waited for as a shell does.

While the view is there the program is in the background. If it reads from the terminal, the system
stops it and tells us: that is how the view knows that it has to go.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class Child:
    """A program in a process group of its own, or in ours.

    Attributes:
        pid: Its process.
        status: What `waitpid` said of its end; None before that.
        stopped_by: The signal that has stopped it, if it is stopped.
    """

    def __init__(self, command: Sequence[str], *, group: bool, **streams: Any) -> None:
        """Start it; `group` is whether it has a group of its own. `OSError` where it cannot be."""
        # It gets all that it would have, further descriptors too.
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            command, close_fds=False, process_group=0 if group else None, **streams
        )
        self.pid = self._process.pid
        self.status: int | None = None
        self.stopped_by: int | None = None
        self._has_group = group

    def look(self) -> bool:
        """See what became of it; whether it has ended."""
        while self.status is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
            except ChildProcessError:
                # Somebody has taken its status.
                self.status = 0
                break
            if pid == 0:
                break
            if os.WIFSTOPPED(status):
                self.stopped_by = os.WSTOPSIG(status)
            elif os.WIFCONTINUED(status):
                self.stopped_by = None
            else:
                self.status = status
                # It is not to be waited for again.
                self._process.returncode = 0
        return self.status is not None

    def send(self, number: int) -> None:
        """Send a signal to all of it."""
        if self.status is not None:
            return
        try:
            if self._has_group:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)
        except ProcessLookupError:
            pass

    def go_on(self) -> None:
        """Have it go on where it is stopped."""
        self.stopped_by = None
        self.send(signal.SIGCONT)

    def exit(self) -> int:
        """End as it did: its status, or death by the same signal."""
        assert self.status is not None
        if os.WIFSIGNALED(self.status):
            from rsprofile._live._signals import die_of

            _leave_no_core()
            number = os.WTERMSIG(self.status)
            die_of(number)
            # The first process of a container does not die of signals: it says it as shells do.
            return 128 + number
        return os.waitstatus_to_exitcode(self.status)


def command_of(arguments: list[str], ours: list[str]) -> list[str]:
    """Give the command line that runs a program as this one would, but for the view.

    Args:
        arguments: All arguments of this process.
        ours: Those of them that are options, which come first.
    """
    kept: list[str] = []
    words = iter(range(len(ours)))
    for at in words:
        word = ours[at]
        following = ours[at + 1 : at + 2]
        if word == "--interval" or (word == "--serve" and _is_port(following)):
            next(words, None)
        elif word.partition("=")[0] not in ("--live", "--interval", "--serve"):
            kept.append(word)
    rest = ["--arm", *kept, *arguments[len(ours) :]]
    own = sys.orig_argv
    if len(arguments) < len(own) and own[len(own) - len(arguments) :] == arguments:
        # With the options of the interpreter, and by the script that was called.
        return [sys.executable or own[0], *own[1 : len(own) - len(arguments)], *rest]
    return [sys.executable, "-m", "rsprofile", *rest]


def _is_port(words: list[str]) -> bool:
    return bool(words) and words[0].isdigit()


def _leave_no_core() -> None:
    """The program may have left a picture of its memory; ours would replace it."""
    import resource

    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError):
        pass
