"""What a `limit_memory` mark asks for."""

from __future__ import annotations

import pytest

from rsprofile import _core
from rsprofile._pytest._arguments import first
from rsprofile.pytest_plugin import mark_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MARK = "limit_memory"

_USE = "write it as limit_memory('24 MiB')"


class MemoryLimit:
    """The most memory a test may take above its start.

    Attributes:
        text: As it was written.
        bytes: The same as a number.
        children: Whether the processes below count.
    """

    def __init__(self, limit: object, *, children: object = False) -> None:
        """Check what was written.

        Raises:
            ValueError: It means nothing, with what to write.
        """
        kind = type(limit).__name__
        if not isinstance(limit, int | str) or isinstance(limit, bool):
            raise ValueError(f"a limit is bytes or a text like '24 MiB', not {kind}; {_USE}")
        try:
            self.bytes = _core.size(limit)
        except ValueError as error:
            raise ValueError(f"{error}; {_USE}") from None
        if not isinstance(children, bool):
            raise ValueError(
                f"children is True or False, not {type(children).__name__}; {_USE[:-1]}"
                ", children=True)"
            )
        self.text = limit if isinstance(limit, str) else f"{limit} bytes"
        self.children = children


def of_item(item: pytest.Item) -> MemoryLimit | None:
    """Give what is asked of a test by its nearest mark.

    Raises:
        ValueError: It means nothing, in one line.
    """
    mark = mark_of(item, MARK)
    return None if mark is None else _of_mark(*mark.args, **mark.kwargs)


def _of_mark(*args: Any, **kwargs: Any) -> MemoryLimit:
    # Of pytest-memray's mark. Resident memory belongs to no thread.
    if kwargs.pop("current_thread_only", False):
        raise ValueError(
            "limit_memory has no current_thread_only: resident memory belongs to no thread; "
            "leave it out"
        )
    limit = first(MARK, "limit", ("children",), args, kwargs, need="one limit", use=_USE)
    return MemoryLimit(limit, **kwargs)
