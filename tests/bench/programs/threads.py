"""Does a line cost the same in each of many threads at once?"""

import sys
import threading

from _clock import CHUNKS, publish, seconds
from _loop import LINES, compiled
from _tools import Tool

number_of_threads = int(sys.argv[1])


# In all threads together, so that a line can be compared with a line.
AMOUNT = 400_000


def in_threads(count):
    share = count // number_of_threads
    threads = [threading.Thread(target=profiled, args=(share,)) for _ in range(number_of_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# The bare loop needs no threads: with one interpreter lock it takes the same time in all of them.
plain = compiled()
bare = min(seconds(plain, AMOUNT) for _ in range(CHUNKS))
profiled = Tool("rsprofile").decorate(compiled())
best = min(seconds(in_threads, AMOUNT) for _ in range(CHUNKS))
publish(added=(best - bare) / (AMOUNT * LINES) * 1e9)
