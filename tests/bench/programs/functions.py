"""Does a line cost the same with ten thousand profiled functions, and what does each one hold?"""

import sys
from time import perf_counter

from _clock import CHUNKS, publish, resident
from _tools import Tool

number_of_functions = int(sys.argv[1])
LINES = 41
CALLS = 10_000
BODY = "".join(f"    a{i} = number + {i}\n" for i in range(LINES - 1))
SOURCE = f"def work(number):\n{BODY}    return number\n"


def compiled(count):
    """Functions with code objects of their own, as distinct as those of a large program."""
    made = []
    for index in range(count):
        namespace = {}
        exec(compile(SOURCE, f"<work {index}>", "exec"), namespace)
        made.append(namespace["work"])
    return made


def sweep(functions):
    """The same number of calls however many functions there are."""
    start = perf_counter()
    for _ in range(CALLS // len(functions)):
        for function in functions:
            function(1)
    return (perf_counter() - start) / (CALLS * LINES) * 1e9


functions = compiled(number_of_functions)
bare = min(sweep(functions) for _ in range(CHUNKS))
put_under = Tool("rsprofile").decorate
before = resident()
profiled = [put_under(function) for function in functions]
sweep(profiled)
held = resident() - before
publish(
    added=min(sweep(profiled) for _ in range(CHUNKS)) - bare,
    held=held / (number_of_functions * LINES),
)
