"""`python -m rsprofile.compat.mprof`."""

from __future__ import annotations

from rsprofile._place import library_first

library_first()

from rsprofile.compat.mprof import main  # noqa: E402

main()
