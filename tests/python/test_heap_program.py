"""The table of a whole program: what its lines allocate, to the byte, with nothing decorated."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

HOLDS = """
keep = []
def load():
    keep.append(bytes(1_000_000))
    large = bytearray(3_000_000)
def churn():
    for _ in range(100):
        bytes(10_000)
load()
churn()
"""
BYTES = sys.getsizeof(b"")
BYTEARRAY = sys.getsizeof(bytearray()) + 1


def figures(text: str) -> dict[tuple[str, int], tuple[int, int, int, int, int, int]]:
    """Add up the figures of each function and line of the script in a saved profile.

    They are bytes and blocks alive at the end and at the peak, bytes allocated, and their count.
    """
    sites = json.loads(text)["sites"]
    found: dict[tuple[str, int], Any] = {}
    names = ("live", "live_blocks", "peak", "peak_blocks", "allocated", "count")
    for site in sites["list"]:
        place = sites["places"][site["stack"][0]] if site["stack"] else None
        if place is not None and place["file"].endswith("prog.py"):
            key = place["function"], place["line"]
            old = found.get(key, (0,) * 6)
            found[key] = tuple(a + site[name] for a, name in zip(old, names, strict=True))
    return found


def test_each_line_has_what_it_holds_held_at_the_peak_and_allocated_to_the_byte(shell):
    shell.write("prog.py", HOLDS)
    done = shell.rsprofile("--meter", "heap", "--json", "prog.py")
    assert (done.returncode, done.stderr) == (0, "")
    found = figures(done.stdout)
    kept, large, churned = 1_000_000 + BYTES, 3_000_000 + BYTEARRAY, 10_000 + BYTES
    live, live_blocks, peak, _, allocated, _ = found["load", 3]
    # Beside the list of one, which append makes larger.
    # A call of a method takes 72 bytes for its time where a trace function is set.
    assert allocated - (72 if sys.version_info < (3, 12) else 0) == peak == live
    assert 0 < live - kept < 100
    assert live_blocks == 2
    assert found["load", 4] == (0, 0, large, 2, large, 2)
    assert found["churn", 7] == (0, 0, 0, 0, 100 * churned, 100)


def test_the_shares_add_up_to_the_totals(shell):
    shell.write("prog.py", HOLDS)
    sites = json.loads(shell.rsprofile("--meter", "heap", "--json", "prog.py").stdout)["sites"]
    for name in ("live", "peak"):
        assert sum(site[name] for site in sites["list"]) == sites[name]


def test_the_table_names_the_largest_lines_of_each_ranking(shell):
    shell.write("prog.py", HOLDS)
    done = shell.rsprofile("--meter", "heap", "--top", "1", "prog.py")
    titles = [part.split(":")[0] for part in done.stdout.split("\n\n")[:6:2]]
    assert titles == ["Alive at the end", "Alive at the peak", "Allocated in all"]
    rows = [line for line in done.stdout.splitlines() if "prog.py:" in line]
    assert [row.rpartition("prog.py:")[2] for row in rows] == ["3 load", "4 load", "4 load"]
    assert done.stdout.splitlines()[-2].startswith("total     ")
    assert "of its own, in none of these figures" in done.stdout.splitlines()[-1]


def test_stacks_stand_below_each_line_and_begin_with_the_program(shell):
    shell.write(
        "prog.py",
        """
        def make():
            return bytearray(1_000_000)
        def one():
            return make()
        def other():
            return make()
        keep = [one(), other(), other()]
        """,
    )
    done = shell.rsprofile("--meter", "heap", "--stacks", "9", "--by", "live", "prog.py")
    assert done.returncode == 0
    lines = [line.rpartition(" | ")[2] for line in done.stdout.splitlines()]
    at = next(i for i, line in enumerate(lines) if line.endswith("prog.py:2 make"))
    place = lines[at].rpartition(":")[0]
    assert lines[at + 1 : at + 5] == [
        f"  < {place}:6 other",
        f"  < {place}:7 <module>",
        f"  < {place}:4 one",
        f"  < {place}:7 <module>",
    ]
    assert "rsprofile/" not in done.stdout


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("line", "prog.py:2 <module>"),
        ("function", "prog.py:1 <module>"),
        ("file", "prog.py"),
        ("module", "prog"),
        ("type-of-allocator", "object (Python objects)"),
    ],
)
def test_sites_are_added_up_by_what_is_asked_for(shell, group, name):
    shell.write("prog.py", "keep = []\nkeep.append(bytes(5_000_000))\n")
    done = shell.rsprofile("--meter", "heap", "--group", group, "--by", "live", "prog.py")
    first = done.stdout.splitlines()[4]
    assert first.endswith(name), done.stdout
    assert first.split(" | ")[0].strip() == "4.8 MiB"


def test_decorated_functions_keep_their_tables_and_the_meaning_of_top(shell):
    shell.write("prog.py", "@profile\ndef f():\n    x = [1] * 9\n    return bytes(9)\nf()\n")
    done = shell.rsprofile("--meter", "heap", "--top", "1", "prog.py")
    assert "Line Contents" in done.stdout
    assert "Alive at the end" not in done.stdout
    both = shell.rsprofile("--meter", "heap", "--group", "file", "--by", "count", "prog.py").stdout
    assert both.index("Line Contents") < both.index("Blocks allocated in all")
    named = shell.rsprofile("--meter", "heap", "-f", "f", "prog.py").stdout
    assert "Alive at the end" not in named


def test_a_saved_profile_is_shown_again_in_any_grouping(shell):
    shell.write("prog.py", HOLDS)
    saved = shell.rsprofile("--meter", "heap", "-o", "run.json", "prog.py")
    assert "rsprofile show run.json" in saved.stderr
    shown = shell.rsprofile("show", "run.json", "--top", "3").stdout
    assert shown.startswith("Alive at the end: ")
    text = shell.rsprofile("show", "run.json", "--group", "module", "-o", "run.md")
    assert text.returncode == 0
    document = (shell.folder / "run.md").read_text()
    assert document.startswith("## Alive at the end: ")
    assert "`prog`" in document


def test_a_profile_without_the_whole_program_says_so_when_asked_for_it(shell):
    shell.write("prog.py", "@profile\ndef f(): pass\nf()\n")
    shell.rsprofile("-o", "run.json", "prog.py")
    done = shell.rsprofile("show", "run.json", "--group", "line")
    assert "the lines of the whole program were not recorded" in done.stdout


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_child_processes_add_what_they_allocate(shell, method):
    shell.write(
        "prog.py",
        f"""
        import multiprocessing
        keep = []
        def work(_):
            keep.append(bytes(1_000_000))
        if __name__ == "__main__":
            work(0)
            with multiprocessing.get_context("{method}").Pool(1) as pool:
                pool.map(work, [1, 2])
                pool.close()
                pool.join()
        """,
    )
    done = shell.rsprofile("--meter", "heap", "--json", "prog.py")
    assert done.returncode == 0, done.stderr
    allocated = figures(done.stdout)["work", 4][4]
    assert allocated // (1_000_000 + BYTES) == 3, allocated


def test_memory_of_threads_is_booked_on_their_lines(shell):
    shell.write(
        "prog.py",
        """
        import threading
        keep = []
        def work():
            for _ in range(50):
                keep.append(bytes(10_000))
        threads = [threading.Thread(target=work) for _ in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        """,
    )
    done = shell.rsprofile("--meter", "heap", "--json", "prog.py")
    live = figures(done.stdout)["work", 5][0]
    assert 200 * (10_000 + BYTES) <= live < 200 * (10_000 + BYTES) + 4000


# -- what it refuses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--group", "x"], "unknown group 'x': one of line, function, file, module, type-of-"),
        (["--by", "size"], "unknown order 'size': one of live, peak, allocated, count"),
        (["--top", "0"], "top 0 is out of range: 1 or more"),
        (["--stacks", "0"], "stacks 0 is out of range: 1 to 256"),
        (["--stacks", "257"], "stacks 257 is out of range: 1 to 256"),
        (["--stacks", "many"], "argument --stacks: 'many' is not a number"),
        (["--by", "live", "--sort", "count"], "--sort is of lines of functions: leave out --group"),
        (["--group", "file", "--skip-zero"], "--skip-zero is of lines of functions: leave out"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_runs(shell, options, message):
    shell.write("prog.py", "print('ran')")
    done = shell.rsprofile("--meter", "heap", *options, "prog.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"rsprofile: {message}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("option", ["--group=line", "--by=live", "--stacks=3"])
def test_the_whole_program_needs_the_heap_meter(shell, option):
    shell.write("prog.py", "print('ran')")
    done = shell.rsprofile(option, "prog.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("add --meter heap\n")


def test_a_program_that_allocates_nothing_has_totals(shell):
    shell.write("prog.py", "")
    done = shell.rsprofile("--meter", "heap", "--top", "3", "prog.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert "total " in done.stdout
    assert "prog.py" not in done.stdout


def test_a_program_that_starts_and_stops_the_meter_takes_nothing_from_the_table(shell):
    shell.write(
        "prog.py",
        """
        from rsprofile import heap
        keep = bytes(2_000_000)
        heap.stop()
        heap.start()
        with heap.trace():
            heap.stop()
        more = bytes(1_000_000)
        """,
    )
    done = shell.rsprofile("--meter", "heap", "--by", "live", "prog.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert "prog.py:2 <module>" in done.stdout
    assert "prog.py:7 <module>" in done.stdout


def test_a_program_that_fails_has_its_table(shell):
    shell.write("prog.py", "keep = bytes(2_000_000)\nraise SystemExit(3)\n")
    done = shell.rsprofile("--meter", "heap", "--by", "live", "prog.py")
    assert done.returncode == 3
    assert "prog.py:1 <module>" in done.stdout


TEMPORARY = """
import threading, sys

def thrown_away():
    for number in range(1000):
        [None] * 1000                       # thrown away
        bytearray(5000)                     # two blocks

def kept(keep):
    for number in range(100):
        keep[number] = bytes(1000)          # kept

def freed_elsewhere():
    for number in range(100):
        block = bytes(2000)                 # freed by the next line
        del block

def replaced():
    block = None
    for number in range(100):
        block = bytes(3000)                 # freed in the next turn

def returned():
    block = bytes(4000)                     # freed when it returns

thrown_away(), freed_elsewhere(), replaced()
keep = [None] * 100
kept(keep)
for _ in range(10):
    returned()
threads = [threading.Thread(target=thrown_away) for _ in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


@pytest.mark.parametrize("stacks", [1, 4])
def test_temporaries_are_what_a_line_frees_of_its_own(shell, stacks):
    shell.write("prog.py", TEMPORARY)
    options = ("--meter", "heap", "--by", "temporary", "--stacks", str(stacks))
    done = shell.rsprofile(*options, "--json", "prog.py")
    assert (done.returncode, done.stderr) == (0, "")
    sites = json.loads(done.stdout)["sites"]
    lines = {
        n: text.partition("# ")[2] for n, text in enumerate(TEMPORARY.lstrip().splitlines(), 1)
    }
    found: dict[str, int] = {}
    for site in sites["list"]:
        place = sites["places"][site["stack"][0]] if site["stack"] else None
        if place is not None and place["file"].endswith("prog.py"):
            name = lines[place["line"]]
            found[name] = found.get(name, 0) + site["temporary"]
    rounds = 3 * 1000
    # A list may come from the free list, but its items do not.
    items = 8 * 1000 * rounds
    assert items <= found["thrown away"] < items + 2 * rounds * sys.getsizeof([None])
    assert found["two blocks"] == (5000 + BYTEARRAY) * rounds
    assert (found["kept"], found["freed by the next line"]) == (0, 0)
    assert found["freed in the next turn"] == 99 * (3000 + BYTES)
    assert found["freed when it returns"] == 0


def test_temporaries_have_to_be_recorded(shell):
    shell.write("prog.py", TEMPORARY)
    done = shell.rsprofile("--meter", "heap", "--by", "temporary", "--top", "1", "prog.py")
    assert "Allocated and freed on one line: " in done.stdout
    assert "prog.py:5 thrown_away" in done.stdout
    shell.rsprofile("--meter", "heap", "-o", "run.json", "prog.py")
    done = shell.rsprofile("show", "run.json", "--by", "temporary")
    assert "not recorded: profile it with --by temporary" in done.stdout


# -- two runs -------------------------------------------------------------------------------------


def test_two_runs_are_compared_by_what_the_whole_program_allocates(shell):
    for name, size in (("a.json", 1_000_000), ("b.json", 4_000_000)):
        shell.write("prog.py", f"keep = []\nkeep.append(bytes({size}))\n")
        shell.rsprofile("--meter", "heap", "-o", name, "prog.py")
    done = shell.rsprofile("diff", "a.json", "b.json", "--json", "--group", "line")
    (row,) = [row for row in json.loads(done.stdout) if "prog.py:2" in row["name"]]
    assert row["change"] == 3_000_000
    text = shell.rsprofile("diff", "a.json", "b.json", "--by", "peak", "--top", "1").stdout
    assert text.startswith("Alive at the peak: +")
    assert text.splitlines()[-1].endswith("prog.py:2 <module>")
    same = shell.rsprofile("diff", "a.json", "a.json", "--group", "file")
    assert same.stdout == "rsprofile: nothing changed: alive at the end\n"
    wrong = shell.rsprofile("diff", "a.json", "b.json", "--by", "increment")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "unknown order 'increment': one of live, peak, allocated, count" in wrong.stderr


def test_a_run_without_the_whole_program_is_not_compared_with_one(shell):
    shell.write("prog.py", "@profile\ndef f(): pass\nf()\n")
    shell.rsprofile("-o", "lines.json", "prog.py")
    shell.rsprofile("--meter", "heap", "--stacks", "1", "-o", "program.json", "prog.py")
    done = shell.rsprofile("diff", "program.json", "lines.json", "--group", "line")
    assert done.returncode == 2
    assert done.stderr.startswith("rsprofile: lines.json has no lines of a whole program")
    shell.rsprofile("--meter", "heap", "-o", "lines.json", "prog.py")
    shell.write("prog.py", "def f(): pass\nf()\n")
    shell.rsprofile("--meter", "heap", "-o", "program.json", "prog.py")
    for files in (("program.json", "lines.json"), ("lines.json", "program.json")):
        done = shell.rsprofile("diff", *files)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            "rsprofile: program.json has no functions, only a whole program: "
            "profile both runs with the same options\n"
        )


def test_temporaries_that_were_not_recorded_are_not_compared(shell):
    shell.write("prog.py", "kept = bytes(1000)\n")
    shell.rsprofile("--meter", "heap", "-o", "a.json", "prog.py")
    shell.rsprofile("--meter", "heap", "--by", "temporary", "-o", "b.json", "prog.py")
    for files in (("a.json", "a.json"), ("a.json", "b.json"), ("b.json", "a.json")):
        done = shell.rsprofile("diff", *files, "--by", "temporary")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            "rsprofile: a profile has no temporaries: profile both runs with --by temporary\n"
        )
    assert shell.rsprofile("diff", "b.json", "b.json", "--by", "temporary").returncode == 0
