"""What a profiler does to the lines of a function it does not profile, called from one it does."""

import sys

from _clock import bare_and_profiled, publish
from _loop import LINES, copy, work
from _tools import Tool


def caller(count):
    work(count)


tool = Tool(sys.argv[1])
bare, profiled = bare_and_profiled(copy(caller), tool.decorate(caller), tool)
publish(added=(profiled - bare) / LINES, ratio=profiled / bare)
