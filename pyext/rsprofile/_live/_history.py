"""Memory over time, thinned so that it takes the same room however long it goes on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Bucket:
    """What was seen in a stretch of time.

    Attributes:
        start: When it begins, seconds.
        low: Lowest memory, bytes.
        high: Highest memory, bytes.
        family: Highest memory with that of the children, bytes.
    """

    start: float
    low: int
    high: int
    family: int

    def take_in(self, other: Bucket) -> None:
        """Be the stretch of both."""
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)
        self.family = max(self.family, other.family)


class History:
    """All of the time that was watched, in at most so many stretches: they become longer.

    Lowest and highest values are never lost.
    """

    def __init__(self, room: int, width: float) -> None:
        """Begin.

        Args:
            room: The most stretches, an even number.
            width: How long each of them is at first, seconds.
        """
        self.buckets: list[Bucket] = []
        self.width = width
        self._room = room

    def add(self, one: Bucket) -> None:
        """Add what was seen at one time, or in a short one."""
        last = self.buckets[-1] if self.buckets else None
        if last is not None and one.start < last.start + self.width:
            last.take_in(one)
            return
        start = one.start // self.width * self.width
        self.buckets.append(Bucket(start, one.low, one.high, one.family))
        if len(self.buckets) > self._room:
            self._thin()

    def _thin(self) -> None:
        """Make room: two stretches become one."""
        self.width *= 2
        thinned: list[Bucket] = []
        for bucket in self.buckets:
            start = bucket.start // self.width * self.width
            if thinned and thinned[-1].start == start:
                thinned[-1].take_in(bucket)
            else:
                bucket.start = start
                thinned.append(bucket)
        self.buckets = thinned


class Recent(History):
    """The last stretches of time, all of one length."""

    def _thin(self) -> None:
        del self.buckets[: -self._room]


def columns(buckets: list[Bucket], width: float, count: int) -> list[tuple[int, int] | None]:
    """Cut the end of a history into columns of a picture, the newest on the right.

    Args:
        buckets: The history.
        width: How long each stretch is, seconds.
        count: The columns there are.

    Returns:
        Lowest and highest value of each column that anything is known of, or None; fewer than
        `count` while the history is short.
    """
    if not buckets or count < 1:
        return []
    first, last = buckets[0].start, buckets[-1].start
    slots = round((last - first) / width) + 1
    each = max(1, -(-slots // count))
    found: list[tuple[int, int] | None] = [None] * -(-slots // each)
    for bucket in buckets:
        # From the end on, so that the newest column is as full as the others.
        at = len(found) - 1 - round((last - bucket.start) / width) // each
        old = found[at]
        low, high = bucket.low, bucket.high
        found[at] = (low, high) if old is None else (min(old[0], low), max(old[1], high))
    return found
