"""A job on arrays, lists and dicts. Its readings must not depend on the time gate.

Publishes the increment of each line in pages; the runner compares runs with and without the gate.
"""

import ctypes
import gc
import json
import os
import sys

import numpy as np
from _clock import publish
from _tools import Tool
from rsprofile import _core

ADDR_NO_RANDOMIZE = 0x0040000  # linux/personality.h


def start_again_with_fixed_addresses():
    """Where the heap begins decides which line touches a page first: some pages move about between
    runs, with and without the gate. Where the system refuses, the runs differ by those.
    """
    if "BENCH_FIXED" not in os.environ:
        os.environ["BENCH_FIXED"] = "1"
        ctypes.CDLL(None).personality(ADDR_NO_RANDOMIZE)
        os.execv(sys.executable, sys.orig_argv)


def job(rounds):
    rows, index, arrays = [], {}, []
    for number in range(rounds):
        name = f"row {number}"
        values = [number] * 20
        rows.append(values)
        index[name] = values
        if number % 500 == 0:
            array = np.arange(200_000, dtype=np.float64)
            squares = array * array
            arrays.append(squares)
            ordered = np.sort(squares)
            total = float(ordered.sum())
            del array, ordered
        if number % 2000 == 1999:
            rows.clear()
            keys = list(index)[:1000]
            for key in keys:
                del index[key]
    lengths = {len(values) for values in index.values()}
    sums = [float(array.sum()) for array in arrays]
    text = json.dumps(list(index.items()))
    words = text.split()
    del words
    return len(text), len(lengths), sums[-1]


start_again_with_fixed_addresses()
# A collection at another moment is another history; it is not what is compared here.
gc.disable()
np.sort(np.arange(10.0)).sum()
json.dumps([["", 1]])
Tool("rsprofile").decorate(job)(20_000)
profile = json.loads(_core.snapshot().dumps())
rows = profile["functions"][0]["rows"]
publish(
    readings=profile["run"]["readings"],
    events=profile["run"]["events"],
    **{str(row["line"]): row["measured"]["increment"] / 4096 for row in rows if row["measured"]},
)
