"""The five causes of leaks, each with its program and the program mended: what is said of them is true.

What is expected stands in the program: lines are named by the comments `# made`, `# stored`, `# value`
and `# disabled`, the rest stands in the last lines.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import Shell

CAUSES = Path(__file__).resolve().parents[2] / "fixtures" / "causes"
PROGRAMS = sorted(path.stem for path in CAUSES.glob("*.py"))
EXPECTED = re.compile(
    r"# suspect: (?P<verdict>[A-Z]+), (?P<count>[\d,]+) x (?P<kind>\w+), (?P<bytes>[\d,]+) bytes, "
    r"held by (?P<held>[\w.]+)$"
    r"(?:\n# growth: \+1 per call of (?P<function>[\w.]+)$)?"
    r"(?:\n# cycles: (?P<cycles>\d+) of (?P<length>\d+)$)?",
    re.MULTILINE,
)


def number(text: str) -> int:
    return int(text.replace(",", ""))


def line_of(source: str, word: str) -> int | None:
    """The line whose comment has the word."""
    lines = enumerate(source.splitlines(), 1)
    found = [at for at, line in lines if re.search(rf"  # (\w+, )?{word}(, \w+)?$", line)]
    return found[0] if found else None


def suspects(shell: Shell, program: Path) -> list[dict[str, Any]]:
    done = shell.rsprofile("leaks", "-o", "out.json", str(program))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    document = json.loads((shell.folder / "out.json").read_text(encoding="utf-8"))
    (leaks,) = document["leaks"]
    return list(leaks["suspects"])


@pytest.mark.parametrize("cause", PROGRAMS)
def test_a_cause_is_named_with_everything_that_is_true_of_it(cause: str, shell: Shell) -> None:
    program = CAUSES / f"{cause}.py"
    source = program.read_text(encoding="utf-8")
    expected = EXPECTED.search(source)
    assert expected is not None

    (suspect,) = suspects(shell, program)

    assert suspect["verdict"] == expected["verdict"].lower()
    assert (suspect["count"], suspect["kind"]) == (number(expected["count"]), expected["kind"])
    assert suspect["bytes"] == pytest.approx(number(expected["bytes"]), rel=0.01)
    assert suspect["made"]["file"] == str(program)
    assert suspect["made"]["line"] == line_of(source, "made")
    assert suspect["stored"]["place"]["line"] == line_of(source, "stored")
    held = suspect["held"]
    assert (held["path"] if held else "nothing") == expected["held"]
    if expected["function"] is not None:
        growth = suspect["growth"]
        assert growth["per"]["call"] == {
            "function": expected["function"],
            "calls": number(expected["count"]),
        }
        assert (growth["objects"], growth["made"]) == (1, number(expected["count"]))
    else:
        assert suspect["growth"] is None
    if expected["cycles"] is not None:
        cycle = suspect["cycle"]
        found = (cycle["count"], cycle["length"])
        assert found == (int(expected["cycles"]), int(expected["length"]))
        assert cycle["disabled"]
        assert cycle["disabled_at"]["line"] == line_of(source, "disabled")
    if expected["verdict"] == "CLOSURE":
        assert suspect["closure"]["value_made"]["line"] == line_of(source, "value")


@pytest.mark.parametrize("cause", PROGRAMS)
def test_the_mended_program_has_no_suspect(cause: str, shell: Shell) -> None:
    assert suspects(shell, CAUSES / "fixed" / f"{cause}.py") == []


def test_each_cause_has_its_mended_twin() -> None:
    assert len(PROGRAMS) == 5
    assert sorted(path.stem for path in CAUSES.glob("fixed/*.py")) == PROGRAMS
