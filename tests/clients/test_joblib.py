"""joblib 1.6: the memory test in its wheel, and the figures it looks at."""

from __future__ import annotations

import json
from pathlib import Path

import environment
import pytest

PROGRAM = """
import json, memory_profiler, numpy
from joblib import numpy_pickle
from joblib.test.common import memory_used

def kept():
    numpy_pickle.dump(array, "kept", compress=False)
    return numpy_pickle.load("kept")

def dropped():
    block = bytearray(96 << 20)
    del block

array = numpy.ones(96 << 20, dtype=numpy.uint8)
print(json.dumps([memory_profiler.__name__, memory_used(kept), memory_used(dropped)]))
"""


@pytest.fixture(scope="module")
def joblib(tmp_path_factory: pytest.TempPathFactory) -> environment.Client:
    return environment.client(
        "joblib",
        "joblib==1.6.0",
        "numpy==2.4.6",
        "pytest==9.2.0",
        scratch=tmp_path_factory.mktemp("joblib"),
    )


def test_its_own_memory_test_passes(joblib: environment.Client, tmp_path: Path) -> None:
    own = "joblib.test.test_numpy_pickle"
    arguments = ["-q", "-p", "no:cacheprovider", "--pyargs", own, "-k", "test_memory_usage"]
    # Without a memory_profiler it would be skipped.
    assert "2 passed, " in joblib.python(tmp_path, "-m", "pytest", *arguments)


def test_it_measures_what_a_function_takes(joblib: environment.Client, tmp_path: Path) -> None:
    """memory_profiler 0.61 misses a MiB or two of the second one, its samples being 1 ms apart."""
    name, kept, dropped = json.loads(joblib.python(tmp_path, "-c", PROGRAM))
    assert name == environment.OURS
    # Beside the array, joblib's buffer of 16 MiB.
    assert abs(kept - 96 - 16) < 4
    assert abs(dropped - 96) < 2
