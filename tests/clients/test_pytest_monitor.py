"""pytest-monitor 1.6: the memory of each test, in its database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import environment
import pytest

SUITE = """
import pytest

MIB = 1 << 20
kept = []
runs = []

def test_nothing():
    pass

def test_frees():
    block = bytearray(96 * MIB)
    del block

@pytest.mark.parametrize("size", [32, 128])
def test_sizes(size):
    assert len(bytearray(size * MIB)) == size * MIB

def test_keeps():
    runs.append(1)
    kept.append(bytearray(64 * MIB))

def test_it_ran_once_and_on_our_module():
    import pytest_monitor.pytest_monitor as plugin
    assert runs == [1]
    assert plugin.memory_profiler.__name__ == "{ours}"

def test_fails():
    raise ValueError("a failure of the suite")
"""

#: What a test may take beside its blocks, MiB.
TOLERANCE = 4


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> environment.Client:
    return environment.client(
        "pytest-monitor",
        "pytest-monitor==1.6.6",
        "pytest==9.2.0",
        scratch=tmp_path_factory.mktemp("monitor"),
        as_distribution=True,
    )


def test_each_test_has_its_memory(monitor: environment.Client, tmp_path: Path) -> None:
    """memory_profiler 0.61 gives 0.5 MiB for the blocks that are freed: they are between samples."""
    (tmp_path / "test_suite.py").write_text(SUITE.replace("{ours}", environment.OURS))
    output = monitor.python(
        tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_suite.py", status=1
    )
    assert "1 failed, 6 passed" in output
    assert "ValueError: a failure of the suite" in output
    with sqlite3.connect(tmp_path / ".pymon") as database:
        query = "select ITEM_VARIANT, MEM_USAGE from TEST_METRICS where KIND = 'function'"
        measured = dict(database.execute(query))
    database.close()
    expected = {
        "test_nothing": 0,
        "test_frees": 96,
        "test_sizes[32]": 32,
        "test_sizes[128]": 128,
        "test_keeps": 64,
        # The plugin takes off what the process had when the session began.
        "test_it_ran_once_and_on_our_module": 64,
    }
    assert measured.keys() == expected.keys()
    wrong = {
        name: memory
        for name, memory in measured.items()
        if not -0.5 <= memory - expected[name] <= TOLERANCE
    }
    assert not wrong
