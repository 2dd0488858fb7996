"""What a profiler does to functions it does not profile, called from one it does.

`long` is one call of very many lines, `short` very many calls of one line, driven from C so that
the profiled function adds a single line of its own.
"""

import sys
from collections import deque

from _clock import nanoseconds, publish
from _tools import decorator

LINES = 5


def callee_long(count):
    for index in range(count):
        a = index + 1
        b = a * 2
        c = b - index
        d = a + c


def callee_short(index):
    return index


def bare_long(count):
    callee_long(count)


def profiled_long(count):
    callee_long(count)


def bare_short(count):
    deque(map(callee_short, range(count)), maxlen=0)


def profiled_short(count):
    deque(map(callee_short, range(count)), maxlen=0)


put_under = decorator(sys.argv[1])
long = nanoseconds({"bare": bare_long, "profiled": put_under(profiled_long)})
short = nanoseconds({"bare": bare_short, "profiled": put_under(profiled_short)})
line = (long["profiled"] - long["bare"]) / LINES
publish(
    line=line,
    # A short call executes one line, which is not the call's own cost.
    call=short["profiled"] - short["bare"] - line,
    line_ratio=long["profiled"] / long["bare"],
    call_ratio=short["profiled"] / short["bare"],
)
