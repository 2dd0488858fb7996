"""Points a program has come to."""

from __future__ import annotations

from rsprofile import _core
from rsprofile.leaks._arguments import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

#: Told of each mark, where somebody wants to look at it.
listeners: list[Callable[[str], None]] = []


def mark(name: str, /) -> None:
    """Note how far the program has come: what grows from one mark to the next is told apart.

    Only counters are read, in less than 5 ms. Under `rsprofile leaks --at-marks` there is a report
    as well. Where nothing is recorded, nothing is noted.

    Args:
        name: What it is called in the report.

    Raises:
        TypeError: The name is no text.
        ValueError: It is empty.
    """
    if not text("name", name).strip():
        raise ValueError("a mark needs a name: mark('loaded')")
    if _core.leaks_is_on():
        _core.growth_mark(name)
    for listener in listeners:
        listener(name)
