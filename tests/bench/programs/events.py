"""Does a line cost the same at the hundred millionth event, and does our memory stand still?"""

import sys

from _clock import publish, resident, seconds
from _loop import LINES, compiled
from _tools import Tool

CHUNK = 20_000
rounds = max(1, int(float(sys.argv[1])) // (CHUNK * LINES))


def fastest(function):
    """Of all the rounds; nothing is kept of the others, it would show up as growth."""
    best = seconds(function, CHUNK)
    for _ in range(rounds - 1):
        best = min(best, seconds(function, CHUNK))
    return best / (CHUNK * LINES) * 1e9


bare = fastest(compiled())
profiled = Tool("rsprofile").decorate(compiled())
# Whatever is set up at the first event is set up now.
profiled(1000)
before = resident()
publish(added=fastest(profiled) - bare, grown=resident() - before)
