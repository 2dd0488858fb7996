"""What a profiler does to calls of a function it does not profile, from one it does.

The calls are driven from C, so that the profiled function adds a single line of its own.
"""

import sys
from collections import deque

from _clock import bare_and_profiled, publish
from _loop import copy
from _tools import Tool


def one_line(index):
    return index


def caller(count):
    deque(map(one_line, range(count)), maxlen=0)


tool = Tool(sys.argv[1])
bare, profiled = bare_and_profiled(copy(caller), tool.decorate(caller), tool)
publish(added=profiled - bare, ratio=profiled / bare)
