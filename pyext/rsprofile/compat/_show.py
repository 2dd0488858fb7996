"""`show_results`: the report of memory_profiler, from anything that has a `code_map`."""

from __future__ import annotations

import linecache
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from rsprofile.compat._code_map import Measure

    #: Number of a line, its text with the line break, and what was measured of it.
    Line = tuple[int, str, Measure | None]

_ROW = "{0:>6} {1:>12} {2:>12}  {3:>10}   {4:<}"
_HEADER = _ROW.format("Line #", "Mem usage", "Increment", "Occurrences", "Line Contents")


def show_results(prof: Any, stream: Any = None, precision: int = 1) -> None:
    """Write a report.

    Args:
        prof: A profiler; only `prof.code_map.items()` is used.
        stream: Anything with `write()`, a handler or a logger of `logging`; standard output by
            default.
        precision: Digits behind the decimal point.
    """
    if stream is None:
        stream = sys.stdout
    elif not hasattr(stream, "write"):
        from rsprofile.compat._log_file import writable

        stream = writable(stream)
    amount = f"{{0:{precision + 4}.{precision}f}} MiB"
    for filename, lines in tables(prof):
        stream.write(f"Filename: {filename}\n\n{_HEADER}\n{'=' * len(_HEADER)}\n")
        for number, text, measure in lines:
            if measure:
                increment, memory, occurrences = measure
                cells = (amount.format(memory), amount.format(increment), str(occurrences))
            else:
                cells = ("", "", "")
            stream.write(_ROW.format(number, *cells, text))
        stream.write("\n\n")


def tables(prof: Any) -> Iterator[tuple[str, Iterator[Line]]]:
    """Go through what a report shows: a file for each function, and its lines.

    Args:
        prof: A profiler, as for `show_results`.
    """
    for filename, measures in prof.code_map.items():
        # A module may have been edited and loaded again.
        linecache.checkcache(filename)
        yield filename, _with_text(linecache.getlines(filename), measures)


def _with_text(source: list[str], measures: Any) -> Iterator[Line]:
    for number, measure in measures:
        yield number, source[number - 1] if 0 < number <= len(source) else "\n", measure
