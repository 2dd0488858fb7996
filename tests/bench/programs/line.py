"""What a profiled line costs: a loop of five short lines, bare and under one tool."""

import sys

from _clock import nanoseconds, publish
from _loop import LINES, compiled
from _tools import decorator

best = nanoseconds({"bare": compiled(), "profiled": decorator(sys.argv[1])(compiled())})
publish(added=(best["profiled"] - best["bare"]) / LINES, bare=best["bare"] / LINES)
