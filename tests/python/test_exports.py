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
        self.rows = b"x" * (8 * MIB)

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


# -- from the command line ------------------------------------------------------------------------


@pytest.fixture
def saved(shell: Shell) -> Shell:
    """A shell with the program's functions and its memory over time in `run.json`."""
    shell.write("prog.py", PROGRAM)
    done = shell.rsprofile("--all", "--timeline", "-o", "run.json", "prog.py")
    assert done.returncode == 0, done.stderr
    return shell


def test_a_run_with_a_timeline_has_it_in_its_profile_and_its_page(saved: Shell) -> None:
    (recording,) = json.loads((saved.folder / "run.json").read_text())["recordings"]
    assert recording["command"] == "prog.py"
    times = [time for time, _ in recording["samples"]]
    assert len(times) >= 2
    assert times == sorted(times)
    levels = [level for _, level in recording["samples"]]
    assert max(levels) - levels[0] > 7 << 20
    assert saved.rsprofile("show", "run.json", "-o", "run.html").returncode == 0
    assert "The page of recordings" not in (saved.folder / "run.html").read_text()
    assert '"timeline":{' in (saved.folder / "run.html").read_text()


def test_a_timeline_stops_for_forks_and_goes_on(shell: Shell) -> None:
    shell.write(
        "prog.py",
        """
        import os, warnings
        warnings.simplefilter("error")
        for _ in range(3):
            if (pid := os.fork()) == 0:
                os._exit(0)
            os.waitpid(pid, 0)
        @profile
        def work(): return len(b"x" * (32 << 20))
        work()
        """,
    )
    done = shell.rsprofile("--timeline", "-o", "run.json", "prog.py")
    assert (done.returncode, done.stdout) == (0, "")
    (recording,) = json.loads((shell.folder / "run.json").read_text())["recordings"]
    levels = [level for _, level in recording["samples"]]
    assert max(levels) - levels[0] > 30 << 20


def test_a_program_of_which_no_line_was_measured_still_has_its_timeline(shell: Shell) -> None:
    shell.write("prog.py", "kept = bytes(1 << 20)\n")
    done = shell.rsprofile("--timeline", "-o", "run.json", "prog.py")
    assert done.returncode == 0
    assert len(json.loads((shell.folder / "run.json").read_text())["recordings"]) == 1


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (["-o", "out.pb.gz"], b"\x1f\x8b"),
        (["-o", "out.pprof"], b"\x1f\x8b"),
        (["-o", "out.speedscope.json"], b'{"$schema"'),
        (["--format", "speedscope", "-o", "out.json"], b'{"$schema"'),
        (["-o", "out.svg"], b"<svg"),
        (["--format", "png", "-o", "out.bin"], b"\x89PNG"),
        (["--format", "md", "-o", "out"], b"## `"),
        (["--format", "html", "-o", "out"], b"<!DOCTYPE html>"),
    ],
)
def test_the_format_is_that_of_the_name_or_of_the_file(
    saved: Shell, arguments: list[str], start: bytes
) -> None:
    done = saved.rsprofile("show", "run.json", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (saved.folder / arguments[-1]).read_bytes().startswith(start)


def test_an_export_goes_to_standard_output_without_a_file(saved: Shell) -> None:
    done = saved.rsprofile("show", "run.json", "--format", "speedscope")
    assert json.loads(done.stdout)["exporter"].startswith("rsprofile@")


def test_what_cannot_be_exported_is_refused_in_one_line(saved: Shell) -> None:
    saved.write("lines.json", (saved.folder / "run.json").read_text())
    profile = json.loads((saved.folder / "run.json").read_text())
    (saved.folder / "lines.json").write_text(json.dumps({**profile, "recordings": []}))
    (saved.folder / "empty.json").write_text(json.dumps({**profile, "functions": []}))
    for arguments, message, status in (
        (["run.json", "--format", "svg"], "a picture needs a file: name one with -o FILE.svg", 2),
        (
            ["lines.json", "-o", "x.svg"],
            "cannot show lines.json: no memory over time was recorded in it; "
            "profile with --timeline",
            1,
        ),
        (
            ["empty.json", "-o", "x.pb.gz"],
            "empty.json: nothing to export: speedscope and pprof show lines of functions, or of a "
            "program with --meter heap",
            2,
        ),
        (
            ["run.json", "--format", "callgrind"],
            "unknown format 'callgrind': one of text, markdown, json, html; show has svg, png, "
            "speedscope, pprof too",
            2,
        ),
        (["run.json", "-o", "no/x.pb.gz"], "cannot write no/x.pb.gz: no such file or directory", 1),
    ):
        done = saved.rsprofile("show", *arguments)
        assert (done.returncode, done.stdout) == (status, "")
        assert done.stderr == f"rsprofile: {message}\n"


@pytest.mark.parametrize("name", ["x.svg", "x.pb.gz", "x.speedscope.json"])
def test_only_show_writes_an_export(saved: Shell, name: str) -> None:
    for arguments in (["-o", name, "-c", "0"], ["diff", "run.json", "run.json", "-o", name]):
        done = saved.rsprofile(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            f"rsprofile: cannot write {name} here: save with -o FILE.json, then "
            f"rsprofile show FILE.json -o {name}\n"
        )
    assert not (saved.folder / name).exists()
