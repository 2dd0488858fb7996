"""What is alive at one moment."""

from __future__ import annotations

from rsprofile import _core
from rsprofile._errors import ProfileError
from rsprofile._place import FOLDER
from rsprofile.leaks._arguments import choice, number, size, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from typing import Any

_GROUPS = ("type", "line", "module")
_SIZES = ("retained", "own")
#: What the line of the shortest way begins with.
_HELD = "held by "


class Snapshot:
    """What is alive at one moment, as texts and numbers: no object is kept for it.

    Made by `rsprofile.leaks.snapshot()`, or by `Snapshot.load` from a file.
    """

    def __init__(self, profile: _core.Profile, which: int = -1, /) -> None:
        self._profile = profile
        # Its place in the document, which may have several.
        self._which = which

    @property
    def profile(self) -> _core.Profile:
        """The document it is in."""
        return self._profile

    def suspects(self) -> list[_core.Suspect]:
        """Give what is suspected, worst first; the text of one is its paragraph."""
        return self._profile.suspects(self._which)

    def report(self, *, top: int | None = None, format: str = "text", **look: Any) -> str:
        """Give the suspects and what the collector did, as text.

        Args:
            top: So many suspects at most.
            format: `text`, `markdown`, `json` or `html`.
            **look: `unit`, `precision`, `style`, `verbose` as for the command.

        Raises:
            ValueError: A name or number has no meaning.
        """
        if top is not None:
            look["top"] = number("top", top)
        return self._profile.render_leaks(which=self._which, format=format, **look)

    def top(self, by: str = "type", size: str = "retained", n: int = 20) -> str:
        """Give what takes up most, as a table.

        Args:
            by: What is added up: `type`, `line` (that made it) or `module`.
            size: `retained`, what would be freed if these objects went, or `own`.
            n: Rows at most.

        Raises:
            ValueError: A name or number has no meaning.
            TypeError: One is no text, or no number.
        """
        by, size = choice("by", by, _GROUPS), choice("size", size, _SIZES)
        return self._profile.render_leaks(which=self._which, by=by, size=size, top=number("n", n))

    def dominators(self, n: int = 20) -> str:
        """Give the largest objects by what they retain, and what each keeps in turn, as a tree.

        Args:
            n: So many at the top at most.

        Raises:
            ValueError: The number is out of range.
            TypeError: It is none.
        """
        return self._profile.render_leaks(which=self._which, by="dominators", top=number("n", n))

    def path_to(self, obj: object, /) -> str:
        """Give the shortest way from a root to an object, as it is now: `app.registry[3]`.

        Raises:
            RuntimeError: The objects cannot be walked in this interpreter, with the reason.
        """
        lines = self.why(obj).splitlines()
        ways = [line.removeprefix(_HELD) for line in lines if line.startswith(_HELD)]
        return ways[0] if ways else lines[1 if len(lines) > 1 else 0]

    def why(self, obj: object, /) -> str:
        """Say what keeps an object alive, as it is now; errors as for `path_to`."""
        from rsprofile.leaks._why import why

        return why(obj)

    def diff(self, other: Snapshot, /, *, top: int | None = None, **look: Any) -> str:
        """Give what is new, gone or grown in a later snapshot, as text.

        It may be of another process, or of another day.

        Args:
            other: The later one.
            top: So many rows at most.
            **look: `unit`, `precision`, `style` as for the command.

        Raises:
            TypeError: It is no snapshot.
            ValueError: A name or number has no meaning.
        """
        if not isinstance(other, Snapshot):
            raise TypeError(f"a snapshot is compared with another, not {type(other).__name__}")
        if top is not None:
            look["top"] = number("top", top)
        return self._profile.render_leaks_diff(
            other._profile, before=self._which, after=other._which, **look
        )

    def save(self, path: str | os.PathLike[str], /) -> None:
        """Write it to a file, as JSON; `OSError` if that cannot be written."""
        self._profile.save(path)

    @classmethod
    def load(cls, path: str | os.PathLike[str], /) -> Snapshot:
        """Read it from a file that `save` or `rsprofile leaks -o FILE.json` has written.

        Of several in one file it is the last one of the process that began.

        Raises:
            OSError: It cannot be read.
            ValueError: There is no snapshot in it.
        """
        try:
            profile = _core.Profile.load(path)
        except ProfileError as error:
            raise ValueError(str(error)) from None
        pids = [look[0] for look in profile.looks]
        if not pids:
            raise ValueError(f"there is no snapshot in {path}: save one with rsprofile leaks -o")
        return cls(profile, max(at for at, pid in enumerate(pids) if pid == pids[0]))

    def __repr__(self) -> str:
        """How much it is and what is suspected."""
        *_, objects, total = self._profile.looks[self._which]
        found = len(self.suspects())
        suspects = f"{found} suspect" + "s" * (found != 1)
        return f"<Snapshot: {objects:,} objects, {total:,} bytes, {suspects}>"


def snapshot(*, mark: str | None = None, threshold: int | str | None = None) -> Snapshot:
    """Look at all objects that are alive.

    How they grow is known since `watch`, `rsprofile leaks` or `rsprofile.arm` began to record;
    without those nothing is called a leak, and no line is known that made them.

    Args:
        mark: What the moment is called.
        threshold: Bytes, or a text like `1 MiB`: what retains less is not suspected.

    Raises:
        RuntimeError: The objects cannot be walked in this interpreter, with the reason.
        MemoryError: There is not enough memory to do so.
        ValueError: The threshold has no meaning.
        TypeError: An argument is of the wrong type.
    """
    name = None if mark is None else text("mark", mark)
    return Snapshot(_core.leaks_look(FOLDER, mark=name, threshold=size("threshold", threshold)))
