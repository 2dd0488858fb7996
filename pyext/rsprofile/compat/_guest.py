"""The profiler of a run of memory_profiler's command line, and what its child processes measure."""

from __future__ import annotations

import json

from rsprofile import _children, _core
from rsprofile._session import session
from rsprofile.compat import _profile
from rsprofile.compat._install import replace_memory_profiler
from rsprofile.compat._line_profiler import LineProfiler
from rsprofile.compat._programs import Builtin
from rsprofile.compat._time_stamper import TimeStamper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from rsprofile.compat._code_map import Measure


class Guest:
    """A profiler of which every process of the run has one.

    Attributes:
        profiler: It; `profile` among the builtins.
        builtin: Puts it there.
    """

    def __init__(
        self,
        *,
        stamps: bool,
        backend: str,
        include_children: bool,
        max_mem: float | None = None,
    ) -> None:
        self._ticket = {"stamps": stamps, "backend": backend, "include_children": include_children}
        self.profiler: Any = None
        if stamps:
            self.profiler = TimeStamper(backend, include_children)
            _profile.recorder = self.profiler
        else:
            self.profiler = LineProfiler(
                backend=backend, include_children=include_children, max_mem=max_mem
            )
        self.builtin = Builtin(self.profiler, backend)

    def begin(self) -> None:
        """Make the profiler known to this process, and to those it starts."""
        replace_memory_profiler()
        self.builtin.__enter__()
        _children.host(self)
        session.begin(measure=False)

    def forget(self) -> None:
        """Count from zero, in the child of a fork."""
        if not isinstance(self.profiler, LineProfiler):
            self.profiler.forget()
            return
        # Nobody types at a child.
        self.profiler.max_mem = None
        for figures in dict.values(self.profiler.code_map):
            figures.clear()

    def ticket(self) -> dict[str, Any]:
        """Give what `board` has to know in a process that starts afresh."""
        return self._ticket

    def dumps(self) -> str:
        """Give the figures of each line as text. Time stamps are of one process only."""
        if not isinstance(self.profiler, LineProfiler):
            return ""
        code_map = self.profiler.code_map
        _core.flush_windows()
        measured = [
            (filename, code.co_qualname, numbers.start, numbers.stop, list(figures.items()))
            for filename, code, numbers in code_map._toplevel
            if (figures := dict.__getitem__(code_map, code))
        ]
        return json.dumps(measured) if measured else ""

    def add(self, text: str) -> None:
        """Add what `dumps` gave in a child."""
        code_map = self.profiler.code_map
        own = {
            # Of what an earlier child has left, the key stands in the place of the code.
            code if isinstance(code, tuple) else (filename, code.co_qualname, numbers.start): code
            for filename, code, numbers in code_map._toplevel
        }
        for filename, name, start, stop, lines in json.loads(text):
            key = (filename, name, start)
            code = own.get(key)
            if code is None:
                # It is defined in children only, where its code object is.
                code_map._toplevel.append((filename, key, range(start, stop)))
                code = own[key] = key
                dict.__setitem__(code_map, key, {})
            _add(dict.__getitem__(code_map, code), lines, start)


def board(ticket: dict[str, Any]) -> None:
    """Take part in a run, in a process that multiprocessing has started afresh."""
    Guest(**ticket).begin()


def _add(
    figures: dict[int, Measure], lines: Iterable[tuple[int, Measure]], first_line: int
) -> None:
    """Add the figures of lines; the increment of the first is the memory of the first call."""
    for line, (increment, memory, occurrences) in lines:
        old = figures.get(line)
        if old is None:
            figures[line] = (increment, memory, occurrences)
        else:
            gained = old[0] if line == first_line else old[0] + increment
            figures[line] = (gained, max(old[1], memory), old[2] + occurrences)
