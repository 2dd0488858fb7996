"""Real memory, read from the kernel: blocks of tens of MiB, far above what the interpreter moves.

The tolerance is 1 MiB on each line, unless a test says otherwise: growing tables, arenas of small
objects and the allocator's own books all move the resident set by some pages.
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from probe import HOOKS, run

PROGRAM = """
begin(HOOK, meter="rss", peak=True)
MIB = 1 << 20

def near(bytes, mib):
    assert abs(bytes - mib * MIB) < MIB, bytes / MIB

def figures(name, text):
    (row,) = (row for f in document()["functions"] if f["name"] == name for row in f["rows"]
              if row["text"] and row["text"].strip() == text)
    return row["measured"]
"""


@pytest.fixture(params=HOOKS)
def hook(request: Any) -> str:
    return request.param


def test_a_block_allocated_in_a_callee_is_on_the_lines_of_both_once(shell, hook) -> None:
    run(
        shell,
        hook,
        PROGRAM
        + """
@profile
def inner():
    block = b"x" * (64 * MIB)
    return block

@profile
def outer():
    kept = inner()
    return len(kept)

outer()
near(figures("inner", 'block = b"x" * (64 * MIB)')["increment"], 64)
near(figures("inner", "return block")["increment"], 0)
near(figures("outer", "kept = inner()")["increment"], 64)
near(figures("outer", "kept = inner()")["own"], 0)
near(figures("outer", "return len(kept)")["increment"], 0)
""",
    )


def test_a_loop_that_appends_and_clears_sums_to_nothing(shell, hook) -> None:
    run(
        shell,
        hook,
        PROGRAM
        + """
@profile
def work():
    kept = []
    for _ in range(12):
        kept.append(b"x" * (64 * MIB))
    kept.clear()

work()
near(figures("work", 'kept.append(b"x" * (64 * MIB))')["increment"], 12 * 64)
assert figures("work", 'kept.append(b"x" * (64 * MIB))')["occurrences"] == 12
near(figures("work", "kept.clear()")["increment"], -12 * 64)
(rows,) = (f["rows"] for f in document()["functions"])
near(sum(row["measured"]["increment"] for row in rows if row["measured"]), 0)

@profile
def one_line():
    for _ in range(12):
        kept = b"x" * (64 * MIB); del kept

one_line()
near(figures("one_line", 'kept = b"x" * (64 * MIB); del kept')["increment"], 0)
""",
    )


def test_a_temporary_shows_in_the_peak_and_not_in_the_increment(shell, hook) -> None:
    run(
        shell,
        hook,
        PROGRAM
        + """
@profile
def work():
    before = 1
    length = len(b"x" * (200 * MIB))
    after = 2

work()
text = 'length = len(b"x" * (200 * MIB))'
level = figures("work", "before = 1")["usage"]
near(figures("work", text)["increment"], 0)
near(figures("work", text)["peak"] - level, 200)
near(figures("work", "after = 2")["peak"] - level, 0)
near(figures("work", "before = 1")["peak"] - level, 0)
""",
    )


def test_memory_freed_with_the_locals_is_taken_off_the_callers_line(shell, hook) -> None:
    run(
        shell,
        hook,
        PROGRAM
        + """
@profile
def inner():
    block = b"x" * (64 * MIB)

@profile
def outer():
    inner()

outer()
near(figures("inner", 'block = b"x" * (64 * MIB)')["increment"], 64)
near(figures("outer", "inner()")["increment"], 0)
# The callee grew by what its caller got rid of.
near(figures("outer", "inner()")["own"], -64)
""",
    )


WORKLOAD = """
import ctypes, gc
if "AGAIN" not in os.environ:
    # Where blocks lie decides how many pages they touch: no random addresses (personality(2)).
    ADDR_NO_RANDOMIZE = 0x0040000
    assert ctypes.CDLL(None).personality(ADDR_NO_RANDOMIZE) >= 0
    os.environ["AGAIN"] = "1"
    os.execv(sys.executable, [sys.executable, *sys.argv])
import numpy

def arrays():
    kept = []
    for n in range(40):
        array = numpy.ones(300_000 + 1000 * n)
        total = (array * 2 + 1).sum()
        if n % 2:
            kept.append(array)
    del array
    return kept

def lists():
    rows = []
    for n in range(60_000):
        rows.append([n, n + 1])
    short = [row[0] for row in rows if row[1] % 3]
    return rows, short

def dicts():
    index = {}
    for n in range(60_000):
        index[n] = str(n)
    for n in range(0, 60_000, 2):
        del index[n]
    return index

def work():
    return arrays(), lists(), dicts()

begin(HOOK, meter="rss")
for function in (arrays, lists, dicts):
    profile(function)
# The first time fills caches and free lists; what is compared is the second.
work()
gc.collect()
gc.disable()
_core.reset()
work()
with open(os.environ["RESULT"], "w") as file:
    file.write(_core.snapshot().dumps())
"""


def test_gated_readings_equal_ungated_ones_within_a_page(shell, hook) -> None:
    found = {}
    for gate in ("0", "1"):
        path = shell.folder / f"gate-{gate}.json"
        run(
            shell,
            hook,
            WORKLOAD,
            RSPROFILE_GATE=gate,
            RESULT=str(path),
            PYTHONHASHSEED="0",
            OPENBLAS_NUM_THREADS="1",
            # Thresholds of malloc that adapt would adapt to what our own tables take.
            MALLOC_MMAP_THRESHOLD_="131072",
            MALLOC_TRIM_THRESHOLD_="131072",
        )
        found[gate] = json.loads(path.read_text())
    assert found["0"]["run"]["gate_ns"] == 0
    assert found["1"]["run"]["gate_ns"] > 0
    assert found["1"]["run"]["readings"] < found["0"]["run"]["readings"] / 4
    page = os.sysconf("SC_PAGE_SIZE")
    wrong = []
    for ungated, gated in zip(figures(found["0"]), figures(found["1"]), strict=True):
        assert ungated[0] == gated[0]
        if abs(ungated[1] - gated[1]) > page:
            wrong.append((ungated, gated))
    assert not wrong, wrong


def figures(document: dict[str, Any]) -> list[tuple[str, int]]:
    return [
        (f"{function['name']}: {row['text'].strip()}", row["measured"]["increment"])
        for function in document["functions"]
        for row in function["rows"]
        if row["measured"]
    ]
