"""What is to be recorded: which program to start, or which process is running already."""

from __future__ import annotations

import os
import re
import sys

from rsprofile._proc import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

#: Names of Python interpreters.
_PYTHON = re.compile(r"(python|pypy)[\d.]*$")
#: Options of the interpreter that take a value when it is not attached.
_VALUED = ("-W", "-X", "--check-hash-based-pycs")
#: The command line that writes FUNC lines.
_STAMPING = ("-m", "rsprofile.compat.memory_profiler", "--timestamp")


class Process:
    """A running process.

    Attributes:
        pid: Its id.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def name(self) -> str:
        """Give its name as the kernel has it; empty for a process that is gone."""
        return read(self.pid, "comm").rstrip("\n")

    def cmdline(self) -> list[str]:
        """Give its command and arguments; empty for one that is gone or the kernel's own."""
        return read(self.pid, "cmdline").split("\0")[:-1]

    def poll(self) -> int | None:
        """Give None while it runs, like a `subprocess.Popen`, then 0."""
        state = read(self.pid, "stat").rpartition(")")[2].split()[:1]
        return None if state and state[0] not in "ZX" else 0


def find_first_process(name: str) -> Process | None:
    """Find the oldest process, other than this one, with a text in its name."""
    own = os.getpid()
    for pid in sorted(int(entry) for entry in os.listdir("/proc") if entry.isdigit()):
        process = Process(pid)
        if pid != own and name in process.name():
            return process
    return None


def get_cmd_line(args: Iterable[str]) -> str:
    """Join arguments to one line; those with blanks get quotes."""
    return " ".join(f"'{arg}'" if " " in arg or "\t" in arg else arg for arg in args)


def is_python(command: str) -> bool:
    """Whether a command is a Python interpreter, by its name."""
    return _PYTHON.match(os.path.basename(command)) is not None


def stamped(program: list[str], options: Iterable[str]) -> list[str]:
    """Give the command that runs a Python program and records its functions.

    Args:
        program: A script or module with its arguments, an interpreter in front of it or not.
        options: Options for the recording.

    Returns:
        The command. A program that is no script or module, `python -c` for one, is run as it is.
    """
    interpreter, rest = [sys.executable], program
    if is_python(program[0]):
        at = 1
        while at < len(program) and program[at].startswith("-") and program[at] != "-":
            if program[at].startswith(("-m", "-c")):
                break
            at += 2 if program[at] in _VALUED else 1
        interpreter, rest = program[:at], program[at:]
        if rest and rest[0] == "-m":
            rest = rest[1:]
        elif rest and rest[0].startswith("-m"):
            rest = [rest[0][2:], *rest[1:]]
        if not rest or rest[0].startswith("-"):
            return program
    return [*interpreter, *_STAMPING, *options, *rest]
