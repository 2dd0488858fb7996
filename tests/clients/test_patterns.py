"""How programs use memory_profiler that are too heavy, or no package, to be installed here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import environment
import pytest

#: What a process may allocate beside the blocks, MiB.
TOLERANCE = 4


@pytest.fixture
def figures(tmp_path: Path) -> Any:
    """Run a program that imports memory_profiler; the JSON it prints."""
    here = environment.here(tmp_path / "scratch")

    def run(text: str) -> Any:
        (tmp_path / "program.py").write_text(text)
        return json.loads(here.python(tmp_path, "program.py"))

    return run


SAMPLER = """
import json, multiprocessing, os
from memory_profiler import _get_memory, choose_backend

class Sampler(multiprocessing.Process):
    def __init__(self, pid, pipe, backend):
        super().__init__()
        self.watched, self.pipe, self.backend = pid, pipe, backend

    def sample(self):
        return _get_memory(self.watched, self.backend, timestamps=True, include_children=False)

    def run(self):
        samples = [self.sample()]
        self.pipe.send("ready")
        while not self.pipe.poll(0.01):
            samples.append(self.sample())
        samples.append(self.sample())
        self.pipe.send(samples)

if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    ours, theirs = multiprocessing.Pipe()
    sampler = Sampler(os.getpid(), theirs, choose_backend("psutil_pss"))
    sampler.start()
    ours.recv()
    block = bytearray(96 << 20)
    ours.send("stop")
    samples = ours.recv()
    sampler.join()
    print(json.dumps(samples))
"""


def test_a_sampler_process_of_their_own(figures: Any) -> None:
    """PyPSA-Eur, py_wake and ducktape have a copy of `MemTimer` around `_get_memory`."""
    samples = figures(SAMPLER)
    assert [at for _, at in samples] == sorted(at for _, at in samples)
    memory = [memory for memory, _ in samples]
    assert abs(memory[-1] - memory[0] - 96) < TOLERANCE


TRACER = """
import json, sys
from memory_profiler import CodeMap

def work():
    block = bytearray(64 << 20)
    for _ in range(3):
        size = len(block)
    del block
    return size

codes = CodeMap(include_children=False, backend="psutil")
codes.add(work.__code__)
lines, before = [], None

def trace(frame, event, arg):
    global before
    if frame.f_code in codes:
        if event == "call":
            lines.append(frame.f_lineno)
        elif event in ("line", "return"):
            codes.trace(frame.f_code, lines[-1], before)
            before, lines[-1] = lines[-1], frame.f_lineno
    return trace

sys.settrace(trace)
work()
sys.settrace(None)
((filename, rows),) = codes.items()
first = work.__code__.co_firstlineno
print(json.dumps({line - first: row for line, row in rows if row}))
"""


def test_a_trace_function_of_their_own(figures: Any) -> None:
    """faas_profiler has its own trace function, and a `CodeMap` for what it finds."""
    rows = figures(TRACER)
    assert {line: row[2] for line, row in rows.items()} == {
        "0": 1, "1": 1, "2": 4, "3": 3, "4": 1, "5": 1
    }  # fmt: skip
    increments = {line: round(row[0]) for line, row in rows.items()}
    assert increments.pop("0") == round(rows["0"][1])
    assert increments == {"1": 64, "2": 0, "3": 0, "4": -64, "5": 0}


HOOKS = """
import json
from memory_profiler import memory_usage

kept = []

def node(size):
    kept.append(bytearray(size))
    return size

before = memory_usage(-1, interval=0.1, max_usage=True, retval=True, include_children=True)
# Clients take the first of a list, or the number that is no list.
before = before[0] if isinstance(before, (list, tuple)) else before
peak, size = memory_usage((node, (64 << 20,), {}), max_usage=True, retval=True, interval=0.02)
after = memory_usage(-1, interval=0.1, max_usage=True, retval=True, include_children=True)
print(json.dumps([before, peak, after, size]))
"""


def test_readings_before_and_after_a_node(figures: Any) -> None:
    """The hooks in kedro's documentation, and py_wake's way to call."""
    before, peak, after, size = figures(HOOKS)
    assert size == 64 << 20
    assert abs(peak - before - 64) < TOLERANCE
    assert abs(after - before - 64) < TOLERANCE


SUBCLASS = """
import io, json
from memory_profiler import CodeMap, LineProfiler, show_results

class Codes(CodeMap):
    pass

class Profiler(LineProfiler):
    events = 0

    def __init__(self, **options):
        self.code_map = Codes(include_children=False, backend="psutil")
        self.enable_count = 0
        self.max_mem = None
        self.prevlines = []
        self.backend = "psutil"
        self.prev_lineno = None

    def trace_memory_usage(self, frame, event, arg):
        self.events += 1
        super().trace_memory_usage(frame, event, arg)
        return self.trace_memory_usage

def work():
    block = bytearray(64 << 20)
    return len(block)

profiler = Profiler()
size = profiler(work)()
report = io.StringIO()
show_results(profiler, report)
(rows,) = profiler.code_map.values()
print(json.dumps([size, profiler.events > 3, list(rows.values()), report.getvalue()]))
"""


def test_a_subclass_that_sees_the_events(figures: Any) -> None:
    """Older profilers on top of it override `trace_memory_usage`, and leave `__init__` out."""
    size, has_events, rows, report = figures(SUBCLASS)
    assert size == 64 << 20 and has_events
    assert [row[2] for row in rows] == [1, 1, 1]
    assert [round(row[0]) for row in rows[1:]] == [64, 0]
    assert "64.0 MiB           1       block = bytearray(64 << 20)" in report
