"""Where our own modules are, and where others come from while they are being imported."""

from __future__ import annotations

import os
import sys

#: Where our own code is, which is no part of the program.
FOLDER = __file__.rpartition("/")[0] + "/"


def library_first() -> None:
    """Have the standard library found before the current directory.

    Python put that first for `python -m`, and its modules are the program's: ours come from the
    standard library, whatever they are called. The place is kept for the program's folder.
    """
    if sys.flags.safe_path:
        return
    library = os.path.dirname(os.__file__)
    try:
        os.getcwd()
    except FileNotFoundError:
        # It is deleted, and Python put nothing.
        sys.path.insert(0, library)
    else:
        sys.path[0] = library
