"""Bytes and blocks of a group of sites."""

from __future__ import annotations

from rsprofile.heap._traceback import Traceback

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def shown(size: float, signed: bool = False) -> str:
    """A size with its unit, as `tracemalloc` shows it.

    Whole numbers in bytes and from 100 on, one decimal below; the next unit begins at 10 * 1024.
    """
    sign = "+" if signed else ""
    for unit in _UNITS:
        if abs(size) < 100 and unit != "B":
            return f"{size:{sign}.1f} {unit}"
        if abs(size) < 10 * 1024 or unit == _UNITS[-1]:
            break
        size /= 1024
    return f"{size:{sign}.0f} {unit}"


class _Figures:
    """What the two kinds of statistic have in common: equality and hash by all their fields."""

    __slots__: tuple[str, ...] = ()

    def _fields(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        assert isinstance(other, _Figures)
        return self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash(self._fields())


class Statistic(_Figures):
    """Bytes and number of the live blocks of some lines."""

    __slots__ = ("count", "size", "traceback")

    def __init__(self, traceback: Traceback, size: int, count: int) -> None:
        self.traceback = traceback
        self.size = size
        self.count = count

    def _sort_key(self) -> tuple[int, int, Traceback]:
        return (self.size, self.count, self.traceback)

    def __str__(self) -> str:
        text = f"{self.traceback}: size={shown(self.size)}, count={self.count}"
        return text + _average(self.size, self.count)

    def __repr__(self) -> str:
        return f"<Statistic traceback={self.traceback!r} size={self.size} count={self.count}>"


class StatisticDiff(_Figures):
    """How bytes and number of the live blocks of some lines changed."""

    __slots__ = ("count", "count_diff", "size", "size_diff", "traceback")

    def __init__(
        self, traceback: Traceback, size: int, size_diff: int, count: int, count_diff: int
    ) -> None:
        self.traceback = traceback
        self.size = size
        self.size_diff = size_diff
        self.count = count
        self.count_diff = count_diff

    def _sort_key(self) -> tuple[int, int, int, int, Traceback]:
        return (
            abs(self.size_diff),
            self.size,
            abs(self.count_diff),
            self.count,
            self.traceback,
        )

    def __str__(self) -> str:
        text = (
            f"{self.traceback}: size={shown(self.size)} ({shown(self.size_diff, True)}), "
            f"count={self.count} ({self.count_diff:+})"
        )
        return text + _average(self.size, self.count)

    def __repr__(self) -> str:
        return (
            f"<StatisticDiff traceback={self.traceback!r} size={self.size} ({self.size_diff:+}) "
            f"count={self.count} ({self.count_diff:+})>"
        )


def _average(size: int, count: int) -> str:
    return f", average={shown(size / count)}" if count else ""


#: Size and count by the frames of a group.
Groups = dict[tuple[tuple[str, int], ...], tuple[int, int]]


def statistics(groups: Groups) -> list[Statistic]:
    """Give the groups, the largest first."""
    found = [Statistic(Traceback(key), size, count) for key, (size, count) in groups.items()]
    found.sort(key=Statistic._sort_key, reverse=True)
    return found


def differences(old: Groups, new: Groups) -> list[StatisticDiff]:
    """Give the groups of both, those that changed most first."""
    found = []
    for key in old.keys() | new.keys():
        size, count = new.get(key, (0, 0))
        size_before, count_before = old.get(key, (0, 0))
        found.append(
            StatisticDiff(Traceback(key), size, size - size_before, count, count - count_before)
        )
    found.sort(key=StatisticDiff._sort_key, reverse=True)
    return found
