"""`python -m rsprofile`."""

from __future__ import annotations

import sys

from rsprofile._place import library_first

library_first()

from rsprofile._cli import main  # noqa: E402

sys.exit(main())
