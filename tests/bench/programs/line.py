"""What a profiled line costs: a loop of five short lines, bare and under one tool."""

import sys

from _clock import bare_and_profiled, publish
from _loop import LINES, compiled
from _tools import Tool

tool = Tool(sys.argv[1])
bare, profiled = bare_and_profiled(compiled(), tool.decorate(compiled()), tool)
publish(added=(profiled - bare) / LINES, bare=bare / LINES)
