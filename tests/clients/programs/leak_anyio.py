"""Jobs with an event loop each, in anyio up to 4.14.2.

https://github.com/agronholm/anyio/issues/1203: what is known of a loop stands in a dictionary with
weak keys, the loop being the key; but the task that stands there holds its loop. No loop that
called `to_thread.run_sync` ever goes, nor what its job returned. Mended in 4.15.0.
"""

from __future__ import annotations

import gc

import anyio
import anyio.to_thread

JOBS = 60


def read() -> bytes:
    """Read, in a thread."""
    return bytes(50_000)


async def job() -> bytes:
    """Have something read."""
    return await anyio.to_thread.run_sync(read)


for _ in range(JOBS):
    anyio.run(job)
gc.collect()
