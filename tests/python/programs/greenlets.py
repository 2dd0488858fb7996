"""Greenlets: many stacks in one thread, and no event for a switch.

A greenlet looks like a callee of those that began before it and did not end: what it grows is in the
increment of the lines that switched to it, as for any call, and never in their own. What those do
while it is away itself is not on its lines.
"""

from greenlet import getcurrent, greenlet


@profile  # calls 1
def left():
    grow(1)  # +1
    nested()  # +110 own 0
    grow(2)  # +2


@profile  # calls 1
def nested():
    switch("right")  # +100 own 0
    grow(10)  # +10


@profile  # calls 1
def right():
    grow(100)  # +100
    switch("left")
    grow(200)  # +200


def switch(to):
    greenlets[to].switch()


@profile  # calls 3
def worker(n):
    for _ in range(3):  # x12
        grow(n)  # +333 x9
        parent.switch()  # +330 own 0 x9


@profile  # calls 9
def recursive(n):
    grow(1)  # +9 x9
    if n:  # x9
        recursive(n - 1)  # +68 own 0 x6
    else:
        parent.switch()  # +6 own 0 x3
    grow(10)  # +90 x9


def turns(*greenlets):
    while any(not g.dead for g in greenlets):
        for g in greenlets:
            if not g.dead:
                g.switch()


greenlets = {"left": greenlet(left), "right": greenlet(right)}
greenlets["left"].switch()
greenlets["right"].switch()
parent = getcurrent()
workers = [greenlet(lambda n=n: worker(n)) for n in (1, 10, 100)]
turns(*workers)
turns(*[greenlet(lambda: recursive(2)) for _ in range(3)])
