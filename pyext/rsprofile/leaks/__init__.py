"""Which memory survives, which line made it, and what keeps it alive.

    with rsprofile.leaks.watch() as watch:
        handle(request)
    print(watch.report())

`snapshot` looks at all that is alive now, `check` runs a function again and again and says what
each further call leaves behind, `why` says what keeps one object, `mark` notes how far a program
has come. Suspects are told worst first: LEAK (grows without end), GROWING (a cache nothing is
removed from), CYCLE (no root reaches it), CLOSURE (functions keep it), HELD (large, not growing).

A look holds the interpreter lock, calls no code of the program and keeps no object: what it gives
are texts and numbers.
"""

from __future__ import annotations

from rsprofile.leaks._check import Check, check
from rsprofile.leaks._mark import mark
from rsprofile.leaks._snapshot import Snapshot, snapshot
from rsprofile.leaks._watch import Watch as watch
from rsprofile.leaks._why import why

__all__ = ["Check", "Snapshot", "check", "mark", "snapshot", "watch", "why"]
