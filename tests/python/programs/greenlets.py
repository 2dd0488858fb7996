"""Greenlets: many stacks in one thread. There is no event for a switch."""

from greenlet import greenlet


@profile  # calls 1
def left():
    grow(1)  # +1
    nested()  # +10 own 0
    grow(2)  # +2


@profile  # calls 1
def nested():
    switch("right")
    grow(10)  # +10


@profile  # calls 1
def right():
    grow(100)  # +100
    switch("left")
    grow(200)  # +200


def switch(to):
    greenlets[to].switch()


greenlets = {"left": greenlet(left), "right": greenlet(right)}
greenlets["left"].switch()
greenlets["right"].switch()
