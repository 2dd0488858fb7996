"""The figures of all sites at one moment."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast, overload

from rsprofile import _core
from rsprofile.heap._filter import BaseFilter
from rsprofile.heap._statistic import (
    Groups,
    Statistic,
    StatisticDiff,
    differences,
    shown,
    statistics,
)
from rsprofile.heap._traceback import Line, Traceback

if TYPE_CHECKING:
    import os

#: Domain, bytes, frames (the most recent first), frames of the whole stack; then the number of
#: blocks, where it is not 1.
Raw = (
    tuple[int, int, tuple[Line, ...], int | None]
    | tuple[int, int, tuple[Line, ...], int | None, int]
)

_UNKNOWN: tuple[Line, ...] = (("<unknown>", 0),)

Site = namedtuple(
    "Site",
    [
        "record",
        "stack",
        "live_bytes",
        "live_blocks",
        "allocated_bytes",
        "allocations",
        "peak_bytes",
        "peak_blocks",
    ],
)
Site.__doc__ = """A line, or a stack of lines, and all it allocated.

`record` is the number of the profiled line whose visit this belongs to, 0 for none. `stack` has
`(file, function, first line of the function, line)` of each frame, the most recent first, and is
empty where no Python code ran. `peak_bytes` and `peak_blocks` were alive when the program had most.
"""


class Trace:
    """The live blocks of one site.

    Args:
        trace: Domain, bytes, frames (the most recent first), frames of the whole stack, and the
            number of blocks, 1 if that is left out.
    """

    __slots__ = ("_trace",)

    def __init__(self, trace: Raw) -> None:
        self._trace = trace

    @property
    def domain(self) -> int:
        """The domain of the allocator."""
        return self._trace[0]

    @property
    def size(self) -> int:
        """Bytes of all its blocks."""
        return self._trace[1]

    @property
    def count(self) -> int:
        """How many blocks they are."""
        return _count(self._trace)

    @property
    def traceback(self) -> Traceback:
        """Where they were allocated."""
        return Traceback(self._trace[2], self._trace[3])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Trace):
            return NotImplemented
        return self._trace == other._trace

    def __hash__(self) -> int:
        return hash(self._trace)

    def __str__(self) -> str:
        return f"{self.traceback}: {shown(self.size)}"

    def __repr__(self) -> str:
        return f"<Trace domain={self.domain} size={shown(self.size)}, traceback={self.traceback!r}>"


class Traces(Sequence[Trace]):
    """All traces of a snapshot; the objects are made when they are asked for."""

    def __init__(self, traces: list[Raw]) -> None:
        self._traces = traces

    def __len__(self) -> int:
        return len(self._traces)

    @overload
    def __getitem__(self, index: int) -> Trace: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Trace, ...]: ...
    def __getitem__(self, index: int | slice) -> Trace | tuple[Trace, ...]:
        if isinstance(index, slice):
            return tuple(map(Trace, self._traces[index]))
        return Trace(self._traces[index])

    def __iter__(self) -> Iterator[Trace]:
        return map(Trace, self._traces)

    def __contains__(self, trace: object) -> bool:
        return isinstance(trace, Trace) and trace._trace in self._traces

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Traces):
            return NotImplemented
        return self._traces == other._traces

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Traces len={len(self)}>"


class Snapshot:
    """What was alive at one moment.

    Args:
        traces: Domain, bytes, frames, frames of the whole stack, and optionally the number of
            blocks, of each site.
        traceback_limit: How many frames were kept.

    Attributes:
        sites: All there is to know of each site that ever allocated.
    """

    def __init__(self, traces: list[Raw], traceback_limit: int) -> None:
        self.traces = Traces(traces)
        self.traceback_limit = traceback_limit
        self.sites: list[Any] = []

    def dump(self, filename: str | os.PathLike[str]) -> None:
        """Write it to a file."""
        import pickle

        with open(filename, "wb") as file:
            pickle.dump(self, file, pickle.HIGHEST_PROTOCOL)

    @staticmethod
    def load(filename: str | os.PathLike[str]) -> Snapshot:
        """Read it from a file, which must be one of your own: it can run any code."""
        import pickle

        with open(filename, "rb") as file:
            return cast(Snapshot, pickle.load(file))

    def filter_traces(self, filters: Iterable[BaseFilter]) -> Snapshot:
        """Give what any inclusive filter keeps, if there is one, and all exclusive ones keep."""
        if not isinstance(filters, Iterable):
            kind = type(filters).__name__
            raise TypeError(f"filters must be a list of filters, not {kind}")
        filters = list(filters)
        including = [one for one in filters if one.inclusive]
        excluding = [one for one in filters if not one.inclusive]

        def kept(domain: int, frames: tuple[Line, ...]) -> bool:
            return (not including or any(one.matches(domain, frames) for one in including)) and all(
                one.matches(domain, frames) for one in excluding
            )

        traces = [one for one in self.traces._traces if kept(one[0], one[2])]
        snapshot = Snapshot(traces, self.traceback_limit)
        snapshot.sites = [site for site in self.sites if kept(0, frames_of(site.stack))]
        return snapshot

    def statistics(self, key_type: str, cumulative: bool = False) -> list[Statistic]:
        """Group by `traceback`, `lineno` or `filename`, the largest first.

        Args:
            key_type: What makes a group.
            cumulative: Count a block on all lines of its stack, not only where it was allocated.

        Raises:
            ValueError: For another key, and for cumulative figures of whole stacks.
        """
        return statistics(self._groups(key_type, cumulative))

    def compare_to(
        self, old_snapshot: Snapshot, key_type: str, cumulative: bool = False
    ) -> list[StatisticDiff]:
        """Give what changed since an earlier snapshot, most first; arguments as in `statistics`."""
        old = old_snapshot._groups(key_type, cumulative)
        return differences(old, self._groups(key_type, cumulative))

    def _groups(self, key_type: str, cumulative: bool) -> Groups:
        if key_type not in ("traceback", "filename", "lineno"):
            raise ValueError(f"unknown key_type: {key_type!r}")
        if cumulative and key_type == "traceback":
            raise ValueError("cumulative mode cannot be used with key type 'traceback'")
        groups: Groups = {}
        for trace in self.traces._traces:
            for key in _keys(trace[2], key_type, cumulative):
                size, count = groups.get(key, (0, 0))
                groups[key] = (size + trace[1], count + _count(trace))
        return groups


def frames_of(stack: tuple[tuple[str, str, int, int], ...]) -> tuple[Line, ...]:
    """Give file and line of each frame; `<unknown>` where no Python code ran."""
    return tuple((line[0], line[3]) for line in stack) or _UNKNOWN


def take_snapshot() -> Snapshot:
    """Take the figures as they stand.

    Raises:
        RuntimeError: While nothing is traced.
    """
    if not _core.heap_is_tracing():
        raise RuntimeError(
            "the heap meter must be tracing memory allocations to take a snapshot: "
            "call rsprofile.heap.start()"
        )
    sites = [Site(*row) for row in _core.heap_snapshot()]
    traces: list[Raw] = [
        (0, site.live_bytes, frames_of(site.stack), None, site.live_blocks)
        for site in sites
        if site.live_blocks
    ]
    snapshot = Snapshot(traces, _core.heap_stacks())
    snapshot.sites = sites
    return snapshot


def _count(trace: Raw) -> int:
    return trace[4] if len(trace) == 5 else 1


def _keys(frames: tuple[Line, ...], key_type: str, cumulative: bool) -> Iterable[tuple[Line, ...]]:
    if key_type == "traceback":
        return (frames,)
    if not cumulative:
        frames = frames[:1]
    if key_type == "filename":
        frames = tuple((filename, 0) for filename, _ in frames)
    # A line that is in a stack twice has the block once.
    return ((frame,) for frame in set(frames))
