"""What keeps one object alive."""

from __future__ import annotations

from rsprofile import _core
from rsprofile._place import FOLDER


def why(obj: object, /) -> str:
    """Give the shortest way from a root to an object, as text.

    A root is a global of a module, a local of a running frame, a thread, something the interpreter
    or C code holds. The steps are named: attribute, key, index, closure cell. Weak references are
    no holders. All reachable objects are looked at, which takes seconds where there are millions.

    Raises:
        RuntimeError: The objects cannot be walked in this interpreter, with the reason.
    """
    return _core.leaks_why(FOLDER, obj)
