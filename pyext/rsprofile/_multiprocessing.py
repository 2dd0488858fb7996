"""What has to be known of the processes multiprocessing starts and ends.

Those it starts afresh carry a stowaway: their command line begins with a call of
`rsprofile._stowaway.board`. Those it terminates are woken while they are waited for.
"""

from __future__ import annotations

import os
from multiprocessing import util
from multiprocessing.process import BaseProcess

from rsprofile._terminate import WAKE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

#: How often a terminated process is woken, seconds.
_PAUSE = 0.05

#: What runs first in a fresh process; a child that cannot import us does without.
_BOARD = """\
try:
    from rsprofile._stowaway import board
except ImportError:
    pass
else:
    board({ticket!r})
"""

#: Beginnings of the commands that run a worker or the fork server; the resource tracker's is not.
_COMMANDS = ("from multiprocessing.spawn import", "from multiprocessing.forkserver import")

_watched: list[Callable[[], dict[str, Any]]] = []


def watch(ticket: Callable[[], dict[str, Any]]) -> None:
    """Have fresh processes join this run, and terminated ones leave their numbers.

    Args:
        ticket: Gives what `board` has to know.
    """
    if _watched:
        return
    _watched.append(ticket)
    start = util.spawnv_passfds
    join = BaseProcess.join
    terminate = BaseProcess.terminate

    def spawnv_passfds(path: bytes, args: Any, passfds: Sequence[int]) -> int:
        return start(path, with_stowaway(args, ticket), passfds)

    def watched_terminate(self: BaseProcess) -> None:
        """Terminate process; sends SIGTERM signal or uses TerminateProcess()."""
        terminate(self)
        self._rsprofile_terminated = True  # type: ignore[attr-defined]

    def watched_join(self: BaseProcess, timeout: float | None = None) -> None:
        """Wait until child process terminates."""
        if timeout is None and getattr(self, "_rsprofile_terminated", False):
            _wake(self)
        join(self, timeout)

    util.spawnv_passfds = spawnv_passfds
    BaseProcess.terminate = watched_terminate  # type: ignore[method-assign]
    BaseProcess.join = watched_join  # type: ignore[method-assign]


def with_stowaway(arguments: list[str], ticket: Callable[[], dict[str, Any]]) -> list[str]:
    """Add the call of `board` to a command line that runs a worker or the fork server."""
    arguments = list(arguments)
    for at, argument in enumerate(arguments[:-1], start=1):
        if argument == "-c" and arguments[at].startswith(_COMMANDS):
            code = _BOARD.format(ticket=ticket())
            arguments[at] = f"exec({code!r}, {{}}); {arguments[at]}"
            break
    return arguments


def _wake(process: BaseProcess) -> None:
    """Wake a terminated process until it ends.

    Our handler runs between two instructions of the program. A SIGTERM that comes after the last
    of them but before the system call that waits for a task is not seen until the call returns,
    which it never does in a pool that is being closed. A signal that comes later interrupts it.
    """
    popen = process._popen  # type: ignore[attr-defined]
    if popen is None or process._parent_pid != os.getpid():  # type: ignore[attr-defined]
        return
    while popen.wait(_PAUSE) is None:
        try:
            os.kill(popen.pid, WAKE)
        except OSError:
            return
