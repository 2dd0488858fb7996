"""`with profile:` in generators and coroutines that are suspended inside the block."""

import asyncio


def generating():
    grow(1000)  # never
    with profile:
        grow(1)  # +2 x2
        yield  # x2
        grow(2)  # +4 x2
        yield
        grow(4)  # +4
    grow(2000)  # never
    yield


def using():
    one, two = generating(), generating()
    next(one)
    grow(100)
    next(two)
    next(one)
    next(two)
    two.close()
    grow(200)
    list(one)


async def task(n):
    grow(3000)  # never
    with profile:
        grow(n)  # +11 x2
        await asyncio.sleep(0)  # x2
        grow(n)  # +11 x2
    grow(4000)  # never


async def main():
    await asyncio.gather(task(1), task(10))


using()
asyncio.run(main())
