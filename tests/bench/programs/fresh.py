"""What a profiler costs that is made for one call of a three-line function, as PySpark makes one for
each row: as it comes, or as a subclass with a map of its own.

    fresh.py rsprofile.compat.memory_profiler [subclass]
"""

import sys
from importlib import import_module
from types import CodeType

from _clock import bare_and_profiled, publish
from _tools import Tool

module = import_module(sys.argv[1])


def three_lines(number):
    larger = number + 1
    double = larger * 2
    return double


class Map(module.CodeMap):
    """Is told where a function's lines are."""

    def add(self, code, toplevel_code=None, *, lines=None):
        if code in self:
            return
        if toplevel_code is None:
            self._toplevel.append((code.co_filename, code, lines))
            self[code] = {}
        else:
            self[code] = self[toplevel_code]
        for inner in code.co_consts:
            if isinstance(inner, CodeType):
                self.add(inner, toplevel_code=code)


class Profiler(module.LineProfiler):
    """Sets itself up without the base class."""

    def __init__(self):
        self.code_map = Map(include_children=False, backend="psutil")
        self.enable_count = 0
        self.max_mem = None
        self.prevlines = []
        self.backend = module.choose_backend("psutil")
        self.prev_lineno = None

    def __call__(self, function, lines):
        self.code_map.add(function.__code__, lines=lines)
        return self.wrap_function(function)


def bare(count):
    for index in range(count):
        three_lines(index)


def plain(count):
    for index in range(count):
        module.LineProfiler()(three_lines)(index)


def subclass(count):
    first = three_lines.__code__.co_firstlineno
    lines = range(first, first + 4)
    for index in range(count):
        profiler = Profiler()
        profiler(three_lines, lines)(index)
        # What goes back to the driver.
        for _, rows in profiler.code_map.items():
            list(rows)


used = subclass if "subclass" in sys.argv[2:] else plain
alone, profiled = bare_and_profiled(bare, used, Tool("bare"))
publish(added=profiled - alone)
