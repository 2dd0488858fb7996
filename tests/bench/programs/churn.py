"""What tracing all allocations does to a program that does little else, below so many frames as a
tracer may keep.
"""

import sys
from time import perf_counter

from _clock import CHUNKS, seconds
from _tracers import finish, trace

DEPTH = 16
ROUNDS = 5000
# The slowest tracers take a quarter of a second for as many.
ENOUGH_SECONDS = 0.7


class Point:
    def __init__(self, x, name):
        self.x = x
        self.name = name


def churn(rounds):
    """Dicts, lists, strings, floats and objects; one in so many is kept for a while."""
    kept = []
    for number in range(rounds):
        row = {"id": number, "name": f"row {number}", "value": number * 0.5}
        values = [number + step for step in range(10)]
        words = "one two three four five".split()
        text = "".join(words) + str(number)
        point = Point(number * 1.5, text.upper())
        total = sum([value * 0.25 for value in values])
        kept.append((row, point, values[2:5], total))
        if len(kept) > 1000:
            del kept[:500]


def below(frames, rounds):
    return below(frames - 1, rounds) if frames > 2 else churn(rounds)


def run(rounds):
    below(DEPTH, rounds)


tool = sys.argv[1]
if tool == "stopped":
    # The hooks have been there and are gone.
    from rsprofile import heap

    trace("rsprofile-1")
    run(ROUNDS)
    heap.stop()
else:
    trace(tool)

end = perf_counter() + ENOUGH_SECONDS
best = seconds(run, ROUNDS)
for _ in range(2 * CHUNKS):
    best = min(best, seconds(run, ROUNDS))
    if perf_counter() > end:
        break
finish(round=best / ROUNDS * 1e9)
