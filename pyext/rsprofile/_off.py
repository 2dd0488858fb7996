"""What `profile` is when `RSPROFILE=0`: every use of it does nothing and costs nothing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Off:
    """Takes what `Profiler` takes and leaves everything alone."""

    def __call__(self, target: Any = None, /, **_options: Any) -> Any:
        """Give the target back, or a decorator that does."""
        return _same if target is None else target

    def __enter__(self) -> Off:
        """Begin a block that is not profiled."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """End it."""

    def _nothing(self, *_arguments: Any, **_options: Any) -> None:
        """Do nothing."""

    add_function = enable = disable = enable_by_count = disable_by_count = _nothing
    report = save = _nothing


def _same(target: Any) -> Any:
    return target


profile = Off()
