"""How long a run of 1,000 empty tests takes, as it is and with `--rsprofile`.

The two take turns, and of each the fastest counts. `-p no:cacheprovider`: both begin with nothing.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from _clock import CHUNKS, publish

COUNT = 1000


def run(folder, *options):
    """Seconds of one run."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    start = perf_counter()
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    return perf_counter() - start


with tempfile.TemporaryDirectory() as folder:
    text = "".join(f"def test_{number}(): pass\n" for number in range(COUNT))
    Path(folder, "test_empty.py").write_text(text, encoding="utf-8")
    os.environ.pop("PYTEST_ADDOPTS", None)
    # Compiled once, for both.
    run(folder)
    pairs = [(run(folder), run(folder, "--rsprofile")) for _ in range(max(2, CHUNKS // 3))]
publish(plain=min(plain for plain, _ in pairs), measured=min(measured for _, measured in pairs))
