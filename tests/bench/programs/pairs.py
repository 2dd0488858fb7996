"""What tracing all allocations adds to making a NumPy array of 100 kB and letting it go: an empty one,
and the result of an addition, which is written to.
"""

import numpy as np
from _clock import bare_and_profiled, publish
from _tools import Tool

LENGTH = 12_500
ones = np.ones(LENGTH)


def empty(count):
    for _ in range(count):
        np.empty(LENGTH)


def add(count):
    for _ in range(count):
        ones + 1.0


tool = Tool("tracing")
empty_bare, empty_traced = bare_and_profiled(empty, empty, tool)
add_bare, add_traced = bare_and_profiled(add, add, tool)
publish(empty=empty_traced / empty_bare, add=add_traced / add_bare, added=empty_traced - empty_bare)
