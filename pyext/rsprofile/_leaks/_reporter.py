"""The reports of one run: at its end, and before where that was asked for."""

from __future__ import annotations

import _thread
import os
import time

from rsprofile import _children, _core
from rsprofile._deliver import write
from rsprofile._output import complain, print_program_output, reason
from rsprofile._place import FOLDER
from rsprofile._session import session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rsprofile._leaks._options import LeaksLook

#: The most looks before the last that are kept for a document.
_MOST_KEPT = 50
#: How long the report of the end waits for another one to be written, seconds.
_PATIENCE = 5.0


class Reporter:
    """Looks, and writes what it saw.

    Args:
        look: How and where.
        verdicts: Suspects that make the run a failure.
        threshold: Bytes below which nothing is suspected; None leaves it to the engine.
    """

    def __init__(
        self, look: LeaksLook, verdicts: tuple[str, ...] = (), threshold: int | None = None
    ) -> None:
        self.look = look
        self.verdicts = verdicts
        self.threshold = threshold
        self._earlier: list[_core.Profile] = []
        self._has_begun_file = False
        self._writing = _thread.allocate_lock()
        self._owner = os.getpid()

    def take(self, mark: str | None = None) -> _core.Profile:
        """Look at what is alive now.

        Raises:
            RuntimeError: The objects cannot be walked, with the reason.
            MemoryError: There is not enough memory to do so.
        """
        profile = _core.leaks_look(FOLDER, mark=mark, threshold=self.threshold)
        profile.set_run(command=session.command)
        return profile

    def report(self, occasion: str, mark: str | None = None) -> None:
        """Report while the program runs: into the file, or else to standard error.

        Nothing is raised into the program. Of two reports at once, as where a signal comes while
        one is written, the second is left out; so are those of children.

        Args:
            occasion: Why, for the head of a text.
            mark: What the moment is called.
        """
        if os.getpid() != self._owner or not self._writing.acquire(blocking=False):
            return
        try:
            profile = self.take(mark)
            self._keep(profile)
            self._write(profile, f"-- {occasion}, {time.strftime('%Y-%m-%d %H:%M:%S')} --\n")
        except Exception as error:
            complain(f"no report {occasion}: {reason(error)}")
        finally:
            self._writing.release()

    def finish(self) -> None:
        """Write the report of the end: the last thing in the life of the program."""
        last: _core.Profile | None = None
        # Where this came by a signal in the midst of another report, that one does not go on.
        self._writing.acquire(timeout=_PATIENCE)
        try:
            last = self.take()
        except Exception as error:
            complain(f"no report of the end: {reason(error)}; that of child processes follows")
        document = last or _empty()
        _children.gather(document)
        ends = len(document.looks)
        if self.look.format != "text":
            for profile in reversed(self._earlier):
                document.merge_earlier(profile)
        print_program_output()
        if document.looks:
            self._write_end(document)
        found = _found(document, self.verdicts, ends)
        if found:
            names = ", ".join(f"{count} {verdict}" for verdict, count in found.items())
            complain(f"--fail-on: {names}: status 1")
            session.failure = 1

    def _write_end(self, document: _core.Profile) -> None:
        text = self.look.show(document)
        if self.look.format == "text" and self._has_begun_file:
            self._append(f"-- at the end --\n{text}")
        elif write(text, self.look) and self.look.format == "json" and self.look.path:
            name = os.path.basename(self.look.path)
            complain(f"saved; to see it: rsprofile show {name}")

    def _write(self, profile: _core.Profile, head: str) -> None:
        if self.look.path is None:
            complain_text(head + self.look.show_as_text(profile))
        elif self.look.format == "text":
            self._append(head + self.look.show(profile) + "\n")
        else:
            document = _core.Profile.loads(profile.dumps())
            for earlier in reversed(self._earlier[:-1]):
                document.merge_earlier(earlier)
            write(self.look.show(document), self.look)

    def _append(self, text: str) -> None:
        """Add to the file, which begins anew with each run."""
        path = self.look.path
        assert path is not None
        try:
            with open(path, "a" if self._has_begun_file else "w", encoding="utf-8") as file:
                file.write(text)
            self._has_begun_file = True
        except OSError as error:
            complain(f"cannot write {path}: {reason(error)}: the report goes to standard error")
            complain_text(text)

    def _keep(self, profile: _core.Profile) -> None:
        if self.look.format == "text" or (self.look.path is None and self.look.format != "json"):
            return
        if len(self._earlier) >= _MOST_KEPT:
            # The first and the newest stay, the others are half as many.
            del self._earlier[1:-1:2]
        self._earlier.append(profile)


def complain_text(text: str) -> None:
    """Write a report to standard error."""
    import sys

    from rsprofile._output import print_report

    print_report(text, sys.stderr if sys.stderr is not None else sys.__stderr__)


def _empty() -> _core.Profile:
    from rsprofile._layout import nothing

    profile = nothing()
    profile.set_run(command=session.command)
    return profile


def _found(document: _core.Profile, verdicts: tuple[str, ...], ends: int) -> dict[str, int]:
    """Count the suspects of some verdicts in the last looks of all processes."""
    found: dict[str, int] = {}
    looks = len(document.looks)
    for which in range(looks - ends, looks) if verdicts else ():
        for suspect in document.suspects(which):
            if suspect.verdict in verdicts:
                found[suspect.verdict] = found.get(suspect.verdict, 0) + 1
    return found
