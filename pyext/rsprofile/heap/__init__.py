"""Exact bytes: every allocation with the line that made it, in the shape of `tracemalloc`.

Code written for `tracemalloc` runs with the import changed:

    from rsprofile import heap as tracemalloc

A snapshot here is of lines and not of blocks: it grows with the lines that allocate and takes no
longer when millions of blocks are alive. So one element of `snapshot.traces` is all live blocks of
one line (or stack of lines), with their number in `count`; all statistics are the same. What is
more is in `snapshot.sites`: what each line ever allocated, and what of it was alive at the peak.

Other differences: `total_nframe` is not known, at most 256 frames are kept, there is one domain,
and an object that is taken from a free list keeps the line that allocated its block.
"""

from __future__ import annotations

from rsprofile import _core
from rsprofile._core import Limit as limit
from rsprofile.heap._filter import DomainFilter, Filter
from rsprofile.heap._limit import LimitExceeded
from rsprofile.heap._snapshot import Site, Snapshot, Trace, frames_of, take_snapshot
from rsprofile.heap._statistic import Statistic, StatisticDiff
from rsprofile.heap._trace import Trace as trace
from rsprofile.heap._traceback import Frame, Traceback

__all__ = [
    "DomainFilter",
    "Filter",
    "Frame",
    "LimitExceeded",
    "Site",
    "Snapshot",
    "Statistic",
    "StatisticDiff",
    "Trace",
    "Traceback",
    "clear_traces",
    "get_object_traceback",
    "get_traceback_limit",
    "get_traced_memory",
    "get_tracemalloc_memory",
    "is_tracing",
    "limit",
    "reset_peak",
    "start",
    "stop",
    "take_snapshot",
    "trace",
]

#: The most frames `tracemalloc` takes, and the most that are kept here.
_LIMIT, _KEPT = 65535, 256

is_tracing = _core.heap_is_tracing
reset_peak = _core.heap_reset_peak
clear_traces = _core.heap_clear
get_traced_memory = _core.heap_totals
get_traceback_limit = _core.heap_stacks


def start(nframe: int = 1, /) -> None:
    """Record every block from now on; nothing to do while that is on.

    Where it is on for lines that are profiled, for a block or a report, it goes on with the frames
    and figures it has.

    Args:
        nframe: Frames kept of each stack. More than 256 are 256.

    Raises:
        ValueError: For a number that `tracemalloc` does not take either.
        TypeError: For what is no number.
        RuntimeError: Where it cannot work, with the reason.
    """
    from operator import index

    nframe = index(nframe)
    if not 1 <= nframe <= _LIMIT:
        raise ValueError(f"the number of frames must be in range [1; {_LIMIT}]")
    if not _core.heap_is_started():
        _core.heap_start(min(nframe, _KEPT))


def stop() -> None:
    """Record no more and forget everything; nothing to do while that is off.

    Blocks of `trace` and `limit` end with it. For lines that are profiled with this meter, and for
    the report of the whole program, it stays on.
    """
    _core.heap_stop()


def get_object_traceback(obj: object, /) -> Traceback | None:
    """Give where an object was allocated, `None` if that is not known."""
    stack = _core.heap_site_of(obj)
    if stack is None:
        return None
    return Traceback(frames_of(stack))


def get_tracemalloc_memory() -> int:
    """Bytes of memory the meter takes up itself."""
    return _core.heap_own()[0]
