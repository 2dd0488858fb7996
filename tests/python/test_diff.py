"""`rsprofile diff`: what it finds, how it shows it, what it refuses."""

from __future__ import annotations

import json

import pytest

PROGRAM = """
MIB = 1 << 20

def load(size):
    table = bytearray(size * MIB)
    return table

def main():
    kept = load(64)
    return kept

kept = main()
"""
LATER = PROGRAM.replace("def load", "# read it all\ndef load").replace("load(64)", "load(96)")


@pytest.fixture
def runs(shell):
    """A shell with the profiles of two versions of a program, `a.json` and `b.json`."""
    for name, program in (("a.json", PROGRAM), ("b.json", LATER)):
        shell.write("prog.py", program)
        assert shell.rsprofile("--all", "-o", name, "prog.py").returncode == 0
    return shell


def rows(text):
    """The cells of all rows of a report in the default style."""
    return [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if "|" in line]


def test_the_lines_that_grew_are_found_where_they_stand_now(runs):
    done = runs.rsprofile("diff", "a.json", "b.json", "--precision", "0")
    assert (done.returncode, done.stderr) == (0, "")
    changes = ["64 MiB", "96 MiB", "+32 MiB"]
    assert ["4 > 5", *changes, "table = bytearray(size * MIB)"] in rows(done.stdout)
    assert ["8 > 9", *changes, "~     kept = load(96)"] in rows(done.stdout)
    functions = [row[3].split()[1] for row in rows(done.stdout) if row[:3] == changes]
    assert sorted(functions) == ["<module>", "load", "main"]


def test_the_other_way_round_it_is_less(runs):
    done = runs.rsprofile("diff", "b.json", "a.json", "--precision", "0", "--by", "own")
    assert ["5 > 4", "96 MiB", "64 MiB", "-32 MiB", "table = bytearray(size * MIB)"] in rows(
        done.stdout
    )
    assert len(rows(done.stdout)) == 4


def test_json_has_bytes_and_the_lines_on_both_sides(runs):
    done = runs.rsprofile("diff", "a.json", "b.json", "--json", "--by", "own", "--precision", "0")
    (function,) = json.loads(done.stdout)
    assert function["name"] == "load"
    assert abs(function["change"] - (32 << 20)) < 1 << 20
    (line,) = function["lines"]
    assert (line["line_before"], line["line_after"]) == (4, 5)


def test_a_file_of_its_own_takes_the_comparison(runs):
    done = runs.rsprofile("diff", "a.json", "b.json", "-o", "diff.md", "--top", "1")
    assert (done.returncode, done.stdout) == (0, "")
    assert (runs.folder / "diff.md").read_text().count("\n## ") == 1


def test_the_same_profile_has_not_changed(runs):
    done = runs.rsprofile("diff", "a.json", "a.json")
    assert done.stdout == "rsprofile: nothing changed: Increment of 3 functions is the same\n"


def test_what_cannot_be_compared_is_refused_in_one_line(runs):
    runs.write("no.json", "{}")
    for arguments, message in (
        (["a.json"], "the following arguments are required: AFTER"),
        (["a.json", "none.json"], "cannot read profile none.json: no such file"),
        (["a.json", "no.json"], "cannot read profile no.json: not a profile"),
        (["a.json", "b.json", "--by", "size"], "unknown column 'size': one of usage, "),
        (["a.json", "b.json", "--by", "peak"], "a profile has no peak: profile both runs with"),
        (["a.json", "b.json", "--style", "no"], "unknown style 'no': one of "),
        (["a.json", "b.json", "--precision", "99"], "precision 99 is out of range"),
    ):
        done = runs.rsprofile("diff", *arguments)
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.lower().startswith(f"rsprofile: {message}".lower()), done.stderr
        assert done.stderr.count("\n") == 1


def test_meters_are_not_mixed(runs):
    runs.rsprofile("--meter", "uss", "--all", "-o", "uss.json", "prog.py")
    done = runs.rsprofile("diff", "a.json", "uss.json")
    assert done.returncode == 2
    assert done.stderr == (
        "rsprofile: cannot compare profiles of meters rss and uss: "
        "profile both runs with the same meter\n"
    )


# -- for build servers ----------------------------------------------------------------------------


def test_growth_beyond_the_limit_ends_with_1_and_says_where(runs):
    done = runs.rsprofile("diff", "a.json", "b.json", "--fail-over", "5%", "--precision", "0")
    assert done.returncode == 1
    first, *lines = done.stdout.splitlines()
    assert first == "Grew by more than 5%:"
    assert "  prog.py:4 load: Increment 64 MiB -> 96 MiB (+50.0 %)" in [
        line.replace(f"{runs.folder}/", "") for line in lines
    ]
    assert "| +32 MiB |" in done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith("rsprofile: grew by more than 5%: ")
    assert line.endswith(", and 2 more")


def test_growth_within_the_limit_ends_with_0(runs):
    for limit in (["60%"], ["40 MiB"], ["0%", "--least", "40 MiB"]):
        done = runs.rsprofile("diff", "a.json", "b.json", "--fail-over", *limit)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"Nothing grew by more than {limit[0]}\n")
    back = runs.rsprofile("diff", "b.json", "a.json", "--fail-over", "0%")
    assert back.returncode == 0


def test_a_comment_has_the_verdict_first_and_then_the_table(runs):
    done = runs.rsprofile("diff", "a.json", "b.json", "--fail-over", "5%", "-o", "comment.md")
    assert done.returncode == 1
    text = (runs.folder / "comment.md").read_text()
    assert text.startswith("**Grew by more than 5%:**\n\n- ")
    assert "\\<module>: Increment" in text
    assert "|---------:|" in text
    same = runs.rsprofile(
        "diff", "a.json", "a.json", "--fail-over", "5%", "--style", "markdown", "-o", "c.md"
    )
    assert (same.returncode, same.stderr) == (0, "")
    assert (runs.folder / "c.md").read_text().startswith("Nothing grew by more than 5%.\n")


def test_json_stays_json_and_the_status_tells(runs):
    done = runs.rsprofile("diff", "a.json", "b.json", "--fail-over", "5%", "--json")
    assert done.returncode == 1
    assert len(json.loads(done.stdout)) == 3


def test_a_whole_program_and_its_objects_have_limits_too(shell):
    for name, size in (("a", 8), ("b", 16)):
        shell.write("prog.py", f"kept = [bytes(1 << 20) for _ in range({size})]\n")
        for meter in (["--meter", "heap"], ["leaks"]):
            command = ["leaks"] if meter == ["leaks"] else meter
            file = f"{name}-{meter[-1]}.json"
            assert shell.rsprofile(*command, "-o", file, "prog.py").returncode == 0
    for meter, what in (("heap", "the whole program: Alive at the end"), ("leaks", "all objects")):
        done = shell.rsprofile("diff", f"a-{meter}.json", f"b-{meter}.json", "--fail-over", "20%")
        assert done.returncode == 1
        assert done.stdout.splitlines()[1].startswith(f"  {what} ")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--fail-over", "lots"], "no limit 'lots': give a share or a size, as 5% or 2 MiB"),
        (["--fail-over", "-5%"], "no limit '-5%': give a share or a size, as 5% or 2 MiB"),
        (
            ["--fail-over", "5%", "--least", "x"],
            "no size 'x': give bytes, or a text like 200 MiB or 1.5 GB",
        ),
        (["--least", "1 MiB"], "--least is of --fail-over: say what is too much"),
    ],
)
def test_a_limit_that_is_none_is_refused(runs, options, message):
    done = runs.rsprofile("diff", "a.json", "b.json", *[f"{options[0]}={options[1]}", *options[2:]])
    assert (done.returncode, done.stderr) == (2, f"rsprofile: {message}\n")
