"""Asking a process for its lines, in a thread: it may be long in answering."""

from __future__ import annotations

import json
import os
import threading
import time

from rsprofile._arm._ask import ask_listening
from rsprofile._errors import ProfileError
from rsprofile._live._state import Lines, Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: How long a process may not answer before that is said, seconds.
_WAIT = 3.0
#: The shortest time between two answers, seconds.
_SHORTEST = 0.25
#: Lines that are asked for, by each figure.
_LINES = 200

#: What is shown of a process that does not listen.
NOT_ARMED = (
    "no lines: the process is not armed; start it with --live or RSPROFILE_ARM=1, or have it call "
    "rsprofile.arm()"
)
NOTHING_YET = "no line has grown yet"


class Asking:
    """Asks again and again; `lines` is the last that came."""

    def __init__(self, pid: int, interval: float, waiting: str = NOT_ARMED) -> None:
        """Begin.

        Args:
            pid: The process.
            interval: Seconds between two questions.
            waiting: What is said while it does not listen.
        """
        self.pid = pid
        self.interval = interval
        self.paused = False
        self.lines = Lines(message="asking for its lines")
        self._waiting = waiting
        self._answered = 0.0
        self._ended = threading.Event()
        threading.Thread(target=self._run, name="asking", daemon=True).start()

    def end(self) -> None:
        """Ask no more; an answer that is under way is not waited for."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            if not self.paused:
                self._ask()
            # What is slow to answer is asked less often.
            self._ended.wait(max(_SHORTEST, self.interval))

    def _ask(self) -> None:
        try:
            text = ask_listening(self.pid, f"live {_LINES}", _WAIT)
            if text is None:
                self._say(self._waiting)
            else:
                self.lines = lines_of(json.loads(text), _folder(self.pid))
                self._answered = time.time()
                self._waiting = NOT_ARMED
        except ProfileError as error:
            self._say(_told(str(error)))
        except ValueError:
            self._say("no lines: the process has another version of rsprofile")

    def _say(self, message: str) -> None:
        """Keep what came last, with the reason why there is nothing newer."""
        old = self.lines
        if old.rows:
            message = f"lines of {time.time() - self._answered:.0f} s ago: {message}"
        self.lines = Lines(old.rows, old.count, old.heap, message)


def _told(error: str) -> str:
    """Say an error of asking so that it fits where lines are looked for."""
    if "another version" in error or "unknown request" in error:
        return "no lines: the process has another version of rsprofile"
    return error.partition("; ")[0]


def lines_of(answer: Any, folder: str) -> Lines:
    """Read the answer of a process.

    Args:
        answer: What its JSON says.
        folder: Its current directory: names of files below are shortened.

    Raises:
        ValueError: It is not what it should be.
    """
    try:
        rows = [Row(**{**row, "file": _shortened(row["file"], folder)}) for row in answer["lines"]]
        heap = answer["heap"]
        message = "" if rows else NOTHING_YET
        return Lines(rows, answer["count"], tuple(heap) if heap else None, message)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no answer: {error}") from None


def _shortened(file: str, folder: str) -> str:
    return file[len(folder) + 1 :] if folder and file.startswith(f"{folder}/") else file


def _folder(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/cwd").rstrip("/")
    except OSError:
        return ""
