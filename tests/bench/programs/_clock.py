"""Time code that takes nanoseconds on a machine that has other things to do.

Chunks of tens of milliseconds, and of them the fastest: what a neighbour takes away comes on top,
it never makes code faster.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from time import perf_counter

# A shorter chunk is at the mercy of one interrupt; a longer one more often meets a neighbour.
CHUNK_SECONDS = 0.02
CHUNKS = int(os.environ.get("BENCH_CHUNKS", "15"))


def nanoseconds(run: Callable[[int], object]) -> float:
    """Fastest time of one unit of work, of which `run` is given an amount.

    What is bare is measured before anything is decorated: some hooks slow the whole process down.
    """
    amount = _amount(run)
    return min(seconds(run, amount) for _ in range(CHUNKS)) / amount * 1e9


def _amount(run: Callable[[int], object]) -> int:
    """How much work fills a chunk."""
    amount = 1
    # Of two, since one slow start would make the chunks far too small for good.
    while (taken := min(seconds(run, amount), seconds(run, amount))) < CHUNK_SECONDS:
        amount *= 2 if taken > CHUNK_SECONDS / 8 else 4
    return amount


def seconds(run: Callable[[int], object], amount: int) -> float:
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
