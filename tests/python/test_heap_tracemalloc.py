"""`rsprofile.heap` is `tracemalloc` with another import, as CPython's own tests see it."""

from __future__ import annotations

import importlib
import os
import sys
import unittest
from pathlib import Path

import pytest
from rsprofile import heap

#: What does not apply, and why.
OTHERWISE = {
    "test_get_traces": "a snapshot is of sites: there is no list of blocks",
    "test_get_traces_intern_traceback": "as above",
    "test_create_snapshot": "patches the private list of blocks",
    "test_snapshot": "the number of frames of the whole stack is not known, and another message",
    "test_new_reference": "an object from a free list is no allocation",
    "test_get_object_traceback": "knows the number of frames of the whole stack",
    "test_get_tracemalloc_memory": "clearing keeps the table of addresses, in whole pages",
    "TestCommandLine": "the environment and options of the interpreter turn on its own",
    "TestCAPI": "PyTraceMalloc_Track is the interpreter's own",
}


@pytest.fixture(scope="module")
def suite():
    """CPython's tests with our module under the name of its own."""
    pytest.importorskip("test.test_tracemalloc")
    import linecache
    import tracemalloc

    # Names that the tests reach for and are not part of the interface.
    stand_in = type(sys)("tracemalloc")
    vars(stand_in).update({name: getattr(heap, name) for name in heap.__all__})
    stand_in._Frame = heap.Frame
    stand_in.linecache = linecache
    sys.modules["tracemalloc"] = stand_in
    try:
        sys.modules.pop("test.test_tracemalloc", None)
        yield importlib.import_module("test.test_tracemalloc")
    finally:
        sys.modules["tracemalloc"] = tracemalloc
        sys.modules.pop("test.test_tracemalloc", None)


def test_cpythons_own_tests_pass(suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    loader = unittest.TestLoader()
    ran = unittest.TestSuite()
    left_out = set()
    for group in loader.loadTestsFromModule(suite):
        for test in group:
            reason = {type(test).__name__, test._testMethodName} & OTHERWISE.keys()
            left_out |= reason
            if not reason:
                ran.addTest(test)
    # Each entry above is still about a test there is, in some version.
    assert ran.countTestCases() >= 24
    names = {name for name in OTHERWISE if name.startswith("Test")}
    assert left_out >= names
    with open(os.devnull, "w") as nowhere:
        result = unittest.TextTestRunner(stream=nowhere).run(ran)
    assert not result.failures and not result.errors, [
        text for _, text in result.failures + result.errors
    ]
    assert result.testsRun == ran.countTestCases()


@pytest.fixture
def tracing():
    heap.start(3)
    yield
    heap.stop()


def test_a_traceback_has_the_lines_of_the_stack(tracing):
    made = bytearray(1000)
    traceback = heap.get_object_traceback(made)
    assert traceback is not None
    assert len(traceback) == heap.get_traceback_limit() == 3
    assert traceback[-1].filename == __file__
    assert traceback.format()[-1] == "    made = bytearray(1000)"
    assert heap.get_object_traceback(type) is None


def test_a_snapshot_comes_back_from_its_file(tracing, tmp_path: Path):
    kept = [bytes(1000) for _ in range(5)]
    snapshot = heap.take_snapshot()
    snapshot.dump(tmp_path / "a")
    again = heap.Snapshot.load(tmp_path / "a")
    assert again.traces == snapshot.traces and again.sites == snapshot.sites
    assert len(kept) == 5


def test_statistics_are_tracemallocs():
    """Both trace the same program: the same lines, bytes and blocks, but for what each has itself."""
    import tracemalloc

    def work() -> list[object]:
        return [[bytes(i), {i: "x" * i}] for i in range(300)]

    work()
    heap.start()
    tracemalloc.start()
    kept = work()
    theirs = tracemalloc.take_snapshot()
    ours = heap.take_snapshot()
    tracemalloc.stop()
    heap.stop()

    def figures(snapshot) -> set[tuple[str, int, int, int]]:
        return {
            (line.traceback[0].filename, line.traceback[0].lineno, line.size, line.count)
            for line in snapshot.statistics("lineno")
            if line.traceback[0].lineno == work.__code__.co_firstlineno + 1
        }

    assert figures(ours) and figures(ours) == figures(theirs)
    assert len(kept) == 300


def test_what_is_no_key_is_refused(tracing):
    snapshot = heap.take_snapshot()
    with pytest.raises(ValueError, match="unknown key_type"):
        snapshot.statistics("line")
    with pytest.raises(ValueError, match="cumulative"):
        snapshot.statistics("traceback", cumulative=True)
    with pytest.raises(ValueError, match="number of frames"):
        heap.start(0)
    with pytest.raises(ValueError, match="number of frames"):
        heap.start(65536)


def test_more_frames_than_can_be_kept_are_as_many_as_can():
    heap.start(1000)
    try:
        assert heap.get_traceback_limit() == 256
    finally:
        heap.stop()


def test_sites_say_what_was_allocated_and_what_was_alive_at_the_peak(tracing):
    def work() -> None:
        bytes(3_000_000)

    work()
    snapshot = heap.take_snapshot()
    # Where other tests have used sys.monitoring the interpreter allocates on the line of the `def`.
    sites = (s for s in snapshot.sites if s.stack and s.stack[0][1].endswith("<locals>.work"))
    (site,) = (site for site in sites if site.allocated_bytes > 1000)
    assert (site.live_bytes, site.live_blocks, site.allocations) == (0, 0, 1)
    assert site.allocated_bytes == site.peak_bytes == 3_000_000 + sys.getsizeof(b"")


@pytest.mark.parametrize("wrong", ["x", None, 1.5])
def test_what_is_no_number_of_frames_is_refused_as_there(wrong):
    kind = type(wrong).__name__
    message = f"'{kind}' object cannot be interpreted as an integer"
    with pytest.raises(TypeError, match=f"^{message}$"):
        heap.start(wrong)
    assert not heap.is_tracing()
