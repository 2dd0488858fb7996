"""Does an allocation cost the same however many blocks are alive, threads allocate or lines have
allocated?

    growth.py blocks|threads|sites COUNT

Publishes what is added to making a block and freeing it: the same is done with and without the meter
in turn. What the caches of the processor cost both is not its own.
"""

import sys
import threading
from time import perf_counter

from _clock import CHUNKS, publish, seconds
from rsprofile import heap

what, count = sys.argv[1], int(float(sys.argv[2]))
LINES = 200


def with_blocks():
    """Blocks are replaced by new ones, here and there among so many."""
    blocks = []

    def prepare():
        blocks[:] = [bytes(40) for _ in range(count)]

    # No common factor with any of the counts.
    step = 7919

    def run(amount):
        at = 0
        for _ in range(amount):
            blocks[at] = bytes(40)
            at = (at + step) % count

    return prepare, run, 100_000


def with_threads():
    """The same amount in so many threads together."""

    def share(amount):
        for _ in range(amount):
            bytes(40)

    def run(amount):
        threads = [threading.Thread(target=share, args=(amount // count,)) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return nothing, run, 200_000


def with_sites():
    """Each block by another line, of so many."""
    lines = min(LINES, count)
    body = "".join(f"    out[{line}] = bytes(40)\n" for line in range(lines))
    functions = []
    for number in range(count // lines):
        namespace = {}
        exec(compile(f"def work(out):\n{body}", f"<work {number}>", "exec"), namespace)
        functions.append(namespace["work"])
    out = [None] * lines

    def run(amount):
        for _ in range(amount // count):
            for function in functions:
                function(out)

    return nothing, run, 100_000


def nothing():
    """Code and threads are there already."""


prepare, run, amount = {
    "blocks": with_blocks,
    "threads": with_threads,
    "sites": with_sites,
}[what]()
best = [float("inf"), float("inf")]
snapshot = float("inf")
for _ in range(max(1, CHUNKS // 5)):
    for traced in (False, True):
        if traced:
            heap.start()
        prepare()
        # All caches fill up.
        for _ in range(3):
            run(amount)
        best[traced] = min(best[traced], *(seconds(run, amount) for _ in range(5)))
        if traced:
            start = perf_counter()
            heap.take_snapshot()
            snapshot = min(snapshot, perf_counter() - start)
            heap.stop()
publish(added=(best[1] - best[0]) / amount * 1e9, bare=best[0] / amount * 1e9, snapshot=snapshot)
