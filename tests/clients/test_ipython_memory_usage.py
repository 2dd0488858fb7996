"""ipython_memory_usage 1.8: the line it prints after each cell."""

from __future__ import annotations

import re
from pathlib import Path

import environment
import pytest

pytestmark = pytest.mark.slow

PROGRAM = """
import memory_profiler
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
cells = [
    "%load_ext ipython_memory_usage",
    "%imu_start",
    "kept = bytearray(128 << 20)",
    "import time; block = bytearray(64 << 20); time.sleep(1); del block",
    "del kept",
    "print(memory_profiler.__name__)",
]
shell.user_ns["memory_profiler"] = memory_profiler
for cell in cells:
    shell.run_cell(cell)
"""


def test_each_cell_has_its_memory(tmp_path: Path) -> None:
    client = environment.client(
        "ipython-memory-usage",
        "ipython-memory-usage==1.8.3",
        "ipython==9.18.1",
        scratch=tmp_path,
        as_distribution=True,
    )
    output = client.python(tmp_path, "-c", PROGRAM, IPYTHONDIR=str(tmp_path))
    assert environment.OURS in output
    cells = re.findall(r"used (-?[\d.]+) MiB RAM .* peaked (-?[\d.]+) MiB above", output)
    (used, _), (nothing, peak), (freed, _) = [(float(a), float(b)) for a, b in cells[1:4]]
    assert abs(used - 128) < 2
    assert abs(nothing) < 2 and abs(peak - 64) < 2
    assert abs(freed + 128) < 2
