"""What a block of code leaves behind."""

from __future__ import annotations

from rsprofile import _core
from rsprofile._place import FOLDER
from rsprofile.leaks import _arguments
from rsprofile.leaks._meter import needs
from rsprofile.leaks._snapshot import Snapshot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any


class Watch:
    """What is made from the start of a `with` block on, and is alive at its end.

    It is recorded in between which line makes what. One block after another may be watched with one
    of these, not one inside the other.

    Args:
        stacks: Frames kept of each stack, 1 to 256.
        threshold: Bytes, or a text like `1 MiB`: what retains less is not suspected.

    Raises:
        ValueError: A number is out of range, or the threshold has no meaning.
        TypeError: An argument is of the wrong type.
        RuntimeError: It cannot be recorded here, with the reason.
    """

    def __init__(self, *, stacks: int = 1, threshold: int | str = "1 KiB") -> None:
        self._stacks = _arguments.stacks(stacks)
        self._threshold = _arguments.size("threshold", threshold)
        self._since: _core.Baseline | None = None
        self._snapshot: Snapshot | None = None

    def __enter__(self) -> Watch:
        """Begin."""
        if self._since is not None:
            raise RuntimeError("this block is being watched already: make another watch()")
        self._snapshot = None
        needs.hold(self._stacks)
        try:
            self._since = _core.leaks_baseline(FOLDER)
        except BaseException:
            needs.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End: what was found stays to be read."""
        try:
            self._snapshot = self._look()
        finally:
            self._since = None
            needs.release()

    @property
    def snapshot(self) -> Snapshot:
        """What the block has left behind: at its end, or so far.

        Raises:
            RuntimeError: Nothing was watched yet.
        """
        return self._snapshot or self._look()

    def suspects(self) -> list[_core.Suspect]:
        """Give what is suspected, worst first; the text of one is its paragraph."""
        return self.snapshot.suspects()

    def report(self, **look: Any) -> str:
        """Give the suspects as text; arguments and errors as for `Snapshot.report`."""
        return self.snapshot.report(**look)

    def _look(self) -> Snapshot:
        if self._since is None:
            raise RuntimeError(
                "nothing was watched: use it as `with rsprofile.leaks.watch() as w:`"
            )
        return Snapshot(_core.leaks_look(FOLDER, since=self._since, threshold=self._threshold))

    def __repr__(self) -> str:
        """What was found, if anything was."""
        if self._snapshot is not None:
            return f"<watch: {self._snapshot!r}>"
        return "<watch: open>" if self._since is not None else "<watch: not begun>"
