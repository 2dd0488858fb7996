"""The pytest plugin: what each run of a test leaves behind makes it fail, and nothing else does."""

from __future__ import annotations

import re
import subprocess

import pytest

HEAD = """
import pytest
class Handler:
    def __init__(self): self.buffer = bytearray(10_000)
kept = []
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


def outcomes(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """How many tests passed, failed and so on, by the last line."""
    last = done.stdout.rstrip().splitlines()[-1]
    return {kind: int(count) for count, kind in re.findall(r"(\d+) (\w+)", last.split(" in ")[0])}


# -- the mark -------------------------------------------------------------------------------------


def test_a_test_that_leaves_more_than_its_limit_fails_with_the_paragraph(play):
    done = play(
        """
@pytest.mark.limit_leaks("8 KiB")
def test_leaks():
    kept.append(Handler())
"""
    )
    assert outcomes(done) == {"failed": 1}
    assert re.search(r"each of 5 runs leaves 1\d,\d+ bytes behind, the limit is 8 KiB", done.stdout)
    paragraph = " ".join(done.stdout.split())
    assert re.search(r"5 . (\w+\.)?Handler", paragraph)
    assert "kept" in paragraph
    assert "test_it.py:8 (test_leaks)" in paragraph
    # No traceback: it would be ours.
    assert "_loop.py" not in done.stdout


def test_one_that_leaves_less_passes(play):
    done = play(
        """
@pytest.mark.limit_leaks("100 KiB")
def test_leaks():
    kept.append(Handler())
@pytest.mark.limit_leaks(size=100_000, runs=2, warmup=1)
def test_bytes():
    kept.append(Handler())
@pytest.mark.limit_leaks("1 B")
def test_nothing():
    [Handler() for _ in range(10)]
"""
    )
    assert outcomes(done) == {"passed": 3}


def test_what_is_filled_once_is_no_leak(play):
    done = play(
        """
import functools
cache = {}
@functools.lru_cache(maxsize=2)
def bounded(n): return Handler()
numbers = iter(range(1000))
@pytest.mark.limit_leaks("1 KiB")
def test_cache():
    cache.setdefault("key", Handler())
@pytest.mark.limit_leaks("1 KiB", warmup=4)
def test_bounded():
    bounded(next(numbers))
@pytest.mark.limit_leaks("1 KiB")
def test_cycle():
    handler = Handler()
    handler.itself = handler
"""
    )
    assert outcomes(done) == {"passed": 3}, done.stdout


def test_it_is_run_as_often_as_was_asked(play):
    done = play(
        """
count = []
@pytest.mark.limit_leaks("1 MiB", runs=3, warmup=4)
def test_counted(): count.append(1)
@pytest.mark.limit_leaks("1 MiB")
def test_by_default(): assert len(count) >= 7; count.append(1)
def test_unmarked(): assert len(count) == 14
"""
    )
    assert outcomes(done) == {"passed": 3}


def test_a_mark_on_a_class_or_module_holds_for_its_tests(play):
    done = play(
        """
pytestmark = pytest.mark.limit_leaks("1 KiB")
def test_leaks(): kept.append(Handler())
@pytest.mark.limit_leaks("1 MiB")
class TestIt:
    def test_leaks(self): kept.append(Handler())
"""
    )
    assert outcomes(done) == {"failed": 1, "passed": 1}


def test_an_expected_failure_is_one(play):
    done = play(
        """
@pytest.mark.xfail(strict=True)
@pytest.mark.limit_leaks("1 KiB")
def test_leaks(): kept.append(Handler())
"""
    )
    assert outcomes(done) == {"xfailed": 1}


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        ("", "limit_leaks needs a size"),
        ("None", "limit_leaks needs a size"),
        ("'much'", "much"),
        ("-1", "-1"),
        ("1.5", "a limit is bytes or a text like '100 KiB', not float"),
        ("'1 KiB', '2 KiB'", "takes one size, not 2 arguments"),
        ("'1 KiB', size=1", "needs a size"),
        ("'1 KiB', runs=0", "runs 0 is out of range: 1 to 10000"),
        ("'1 KiB', runs='5'", "runs is a whole number, not str"),
        ("'1 KiB', warmup=0", "warmup 0 is out of range: 1 to 10000"),
        ("'1 KiB', times=3", "limit_leaks takes no times"),
    ],
)
def test_a_mark_that_means_nothing_is_refused_in_one_line_before_anything_runs(play, mark, text):
    done = play(f"@pytest.mark.limit_leaks({mark})\ndef test_it(): print('the body')\n", "-s")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    errors = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(errors) == 1, done.stderr
    assert "test_it.py::test_it: " in errors[0]
    assert text in errors[0]
    assert "the body" not in done.stdout


# -- tests of all kinds ---------------------------------------------------------------------------


def test_a_test_that_fails_or_skips_at_first_is_reported_as_it_is(play):
    done = play(
        """
count = []
@pytest.mark.limit_leaks("1 KiB")
def test_fails():
    count.append(1)
    assert len(count) > 1, "at first"
@pytest.mark.limit_leaks("1 KiB")
def test_skips():
    count.append(1)
    pytest.skip("not here")
def test_they_ran_once(): assert len(count) == 2
"""
    )
    assert outcomes(done) == {"failed": 1, "skipped": 1, "passed": 1}
    assert "at first" in done.stdout


def test_one_that_fails_when_it_is_run_again_is_told_to_be_repeatable(play):
    done = play(
        """
count = []
@pytest.mark.limit_leaks("1 KiB")
def test_once():
    count.append(1)
    assert len(count) < 3
"""
    )
    assert outcomes(done) == {"failed": 1}
    assert "assert 3 < 3" in done.stdout
    assert "in a further run of the test, for limit_leaks: it has to be repeatable" in done.stdout


def test_parametrized_tests_are_looped_each(play):
    done = play(
        """
@pytest.mark.limit_leaks("8 KiB")
@pytest.mark.parametrize("count", [0, 1])
def test_leaks(count): kept.extend(Handler() for _ in range(count))
"""
    )
    assert outcomes(done) == {"failed": 1, "passed": 1}
    assert "FAILED test_it.py::test_leaks[1]" in done.stdout


def test_only_the_function_is_repeated_not_its_fixtures(play):
    done = play(
        """
made = []
@pytest.fixture
def made_once():
    made.append(1)
    yield [0]
    made.append(2)
@pytest.mark.limit_leaks("1 KiB")
def test_it(made_once): made_once[0] += 1
def test_after(): assert made == [1, 2]
"""
    )
    assert outcomes(done) == {"passed": 2}


def test_what_pytest_keeps_of_a_test_is_no_leak_of_it(play):
    done = play(
        """
import logging, sys, warnings
@pytest.mark.limit_leaks("1 KiB")
def test_it(caplog, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", [bytes(10_000)])
    monkeypatch.setenv("NAME", "x" * 10_000)
    logging.getLogger().warning("%s", "x" * 10_000)
    print("x" * 10_000)
    assert len(caplog.records) == 1
    assert len(capsys.readouterr().out) == 10_001
@pytest.mark.limit_leaks("1 KiB")
@pytest.mark.filterwarnings("default")
def test_warnings():
    warnings.warn("x" * 10_000, UserWarning, stacklevel=1)
@pytest.mark.limit_leaks("1 KiB")
def test_recorded(recwarn):
    warnings.warn("x" * 10_000, UserWarning, stacklevel=1)
    assert len(recwarn) == 1
def test_patches_are_undone(): assert sys.argv[0] != bytes(10_000)
""",
        "-W",
        "default",
    )
    assert outcomes(done).get("passed") == 4, done.stdout


def test_methods_of_unittest_are_looped_with_their_set_up(play):
    done = play(
        """
import unittest
class TestIt(unittest.TestCase):
    made = []
    def setUp(self): self.made.append(1)
    @pytest.mark.limit_leaks("8 KiB")
    def test_leaks(self): kept.append(Handler())
    @pytest.mark.limit_leaks("8 KiB")
    def test_fine(self): Handler()
    @pytest.mark.limit_leaks("8 KiB")
    def test_fails(self): self.fail("at first")
    @pytest.mark.limit_leaks("8 KiB")
    def test_once(self):
        self.assertNotIn("once", self.made)
        self.made.append("once")
    @unittest.skip("not here")
    @pytest.mark.limit_leaks("8 KiB")
    def test_skipped(self): pass
class TestIsolated(unittest.IsolatedAsyncioTestCase):
    @pytest.mark.limit_leaks("8 KiB")
    async def test_leaks(self): kept.append(Handler())
"""
    )
    assert outcomes(done) == {"failed": 4, "passed": 1, "skipped": 1}, done.stdout
    failed = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("FAILED ")}
    names = ("TestIt::test_leaks", "TestIt::test_fails", "TestIt::test_once")
    assert failed == {f"test_it.py::{name}" for name in (*names, "TestIsolated::test_leaks")}
    assert "at first" in done.stdout


def test_a_coroutine_is_looped_through_the_plugin_that_runs_it(play, shell):
    shell.write(
        "conftest.py",
        """
        import asyncio, inspect, pytest
        @pytest.hookimpl(tryfirst=True)
        def pytest_pyfunc_call(pyfuncitem):
            if inspect.iscoroutinefunction(pyfuncitem.obj):
                names = pyfuncitem._fixtureinfo.argnames
                asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
                return True
        """,
    )
    done = play(
        """
@pytest.mark.limit_leaks("8 KiB")
async def test_leaks(tmp_path): kept.append(Handler())
@pytest.mark.limit_leaks("8 KiB")
async def test_fine(): Handler()
"""
    )
    assert outcomes(done) == {"failed": 1, "passed": 1}
    assert "FAILED test_it.py::test_leaks" in done.stdout


def test_workers_of_xdist_loop_and_their_figures_come_together(play):
    pytest.importorskip("xdist")
    done = play(
        """
@pytest.mark.limit_leaks("8 KiB")
def test_leaks(): kept.append(Handler())
def test_too(): kept.append(Handler())
def test_fine(): Handler()
""",
        "-n",
        "2",
        "--rsprofile-leaks=1 MiB",
    )
    assert outcomes(done) == {"failed": 1, "passed": 2}, done.stdout
    summary = done.stdout.partition("what each run leaves behind (rsprofile)")[2]
    assert "test_it.py::test_leaks" in summary
    assert "test_it.py::test_too" in summary
    assert "test_it.py::test_fine" not in summary.partition("short test summary")[0]


# -- the option -----------------------------------------------------------------------------------

SUITE = """
count = []
def test_leaks(): kept.append(Handler())
def test_fine(): Handler()
def test_once(): count.append(1); assert len(count) == 1
"""


def test_the_option_is_for_all_tests_and_lists_the_largest(play):
    done = play(SUITE, "--rsprofile-leaks")
    assert outcomes(done) == {"failed": 1, "passed": 2}, done.stdout
    assert "the limit is 1 KiB" in done.stdout
    summary = done.stdout.partition("what each run leaves behind (rsprofile)")[2]
    assert re.search(r" 1\d,\d+ bytes  test_it.py::test_leaks\n", summary)
    assert "1 could not be run again: not looked at" in summary


def test_the_option_takes_a_limit(play):
    assert outcomes(play(SUITE, "--rsprofile-leaks=1 MiB")) == {"passed": 3}
    assert outcomes(play(SUITE, "--rsprofile-leaks", "8 KiB")) == {"failed": 1, "passed": 2}


def test_a_mark_goes_before_the_option(play):
    done = play(
        "@pytest.mark.limit_leaks('1 MiB')\ndef test_leaks(): kept.append(Handler())\n",
        "--rsprofile-leaks",
    )
    assert outcomes(done) == {"passed": 1}


def test_tests_that_hypothesis_calls_are_looped_only_if_marked(play):
    text = """
def test_leaks(): kept.append(Handler())
test_leaks.is_hypothesis_test = True
"""
    assert outcomes(play(text, "--rsprofile-leaks")) == {"passed": 1}
    marked = text + "pytestmark = pytest.mark.limit_leaks('8 KiB')\n"
    assert outcomes(play(marked)) == {"failed": 1}


@pytest.mark.parametrize("value", ["much", "test_it.py", "0"])
def test_a_limit_that_means_nothing_is_refused_in_one_line(play, value):
    done = play(SUITE, "--rsprofile-leaks", value)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--rsprofile-leaks: " in done.stderr
    assert "write --rsprofile-leaks=SIZE, and files before an option without SIZE" in done.stderr


# -- where it is not used -------------------------------------------------------------------------


def test_it_costs_no_extension_where_it_is_not_used(play):
    done = play(
        """
import sys
def test_nothing():
    assert "rsprofile.pytest_plugin" in sys.modules
    ours = sorted(name for name in sys.modules if name.startswith("rsprofile"))
    assert ours == ["rsprofile", "rsprofile.pytest_plugin"]
"""
    )
    assert outcomes(done) == {"passed": 1}, done.stdout


def test_pytest_under_the_profiler_is_not_warned_of_us(shell):
    shell.write("test_it.py", "def test_it(): pass")
    done = shell.rsprofile(
        "-o", "out.txt", "-f", "test_it:test_it",
        "-m", "pytest", "-p", "no:cacheprovider", "-W", "error",
    )  # fmt: skip
    assert outcomes(done) == {"passed": 1}, done.stdout + done.stderr
    assert "warning" not in done.stdout.lower()


def test_the_mark_and_the_option_are_in_the_help(play):
    assert "limit_leaks(size, *, runs=5, warmup=2)" in play("", "--markers").stdout
    assert "--rsprofile-leaks=[SIZE]" in play("", "--help").stdout
