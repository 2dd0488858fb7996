"""How much memory millions of live blocks take under a tracer, and how long a look at them takes.

    live.py TOOL [COUNT]

Without a count it is 2,500,000 blocks: objects with slots, names, lists and numbers, in a dict.
"""

import importlib
import sys
from time import perf_counter

from _clock import resident
from _tracers import finish, trace

# Itself, its key, its number, its name, a list and what that points with.
BLOCKS_OF_ONE = 6
objects = int(float(sys.argv[2] if len(sys.argv) > 2 else "2.5e6")) // BLOCKS_OF_ONE


class Record:
    __slots__ = ("name", "number", "tags")

    def __init__(self, number):
        self.number = number + 1000
        self.name = f"record {number}"
        self.tags = [number]


tool = sys.argv[1]
trace(tool)
records = {number: Record(number) for number in range(objects)}
figures = {"mib": resident() / 2**20}
if tool != "plain":
    tracer = importlib.import_module(
        {"rsprofile": "rsprofile.heap"}.get(name := tool.partition("-")[0], name)
    )
    figures["own"] = tracer.get_tracemalloc_memory() / 2**20
    start = perf_counter()
    first = tracer.take_snapshot()
    figures["snapshot"] = perf_counter() - start
    # tracemalloc takes minutes for it.
    if name == "rsprofile":
        second = tracer.take_snapshot()
        start = perf_counter()
        second.compare_to(first, "lineno")
        figures["compare"] = perf_counter() - start
finish(**figures)
