"""`show_results`: the report of memory_profiler, from anything that has a `code_map`."""

from __future__ import annotations

import linecache
import sys
from _io import open as _open

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
        yield filename, _with_text(_source(filename), measures)


def _source(filename: str) -> list[str]:
    """Give the lines of a file, none where it is not to be had."""
    try:
        return linecache.getlines(filename)
    except ImportError:
        # For a generator that the interpreter closes at its end: from Python 3.13 on linecache
        # imports at first use what it reads files with, and that is over. So is `open`.
        try:
            with _open(filename, encoding="utf-8", errors="replace") as file:
                return file.readlines()
        except OSError:
            return []


def _with_text(source: list[str], measures: Any) -> Iterator[Line]:
    for number, measure in measures:
        yield number, source[number - 1] if 0 < number <= len(source) else "\n", measure
