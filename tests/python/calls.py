"""What programs about calls import.

from calls import *
"""

from __future__ import annotations

import os
import sys

from rsprofile import _core

#: The file of the program.
FILE = os.path.abspath(sys.argv[0])

start = _core.calls_start
stop = _core.calls_stop


def counted(file: str = FILE) -> dict[str, int]:
    """Give the calls of the functions in a file by their qualified names."""
    found: dict[str, int] = {}
    for (name, function, _), calls in _core.calls_table().items():
        if name == file:
            found[function] = found.get(function, 0) + calls
    return found
