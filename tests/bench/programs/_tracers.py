"""Trace the allocations of the whole program, the way a user of that tool does it."""

from __future__ import annotations

import os
import sys
from typing import Any

from _clock import publish

# Whatever a tool wants kept while it traces.
_kept: list[Any] = []


def trace(name: str) -> None:
    """Trace from now on by a tool of this name; a number behind a dash is that of frames kept."""
    tool, _, frames = name.partition("-")
    if tool == "rsprofile":
        from rsprofile import heap

        heap.start(int(frames))
    elif tool == "leaks":
        from rsprofile import _core

        _core.leaks_start(stacks=int(frames))
    elif tool == "tracemalloc":
        import tracemalloc

        tracemalloc.start(int(frames))
    elif tool == "memray":
        import memray

        # What it costs to write the file is not what is compared here.
        destination = memray.FileDestination("/dev/null", overwrite=True)
        tracker = memray.Tracker(destination=destination, trace_python_allocators=True)
        _kept.append(tracker)
        tracker.__enter__()
    elif tool == "heapwise":
        import heapwise

        # Every allocation.
        heapwise.start(sample_rate=0)
    elif tool == "fil":
        _start_again_under_fil()
    elif tool != "plain":
        raise SystemExit(f"unknown tool {name!r}")


def finish(**figures: float) -> None:
    """Publish, and leave without the reports that tools write at the end."""
    publish(**figures)
    os._exit(0)


def _start_again_under_fil() -> None:
    """It has to be there before the interpreter."""
    if "BENCH_FIL" not in os.environ:
        os.environ["BENCH_FIL"] = "1"
        fil = [sys.executable, "-m", "filprofiler", "--no-browser", "-o", "/dev/null", "run"]
        os.execv(sys.executable, [*fil, *sys.argv])
