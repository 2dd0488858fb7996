"""Requests that set what is theirs alone, in asgiref 3.2.x up to 3.2.7.

https://github.com/django/asgiref/pull/158: a `Local` appends a weak reference to every task that
used it to a list, to clean up when it goes itself. Those of tasks that are gone stay, and it lives as
long as the program. Mended in 3.2.8.
"""

from __future__ import annotations

import asyncio

from asgiref.local import Local

REQUESTS = 20_000

current = Local()


async def handle(number: int) -> None:
    """Answer a request."""
    current.number = number


async def main() -> None:
    """Answer one request after another, each in a task of its own."""
    for number in range(REQUESTS):
        await asyncio.create_task(handle(number))


asyncio.run(main())
