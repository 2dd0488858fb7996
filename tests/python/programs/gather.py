"""Overlapping tasks: each has its own lines, and none what another did while it waited."""

import asyncio


@profile  # calls 3
async def task(n):
    grow(n)  # +111 x3
    for _ in range(2):  # x9
        await asyncio.sleep(0)  # x6
        grow(n)  # +222 x6
    await helper(n)  # +111 own 0 x3
    return n  # x3


@profile  # calls 3
async def helper(n):
    await asyncio.sleep(0)  # x3
    grow(n)  # +111 x3


@profile  # calls 1
async def main():
    grow(7)  # +7
    found = await asyncio.gather(task(1), task(10), task(100))
    grow(8)  # +8
    await helper_of_nobody()  # +9
    return found


async def helper_of_nobody():
    await asyncio.sleep(0)
    grow(9)


@profile  # calls 1
async def cancelled():
    try:
        grow(1)  # +1
        await asyncio.sleep(100)
    except asyncio.CancelledError:
        grow(2)  # +2
        raise
    finally:
        grow(3)  # +3


async def cancelling():
    waiting = asyncio.ensure_future(cancelled())
    await asyncio.sleep(0)
    grow(1000)
    waiting.cancel()
    try:
        await waiting
    except asyncio.CancelledError:
        pass


assert asyncio.run(main()) == [1, 10, 100]
asyncio.run(cancelling())
