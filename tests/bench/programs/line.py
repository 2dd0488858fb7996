"""What a profiled line costs: a loop of five short lines, bare and under one tool."""

import sys

from _clock import nanoseconds, publish
from _loop import LINES, compiled
from _tools import decorator

bare = nanoseconds(compiled())
profiled = nanoseconds(decorator(sys.argv[1])(compiled()))
publish(added=(profiled - bare) / LINES, bare=bare / LINES)
