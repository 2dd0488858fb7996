"""`python -m rsprofile`."""

from __future__ import annotations

import sys

from rsprofile._cli import main

sys.exit(main())
