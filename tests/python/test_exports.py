"""Profiles for other viewers, read by these viewers' own means."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
from conftest import Shell
from rsprofile import _core

PROGRAM = """
MIB = 1 << 20

class Store:
    def load(self):
        self.rows = [bytes(MIB) for _ in range(8)]

def main():
    store = Store()
    store.load()
    return store

kept = main()
"""
SCHEMA = Path(__file__).parents[2] / "target" / "speedscope" / "file-format-schema.json"


@pytest.fixture
def profiles(shell: Shell) -> list[_core.Profile]:
    """The program with its stacks, and its functions line by line."""
    shell.write("prog.py", PROGRAM)
    for name, options in (
        ("heap.json", ["--meter", "heap", "--stacks", "8"]),
        ("lines.json", ["--all"]),
    ):
        assert shell.rsprofile(*options, "-o", name, "prog.py").returncode == 0
    return [_core.Profile.load(shell.folder / name) for name in ("heap.json", "lines.json")]


def pprof(file: Path, *options: str) -> str:
    """What `go tool pprof` says of a file."""
    command = ["go", "tool", "pprof", *options, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("go") is None, reason="no go tool pprof: install golang-go")
def test_pprof_reads_stacks_lines_and_figures(
    profiles: list[_core.Profile], tmp_path: Path
) -> None:
    heap, lines = tmp_path / "heap.pb.gz", tmp_path / "lines.pb.gz"
    for file, profile in zip((heap, lines), profiles, strict=True):
        file.write_bytes(profile.export("pprof"))
    top = pprof(heap, "-top", "-unit=mb", "-sample_index=live")
    (load,) = [line.split() for line in top.splitlines() if line.endswith(" Store.load")]
    assert float(load[0].removesuffix("MB")) == pytest.approx(8, abs=0.2)
    traces = pprof(heap, "-traces", "-lines", "-sample_index=live").split("-----+-----")
    trace = next(trace for trace in traces if "MB   Store.load " in trace)
    places = [trace.index(f"{name} ") for name in ("Store.load", "main", "<module>")]
    assert places == sorted(places)
    assert "prog.py:5" in trace
    assert "Store.load" in pprof(lines, "-top", "-sample_index=growth")


def test_speedscope_files_are_what_its_schema_says(profiles: list[_core.Profile]) -> None:
    if not SCHEMA.exists():
        pytest.skip("no schema of speedscope: install npm and run make test")
    schema = json.loads(SCHEMA.read_text())
    for profile in profiles:
        jsonschema.validate(json.loads(profile.export("speedscope")), schema)
    broken = json.loads(profiles[0].export("speedscope"))
    broken["profiles"][0]["unit"] = "miles"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)


def test_the_weights_of_a_stack_are_its_bytes(profiles: list[_core.Profile]) -> None:
    file = json.loads(profiles[0].export("speedscope"))
    live = file["profiles"][0]
    frames = [frame["name"] for frame in file["shared"]["frames"]]
    named = [[frames[index] for index in sample] for sample in live["samples"]]
    ending = ["<module> (line 12)", "main (line 9)", "Store.load (line 5)"]
    pairs = zip(named, live["weights"], strict=True)
    assert 8 << 20 < sum(weight for stack, weight in pairs if stack[-3:] == ending) < 9 << 20
    assert live["endValue"] == sum(live["weights"])
