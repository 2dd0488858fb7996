"""Does a line cost the same below hundreds of profiled frames?"""

import sys

from _clock import nanoseconds, publish
from _loop import LINES, compiled
from _tools import decorator

depth = int(sys.argv[1])


def descend(levels, run, count):
    if levels > 1:
        return descend(levels - 1, run, count)
    return run(count)


bare = nanoseconds(lambda count, run=compiled(): descend(depth, run, count))
put_under = decorator("rsprofile")
descend = put_under(descend)
profiled = nanoseconds(lambda count, run=put_under(compiled()): descend(depth, run, count))
publish(added=(profiled - bare) / LINES)
