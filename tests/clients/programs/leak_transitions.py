"""Orders that go through a state machine each, in transitions up to 0.8.3.

https://github.com/pytransitions/transitions/issues/475: `AsyncMachine.async_tasks`, a dictionary of
the class, gets an entry for every model that changed its state and loses none. The model has the
machine, the machine the model: all of them stay. Mended in 0.8.4.
"""

from __future__ import annotations

import asyncio
import gc

from transitions.extensions.asyncio import AsyncMachine

ORDERS = 300

STATES = ["open", "paid"]
TRANSITIONS = [{"trigger": "pay", "source": "open", "dest": "paid"}]


class Order:
    """What a customer bought."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.receipt = bytes(20_000)


async def handle(number: int) -> None:
    """Take an order and have it paid."""
    order = Order(number)
    AsyncMachine(order, STATES, "open", TRANSITIONS, auto_transitions=False)
    await order.pay()


async def main() -> None:
    """Handle one order after another."""
    for number in range(ORDERS):
        await handle(number)


asyncio.run(main())
gc.collect()
