"""memory_profiler's own tests, unchanged, on our modules under its names.

They come from its source distribution, which `make` unpacks; most are scripts whose exit status is
the assertion, and some want to be run under its command line.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "target" / "suite" / "test"

SCRIPT = ()
MODULE = ("-m", "memory_profiler")
STAMPS = ("-m", "memory_profiler", "--timestamp")
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
MPROF = ("-m", "mprof", "run", "--exit-code")

#: How each file is run.
WAYS = {
    "test_as.py": [MODULE, STAMPS],
    "test_async.py": [SCRIPT],
    "test_attributes.py": [SCRIPT],
    "test_exception.py": [SCRIPT],
    "test_exit_code.py": [SCRIPT, PYTEST],
    "test_func.py": [MODULE, STAMPS, MPROF],
    "test_gen.py": [MODULE, STAMPS],
    "test_global.py": [MODULE, STAMPS],
    "test_import.py": [SCRIPT],
    "test_increment_display.py": [SCRIPT, PYTEST],
    "test_loop.py": [MODULE, STAMPS],
    "test_loop_decorated.py": [MODULE, STAMPS],
    "test_memory_usage.py": [SCRIPT, PYTEST],
    "test_mprof.py": [SCRIPT, PYTEST],
    "test_mprofile.py": [MODULE, STAMPS],
    "test_nested.py": [MODULE, STAMPS],
    "test_precision_command_line.py": [MODULE, STAMPS],
    "test_precision_import.py": [SCRIPT, PYTEST],
    "test_stream_unicode.py": [SCRIPT],
    "test_tracemalloc.py": [SCRIPT],
    "test_unicode.py": [MODULE, STAMPS],
}

#: Files without a profiled function: their report is empty.
EMPTY = {"test_global.py"}

#: `test_exit_code` uses a name that unittest has no longer since 3.12.
OLD_UNITTEST = """
import unittest
unittest.TestCase.assertRaisesRegexp = unittest.TestCase.assertRaisesRegex
"""


@pytest.fixture(scope="session")
def suite():
    if not FOLDER.is_dir():
        pytest.fail(
            f"memory_profiler's own tests are not in {FOLDER}: run `make target/suite/.unpacked`, "
            "which fetches them from the package registry"
        )
    return FOLDER


@pytest.fixture
def shims(shell):
    assert shell.rsprofile("shim", "shims").returncode == 0
    if sys.version_info >= (3, 12):
        shell.write("shims/sitecustomize.py", OLD_UNITTEST)
    return str(shell.folder / "shims")


def test_each_file_of_the_suite_is_run(suite):
    assert {path.name for path in suite.glob("test_*.py")} == set(WAYS)


@pytest.mark.parametrize("name", WAYS)
def test_a_file_of_the_suite_passes(name, suite, shell, shims):
    shutil.copy(suite / name, shell.folder)
    for way in WAYS[name]:
        path = f"{shims}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        done = shell.python(*way, name, PYTHONPATH=shims, PATH=path)
        output = f"{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, output
        if way in (MODULE, STAMPS):
            word = "Filename: " if way is MODULE else "FUNC "
            assert (word in done.stdout) == (name not in EMPTY), output
            assert done.stderr == ""
    if MPROF in WAYS[name]:
        (recording,) = shell.folder.glob("mprofile_*.dat")
        kinds = [line.split()[0] for line in recording.read_text().splitlines()]
        assert set(kinds) == {"CMDLINE", "MEM", "FUNC"}
        assert kinds.count("FUNC") == 2
