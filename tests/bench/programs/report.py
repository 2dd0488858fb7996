"""How long the report of a file of 10,000 lines takes, from the counters to the text."""

import tempfile
from pathlib import Path
from time import perf_counter

from _clock import CHUNKS, publish
from _tools import Tool
from rsprofile import _core

FUNCTIONS, LINES = 500, 20
body = "".join(f"    value_{i} = number + {i}\n" for i in range(LINES - 2))
source = "".join(f"def work_{n}(number):\n{body}    return number\n" for n in range(FUNCTIONS))
assert source.count("\n") == FUNCTIONS * LINES
put_under = Tool("rsprofile").decorate

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "ten_thousand_lines.py"
    path.write_text(source, encoding="utf-8")
    namespace = {}
    exec(compile(source, str(path), "exec"), namespace)
    for n in range(FUNCTIONS):
        put_under(namespace[f"work_{n}"])(n)

    best = float("inf")
    for _ in range(CHUNKS):
        start = perf_counter()
        text = _core.snapshot().render()
        best = min(best, perf_counter() - start)
    assert text.count("\n") > FUNCTIONS * LINES
publish(milliseconds=best * 1e3)
