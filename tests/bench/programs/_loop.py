"""The loop of short lines that most programs here profile."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

LINES = 5


def work(count):
    for index in range(count):
        a = index + 1
        b = a * 2
        c = b - index
        d = a + c


def copy(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with a code object of its own: tools hook code objects."""
    return FunctionType(function.__code__.replace(), function.__globals__, function.__name__)


def compiled() -> Callable[[int], None]:
    """The loop as a new function."""
    return copy(work)
