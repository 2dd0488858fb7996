"""Threads, one after the other: each has its own stack, counts add up, nothing is marked."""

import threading


@profile  # calls 6
def work(n):
    grow(n)  # +222 x6
    for _ in range(2):  # x18
        nested(n)  # +444 own 0 x12


@profile  # calls 12
def nested(n):
    grow(n)  # +444 x12


@profile  # calls 8
def recursive(n):
    grow(1)  # +8 x8
    return recursive(n - 1) if n else 0  # +6 own 0 x8


def alone(function, *arguments):
    thread = threading.Thread(target=function, args=arguments)
    thread.start()
    thread.join()



for n in (1, 10, 100):
    alone(work, n)
    work(n)
grow(-222)
for _ in range(2):
    alone(recursive, 3)
