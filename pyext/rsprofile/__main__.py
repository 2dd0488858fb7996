"""`python -m rsprofile`."""

from __future__ import annotations

import os
import sys

if not sys.flags.safe_path:
    # Python put the current directory there, whose modules are the program's: ours come from the
    # standard library, whatever they are called. Our caller's place is kept for the program's.
    library = os.path.dirname(os.__file__)
    try:
        os.getcwd()
    except FileNotFoundError:
        # It is deleted, and Python put nothing.
        sys.path.insert(0, library)
    else:
        sys.path[0] = library

from rsprofile._cli import main

sys.exit(main())
