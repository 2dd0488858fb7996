"""Does a line cost the same below hundreds of profiled frames?"""

import sys

from _clock import bare_and_profiled, publish
from _loop import LINES, compiled
from _tools import Tool

depth = int(sys.argv[1])
tool = Tool("rsprofile")


def below(profiled):
    """The loop, below so many frames of a function that is profiled as well."""

    def descend(levels, count):
        return descend(levels - 1, count) if levels > 1 else run(count)

    run = compiled()
    if profiled:
        descend, run = tool.decorate(descend), tool.decorate(run)
    return lambda count: descend(depth, count)


bare, profiled = bare_and_profiled(below(profiled=False), below(profiled=True), tool)
publish(added=(profiled - bare) / LINES)
