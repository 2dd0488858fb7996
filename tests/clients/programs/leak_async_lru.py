"""A host asked again and again that does not answer, in async-lru 2.0.0 to 2.0.4.

https://github.com/aio-libs/async-lru/pull/595: the cache keeps a failed call until the next one, and
that one has it in a local while it fails itself. The exception has the traceback, the traceback the
frame, the frame the exception before it: one entry in a cache of 16, and a chain without an end
behind it. Mended in 2.0.5.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc

from async_lru import alru_cache

CALLS = 200


@alru_cache(maxsize=16)
async def fetch(host: str) -> bytes:
    """Ask a host."""
    request = bytes(50_000)
    raise ConnectionError(f"{host} does not take {len(request)} bytes")


async def poll() -> None:
    """Ask, and leave it where there is no answer."""
    with contextlib.suppress(ConnectionError):
        await fetch("example")


async def main() -> None:
    """Ask again and again."""
    for _ in range(CALLS):
        await poll()


asyncio.run(main())
gc.collect()
