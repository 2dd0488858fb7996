"""What `memory_usage` adds to a function that takes 10 ms.

usage.py rsprofile.compat.memory_profiler
"""

import sys
import time
from importlib import import_module

from _clock import CHUNKS, publish, seconds

memory_usage = import_module(sys.argv[1]).memory_usage


def wait():
    time.sleep(0.01)


def bare(count):
    for _ in range(count):
        wait()


def measured(count):
    for _ in range(count):
        memory_usage(wait)


best = [min(seconds(run, 1) for _ in range(2 * CHUNKS)) for run in (bare, measured)]
publish(added=(best[1] - best[0]) * 1e9)
