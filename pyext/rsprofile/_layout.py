"""How the report of a function is to look, as its decorator asked."""

from __future__ import annotations

from rsprofile import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal, Protocol

    class Writable(Protocol):
        """Anything a report can be written to."""

        def write(self, text: str, /) -> object:
            """Take the text of a report."""


class Layout:
    """The options of one decorator.

    Attributes:
        report: `call` prints after each outermost call, `exit` once when the program ends, None
            leaves it to where the program runs.
        stream: Where the report goes; None is standard output as it is then.
        precision: Digits behind the decimal point; None is the default of the report.
        columns: The columns to show; None is the default.
        meter: The meters to show; None is what the run reads.
    """

    __slots__ = ("columns", "meter", "precision", "report", "stream")

    def __init__(
        self,
        *,
        report: Literal["call", "exit"] | None = None,
        stream: Writable | None = None,
        precision: int | None = None,
        columns: Sequence[str] | str | None = None,
        meter: str | None = None,
    ) -> None:
        if report not in (None, "call", "exit"):
            raise ValueError(f"unknown report {report!r}: one of call, exit")
        if stream is not None and not hasattr(stream, "write"):
            raise TypeError(f"stream {stream!r} has no write()")
        if meter is not None and not isinstance(meter, str):
            raise TypeError(f"a meter is a text as 'heap' or 'rss,heap', not {meter!r}")
        self.report = report
        self.stream = stream
        self.precision = precision
        self.columns = columns_of(columns)
        self.meter = meter

    def under(self, above: Layout) -> Layout:
        """Give this layout, with what `above` says of stream, precision and columns instead."""
        return Layout(
            report=self.report,
            stream=self.stream if above.stream is None else above.stream,
            precision=self.precision if above.precision is None else above.precision,
            columns=self.columns if above.columns is None else above.columns,
            meter=self.meter if above.meter is None else above.meter,
        )

    def table(self) -> tuple[object, ...]:
        """Give the value two functions share if they can stand in one table."""
        columns = None if self.columns is None else tuple(self.columns)
        stream = id(self.stream) if self.stream is not None else None
        return (stream, self.precision, columns, self.meter)

    def render_options(self) -> dict[str, Any]:
        """Give what the renderer has to be told beside its defaults."""
        options: dict[str, Any] = {}
        if self.precision is not None:
            options["precision"] = self.precision
        if self.columns is not None:
            options["columns"] = self.columns
        if self.meter is not None:
            options["meter"] = self.meter
        return options


def columns_of(names: Sequence[str] | str | None) -> list[str] | None:
    """Split column names as users give them.

    Args:
        names: A list, or one string with commas. The renderer adds them to the default columns
            unless one of those is among them.

    Returns:
        The names in lower case, or None for the default columns.
    """
    if names is None:
        return None
    parts = names.split(",") if isinstance(names, str) else names
    return [part.strip().lower() for part in parts]


def check_options(options: dict[str, Any]) -> None:
    """Have the renderer refuse what it does not know, before anything runs.

    Raises:
        ValueError: A name or number has no meaning.
    """
    nothing().render(**options)


def nothing() -> _core.Profile:
    """Give a profile of nothing; no meter is read for it."""
    return _core.Profile.loads('{"format":1,"tool":"rsprofile","run":{},"functions":[]}')
