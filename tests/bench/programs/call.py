"""What calling a decorated function of one line costs, from a loop that is not profiled."""

import sys

from _clock import nanoseconds, publish
from _loop import copy
from _tools import decorator


def one_line(number):
    return number


def loop(function):
    def run(count):
        for index in range(count):
            function(index)

    return run


bare = nanoseconds(loop(copy(one_line)))
publish(added=nanoseconds(loop(decorator(sys.argv[1])(one_line))) - bare)
