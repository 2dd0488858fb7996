"""Time code that takes nanoseconds on a machine that has other things to do.

Chunks of tens of milliseconds, and of them the fastest: what a neighbour takes away comes on top,
it never makes code faster.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from time import perf_counter

from _tools import Tool

# A shorter chunk is at the mercy of one interrupt; a longer one more often meets a neighbour.
CHUNK_SECONDS = 0.02
CHUNKS = int(os.environ.get("BENCH_CHUNKS", "15"))


Run = Callable[[int], object]


def bare_and_profiled(bare: Run, profiled: Run, tool: Tool) -> tuple[float, float]:
    """Nanoseconds of one unit of work, of which both functions are given an amount.

    The two take turns in one process, so that a busy stretch of the machine and a lucky layout of
    memory meet both. The tool is off while the bare one runs.
    """
    best = [float("inf"), float("inf")]
    tool.off()
    amounts = [_amount(bare)]
    tool.on()
    amounts.append(_amount(profiled))
    for _ in range(CHUNKS):
        tool.off()
        best[0] = min(best[0], seconds(bare, amounts[0]) / amounts[0])
        tool.on()
        best[1] = min(best[1], seconds(profiled, amounts[1]) / amounts[1])
    return best[0] * 1e9, best[1] * 1e9


def _amount(run: Run) -> int:
    """How much work fills a chunk."""
    amount = 1
    # Of two, since one slow start would make the chunks far too small for good.
    while (taken := min(seconds(run, amount), seconds(run, amount))) < CHUNK_SECONDS:
        amount *= 2 if taken > CHUNK_SECONDS / 8 else 4
    return amount


def seconds(run: Run, amount: int) -> float:
    """How long one call takes."""
    start = perf_counter()
    run(amount)
    return perf_counter() - start


def publish(**figures: float) -> None:
    """Hand figures to the runner, whatever else is on standard output."""
    print("\nBENCH " + json.dumps(figures), flush=True)


def resident() -> int:
    """Resident memory of this process in bytes."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
