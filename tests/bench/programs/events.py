"""Does a line cost the same at the hundred millionth event, and does our memory stand still?"""

import sys
from time import perf_counter

from _clock import publish, resident
from _loop import LINES, compiled
from _tools import decorator

events = int(float(sys.argv[1]))
bare, profiled = compiled(), decorator("rsprofile")(compiled())


def seconds(function, count):
    start = perf_counter()
    function(count)
    return perf_counter() - start


# Whatever is set up at the first event is set up now.
profiled(1000)
bare(1000)
before = resident()
chunk = 20_000
rounds = max(1, events // (chunk * LINES))
best = {bare: [], profiled: []}
for _ in range(rounds):
    for function, times in best.items():
        # As few numbers as need be: the list would show up as growth.
        times[:] = sorted([*times, seconds(function, chunk)])[:1]
publish(
    added=(best[profiled][0] - best[bare][0]) / (chunk * LINES) * 1e9,
    grown=resident() - before,
)
