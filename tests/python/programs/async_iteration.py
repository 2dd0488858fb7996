"""Async generators, `async for`, `async with` and async comprehensions."""

import asyncio


@profile  # calls 4
async def ticks(n):
    for i in range(n):  # x11
        await asyncio.sleep(0)  # x8
        grow(1)  # +8 x8
        yield i  # x8


class Manager:
    @profile  # calls 1
    async def __aenter__(self):
        await asyncio.sleep(0)
        grow(10)  # +10

    @profile  # calls 1
    async def __aexit__(self, *error):
        await asyncio.sleep(0)
        grow(-10)  # -10


@profile  # calls 1
async def main():
    async for i in ticks(3):  # +3 own 0 x4
        grow(100)  # +300 x3
    async with Manager():  # own 0
        grow(5)  # +5
    return [i async for i in ticks(2)]  # +2 own 0


@profile  # calls 1
async def over_lines():
    found = [  # +2 own 0
        i + (grow(10) or 0)  # +20
        async for i in ticks(2)
    ]
    return found


async def early():
    generator = ticks(5)
    await anext(generator)
    grow(3)
    await generator.aclose()


assert asyncio.run(main()) == [0, 1]
assert asyncio.run(over_lines()) == [0, 1]
asyncio.run(early())
