"""The heap meter as a user asks for it: command line, decorator, children, and where it is refused."""

from __future__ import annotations

import json

import pytest
from conftest import Shell

PROGRAM = """
    keep = []

    @profile
    def work():
        keep.append(bytes(1000))
        return bool(bytes(2000))

    work()
"""


def rows(report: str) -> dict[str, list[str]]:
    """The figures of each line of a plain report, by its stripped text."""
    found = {}
    for line in report.splitlines():
        number, _, rest = line.strip().partition(" ")
        if number.isdigit():
            figures, _, text = rest.strip().rpartition("   ")
            found[text.strip()] = figures.split()
    return found


def test_the_command_line_takes_the_heap_meter(shell: Shell) -> None:
    shell.write("app.py", PROGRAM)
    done = shell.rsprofile("--meter", "heap", "--unit", "B", "app.py")
    titles = "Live Allocated Freed Peak Count Occurrences"
    assert titles in " ".join(done.stdout.split())
    line = rows(done.stdout)["return bool(bytes(2000))"]
    assert line == ["0", "B", "2033", "B", "2033", "B", "2033", "B", "1", "1"]


def test_both_meters_stand_side_by_side(shell: Shell) -> None:
    shell.write("app.py", PROGRAM)
    done = shell.rsprofile("--meter", "heap,rss", "--peak", "--style", "ascii", "app.py")
    header = done.stdout.splitlines()[2]
    titles = [title.strip() for title in header.strip("|").split("|")]
    assert titles[1:4] == ["Mem usage", "Increment", "Live"]
    assert titles[6] == "Heap peak"
    assert titles[-2] == "Peak"


def test_a_saved_profile_has_exact_figures(shell: Shell) -> None:
    shell.write("app.py", PROGRAM)
    shell.rsprofile("--meter", "heap", "-o", "a.json", "app.py")
    profile = json.loads((shell.folder / "a.json").read_text())
    assert profile["run"]["meter"] == "heap"
    line = profile["functions"][0]["rows"][3]["measured"]["heap"]
    assert line == {"live": 0, "allocated": 2033, "freed": 2033, "peak": 2033, "count": 1}
    shown = shell.rsprofile("show", "a.json", "--columns", "peak,live", "--sort", "peak")
    assert shown.stdout.splitlines()[2].split()[2:4] == ["Peak", "Live"]
    compared = shell.rsprofile("diff", "a.json", "a.json", "--by", "allocated")
    assert compared.stdout == "rsprofile: nothing changed: Allocated of 1 function is the same\n"


def test_profiles_of_other_meters_are_compared_by_what_both_have(shell: Shell) -> None:
    shell.write("app.py", PROGRAM)
    for name, meter in (("rss", "rss"), ("heap", "heap"), ("both", "rss,heap")):
        shell.rsprofile("--meter", meter, "-o", f"{name}.json", "app.py")
    assert shell.rsprofile("diff", "rss.json", "both.json").returncode == 0
    assert shell.rsprofile("diff", "heap.json", "both.json", "--by", "live").returncode == 0
    for arguments in (["rss.json", "heap.json"], ["rss.json", "both.json", "--by", "live"]):
        done = shell.rsprofile("diff", *arguments)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--meter", "heap,foo"], "unknown meter 'foo': one of rss, pss, uss, heap"),
        (["--meter", ""], "unknown meter '': one of rss, pss, uss, heap"),
        (["--columns", "live"], "column 'live' was not measured: the meter heap has it"),
        (["--sort", "freed"], "sort column 'freed' was not measured: the meter heap has it"),
        (["--meter", "heap", "--columns", "own"], "column 'own' was not measured: the meter rss"),
        (["--meter", "rss,pss"], "meters rss and pss cannot be read together"),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    shell: Shell, arguments: list[str], message: str
) -> None:
    shell.write("app.py", PROGRAM)
    done = shell.rsprofile(*arguments, "app.py")
    assert done.returncode == 2
    assert done.stderr.startswith(f"rsprofile: {message}")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_decorator_asks_for_the_heap_meter(shell: Shell) -> None:
    shell.write(
        "app.py",
        """
        from rsprofile import profile

        @profile
        def plain():
            return bytes(1000)

        @profile(meter="heap")
        def exact():
            return bytes(3000)

        @profile(columns="live,increment")
        def both():
            return bytes(5000)

        plain(), exact(), both()
        """,
    )
    done = shell.python("app.py")
    assert done.stderr == ""
    headers = [line for line in done.stdout.splitlines() if line.startswith("Line #")]
    assert [" ".join(header.split()[2:-2]) for header in headers] == [
        "Mem usage Increment Occurrences",
        "Live Allocated Freed Peak Count Occurrences",
        "Live Increment",
    ]


def test_a_decorator_with_a_meter_there_is_not_says_so_where_it_is_written(shell: Shell) -> None:
    done = shell.python("-c", "from rsprofile import profile; profile(meter='foo')")
    assert done.stderr.endswith("ValueError: unknown meter 'foo': one of rss, pss, uss, heap\n")


def test_a_meter_that_is_no_text_is_refused_where_it_is_written(shell: Shell) -> None:
    done = shell.python("-c", "from rsprofile import profile; profile(meter=5)")
    assert done.stderr.endswith("TypeError: a meter is a text as 'heap' or 'rss,heap', not 5\n")


def test_a_decorator_shows_its_meter_and_not_how_another_one_differs(shell: Shell) -> None:
    shell.write(
        "app.py",
        """
        from rsprofile import profile

        @profile
        def plain():
            return bytes(9 << 20)

        @profile(meter="heap")
        def exact():
            return bytes(9 << 20)

        plain(), exact()
        """,
    )
    for run in (shell.python, shell.rsprofile):
        done = run("app.py")
        headers = [line for line in done.stdout.splitlines() if line.startswith("Line #")]
        assert ["Increment" in header for header in headers] == [True, False]
        assert ["Live" in header for header in headers] == [False, True]
        assert "differ" not in done.stdout
    for meter in ("rss", "rss,heap"):
        done = shell.rsprofile("--meter", meter, "app.py")
        headers = [line for line in done.stdout.splitlines() if line.startswith("Line #")]
        assert " ".join(headers[1].split()[2:4]) == "Live Allocated"


def test_where_the_heap_meter_is_refused_rss_is_measured(shell: Shell) -> None:
    program = "import sys; sys._is_gil_enabled = lambda: False\n"
    shell.write(
        "app.py",
        program + "from rsprofile import profile\n"
        "@profile(meter='heap', columns='live,count')\ndef f(): return 1\n"
        "@profile(meter='heap')\ndef g(): return 1\nf(), g()\n",
    )
    done = shell.python("app.py")
    assert done.stderr.count("\n") == 1
    assert "needs the interpreter lock" in done.stderr
    assert done.stderr.endswith("; going on with rss\n")
    assert done.stdout.count("Mem usage    Increment  Occurrences") >= 1
    shell.write("sitecustomize.py", program)
    shell.write("plain.py", PROGRAM)
    done = shell.rsprofile("--meter", "heap", "plain.py", PYTHONPATH=str(shell.folder))
    assert done.returncode == 0
    assert done.stderr.endswith("; going on with rss\n")
    assert "Mem usage" in done.stdout


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_add_what_they_allocate(shell: Shell, method: str) -> None:
    shell.write(
        "app.py",
        f"""
        import multiprocessing
        from rsprofile import profile

        keep = [None] * 4

        @profile(meter="heap")
        def work(place, size):
            keep[place] = bytes(size)

        if __name__ == "__main__":
            work(0, 1000)
            child = multiprocessing.get_context("{method}").Process(target=work, args=(1, 5000))
            child.start()
            child.join()
        """,
    )
    done = shell.rsprofile("--meter", "heap", "--unit", "B", "app.py")
    line = rows(done.stdout)["keep[place] = bytes(size)"]
    # What the parent holds is a copy in a forked child, and not counted there.
    assert line == ["6066", "B", "6066", "B", "0", "B", "5033", "B", "2", "2"]
    assert "Processes: 2" in done.stdout


def test_reports_after_each_call_say_what_is_alive_by_then(shell: Shell) -> None:
    shell.write(
        "app.py",
        """
        import sys
        from rsprofile import profile

        keep = [None] * 3

        @profile(meter="heap", report="call")
        def work(place):
            keep[place] = bytes(1 << 20)

        for place in range(3):
            work(place)
        profile.save("all.json")
        """,
    )
    done = shell.python("app.py")
    lives = [line.split()[1] for line in done.stdout.splitlines() if "bytes(1 << 20)" in line]
    assert lives == ["1.0", "2.0", "3.0"]
    saved = json.loads((shell.folder / "all.json").read_text())
    heap = saved["functions"][0]["rows"][2]["measured"]["heap"]
    assert (heap["live"], heap["count"]) == (3 * ((1 << 20) + 33), 3)


def test_the_heap_meter_starts_and_stops_with_profiling(shell: Shell) -> None:
    code = """
import threading
from rsprofile import _core, profile
kept = []
@profile(meter="heap")
def work():
    kept.append(bytes(1000))
def churn():
    while not over.is_set():
        bytes(100), [1, 2], {}
over = threading.Event()
threads = [threading.Thread(target=churn) for _ in range(4)]
[thread.start() for thread in threads]
for _ in range(200):
    work()
    profile.disable()
    assert not _core.heap_is_tracing()
    work()
    profile.enable()
    assert _core.heap_is_tracing()
over.set()
[thread.join() for thread in threads]
"""
    shell.write("app.py", code)
    done = shell.python("app.py")
    assert done.stderr == ""
    assert rows(done.stdout)["kept.append(bytes(1000))"][-1] == "200"


STOPS = """
from rsprofile import _core, heap, profile
kept = []
@profile(meter="heap")
def work():
    kept.append(bytes(1000))
"""


def test_the_program_may_stop_what_it_has_started_while_lines_are_counted(shell: Shell) -> None:
    code = """
heap.stop()
work()
heap.stop()
work()
heap.start()
assert _core.heap_is_started()
work()
heap.stop()
heap.stop()
assert heap.is_tracing() and not _core.heap_is_started()
with heap.trace() as block:
    heap.stop()
    work()
work()
"""
    shell.write("app.py", STOPS + code)
    done = shell.python("app.py")
    assert done.stderr == ""
    live, unit, *_, occurrences = rows(done.stdout)["kept.append(bytes(1000))"]
    assert (unit, occurrences) == ("KiB", "5")
    assert float(live) >= 5.0


def test_the_end_of_the_lines_leaves_the_meter_to_the_program(shell: Shell) -> None:
    code = """
work()
heap.start()
profile.disable()
assert heap.is_tracing()
large = bytes(1_000_000)
assert heap.get_traced_memory()[0] > 1_000_000
heap.stop()
assert not heap.is_tracing()
profile.enable()
assert heap.is_tracing()
with heap.trace():
    profile.disable()
    assert heap.is_tracing()
assert not heap.is_tracing()
"""
    shell.write("app.py", STOPS + code)
    done = shell.python("app.py")
    assert done.stderr == ""
    assert rows(done.stdout)["kept.append(bytes(1000))"][-1] == "1"


def test_lines_have_what_libraries_allocate(shell: Shell) -> None:
    code = """
import numpy
from rsprofile import profile
kept = []
@profile(meter="heap", columns="live,count", report="exit")
def work():
    kept.append(numpy.empty(3 << 20, numpy.uint8))
work()
"""
    shell.write("app.py", code)
    done = shell.python("app.py")
    assert done.stderr == ""
    (line,) = [line for line in done.stdout.splitlines() if "kept.append" in line]
    assert " 3.0 MiB " in line


def test_starts_from_several_threads_are_counted(shell: Shell) -> None:
    code = """
import sys, threading
from rsprofile import _core, profile
@profile(meter="heap")
def work():
    return bytes(1000)
sys.setswitchinterval(0.00001)
def toggle():
    for _ in range(100):
        _core.start()
        work()
        _core.stop()
_core.stop()
threads = [threading.Thread(target=toggle) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert not _core.is_active()
assert not _core.heap_is_tracing()
"""
    shell.write("app.py", code)
    done = shell.python("app.py")
    assert done.stderr == ""
