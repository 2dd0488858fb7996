"""What is in a cell of a table: figures with their spread, and whether they keep what was promised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles

Samples = dict[str, dict[str, list[float]]]


@dataclass(frozen=True)
class Figure:
    """A median and the middle half of the samples around it."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, samples: list[float]) -> Figure:
        """Of the samples of one figure, one for each round."""
        if len(samples) < 2:
            return cls(samples[0], samples[0], samples[0])
        low, _, high = quantiles(samples, n=4, method="inclusive")
        return cls(median(samples), low, high)

    def show(self, unit: str) -> str:
        """`52 ns (48 to 60)`."""
        if number(self.low) == number(self.high):
            return f"{number(self.value)} {unit}"
        return f"{number(self.value)} {unit} ({number(self.low)} to {number(self.high)})"


def number(value: float) -> str:
    """Three digits, and no more than two behind the point."""
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"


class Missing(Exception):
    """The job of a row was not run."""


class Absent(Exception):
    """It was run, and the tool does not work here."""


class Results:
    """The samples of one Python."""

    def __init__(self, version: str, samples: Samples) -> None:
        self.minor = int(version.split(".")[1])
        self._samples = samples

    def figure(self, job: str, name: str) -> Figure:
        """Median and spread of one figure of a job."""
        if job not in self._samples:
            raise Missing
        if name not in self._samples[job]:
            raise Absent
        return Figure.of(self._samples[job][name])

    def ratio(self, above: tuple[str, str], below: tuple[str, str]) -> float:
        """The ratio of two medians."""
        return self.figure(*above).value / self.figure(*below).value

    def lines(self, job: str) -> dict[str, Figure]:
        """All figures of a job that are about a line, by its number."""
        if job not in self._samples:
            raise Missing
        return {n: Figure.of(s) for n, s in self._samples[job].items() if n.isdigit()}


Cell = Callable[[Results], str]
Number = Callable[[Results], float]


def show(job: str, name: str, unit: str, scale: float = 1.0) -> Cell:
    """A cell with one figure."""

    def cell(results: Results) -> str:
        found = results.figure(job, name)
        return Figure(found.value * scale, found.low * scale, found.high * scale).show(unit)

    return cell


def at_most(limit: float, value: Number, unit: str) -> Cell:
    """A cell with a figure and whether it keeps what was promised."""

    def cell(results: Results) -> str:
        found = value(results)
        return f"{number(found)} {unit}{'' if found <= limit else ' (missed)'}".strip()

    return cell


def at_least(limit: float, value: Number, unit: str) -> Cell:
    """The same for a figure that should be large."""

    def cell(results: Results) -> str:
        found = value(results)
        return f"{number(found)} {unit}{'' if found >= limit else ' (missed)'}".strip()

    return cell


def by_minor(old: Cell, new: Cell) -> Cell:
    """Python 3.11 has another hook than the later ones, and other promises."""
    return lambda results: old(results) if results.minor < 12 else new(results)


def ratio(above: tuple[str, str], below: tuple[str, str]) -> Number:
    """The ratio of the medians of two figures."""
    return lambda results: results.ratio(above, below)


def value(job: str, name: str, scale: float = 1.0) -> Number:
    """The median of a figure."""
    return lambda results: results.figure(job, name).value * scale
