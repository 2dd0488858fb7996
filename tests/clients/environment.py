"""Environments in which real programs find our modules under memory_profiler's name.

Each has its place under `.clients/`, by Python and name, and is made anew when what it is made of
changed. rsprofile is not installed in them: their programs import the one that runs these tests.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import rsprofile

#: What `memory_profiler.__name__` is in a program that runs on ours.
OURS = "rsprofile.compat.memory_profiler"

CACHE = Path(__file__).parents[2] / ".clients" / "{}.{}".format(*sys.version_info)

#: How long a client may take before it counts as hung, seconds.
TIMEOUT = 300

#: What a distribution needs to be taken for memory_profiler where one is required.
_PROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "memory-profiler"
version = "0.61.0"

[tool.setuptools]
py-modules = {modules}
"""


class Client:
    """An environment and our modules beneath it.

    Attributes:
        bin: The folder of its programs.
    """

    def __init__(self, bin: Path, shims: Path | None) -> None:
        self.bin = bin
        ours = [str(Path(rsprofile.__file__).parents[1])]
        self._path = os.pathsep.join(ours if shims is None else [str(shims), *ours])

    def python(self, folder: Path, *arguments: str, status: int = 0, **environment: str) -> str:
        """Run the environment's Python in a folder; gives what it wrote to standard output.

        Raises:
            AssertionError: It ended with another status.
        """
        ours = ("RSPROFILE", "PYTHON", "PYTEST", "VIRTUAL_ENV", "SPARK", "PYSPARK")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        done = subprocess.run(
            [str(self.bin / "python"), *arguments],
            cwd=folder,
            env={**kept, "PYTHONPATH": self._path, **environment},
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        assert done.returncode == status, f"{done.stdout}\n{done.stderr}"
        return done.stdout


def client(name: str, *requirements: str, scratch: Path, as_distribution: bool = False) -> Client:
    """Make the environment of a client, or find the one made before.

    Args:
        name: The name of its folder.
        requirements: What to install, as `pip install` takes it.
        scratch: An empty folder to write our modules to.
        as_distribution: Whether something installed requires memory-profiler: then our modules
            are installed as a project of that name. Else they stand on `PYTHONPATH`.
    """
    shims = _write_shims(scratch)
    if as_distribution:
        text = _PROJECT.format(modules=sorted(module.stem for module in shims.glob("*.py")))
        (shims / "pyproject.toml").write_text(text)
    installed = [*requirements, *([str(shims)] if as_distribution else [])]

    made_of = [sys.version, *requirements]
    made_of += [path.read_text() for path in sorted(shims.iterdir())] if as_distribution else []
    mark = hashlib.sha256(repr(made_of).encode()).hexdigest()
    environment = CACHE / name
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        complete = environment / "complete"
        if not complete.exists() or complete.read_text() != mark:
            shutil.rmtree(environment, ignore_errors=True)
            _check([sys.executable, "-m", "venv", "--without-pip", str(environment)])
            pip = [sys.executable, "-m", "pip", "--python", str(environment / "bin/python")]
            _check([*pip, "install", "--quiet", "--no-compile", *installed])
            complete.write_text(mark)
    return Client(environment / "bin", None if as_distribution else shims)


def here(scratch: Path) -> Client:
    """Give the environment these tests run in, for programs that need no other.

    Args:
        scratch: An empty folder to write our modules to.
    """
    return Client(Path(sys.executable).parent, _write_shims(scratch))


def _write_shims(scratch: Path) -> Path:
    shims = scratch / "shims"
    _check([sys.executable, "-m", "rsprofile", "shim", str(shims)])
    return shims


def _check(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
