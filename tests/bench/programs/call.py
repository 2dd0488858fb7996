"""What calling a decorated function of one line costs, from a loop that is not profiled."""

import sys

from _clock import bare_and_profiled, publish
from _loop import copy
from _tools import Tool


def one_line(number):
    return number


def loop(function):
    def run(count):
        for index in range(count):
            function(index)

    return run


tool = Tool(sys.argv[1])
bare, profiled = bare_and_profiled(loop(copy(one_line)), loop(tool.decorate(one_line)), tool)
publish(added=profiled - bare)
