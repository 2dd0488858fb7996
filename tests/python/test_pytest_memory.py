"""The pytest plugin: what each test takes is told, and a test that takes too much fails.

Sizes are tens of MiB: real memory has a slack of a few.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
from pathlib import Path

import pytest

MIB = 1 << 20

HEAD = """
import os, pytest, subprocess, sys
kept = []
def take(mib):
    block = bytearray(mib << 20)
    return len(block)
def keep(mib):
    kept.append(bytearray(mib << 20))
"""


@pytest.fixture
def play(shell):
    """Run pytest on a file of tests."""

    def run(text: str, *options: str, head: str = HEAD) -> subprocess.CompletedProcess[str]:
        shell.write("test_it.py", head + text)
        return shell.python(
            "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", "-ra", *options
        )

    return run


@pytest.fixture
def measure(play, shell):
    """Give what the file for CI says of each test."""

    def run(text: str, *options: str) -> dict[str, dict]:
        done = play(text, "--rsprofile-json=out.json", *options)
        document = json.loads((shell.folder / "out.json").read_text())
        assert document["peaks"] == "kernel"
        tests = {test["nodeid"].partition("::")[2]: test for test in document["tests"]}
        assert tests, done.stdout + done.stderr
        return tests

    return run


def outcomes(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """How many tests passed, failed and so on, by the last line."""
    last = done.stdout.rstrip().splitlines()[-1]
    return {kind: int(count) for count, kind in re.findall(r"(\d+) (\w+)", last.split(" in ")[0])}


def summary_of(done: subprocess.CompletedProcess[str]) -> str:
    """The section at the end."""
    section = done.stdout.partition("memory of the tests (rsprofile)")[2]
    assert section, done.stdout + done.stderr
    return section.partition("short test summary")[0]


def is_about(size: int, mib: int) -> bool:
    """Whether a figure is so many MiB, within what real memory allows."""
    return abs(size - mib * MIB) < 4 * MIB


# -- the figures ----------------------------------------------------------------------------------


def test_peak_and_increment_are_those_of_the_test_itself(measure):
    tests = measure(
        """
def test_nothing(): pass
def test_takes(): take(40)
def test_keeps(): keep(30)
def test_takes_less(): take(20)
def test_drops(): kept.clear()
"""
    )
    assert is_about(tests["test_nothing"]["peak"], 0)
    assert is_about(tests["test_takes"]["peak"], 40)
    assert is_about(tests["test_takes"]["increment"], 0)
    assert is_about(tests["test_keeps"]["peak"], 30)
    assert is_about(tests["test_keeps"]["increment"], 30)
    # Above its own start, whatever others have kept.
    assert is_about(tests["test_takes_less"]["peak"], 20)
    assert is_about(tests["test_drops"]["increment"], -30)
    assert is_about(tests["test_drops"]["peak"], 0)


def test_memory_that_earlier_tests_left_to_the_allocator_counts(measure):
    # Freed blocks raise the threshold from which the C library maps memory: the second is taken
    # from a heap that is kept, and so would be the third.
    tests = measure(
        """
@pytest.mark.parametrize("number", range(4))
def test_takes(number): take(24); take(24)
"""
    )
    assert all(is_about(test["peak"], 24) for test in tests.values()), tests


def test_set_up_and_tear_down_are_apart_from_the_call(measure):
    tests = measure(
        """
@pytest.fixture
def heavy():
    take(40)
    yield
    take(20)
@pytest.fixture(scope="module")
def shared():
    keep(30)
def test_heavy(heavy): take(10)
def test_first(shared): pass
def test_second(shared): pass
"""
    )
    heavy = tests["test_heavy"]
    assert is_about(heavy["setup"]["peak"], 40)
    assert is_about(heavy["peak"], 10)
    assert is_about(heavy["teardown"]["peak"], 20)
    # A fixture of the module is set up with the first test that needs it.
    assert is_about(tests["test_first"]["setup"]["increment"], 30)
    assert is_about(tests["test_second"]["setup"]["increment"], 0)


def test_what_a_fixture_gives_back_counts_though_the_allocator_keeps_it(measure, play):
    text = """
@pytest.fixture(scope="module")
def shared(): return [bytearray(1 << 20) for _ in range(40)]
@pytest.fixture
def own(): return [bytearray(1 << 20) for _ in range(20)]
def test_own(own): pass
def test_shared(shared): pass
def test_last(): pass
"""
    tests = measure(text)
    assert is_about(tests["test_own"]["setup"]["increment"], 20)
    # Not less by what the test before has given back.
    assert is_about(tests["test_shared"]["setup"]["increment"], 40)
    assert re.search(r"growth [+-][0-3]\.\d MiB", summary_of(play(text, "--rsprofile")))


def test_the_suite_of_the_docs_does_what_they_say(measure):
    suite = Path(__file__).parents[2] / "fixtures" / "tests" / "test_catalogue.py"
    tests = measure(suite.read_text())
    assert is_about(tests["test_archive"]["setup"]["peak"], 48)
    assert is_about(tests["test_pages[8]"]["increment"], 4)
    assert tests["test_export"]["outcome"] == "failed"
    assert tests["test_export"]["peak"] > 38 * MIB


def test_all_outcomes_are_told(measure):
    tests = measure(
        """
@pytest.fixture
def broken(): raise OSError
@pytest.fixture
def breaks():
    yield
    raise OSError
def test_passes(): pass
def test_fails(): take(20); assert False
def test_exits(): take(20); raise SystemExit(3)
def test_skips(): pytest.skip()
@pytest.mark.skip
def test_skipped(): pass
@pytest.mark.xfail
def test_xfails(): assert False
@pytest.mark.xfail
def test_xpasses(): pass
def test_broken(broken): pass
def test_breaks(breaks): pass
"""
    )
    assert {name.removeprefix("test_"): test["outcome"] for name, test in tests.items()} == {
        "passes": "passed", "fails": "failed", "exits": "failed", "skips": "skipped",
        "skipped": "skipped", "xfails": "xfailed", "xpasses": "xpassed", "broken": "error",
        "breaks": "error",
    }  # fmt: skip
    assert is_about(tests["test_fails"]["peak"], 20)
    assert is_about(tests["test_exits"]["peak"], 20)
    # There was no call.
    assert tests["test_broken"]["peak"] is None
    assert tests["test_skipped"]["peak"] is None


def test_tests_of_all_kinds_are_measured(measure, shell):
    shell.write("doc.txt", ">>> len(bytearray(20 << 20))\n20971520\n")
    tests = measure(
        """
import unittest
class TestPlain:
    @pytest.mark.parametrize("mib", [20, 40])
    def test_it(self, mib): take(mib)
class TestCase(unittest.TestCase):
    def setUp(self): self.block = bytearray(20 << 20)
    def test_it(self): take(20)
    def test_fails(self): take(20); self.fail()
class TestIsolated(unittest.IsolatedAsyncioTestCase):
    async def test_it(self): take(40)
"""
    )
    assert is_about(tests["TestPlain::test_it[20]"]["peak"], 20)
    assert is_about(tests["TestPlain::test_it[40]"]["peak"], 40)
    assert is_about(tests["TestCase::test_it"]["peak"], 40)
    assert tests["TestCase::test_fails"]["outcome"] == "failed"
    assert is_about(tests["TestIsolated::test_it"]["peak"], 40)


@pytest.mark.parametrize("plugin", ["pytest_asyncio", "anyio"])
def test_coroutines_are_measured_under_the_plugin_that_runs_them(measure, play, plugin):
    pytest.importorskip(plugin)
    # pytest-asyncio warns where it is not set.
    scope = ("-o", "asyncio_default_fixture_loop_scope=function")
    options = scope if importlib.util.find_spec("pytest_asyncio") else ()
    mark = "asyncio" if plugin == "pytest_asyncio" else "anyio"
    text = f"""
import asyncio
@pytest.fixture
def anyio_backend(): return "asyncio"
@pytest.mark.{mark}
async def test_it():
    await asyncio.sleep(0)
    take(40)
@pytest.mark.{mark}
@pytest.mark.limit_memory("24 MiB")
async def test_over():
    await asyncio.sleep(0)
    take(40)
"""
    tests = measure(text, *options)
    assert is_about(tests["test_it"]["peak"], 40)
    assert is_about(tests["test_over"]["peak"], 40)
    assert tests["test_over"]["outcome"] == "failed"
    assert "test_it.py:4 (take) took 40" in " ".join(play(text, *options).stdout.split())


def test_a_test_may_go_to_another_folder_and_close_all_files(measure):
    tests = measure(
        """
def test_goes(tmp_path): os.chdir(tmp_path); take(20)
def test_closes():
    # As daemons do; what pytest needs is left.
    for number in os.listdir("/proc/self/fd"):
        where = os.path.realpath(f"/proc/self/fd/{number}")
        if where.endswith(("statm", "clear_refs")): os.close(int(number))
    take(20)
def test_after(): take(40)
"""
    )
    assert is_about(tests["test_goes"]["peak"], 20)
    assert is_about(tests["test_after"]["peak"], 40)


def test_a_child_that_a_test_forks_leaves_the_figures_of_the_parent(measure):
    tests = measure(
        """
def test_forks():
    child = os.fork()
    if not child:
        take(60)
        os._exit(0)
    os.waitpid(child, 0)
    take(20)
def test_after(): take(20)
"""
    )
    assert is_about(tests["test_forks"]["peak"], 20)
    assert tests["test_forks"]["uncounted_children"]
    assert is_about(tests["test_after"]["peak"], 20)
    assert not tests["test_after"]["uncounted_children"]


def test_children_count_if_that_is_asked_for(measure):
    text = """
CHILD = "import time; block = bytearray(60 << 20); time.sleep(0.5)"
def test_starts(): subprocess.run([sys.executable, "-c", CHILD], check=True)
def test_forks():
    kept.append(bytearray(40 << 20))
    child = os.fork()
    if not child:
        import time
        time.sleep(0.3)
        os._exit(0)
    os.waitpid(child, 0)
def test_after(): pass
"""
    tests = measure(text, "--rsprofile-children")
    assert 60 * MIB < tests["test_starts"]["peak"] < 90 * MIB
    assert not tests["test_starts"]["uncounted_children"]
    # What a child shares with its parent is there once.
    assert tests["test_forks"]["peak"] < 60 * MIB
    assert is_about(tests["test_after"]["peak"], 0)
    tests = measure(text)
    assert is_about(tests["test_starts"]["peak"], 0)
    assert tests["test_starts"]["uncounted_children"]


def test_workers_of_xdist_measure_and_their_figures_come_together(measure, play):
    pytest.importorskip("xdist")
    text = """
def test_takes(): take(40)
def test_keeps(): keep(30)
@pytest.mark.limit_memory("24 MiB")
def test_over(): take(60)
"""
    tests = measure(text, "-n", "2")
    assert is_about(tests["test_takes"]["peak"], 40)
    assert is_about(tests["test_keeps"]["increment"], 30)
    assert tests["test_over"]["outcome"] == "failed"
    done = play(text, "-n", "2", "--rsprofile")
    assert outcomes(done) == {"failed": 1, "passed": 2}
    assert "test_it.py::test_takes" in summary_of(done)
    assert "test_it.py:4 (take) took 60" in " ".join(done.stdout.split())


@pytest.mark.parametrize("workers", ["0", "1"])
def test_growth_is_less_by_what_fixtures_let_go(play, workers):
    pytest.importorskip("xdist")
    text = """
import pytest
@pytest.fixture
def block(): return b"x" * (40 << 20)
def test_holds(block): pass
def test_after(): pass
"""
    done = play(text, "-n", workers, "--rsprofile")
    total = re.search(r"growth ([+-][0-9.]+) MiB", done.stdout)
    assert abs(float(total[1])) < 5, done.stdout


def test_where_there_is_no_mark_of_the_kernels_peaks_are_sampled_and_it_is_said(play, shell):
    shell.write(
        "conftest.py",
        """
        from rsprofile import _core
        def refuse(): raise OSError("cannot read /proc/self/clear_refs")
        _core.HighWater = refuse
        """,
    )
    done = play(
        """
import time
def test_holds():
    block = bytearray(40 << 20)
    time.sleep(0.05)
def test_forks():
    child = os.fork()
    if not child: os._exit(0)
    os.waitpid(child, 0)
""",
        "--rsprofile",
    )
    assert outcomes(done) == {"passed": 2}, done.stdout
    summary = summary_of(done)
    assert re.search(r" (39|4[0-4])\.\d MiB .* test_it.py::test_holds\n", summary)
    assert "peaks are sampled" in summary


# -- the summary ----------------------------------------------------------------------------------


def test_the_summary_lists_the_largest_and_the_fastest_growing(play):
    done = play(
        """
@pytest.fixture
def heavy(): take(60)
def test_takes(): take(40)
def test_keeps(): keep(20)
def test_heavy(heavy): pass
def test_nothing(): pass
""",
        "--rsprofile",
    )
    largest, growth = summary_of(done).split("most growth")
    names = re.findall(r"test_it.py::(.*)", largest)
    assert names[:3] == ["test_heavy (setup)", "test_takes", "test_keeps"]
    assert re.findall(r"test_it.py::(.*)", growth)[0] == "test_keeps"
    assert "test_nothing" not in growth
    assert re.search(r"total: 4 tests, highest peak (59|6\d)\.\d MiB, growth \+\d+\.\d MiB", growth)


def test_the_lists_have_as_many_as_was_asked(play):
    text = """
@pytest.mark.parametrize("mib", range(10, 22))
def test_takes(mib): take(mib)
"""
    largest = summary_of(play(text, "--rsprofile")).partition("total")[0]
    assert len(re.findall("::test_takes", largest.partition("most growth")[0])) == 10
    assert "and 2 more" in largest
    summary = summary_of(play(text, "--rsprofile", "--rsprofile-top=3"))
    assert re.findall(r"::test_takes\[(\d+)\]", summary.partition("most growth")[0]) == [
        "21", "20", "19",
    ]  # fmt: skip


@pytest.mark.parametrize("count", ["0", "-1", "many"])
def test_a_number_that_means_nothing_is_refused(play, count):
    done = play("def test_it(): pass", "--rsprofile", f"--rsprofile-top={count}")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "is not a number from 1 on" in done.stderr


def test_a_run_without_tests_has_a_summary_too(play):
    summary = summary_of(play("", "--rsprofile"))
    assert "total: 0 tests, highest peak 0.0 MiB, growth +0.0 MiB" in summary


def test_both_kinds_of_summary_go_together(play):
    done = play(
        "def test_leaks(): kept.append(bytearray(100_000))", "--rsprofile", "--rsprofile-leaks"
    )
    assert outcomes(done) == {"failed": 1}
    assert "what each run leaves behind" in done.stdout
    # The runs of the loop are not in the figures of the test.
    assert "total: 1 test, " in summary_of(done)


# -- the mark -------------------------------------------------------------------------------------


def test_a_test_that_takes_more_than_its_limit_fails_with_the_lines(play):
    done = play(
        """
@pytest.mark.limit_memory("24 MiB")
def test_takes():
    small = 1
    take(40)
"""
    )
    assert outcomes(done) == {"failed": 1}
    text = " ".join(done.stdout.split())
    assert re.search(
        r"took (39|4[0-4])\.\d MiB, the limit is 24 MiB: test_it.py:4 \(take\) took 40\.\d MiB, "
        r"called at test_it.py:12 \(test_takes\)\. It started at \d+\.\d MiB\.",
        text,
    ), done.stdout
    # The table is of the function that took it.
    table = done.stdout.partition("Line #")[2]
    assert re.search(r"\n +4 .*block = bytearray\(mib << 20\)", table)
    assert "small = 1" not in table
    assert "Peak" in table
    assert "rsprofile/_pytest" not in done.stdout


def test_a_limit_is_on_the_peak_above_the_start(play):
    done = play(
        """
def test_keeps_before(): keep(100)
@pytest.mark.limit_memory("24 MiB")
def test_less(): take(20)
@pytest.mark.limit_memory(limit=24_000_000)
def test_bytes(): take(20)
@pytest.mark.limit_memory("24 MiB")
def test_grows_line_by_line():
    for _ in range(20): kept.append(bytearray(2 << 20))
"""
    )
    assert outcomes(done) == {"failed": 1, "passed": 3}
    assert "FAILED test_it.py::test_grows_line_by_line" in done.stdout
    text = " ".join(done.stdout.split())
    assert re.search(r"test_it.py:\d+ \(test_grows_line_by_line\) took (39|4\d)", text)


def test_what_garbage_of_others_gives_back_does_not_hide_it(play):
    done = play(
        """
import gc
def test_before():
    gc.disable()
    cycle = [bytearray(40 << 20)]
    cycle.append(cycle)
@pytest.mark.limit_memory("24 MiB")
def test_it():
    gc.collect()
    take(40)
"""
    )
    assert outcomes(done) == {"failed": 1, "passed": 1}


def test_the_line_is_found_through_methods_modules_and_decorators(play, shell):
    shell.write(
        "work/loader.py",
        """
        import contextlib, functools
        class Loader:
            def __init__(self):
                self.data = read()
        @functools.lru_cache
        def read():
            return bytearray(50 << 20)
        @contextlib.contextmanager
        def opened():
            yield Loader()
        def idle(loader):
            pass
        """,
    )
    shell.write("work/__init__.py", "")
    done = play(
        """
from work.loader import idle, opened
class TestIt:
    @pytest.mark.limit_memory("24 MiB")
    def test_loads(self):
        with opened() as loader:
            idle(loader)
            idle(loader)
"""
    )
    text = " ".join(done.stdout.split())
    assert "work/loader.py:7 (read) took 50" in text, done.stdout
    assert (
        "called at work/loader.py:4 (Loader.__init__), work/loader.py:10 (opened), "
        "test_it.py:13 (TestIt.test_loads)"
    ) in text


def test_a_mark_on_a_class_or_module_holds_for_its_tests(play):
    done = play(
        """
import unittest
pytestmark = pytest.mark.limit_memory("24 MiB")
def test_takes(): take(40)
@pytest.mark.limit_memory("80 MiB")
class TestIt:
    def test_takes(self): take(40)
class TestCase(unittest.TestCase):
    def test_takes(self): take(40)
"""
    )
    assert outcomes(done) == {"failed": 2, "passed": 1}
    assert "(TestCase.test_takes)" in done.stdout


def test_an_expected_failure_is_one(play):
    done = play(
        """
@pytest.mark.xfail(strict=True)
@pytest.mark.limit_memory("24 MiB")
def test_takes(): take(40)
"""
    )
    assert outcomes(done) == {"xfailed": 1}


def test_a_test_that_fails_by_itself_is_reported_as_it_is(play):
    done = play(
        """
@pytest.mark.limit_memory("24 MiB")
def test_fails(): take(40); assert False, "by itself"
@pytest.mark.limit_memory("24 MiB")
def test_skips(): take(40); pytest.skip("not here")
"""
    )
    assert outcomes(done) == {"failed": 1, "skipped": 1}
    assert "by itself" in done.stdout
    assert "the limit is" not in done.stdout


def test_children_count_if_the_mark_says_so(play):
    done = play(
        """
CHILD = "import time; block = bytearray(60 << 20); time.sleep(0.5)"
@pytest.mark.limit_memory("40 MiB", children=True)
def test_counted(): subprocess.run([sys.executable, "-c", CHILD], check=True)
@pytest.mark.limit_memory("40 MiB")
def test_uncounted(): subprocess.run([sys.executable, "-c", CHILD], check=True)
"""
    )
    assert outcomes(done) == {"failed": 1, "passed": 1}
    assert "FAILED test_it.py::test_counted" in done.stdout


def test_a_mark_that_comes_with_a_fixture_holds(play):
    done = play(
        """
@pytest.fixture(params=["24 MiB", "80 MiB", "much"])
def limited(request):
    request.node.add_marker(pytest.mark.limit_memory(request.param))
def test_takes(limited): take(40)
"""
    )
    assert outcomes(done) == {"failed": 2, "passed": 1}
    assert "write it as limit_memory('24 MiB')" in done.stdout


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        ("", "limit_memory needs one limit"),
        ("None", "limit_memory needs one limit"),
        ("'much'", "much"),
        ("-1", "-1"),
        ("0", "0"),
        ("1.5", "a limit is bytes or a text like '24 MiB', not float"),
        ("'1 MiB', '2 MiB'", "takes one limit, not 2 arguments"),
        ("'1 MiB', limit=1", "needs one limit"),
        ("'1 MiB', size=1", "limit_memory takes no size"),
        ("'1 MiB', children=1", "children is True or False, not int"),
        ("'1 MiB', current_thread_only=True", "resident memory belongs to no thread"),
    ],
)
def test_a_mark_that_means_nothing_is_refused_in_one_line_before_anything_runs(play, mark, text):
    done = play(f"@pytest.mark.limit_memory({mark})\ndef test_it(): print('the body')\n", "-s")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    errors = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(errors) == 1, done.stderr
    assert "test_it.py::test_it: " in errors[0]
    assert text in errors[0]
    assert "the body" not in done.stdout


def test_a_mark_as_it_is_written_for_pytest_memray_is_taken(play):
    done = play(
        """
@pytest.mark.limit_memory("24 MB", current_thread_only=False)
def test_takes(): take(40)
"""
    )
    assert outcomes(done) == {"failed": 1}


def test_where_pytest_memray_is_in_the_run_the_mark_is_left_to_it(play, shell):
    shell.write(
        "memray.py",
        """
        def pytest_configure(config):
            config.addinivalue_line("markers", "limit_memory(limit): of another plugin")
        """,
    )
    text = "@pytest.mark.limit_memory('24 MiB', of_memray=1)\ndef test_takes(): take(40)\n"
    done = play(text, "-p", "memray", "--rsprofile")
    assert outcomes(done) == {"passed": 1}
    assert "rsprofile: limit_memory is left to pytest-memray (unless -p no:memray)" in done.stdout
    assert "test_it.py::test_takes" in summary_of(done)
    assert play("", "-p", "memray", "--markers").stdout.count("limit_memory(") == 1


def test_in_a_run_that_is_profiled_the_limit_holds_without_a_table(shell):
    shell.write(
        "test_it.py",
        """
        import pytest
        @pytest.mark.limit_memory("24 MiB")
        def test_takes():
            len(bytearray(40 << 20))
        """,
    )
    done = shell.rsprofile(
        "-o", "out.txt", "-f", "test_it:test_takes",
        "-m", "pytest", "-p", "no:cacheprovider", "-W", "error",
    )  # fmt: skip
    assert outcomes(done) == {"failed": 1}, done.stdout + done.stderr
    assert "the lines are not known: rsprofile profiles this process" in " ".join(
        done.stdout.split()
    )
    assert "test_takes" in (shell.folder / "out.txt").read_text()


def test_a_test_may_decorate_functions_itself(play):
    done = play(
        """
import rsprofile
@pytest.mark.limit_memory("24 MiB")
def test_decorates():
    rsprofile.profile(take)(40)
@pytest.mark.limit_memory("24 MiB")
def test_decorated(): take(40)
"""
    )
    assert "2 failed" in done.stdout
    # On a build server pytest's own summary has the messages once more.
    failures = done.stdout.partition("short test summary")[0]
    assert failures.count("the limit is 24 MiB") == 2


# -- the file -------------------------------------------------------------------------------------


def test_the_file_has_what_ci_needs(measure):
    tests = measure(
        """
@pytest.mark.limit_memory("24 MiB")
def test_it(): take(10)
"""
    )
    it = tests["test_it"]
    assert it.pop("duration") > 0
    assert is_about(it.pop("peak"), 10)
    assert is_about(it.pop("increment"), 0)
    assert set(it.pop("setup")) == set(it.pop("teardown")) == {"peak", "increment"}
    assert it == {
        "nodeid": "test_it.py::test_it",
        "outcome": "passed",
        "limit": 24 * MIB,
        "uncounted_children": False,
    }


@pytest.mark.parametrize("path", ["no/such/folder/out.json", "/dev/full", "."])
def test_a_file_that_cannot_be_written_is_told_in_one_line_and_changes_no_outcome(play, path):
    done = play("def test_it(): pass", f"--rsprofile-json={path}")
    assert done.returncode == 0, done.stdout + done.stderr
    said = [line for line in done.stdout.splitlines() if "cannot write" in line]
    assert len(said) == 1
    assert said[0].startswith("rsprofile: cannot write ")
    assert "Traceback" not in done.stdout + done.stderr


def test_the_file_is_where_the_run_began_though_tests_go_elsewhere(measure):
    # It is read from there.
    assert measure("def test_goes(tmp_path): os.chdir(tmp_path)")


def test_the_figures_are_in_the_file_of_junit_too(play, shell):
    play("def test_takes(): take(40)", "--rsprofile", "--junitxml=out.xml")
    text = (shell.folder / "out.xml").read_text()
    found = re.search(r'<property name="rsprofile_peak" value="(\d+)"', text)
    assert is_about(int(found.group(1)), 40)


# -- where it is not used -------------------------------------------------------------------------


def test_without_the_plugin_there_are_no_options(play):
    done = play("def test_it(): pass", "-p", "no:rsprofile", "--rsprofile")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert outcomes(play("def test_it(): pass", "-p", "no:rsprofile")) == {"passed": 1}


def test_only_what_is_asked_for_is_loaded(play):
    text = """
def test_it():
    ours = {name for name in sys.modules if name.startswith("rsprofile")}
    assert not ours & {"rsprofile._pytest._lines", "rsprofile._pytest._loop", "rsprofile._session"}
"""
    assert outcomes(play(text, "--rsprofile")) == {"passed": 1}


def test_mark_and_options_are_in_the_help(play):
    assert "limit_memory(limit, *, children=False)" in play("", "--markers").stdout
    text = play("", "--help").stdout
    for option in ("", "-top=N", "-json=FILE", "-children"):
        assert f"--rsprofile{option}" in text
