"""perftester 0.8: memory benchmarks of functions, in MB, and tests against a limit."""

from __future__ import annotations

import json
from pathlib import Path

import environment
import pytest

pytestmark = pytest.mark.slow

PROGRAM = """
import json, memory_profiler, perftester

calls = []

def temporary(size):
    calls.append(size)
    return len(bytearray(size))

base = memory_profiler.memory_usage()[0]
measured = perftester.memory_usage_benchmark(temporary, 128 << 20, Repeat=3)
called = len(calls)
perftester.memory_usage_test(temporary, 128 << 20, raw_limit=measured["max"] + 10)
try:
    perftester.memory_usage_test(temporary, 192 << 20, raw_limit=measured["max"] + 10)
    passed = True
except perftester.perftester.MemoryTestError:
    passed = False
print(json.dumps([memory_profiler.__name__, base, measured["max"], called, passed]))
"""


def test_a_benchmark_sees_the_peak_and_calls_as_often_as_it_says(tmp_path: Path) -> None:
    """memory_profiler 0.61 calls a short function again, and misses 10 to 20 MiB of its peak."""
    requirements = ["perftester==0.8.0", "pympler==1.1"]
    perftester = environment.client(
        "perftester", *requirements, scratch=tmp_path, as_distribution=True
    )
    name, base, highest, calls, passed = json.loads(perftester.python(tmp_path, "-c", PROGRAM))
    assert name == environment.OURS
    assert abs(highest / 1.048576 - base - 128) < 4
    assert calls == 3
    assert not passed
