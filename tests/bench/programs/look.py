"""How long a look at all objects takes and how much memory.

    look.py rsprofile|guppy SHAPE COUNT

SHAPE `records`: COUNT objects that the collector tracks, half of them records, half their lists, in one
dict. SHAPE `list`: a linked list of so many objects, of which each has the next one.
"""

import gc
import sys
from pathlib import Path
from time import perf_counter

from _clock import publish, resident

tool, shape, count = sys.argv[1], sys.argv[2], int(float(sys.argv[3]))


class Record:
    def __init__(self, number):
        self.id = number + 1000
        self.name = f"record {number}"
        self.tags = [number]


class Node:
    __slots__ = ("next",)

    def __init__(self, following):
        self.next = following


def make():
    if shape == "records":
        return {number: Record(number) for number in range(count // 2)}
    head = None
    for _ in range(count):
        head = Node(head)
    return head


def undo(head):
    """Take a list apart from its head: freed as a whole it is as deep as it is long."""
    while shape == "list" and head is not None:
        head = head.next


def peak():
    """The most resident memory since it was asked for last, bytes."""
    status = Path("/proc/self/status").read_text()
    Path("/proc/self/clear_refs").write_text("5")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


gc.disable()
kept = make()
gc.collect()
figures = {}
if tool == "rsprofile":
    from rsprofile import _core
    from rsprofile._place import FOLDER

    _core.leaks_look(FOLDER)
    peak()
    before = resident()
    start = perf_counter()
    nodes = _core.objects_walk(FOLDER).len
    figures["walk"] = perf_counter() - start
    peak()
    start = perf_counter()
    _core.leaks_look(FOLDER)
    figures["seconds"] = perf_counter() - start
    figures["bytes"] = (peak() - before) / nodes
    figures["each"] = figures["seconds"] / nodes
else:
    from guppy import hpy

    heapy = hpy()
    before = resident()
    start = perf_counter()
    heap = heapy.heap()
    heapy.iso(kept).domisize
    figures["seconds"] = perf_counter() - start
publish(**figures)
undo(kept)
sys.stdout.flush()
__import__("os")._exit(0)
