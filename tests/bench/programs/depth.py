"""Does a line cost the same below hundreds of profiled frames?"""

import sys

from _clock import nanoseconds, publish
from _loop import LINES, compiled
from _tools import decorator

depth = int(sys.argv[1])
put_under = decorator("rsprofile")


def descend(levels, run, count):
    if levels > 1:
        return descend(levels - 1, run, count)
    return run(count)


descend = put_under(descend)
bare, profiled = compiled(), put_under(compiled())
best = nanoseconds(
    {
        "bare": lambda count: descend(depth, bare, count),
        "profiled": lambda count: descend(depth, profiled, count),
    }
)
publish(added=(best["profiled"] - best["bare"]) / LINES)
