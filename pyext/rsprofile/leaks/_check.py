"""What each further call of a function leaves behind."""

from __future__ import annotations

from rsprofile import _core
from rsprofile._place import FOLDER
from rsprofile.leaks._arguments import number
from rsprofile.leaks._meter import needs
from rsprofile.leaks._snapshot import Snapshot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Check:
    """What was left behind: true when that is nothing.

    Attributes:
        name: The function.
        runs: How often it was run.
        snapshot: What is left of these runs.
    """

    def __init__(self, name: str, runs: int, snapshot: Snapshot) -> None:
        self.name = name
        self.runs = runs
        self.snapshot = snapshot

    @property
    def bytes_per_run(self) -> float:
        """Bytes that each run leaves behind."""
        return sum(suspect.bytes for suspect in self.suspects()) / self.runs

    def suspects(self) -> list[_core.Suspect]:
        """Give what each run leaves behind, worst first; the text of one is its paragraph."""
        return self.snapshot.suspects()

    def report(self) -> str:
        """Say so as text, a paragraph for each suspect."""
        found = self.suspects()
        if not found:
            return f"{self.name}: nothing is left behind by each of {_runs(self.runs)}\n"
        each = f"{self.bytes_per_run:,.0f} bytes"
        head = f"{self.name}: each of {_runs(self.runs)} leaves {each} behind"
        return "\n\n".join((head, *map(str, found))) + "\n"

    def __bool__(self) -> bool:
        return not self.suspects()

    def __repr__(self) -> str:
        """The report, on its own: what a failed assertion shows."""
        return f"<Check: {self.report().rstrip()}>"


def check(
    func: Callable[..., object], /, *args: Any, times: int = 10, warmup: int = 2, **kwargs: Any
) -> Check:
    """Run a function again and again; say what each further call leaves behind.

    What is made once, as a cache that is filled in the first runs, is not counted.

    Args:
        func: The function. It may be called by any number of arguments but for the two names below.
        *args: What it is called with.
        times: How many runs are counted.
        warmup: How many come before.
        **kwargs: What it is called with, by name.

    Raises:
        TypeError: It is no function, or one that has to be awaited; or a number is none.
        ValueError: A number is out of range.
        RuntimeError: It cannot be recorded here, with the reason.
        Exception: The function did.
    """
    import gc

    if not callable(func):
        raise TypeError(f"check() runs a function, not {type(func).__name__}")
    times, warmup = number("times", times), number("warmup", warmup, least=0)

    def run(count: int) -> None:
        for _ in range(count):
            _refuse_awaitable(func(*args, **kwargs))

    needs.hold(1)
    try:
        run(warmup)
        gc.collect()
        since = _core.leaks_baseline(FOLDER)
        run(times)
        gc.collect()
        found = _core.leaks_look(FOLDER, since=since, runs=times)
    finally:
        needs.release()
    return Check(name_of(func), times, Snapshot(found))


def name_of(func: object) -> str:
    """Give what a function is called in a message."""
    name = getattr(func, "__qualname__", None)
    return name if isinstance(name, str) else type(func).__name__


def _refuse_awaitable(result: object) -> None:
    if hasattr(type(result), "__await__"):
        close = getattr(result, "close", None)
        if close is not None:
            close()
        raise TypeError("check() runs plain functions: give it lambda: asyncio.run(func())")


def _runs(count: int) -> str:
    return f"{count} run" + "s" * (count != 1)
