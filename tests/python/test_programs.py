"""The table of programs: each says in comments what its lines cost, to the byte.

The same integers must come out of every hook, on every Python. The programs leave the usage of a
line out where a Python's line table decides in which visit the memory is there (the last visit of a
call that is written over several lines, for instance).
"""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import expectations
import pytest

HERE = Path(__file__).parent
PROGRAMS = sorted((HERE / "programs").glob("*.py"))
HOOKS = ["monitoring", "settrace"] if sys.version_info >= (3, 12) else ["settrace"]


@functools.cache
def played(hook: str) -> dict[str, Any]:
    """Play all programs under a hook, once."""
    done = subprocess.run(
        [sys.executable, str(HERE / "play.py"), hook, *map(str, PROGRAMS)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def document(hook: str, path: Path) -> dict[str, Any]:
    found = played(hook)[str(path)]
    assert isinstance(found, dict), f"{path.name} did not end well:\n{found}"
    assert found["run"]["hook"] == hook
    return found


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
@pytest.mark.parametrize("hook", HOOKS)
def test_every_line_costs_what_its_comment_says(hook: str, path: Path) -> None:
    found = document(hook, path)
    assert not (wrong := expectations.differences(path, found)), "\n".join(wrong)
    assert found["run"]["lost"] == 0


@pytest.mark.skipif(len(HOOKS) == 1, reason="one hook only on this Python")
@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_both_hooks_agree_on_every_figure(path: Path) -> None:
    one, other = (document(hook, path)["functions"] for hook in HOOKS)
    assert one == other


def test_a_wrong_expectation_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text("x = 1  # +30 x2\n")
    figures = {"increment": 30, "own": 30, "occurrences": 3, "peak": 9, "usage": 9, "shared": False}
    rows = [{"line": 1, "measured": figures}]
    function = {"file": str(path), "kind": "module", "first_line": 1, "calls": 0, "rows": rows}
    wrong = expectations.differences(path, {"functions": [function]})
    assert len(wrong) == 1
    assert "occurrences 3 instead of 2" in wrong[0]
