"""Allocations of a block of code."""

from __future__ import annotations

from types import TracebackType

from rsprofile import _core
from rsprofile._place import FOLDER


class Trace:
    """What is allocated from the start of a `with` block to its end, of which the report is made.

    The meter is on in between, and goes on where it was on before: then the figures are those since
    its start, but for the peak, which begins anew.

    Args:
        stacks: Frames kept of each stack, 1 to 256.

    Attributes:
        live: Bytes alive, now or at the end of the block.
        peak: The most bytes that were alive at once in the block.

    Raises:
        ValueError: For a number of frames that cannot be kept.
        RuntimeError: Where it cannot work, with the reason.
    """

    def __init__(self, stacks: int = 1) -> None:
        if not 1 <= stacks <= _MOST:
            raise ValueError(f"{stacks} frames of each stack cannot be kept: 1 to {_MOST}")
        self._stacks = stacks
        self._hold: int | None = None
        self._totals: tuple[int, int] | None = None
        self._profile: _core.Profile | None = None

    def __enter__(self) -> Trace:
        """Begin."""
        self._totals = self._profile = None
        if _core.heap_is_tracing():
            _core.heap_reset_peak()
        self._hold = _core.heap_hold(self._stacks)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End: what was measured stays to be read."""
        if _core.heap_is_tracing():
            self._totals, self._profile = _core.heap_totals(), _sites()
        if self._hold is not None:
            _core.heap_release(self._hold)
            self._hold = None

    @property
    def live(self) -> int:
        """Bytes alive, now or at the end of the block."""
        return (self._totals or _core.heap_totals())[0]

    @property
    def peak(self) -> int:
        """The most bytes that were alive at once in the block."""
        return (self._totals or _core.heap_totals())[1]

    def __repr__(self) -> str:
        """What there is in it."""
        return f"<trace: {self.live:,} bytes alive, {self.peak:,} at the peak>"

    def report(self, top: int = 20, *, group: str = "line", by: str | None = None) -> str:
        """Give the lines that hold or allocated most.

        Args:
            top: Rows of a table.
            group: What is added up: `line`, `function`, `file`, `module`, `type-of-allocator`.
            by: The one ranking: `live`, `peak`, `allocated` or `count`; by default one for each
                of the first three.

        Raises:
            ValueError: A name or number has no meaning.
            RuntimeError: Nothing was recorded: the meter is off, or was stopped in the block.
        """
        profile = self._profile or _sites()
        return profile.render_sites(top=top, group=group, by=by)


#: The most frames that are kept of a stack.
_MOST = 256


def _sites() -> _core.Profile:
    from rsprofile._layout import nothing

    profile = nothing()
    _core.heap_sites(profile, FOLDER)
    return profile
