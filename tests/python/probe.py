"""What programs under test import: the core alone, with none of the reports.

from probe import begin, grow, lines, profile
begin(HOOK)
"""

from __future__ import annotations

import json
import os
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from rsprofile import _core

#: The hooks this Python has.
HOOKS = ["monitoring", "settrace"] if sys.version_info >= (3, 12) else ["settrace"]

F = TypeVar("F", bound=Callable[..., Any])

grow = _core.grow


def begin(hook: str, meter: str = "fake", peak: bool = False) -> None:
    """Switch profiling on in this thread and those started later."""
    _core.configure(meter=meter, peak=peak, hook=hook)
    _core.start()
    _core.trace_thread()
    _core.trace_new_threads()
    os.register_at_fork(after_in_child=_core.after_fork_in_child)


def profile(function: F) -> F:
    """Profile a function, as the decorator would."""
    _core.register(function.__code__)
    return function


def document() -> dict[str, Any]:
    return json.loads(_core.snapshot().dumps())


def calls(name: str) -> int:
    """Count the calls of the functions of this name."""
    return sum(f["calls"] for f in document()["functions"] if f["name"].endswith(name))


def lines(name: str = "") -> dict[str, tuple[int, int]]:
    """Give increment and occurrences by the text of the line, in functions of this name."""
    found: dict[str, tuple[int, int]] = {}
    for function in document()["functions"]:
        for row in function["rows"]:
            if row["measured"] and function["name"].endswith(name):
                text = (row["text"] or "?").strip()
                increment, occurrences = found.get(text, (0, 0))
                measured = row["measured"]
                found[text] = (
                    increment + measured["increment"],
                    occurrences + measured["occurrences"],
                )
    return found


def run(shell: Any, hook: str, program: str, **environment: str) -> None:
    """Run a program, which must reach its end and write nothing to standard error."""
    head = f"import os, sys\nfrom rsprofile import _core\nfrom probe import *\nHOOK = {hook!r}\n"
    text = head + textwrap.dedent(program)
    shell.write("prog.py", text + "\nprint('reached the end')\n")
    here = str(Path(__file__).parent)
    done = shell.python("prog.py", PYTHONPATH=here, **environment)
    assert (done.returncode, done.stderr) == (0, ""), f"{done.stdout}\n{done.stderr}"
    assert done.stdout.endswith("reached the end\n")
