"""What programs about the heap meter import.

from heap import *
"""

from __future__ import annotations

import os
import sys
from typing import Any

from rsprofile import _core

#: The file of the program.
HERE = os.path.abspath(sys.argv[0])


def rows() -> dict[str, dict[int, tuple[int, int, int, int, int, int]]]:
    """Give the figures of the lines of each file: bytes and blocks live, ever, and at the peak."""
    found: dict[str, dict[int, Any]] = {}
    for _, stack, *figures in _core.heap_snapshot():
        file, _, _, line = stack[0] if stack else ("<unknown>", "", 0, 0)
        lines = found.setdefault(file, {})
        lines[line] = tuple(map(sum, zip(lines.get(line, (0,) * 6), figures, strict=True)))
    return found


def at(marker: str) -> tuple[int, int]:
    """Give live bytes and blocks of the line of the program that ends in this comment."""
    return all_at(marker)[:2]


def all_at(marker: str) -> tuple[int, int, int, int, int, int]:
    """Give all figures of the line of the program that ends in this comment."""
    with open(HERE) as source:
        lines = [n for n, text in enumerate(source, 1) if text.rstrip().endswith(f"# {marker}")]
    (line,) = lines
    return rows().get(HERE, {}).get(line, (0,) * 6)
