"""What a child process has to do for the report of its parent: its own look, at its own end."""

from __future__ import annotations

from rsprofile import _core
from rsprofile._output import complain, reason
from rsprofile._place import FOLDER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Kin:
    """What the processes of one run have in common.

    Args:
        stacks: Frames kept of each stack.
        threshold: Bytes below which nothing is suspected; None leaves it to the engine.
    """

    def __init__(self, stacks: int, threshold: int | None) -> None:
        self._stacks = stacks
        self._threshold = threshold

    def ticket(self) -> dict[str, Any]:
        """Give what a fresh child has to know."""
        return {"stacks": self._stacks, "threshold": self._threshold}

    def forked(self) -> None:
        """Count from zero, in the child of a fork."""
        if _core.leaks_is_on():
            _core.leaks_stop()
            self.start()

    def start(self) -> None:
        """Record what tells growth; the parent has said it where that cannot work."""
        try:
            _core.leaks_start(stacks=self._stacks)
        except RuntimeError:
            pass

    def look(self) -> _core.Profile | None:
        """Look at what is alive, for the report of the parent."""
        try:
            return _core.leaks_look(FOLDER, threshold=self._threshold)
        except Exception as error:
            complain(f"no report of a child process: {reason(error)}")
            return None


def board(ticket: dict[str, Any]) -> None:
    """Take part in the run of the parent, in a process that was started afresh."""
    from rsprofile import _children
    from rsprofile._run import install
    from rsprofile._session import session

    install()
    session.enable(False)
    session.begin(measure=False)
    kin = Kin(**ticket)
    _children.bring(kin)
    kin.start()
