"""Time code that takes nanoseconds on a machine that has other things to do.

Chunks of tens of milliseconds, the variants in turn, and of each variant the fastest chunk: what
a neighbour takes away comes on top, it never makes code faster.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from time import perf_counter

# A shorter chunk is at the mercy of one interrupt; a longer one more often meets a neighbour.
CHUNK_SECONDS = 0.02
CHUNKS = int(os.environ.get("BENCH_CHUNKS", "15"))

Run = Callable[[int], object]


def nanoseconds(variants: dict[str, Run]) -> dict[str, float]:
    """Fastest time of one unit of work under each variant, which is called with an amount."""
    amounts = {name: _amount(run) for name, run in variants.items()}
    best = dict.fromkeys(variants, float("inf"))
    for _ in range(CHUNKS):
        for name, run in variants.items():
            best[name] = min(best[name], _time(run, amounts[name]) / amounts[name])
    return {name: seconds * 1e9 for name, seconds in best.items()}


def _amount(run: Run) -> int:
    """How much work fills a chunk."""
    amount = 1
    while (seconds := _time(run, amount)) < CHUNK_SECONDS:
        # A second at most on the way there, and no jump on the strength of a cold first call.
        amount *= 2 if seconds > CHUNK_SECONDS / 8 else 4
    return amount


def _time(run: Run, amount: int) -> float:
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
