"""Does a line cost the same in each of many threads at once?"""

import sys
import threading

from _clock import bare_and_profiled, publish
from _loop import LINES, compiled
from _tools import Tool

number_of_threads = int(sys.argv[1])


def in_threads(function):
    def run(count):
        # The same amount of work in all, so that a line can be compared with a line.
        share = max(1, count // number_of_threads)
        threads = [
            threading.Thread(target=function, args=(share,)) for _ in range(number_of_threads)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return run


tool = Tool("rsprofile")
# The bare loop needs no threads: with one interpreter lock it takes the same time in all of them, and
# on 3.11 new threads are not bare.
bare, profiled = bare_and_profiled(compiled(), in_threads(tool.decorate(compiled())), tool)
publish(added=(profiled - bare) / LINES)
