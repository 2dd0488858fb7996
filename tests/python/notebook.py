"""Notebooks as Jupyter runs them: the cells of a test file in one kernel, executed once."""

from __future__ import annotations

import itertools
import os
from typing import Any

import nbformat
from nbclient import NotebookClient


class Outputs:
    """What one cell put below itself."""

    def __init__(self, outputs: list[Any]) -> None:
        self.outputs = outputs

    @property
    def kinds(self) -> list[str]:
        """Name what there is, in order: `stdout`, `stderr`, `display_data`, `error` and so on."""
        names = [output.get("name", output.output_type) for output in self.outputs]
        # A kernel sends what is printed when it comes to it: a text may arrive in parts.
        return [name for name, _ in itertools.groupby(names)]

    def stream(self, name: str) -> str:
        """Give what was printed."""
        return "".join(output.text for output in self.outputs if output.get("name") == name)

    def shown(self, kind: str = "text/plain") -> list[str]:
        """Give what was displayed, in one form."""
        return [output.data[kind] for output in self.outputs if kind in output.get("data", {})]

    @property
    def error(self) -> str:
        """Name the exception that ended the cell."""
        return "".join(output.ename for output in self.outputs if output.output_type == "error")

    @property
    def traceback(self) -> str:
        """Give the traceback below the cell."""
        return "\n".join(line for output in self.outputs for line in output.get("traceback", []))


class Notebook:
    """Cells, each added by the test it belongs to."""

    def __init__(self) -> None:
        self.cells: list[Any] = []

    def add(self, source: str) -> int:
        """Add a cell; its place."""
        self.cells.append(nbformat.v4.new_code_cell(source.strip("\n")))
        return len(self.cells) - 1

    def execute(self, folder: os.PathLike[str], environment: dict[str, str]) -> list[Outputs]:
        """Run all cells in a new kernel; a cell that fails does not stop it."""
        notebook = nbformat.v4.new_notebook(cells=self.cells)
        client = NotebookClient(
            notebook,
            timeout=60,
            kernel_name="python3",
            allow_errors=True,
            resources={"metadata": {"path": str(folder)}},
        )
        client.execute(env=environment)
        return [Outputs(cell.outputs) for cell in notebook.cells]
