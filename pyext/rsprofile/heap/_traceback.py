"""Lines of code: where a block was allocated."""

from __future__ import annotations

from collections.abc import Iterator
from functools import total_ordering
from typing import overload

#: File and line.
Line = tuple[str, int]


@total_ordering
class Frame:
    """A line of code."""

    __slots__ = ("filename", "lineno")

    def __init__(self, frame: Line) -> None:
        self.filename, self.lineno = frame

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Frame):
            return NotImplemented
        return (self.filename, self.lineno) == (other.filename, other.lineno)

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Frame):
            return NotImplemented
        return (self.filename, self.lineno) < (other.filename, other.lineno)

    def __hash__(self) -> int:
        return hash((self.filename, self.lineno))

    def __str__(self) -> str:
        return f"{self.filename}:{self.lineno}"

    def __repr__(self) -> str:
        return f"<Frame filename={self.filename!r} lineno={self.lineno!r}>"


@total_ordering
class Traceback:
    """A stack of lines, the oldest call first.

    Args:
        frames: File and line of each frame, the most recent first.
        total_nframe: Frames of the whole stack, if that is known.
    """

    __slots__ = ("_frames", "total_nframe")

    def __init__(self, frames: tuple[Line, ...], total_nframe: int | None = None) -> None:
        self._frames = tuple(reversed(frames))
        self.total_nframe = total_nframe

    def __len__(self) -> int:
        return len(self._frames)

    @overload
    def __getitem__(self, index: int) -> Frame: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Frame, ...]: ...
    def __getitem__(self, index: int | slice) -> Frame | tuple[Frame, ...]:
        if isinstance(index, slice):
            return tuple(map(Frame, self._frames[index]))
        return Frame(self._frames[index])

    def __iter__(self) -> Iterator[Frame]:
        return map(Frame, self._frames)

    def __contains__(self, frame: object) -> bool:
        return isinstance(frame, Frame) and (frame.filename, frame.lineno) in self._frames

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Traceback):
            return NotImplemented
        return self._frames == other._frames

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Traceback):
            return NotImplemented
        return self._frames < other._frames

    def __hash__(self) -> int:
        return hash(self._frames)

    def __str__(self) -> str:
        return str(self[0]) if self._frames else ""

    def __repr__(self) -> str:
        known = "" if self.total_nframe is None else f" total_nframe={self.total_nframe}"
        return f"<Traceback {tuple(self)}{known}>"

    def format(self, limit: int | None = None, most_recent_first: bool = False) -> list[str]:
        """Show the lines with their source text, as a traceback does.

        Args:
            limit: Only so many of the most recent frames; of the oldest if it is negative.
            most_recent_first: Turn the order around.
        """
        import linecache

        frames = self._frames
        if limit is not None:
            frames = frames[-limit:] if limit > 0 else frames[:-limit]
        if most_recent_first:
            frames = frames[::-1]
        shown = []
        for filename, lineno in frames:
            shown.append(f'  File "{filename}", line {lineno}')
            text = linecache.getline(filename, lineno).strip()
            if text:
                shown.append(f"    {text}")
        return shown
