"""Does a line cost the same in each of many threads at once?"""

import sys
import threading

from _clock import nanoseconds, publish
from _loop import LINES, compiled
from _tools import decorator

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


bare = nanoseconds(in_threads(compiled()))
profiled = nanoseconds(in_threads(decorator("rsprofile")(compiled())))
publish(added=(profiled - bare) / LINES)
