"""How long the program stands still at a mark, with so many lines that have allocated."""

from time import perf_counter

from _clock import publish
from rsprofile import _core

LINES = 200
ROUNDS = 20


def allocate(lines):
    """Have so many lines make a block each."""
    body = "".join(f"    out[{line}] = bytes(40)\n" for line in range(LINES))
    out = [None] * LINES
    for number in range(lines // LINES):
        namespace = {}
        exec(compile(f"def work(out):\n{body}", f"<work {number}>", "exec"), namespace)
        namespace["work"](out)


_core.leaks_start()
figures = {}
before = 0
for lines in (1_000, 100_000):
    allocate(lines - before)
    before = lines
    best = float("inf")
    for _ in range(ROUNDS):
        start = perf_counter()
        _core.growth_mark()
        best = min(best, perf_counter() - start)
    figures[f"lines {lines}"] = best
publish(**figures)
