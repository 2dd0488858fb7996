"""What a profiler does to functions it does not profile, called from one it does.

`long` is one call of very many lines, `short` very many calls of one line, driven from C so that
the profiled function adds a single line of its own.
"""

import sys
from collections import deque

from _clock import nanoseconds, publish
from _loop import LINES, copy, work
from _tools import decorator


def one_line(index):
    return index


def long(count):
    work(count)


def short(count):
    deque(map(one_line, range(count)), maxlen=0)


bare_long, bare_short = nanoseconds(copy(long)), nanoseconds(copy(short))
put_under = decorator(sys.argv[1])
profiled_long, profiled_short = nanoseconds(put_under(long)), nanoseconds(put_under(short))
line = (profiled_long - bare_long) / LINES
publish(
    line=line,
    # A short call executes one line, which is not the call's own cost.
    call=profiled_short - bare_short - line,
    line_ratio=profiled_long / bare_long,
    call_ratio=profiled_short / bare_short,
)
