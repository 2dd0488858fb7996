"""`python -m rsprofile._record KIND WHAT ...`: a Python program whose memory is recorded."""

from __future__ import annotations

import sys

from rsprofile._place import library_first

library_first()

from rsprofile._record._program import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
