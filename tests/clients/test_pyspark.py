"""PySpark's memory profilers: their reports of UDFs that run in forked workers.

Spark makes a profiler for each call of a UDF and adds all columns up, Mem usage as well. Beside
memory_profiler 0.61, whose reports of the same jobs were compared by hand, these differences are
right: a comprehension is one occurrence, not one for each element and one more; and a `yield` has
neither an occurrence nor all memory of the process as its increment when it is resumed.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import environment
import pytest

pytestmark = pytest.mark.slow

PROGRAM = Path(__file__).parent / "programs" / "spark_udfs.py"

#: Spark 3.5 takes distutils from setuptools, Python 3.12 has none.
BESIDE = ["pandas==2.3.3", "numpy==2.3.5", "pyarrow==26.0.1", "setuptools==80.9.0"]

#: Versions of Spark and their profilers.
RUNS = [("3.5.9", "context"), ("4.3.0", "context"), ("4.3.0", "session")]

#: Partitions, rows of each, and batches of two rows a pandas UDF gets of each.
TASKS, ROWS, BATCHES = 2, 4, 2


class Row(NamedTuple):
    """The columns of a line, MiB."""

    usage: float
    increment: float
    occurrences: int


#: The rows of a report by their source.
Report = dict[str, Row]


@dataclass
class Run:
    """What came out of the jobs under one profiler."""

    profiler: str
    output: str
    reports: dict[str, Report]

    def counted(self, calls: int) -> int:
        """How often Spark counts what all calls of a task do.

        The profiler of the session adds up the results of a task into the first of them, which it
        then takes for a result as well: all but that one count twice.
        """
        return TASKS * (calls if self.profiler == "context" else 2 * calls - 1)


def read(output: str) -> dict[str, Report]:
    """Read all reports Spark printed, by the name of the function."""
    row = re.compile(r" *\d+ +(-?[\d.]+) MiB +(-?[\d.]+) MiB +(\d+)   (.*)")
    found = {}
    for block in output.split("Filename: ")[1:]:
        name = re.search(r"\bdef (\w+)\(", block)
        assert name, block
        found[name[1]] = {
            match[4].strip(): Row(float(match[1]), float(match[2]), int(match[3]))
            for line in block.splitlines()
            if (match := row.match(line))
        }
    return found


def check(report: Report, expected: dict[str, tuple[float, int]]) -> None:
    """Compare increments in MiB and occurrences, of the rows behind the first one."""
    entry, *rows = report.items()
    assert entry[1].usage == entry[1].increment
    assert [text for text, _ in rows] == list(expected)
    for text, row in rows:
        increment, occurrences = expected[text]
        assert row.occurrences == occurrences, text
        # What Python and pandas take in a worker when it first runs a line; and a block of 16 MiB
        # comes from the heap, where some memory may be left.
        assert abs(row.increment - increment) <= 2 * TASKS + abs(increment) / 50, text


@pytest.fixture(scope="module", params=RUNS, ids="-".join)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    version, profiler = request.param
    if shutil.which("java") is None:
        pytest.fail("Spark needs Java: install openjdk-17-jre-headless")
    scratch = tmp_path_factory.mktemp("spark")
    requirements = [f"pyspark=={version}", *BESIDE]
    spark = environment.client(f"pyspark-{version}", *requirements, scratch=scratch)
    output = spark.python(
        scratch,
        str(PROGRAM),
        profiler,
        PYSPARK_PYTHON=str(spark.bin / "python"),
        SPARK_LOCAL_IP="127.0.0.1",
        SPARK_LOCAL_DIRS=str(scratch),
    )
    return Run(profiler, output, read(output))


def test_the_workers_run_on_our_module(run: Run) -> None:
    assert f"WORKERS {TASKS} {environment.OURS}\n" in run.output


def test_the_jobs_have_their_results(run: Run) -> None:
    results = dict(re.findall(r"^JOB (\w+) (-?\d+)$", run.output, re.MULTILINE))
    blocks = TASKS * ROWS * (64 << 20)
    assert results["plain"] == results["series"] == str(blocks + sum(range(8)))
    assert results["loop"] == str(blocks)
    assert results["catches"] == str(-TASKS * ROWS)


def test_each_row_has_its_block(run: Run) -> None:
    calls = run.counted(ROWS)
    report = run.reports["plain"]
    expected = {
        "block = bytearray(64 * MIB)": (64 * calls, calls),
        "size = len(block)": (0, calls),
        "del block": (-64 * calls, calls),
        "return size + number": (0, calls),
    }
    check(report, expected)
    usages = [row.usage for row in report.values()]
    # In a worker there are 30 MiB to 150 MiB before the first block.
    assert 30 * calls < usages[0] < 150 * calls
    assert [round((usage - usages[0]) / calls) for usage in usages] == [0, 64, 64, 0, 0]


def test_a_loop_counts_its_rounds(run: Run) -> None:
    calls = run.counted(ROWS)
    expected = {
        "blocks = []": (0, calls),
        "for _ in range(4):": (0, 5 * calls),
        "blocks.append(bytearray(16 * MIB))": (64 * calls, 4 * calls),
        "return sum([len(block) for block in blocks])": (0, calls),
    }
    check(run.reports["loop"], expected)


def test_what_a_row_keeps_is_there_for_the_next(run: Run) -> None:
    calls = run.counted(ROWS)
    report = run.reports["keeps"]
    expected = {
        "kept.append(bytearray(32 * MIB))": (32 * calls, calls),
        "return len(kept)": (0, calls),
    }
    check(report, expected)
    # 0, 32, 64 and 96 MiB are kept when the rows of a task begin, which counts all but the first
    # twice where `counted` says so.
    kept = TASKS * (32 + 64 + 96) * (1 if run.profiler == "context" else 2)
    entry = report['@udf("long")'].usage
    plain = run.reports["plain"]['@udf("long")'].usage
    # Other workers, or workers that did more before, differ by some MiB.
    assert abs(entry - plain - kept) < 4 * calls


def test_an_exception_leaves_its_line(run: Run) -> None:
    calls = run.counted(ROWS)
    expected = {
        "try:": (0, calls),
        "block = bytearray(48 * MIB)": (48 * calls, calls),
        "raise ValueError(number)": (0, calls),
        "except ValueError:": (0, calls),
        "del block": (-48 * calls, calls),
        "return -1": (0, calls),
    }
    check(run.reports["catches"], expected)


def test_a_pandas_udf_is_measured_for_each_batch(run: Run) -> None:
    calls = run.counted(BATCHES)
    expected = {
        "block = bytearray(64 * MIB)": (64 * calls, calls),
        "return numbers + len(block)": (0, calls),
    }
    check(run.reports["series"], expected)


def rounds(run: Run) -> Iterator[int]:
    """How often Spark counts the first round of an iterator, and each of those behind it."""
    if run.profiler == "context":
        pytest.skip("the SparkContext's profiler leaves iterators out")
    yield TASKS
    yield 2 * TASKS


def test_an_iterator_is_measured_in_rounds(run: Run) -> None:
    """Three rounds: to the first `yield`, to the second one, to the end."""
    first, later = rounds(run)
    expected = {
        "first = bytearray(64 * MIB)": (64 * first, first),
        "for numbers in several:": (0, first + 2 * later),
        "block = bytearray(32 * MIB)": (32 * (first + later), first + later),
        "yield numbers + len(first)": (0, first + later),
        "del block": (-32 * 2 * later, 2 * later),
    }
    check(run.reports["batches"], expected)


def test_frames_are_measured_in_rounds(run: Run) -> None:
    first, later = rounds(run)
    expected = {
        "for frame in several:": (0, first + 2 * later),
        "block = bytearray(64 * MIB)": (64 * (first + later), first + later),
        "yield frame": (0, first + later),
        "del block": (-64 * 2 * later, 2 * later),
    }
    report = run.reports["frames"]
    # Spark makes its frames while the `for` line runs.
    assert 0 <= report["for frame in several:"].increment < 16
    report["for frame in several:"] = report["for frame in several:"]._replace(increment=0)
    check(report, expected)
