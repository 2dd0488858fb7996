"""What a program pays for being recorded: the same work plainly and under `rsprofile record`, in turn."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

# A mix of arithmetic, small objects and pages that come and go; it tells how long it took.
WORK = """
import time
start = time.perf_counter()
kept = []
for turn in range(30):
    total = 0
    for n in range(200_000):
        total += len([n] * 20)
    kept.append(bytearray(2 << 20))
    if turn % 5 == 4:
        kept.clear()
print(time.perf_counter() - start)
"""

# What a call of a decorated function costs.
CALLS = """
import time
def work(): pass
def plain(): pass
recorded = profile(work)
def run(function):
    start = time.perf_counter_ns()
    for _ in range(50):
        function()
    return time.perf_counter_ns() - start
print((min(run(recorded) for _ in range(99)) - min(run(plain) for _ in range(99))) / 50)
"""

PAIRS = int(os.environ.get("BENCH_CHUNKS", "15")) // 2


def run(*command: str) -> tuple[float, float]:
    """What the program says of itself, and seconds from its start to its end, by this process."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, *command], check=True, capture_output=True, text=True)
    return float(done.stdout), time.perf_counter() - start


with tempfile.TemporaryDirectory() as folder:
    record = ("-m", "rsprofile", "record", "-o", f"{folder}/x.dat")
    Path(folder, "work.py").write_text(WORK, encoding="utf-8")
    run(f"{folder}/work.py")
    pairs = [(run(*record, f"{folder}/work.py"), run(f"{folder}/work.py")) for _ in range(PAIRS)]
    figures = {
        "ratio": median(ours[0] / plain[0] for ours, plain in pairs),
        "start": 1e3 * median((ours[1] - ours[0]) - (plain[1] - plain[0]) for ours, plain in pairs),
        "call": run(*record, "-c", CALLS)[0],
    }
print(f"\nBENCH {json.dumps(figures)}")
