"""What a mark or the option asks for."""

from __future__ import annotations

import pytest

from rsprofile._pytest._arguments import first
from rsprofile.leaks._arguments import number, size
from rsprofile.pytest_plugin import mark_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_USE = "write it as limit_leaks('100 KiB', runs=5, warmup=2)"


class Limit:
    """How a test is looped, and what each run may leave behind.

    Attributes:
        text: The size as it was written.
        bytes: The size.
        runs: How many runs are counted.
        warmup: How many come before, the test's own included.
        is_marked: Whether this test was marked, or all are meant.
    """

    def __init__(
        self, text: object, runs: object = 5, warmup: object = 2, *, is_marked: bool
    ) -> None:
        """Check what was written.

        Raises:
            ValueError: It means nothing, with what to write.
        """
        try:
            self.bytes = size("a limit", text)
            self.runs = number("runs", runs, most=10_000)
            self.warmup = number("warmup", warmup, most=10_000)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{error}; {_USE}" if is_marked else str(error)) from None
        self.text = text if isinstance(text, str) else f"{text} bytes"
        self.is_marked = is_marked


def of_item(item: pytest.Item) -> Limit | None:
    """Give what is asked of a test: by its mark, or else by the option.

    Raises:
        ValueError: It means nothing, in one line.
    """
    mark = mark_of(item, "limit_leaks")
    return of_option(item.config) if mark is None else _of_mark(*mark.args, **mark.kwargs)


def of_option(config: pytest.Config) -> Limit | None:
    """Give what is asked of all tests.

    Raises:
        ValueError: It means nothing, in one line.
    """
    text = config.getoption("rsprofile_leaks", None)
    if text is None:
        return None
    try:
        return Limit(text, is_marked=False)
    except ValueError as error:
        raise ValueError(
            f"{error}; write --rsprofile-leaks=SIZE, and files before an option without SIZE"
        ) from None


def _of_mark(*args: Any, **kwargs: Any) -> Limit:
    text = first("limit_leaks", "size", ("runs", "warmup"), args, kwargs, need="a size", use=_USE)
    return Limit(text, **kwargs, is_marked=True)
