"""`MemitResult`: what `%memit` measured."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class MemitResult:
    """The memory of a statement that was run a few times.

    Its text is `peak memory: X MiB, increment: Y MiB`.

    Attributes:
        mem_usage: The highest memory of each run, MiB.
        baseline: The memory before the first one, MiB.
        repeat: How often it was run.
        timeout: Seconds after which a run was not watched any longer, or None.
        interval: Seconds between two samples.
        include_children: Whether the processes below are in the figures.
    """

    def __init__(
        self,
        mem_usage: Sequence[float],
        baseline: float,
        repeat: int,
        timeout: float | None,
        interval: float,
        include_children: bool,
    ) -> None:
        self.mem_usage = mem_usage
        self.baseline = baseline
        self.repeat = repeat
        self.timeout = timeout
        self.interval = interval
        self.include_children = include_children

    def __str__(self) -> str:
        peak = max(self.mem_usage)
        return f"peak memory: {peak:.02f} MiB, increment: {peak - self.baseline:.02f} MiB"

    def _repr_pretty_(self, p: Any, cycle: bool) -> None:
        """Show it in IPython."""
        p.text(f"<MemitResult : {self}>")
