"""The report of `%mprun`: text in a terminal, a table in Jupyter."""

from __future__ import annotations

import io

from rsprofile import _core
from rsprofile.compat._show import show_results, tables
from rsprofile.notebook._html import document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Report:
    """What a profiler has measured until now.

    Attributes:
        text: memory_profiler's report; empty when nothing was measured.
    """

    def __init__(self, profiler: Any, shell: Any) -> None:
        self._shell = shell
        stream = io.StringIO()
        show_results(profiler, stream)
        self.text = stream.getvalue()
        self._tables = [
            (self._title(filename), list(lines)) for filename, lines in tables(profiler)
        ]

    def show(self) -> None:
        """Show it where the user looks: below the cell, or in the terminal's pager."""
        if not self.text:
            # The trace hook of Python 3.11 sees the thread it was set in.
            where = " in this thread" if _core.settings()["hook"] == "settrace" else ""
            print(f"Nothing was measured: none of the functions ran{where}.")
        elif getattr(self._shell, "kernel", None) is not None:
            from IPython.display import display

            display(self)  # type: ignore[no-untyped-call]
        else:
            from IPython.core.page import page

            page(self.text.rstrip())

    def _repr_html_(self) -> str:
        return document(self._tables)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.text.rstrip())

    def _title(self, filename: str) -> str:
        """Give the name under which the user knows a file: a cell's is made up by the shell."""
        # IPython 8.0 to 8.5 has no such method.
        format_name = getattr(self._shell.compile, "format_code_name", None)
        parts = format_name(filename) if format_name is not None else None
        return " ".join(parts) if parts else filename
