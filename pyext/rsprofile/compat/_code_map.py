"""`CodeMap`: which code is profiled, and what was measured of it."""

from __future__ import annotations

from types import CodeType

from rsprofile import _core
from rsprofile.compat._backends import get_memory
from rsprofile.compat._locks import switching

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    #: MiB gained, highest MiB, times run.
    Measure = tuple[float, float, int]


class CodeMap(dict[CodeType, dict[int, "Measure"]]):
    """Figures of each line by code object: `{code: {line: (increment, memory, occurrences)}}`.

    Memory is in MiB. Code that is nested in a function shares the function's dictionary. The lines
    stand in the order in which they were first run.
    """

    def __init__(self, include_children: bool, backend: str) -> None:
        self.include_children = include_children
        self.backend = backend
        self._toplevel: list[tuple[Any, ...]] = []

    def add(self, code: CodeType, toplevel_code: CodeType | None = None) -> None:
        """Profile a code object and what is nested in it.

        Args:
            code: The code. Where its source is not to be had, a line on standard output says so.
            toplevel_code: The function it is nested in.
        """
        if toplevel_code is None:
            if not _core.add_code(self, self._toplevel, code):
                print(f"ERROR: Could not find file {code.co_filename}")
            elif _core.is_active():
                with switching:
                    _core.extend_windows(self)
            return
        if code in self:
            return
        self[code] = dict.__getitem__(self, toplevel_code)
        for inner in code.co_consts:
            if isinstance(inner, CodeType):
                self.add(inner, toplevel_code=code)

    def trace(self, code: CodeType, lineno: int, prev_lineno: int | None) -> None:
        """Book the memory of now on a line, for tracers that are not ours.

        Args:
            code: Code that was added.
            lineno: The line that has just run.
            prev_lineno: The line before it, None at the start.
        """
        memory = get_memory(-1, self.backend, include_children=self.include_children)
        figures = dict.__getitem__(self, code)
        before = self.__dict__.get("_last") if prev_lineno is not None else None
        self._last = memory
        increment, highest, occurrences = figures.get(lineno, (0.0, memory, 0))
        increment += memory - (before or 0.0)
        figures[lineno] = (increment, max(highest, memory), occurrences + 1)

    def items(self) -> Iterator[tuple[str, Iterator[tuple[int, Measure | None]]]]:  # type: ignore[override]
        """Go through the functions measured: file, and pairs of line and figures or None."""
        _core.flush_windows()
        for filename, code, *lines in self._toplevel:
            figures = dict.__getitem__(self, code)
            if figures:
                numbers = lines[0] if lines else _lines(code)
                yield filename, iter([(line, figures.get(line)) for line in numbers])

    def __getitem__(self, code: CodeType) -> dict[int, Measure]:
        _core.flush_windows()
        return super().__getitem__(code)

    def get(self, code: CodeType, default: Any = None) -> Any:
        """Give the figures of a code object."""
        _core.flush_windows()
        return super().get(code, default)

    def values(self) -> Any:
        """Give the figures of all code objects."""
        _core.flush_windows()
        return super().values()


def _lines(code: CodeType) -> Iterable[int]:
    first, last, _ = _core.lines_of(code)
    return range(first, last + 1)
