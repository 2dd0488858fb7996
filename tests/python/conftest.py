"""Running programs as a user does: by the interpreter under test, in a folder of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rsprofile import _core

#: How long a program may take before it counts as hung, seconds.
TIMEOUT = 60


#: What programs about the heap meter begin with.
HEAD = """\
import gc, os, sys, threading
from rsprofile import _core
from heap import *
size = sys.getsizeof
GC = 16
gc.disable()
"""

Run = Callable[..., str]


class Shell:
    """Runs Python in an empty folder with an environment nobody has touched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("RSPROFILE", "PYTHON", "NO_COLOR"))
        }
        self.environment["PYTHONDONTWRITEBYTECODE"] = "1"
        # Not in the folder: the path of a socket in it must not pass 107 bytes (unix(7)).
        self.environment["TMPDIR"] = tempfile.mkdtemp(prefix="rs")

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file of the program."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, str):
            text = textwrap.dedent(text).lstrip("\n").encode()
        path.write_bytes(text)
        return path

    def python(
        self, *arguments: str, input: str | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the interpreter under test."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            input=input,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )

    def rsprofile(
        self, *arguments: str, input: str | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `python -m rsprofile`."""
        return self.python("-m", "rsprofile", *arguments, input=input, **environment)

    def leftovers(self) -> list[str]:
        """Name what was left in the folder for temporary files."""
        return os.listdir(self.environment["TMPDIR"])


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A folder to write programs in and run them."""
    shell = Shell(tmp_path)
    yield shell
    shutil.rmtree(shell.environment["TMPDIR"], ignore_errors=True)


@pytest.fixture
def run(shell: Shell) -> Run:
    """Run a program about the heap meter, which must reach its end and complain of nothing."""

    def play(program: str, **environment: str) -> str:
        shell.write("prog.py", HEAD + textwrap.dedent(program) + "\nprint('reached the end')\n")
        here = str(Path(__file__).parent)
        done = shell.python("prog.py", PYTHONPATH=here, **environment)
        assert (done.returncode, done.stderr) == (0, ""), f"{done.stdout}\n{done.stderr}"
        assert done.stdout.endswith("reached the end\n")
        return done.stdout

    return play


def grow(megabytes: int) -> None:
    """Have the fake meter show so much more."""
    _core.grow(megabytes << 20)


@pytest.fixture
def exact() -> Iterator[None]:
    """Count what `grow` says from 100 MiB on."""
    _core.configure(meter="fake")
    grow(100)
    yield
    assert not _core.is_active()
    _core.configure(meter="rss")


@pytest.fixture
def same(shell: Shell) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Check that a program prints and ends the same plainly and under the runner."""

    def check(*arguments: str, **options: str) -> subprocess.CompletedProcess[str]:
        plain = shell.python(*arguments, **options)
        ours = shell.rsprofile("-o", "report.txt", *arguments, **options)
        lines = ours.stderr.splitlines(keepends=True)
        stderr = "".join(line for line in lines if not line.startswith("rsprofile: "))
        assert ours.stdout == plain.stdout
        assert stderr == plain.stderr
        assert ours.returncode == plain.returncode
        return ours

    return check


@pytest.fixture
def occurrences() -> Callable[[str], dict[str, int]]:
    """Read a default report: the occurrences of each measured line, by its stripped text."""

    def read(report: str) -> dict[str, int]:
        found = {}
        for line in report.splitlines():
            parts = line[:46].split()
            if len(parts) == 6 and parts[2] == parts[4] == "MiB":
                found[line[46:].strip()] = int(parts[5])
        return found

    return read
