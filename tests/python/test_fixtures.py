"""Every program in fixtures/ costs on each line what the comment on that line says."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
MIB = 1 << 20
# The whole process is measured: Python's own allocations on a line, and the pages beside the
# blocks, come to well under this; the smallest block a program allocates is twenty times as large.
TOLERANCE = 2 * MIB

MEMORY = {"increment", "own", "peak", "total"}
COUNTS = {"occurrences", "calls"}
ONE = rf"(?:(?:{'|'.join(MEMORY)}): -?\d+ MiB|(?:{'|'.join(COUNTS)}): \d+)"
COMMENT = re.compile(rf"  # ({ONE}(?:, {ONE})*)$")


def expectations(source: str) -> dict[int, dict[str, int]]:
    """What the comments of a program promise: line -> word -> bytes or count."""
    found: dict[int, dict[str, int]] = {}
    for number, line in enumerate(source.splitlines(), 1):
        if match := COMMENT.search(line):
            for item in match[1].split(", "):
                word, value = item.split(": ")
                amount = int(value.removesuffix(" MiB"))
                scale = MIB if word in MEMORY else 1
                found.setdefault(number, {})[word] = amount * scale
    return found


def measured(profile: dict[str, Any], line: int, word: str) -> int | None:
    """What the profile says about a line; None when it does not know the line."""
    for function in profile["functions"]:
        rows = {row["line"]: row["measured"] for row in function["rows"]}
        if line not in rows:
            continue
        if word == "calls":
            return int(function["calls"])
        if word == "total":
            return sum(row["increment"] for row in rows.values() if row)
        row = rows[line]
        if row is None:
            return None
        if word == "peak":
            return int(row["peak"] - function["entry_first"])
        return int(row[word])
    return None


# Those of causes/ are about what survives: test_causes.py. Those of tests/ are for pytest:
# test_pytest_memory.py.
PROGRAMS = sorted(
    path.relative_to(FIXTURES).as_posix()
    for path in FIXTURES.rglob("*.py")
    if path.relative_to(FIXTURES).parts[0] not in ("causes", "tests")
)


# Two ways to profile a program: run it under us, or decorate in it and run it with plain `python`.
RUNNER = ["-m", "rsprofile", "--peak", "-o"]
DECORATOR = """
import builtins, runpy, sys
from rsprofile import _core, profile
_core.configure(peak=True)
builtins.profile = profile
runpy.run_path(sys.argv[2], run_name="__main__")
_core.snapshot().save(sys.argv[1])
"""


@pytest.mark.parametrize("way", [RUNNER, ["-c", DECORATOR]], ids=["run", "decorated"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_each_line_costs_what_its_comment_says(
    program: str, way: list[str], tmp_path: Path
) -> None:
    source = (FIXTURES / program).read_text(encoding="utf-8")
    if "import numpy" in source and not importlib.util.find_spec("numpy"):
        pytest.skip("numpy is not installed")
    expected = expectations(source)
    assert expected, "no line of the program says what it costs"

    output = tmp_path / "profile.json"
    run = subprocess.run(
        [sys.executable, *way, output, FIXTURES / program],
        capture_output=True,
        text=True,
        # Where the kernel's mark has to be read from a text, a line takes a thousand times as long.
        timeout=900,
    )
    assert run.returncode == 0, run.stderr
    profile = json.loads(output.read_text(encoding="utf-8"))

    wrong = []
    for line, words in expected.items():
        for word, value in words.items():
            got = measured(profile, line, word)
            tolerance = TOLERANCE if word in MEMORY else 0
            if got is None or abs(got - value) > tolerance:
                wrong.append(f"line {line}: {word} is {got}, not {value}")
    assert not wrong, "\n".join(wrong)


def test_a_comment_that_looks_like_an_expectation_is_one() -> None:
    """A misspelt word would otherwise pass as a remark and check nothing."""
    for program in PROGRAMS:
        for line in (FIXTURES / program).read_text(encoding="utf-8").splitlines():
            looks = re.search(r"\S  # .*\b[a-z]+: -?\d", line)
            assert not looks or COMMENT.search(line), f"{program}: {line.strip()}"
