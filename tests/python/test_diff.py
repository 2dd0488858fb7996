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
