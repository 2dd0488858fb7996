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


put_under = decorator(sys.argv[1])
best = nanoseconds({"bare": loop(copy(one_line)), "profiled": loop(put_under(one_line))})
publish(added=best["profiled"] - best["bare"])
