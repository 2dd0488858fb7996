"""Which meters a run reads: those of its command line, and what decorators ask for beside them."""

from __future__ import annotations

from rsprofile import _core
from rsprofile._layout import check_options
from rsprofile._output import complain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Reasons why the heap meter cannot work, once they were said.
_said: set[str] = set()


def available(meter: str) -> str:
    """Give a choice of meters without the heap where that cannot work, and say why, once.

    Args:
        meter: Names with commas; what means nothing is left to the engine to refuse.
    """
    names = _names(meter)
    reason = _core.heap_refusal() if "heap" in names else None
    if reason is None:
        return meter
    rest = ",".join(name for name in names if name != "heap") or "rss"
    if reason not in _said:
        _said.add(reason)
        complain(f"{reason}; going on with {rest}")
    return rest


def union(first: str, second: str) -> str:
    """Give all meters of two choices; of two that read levels of memory the first."""
    names = _names(first)
    for name in _names(second):
        has_level = any(other != "heap" for other in names)
        if name not in names and (name == "heap" or not has_level):
            names.append(name)
    return ",".join(sorted(names, key="heap".__eq__))


def meter_of(meter: str, options: dict[str, Any]) -> str:
    """Give the meters that the columns of a report need beside those it has.

    Args:
        meter: Those it has.
        options: What the renderer is told.

    Raises:
        ValueError: An option has no meaning with any meter.
    """
    failure: ValueError | None = None
    for choice in (meter, union(meter, "heap"), union(meter, "rss")):
        try:
            check_options({**options, "meter": choice})
        except ValueError as error:
            failure = failure or error
        else:
            return choice
    raise failure or AssertionError


def _names(meter: str) -> list[str]:
    return [name.strip() for name in meter.split(",")]
