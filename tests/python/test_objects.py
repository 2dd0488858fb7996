"""The walk of all objects: nothing is left out, nothing is made up, and nothing is touched."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Run

HERE = Path(__file__).parent
MAIN = ["module __main__", "module", "dict"]

#: Holders, and the types on the way from the module `held` to what they hold.
HOLDERS = {
    "module global": [],
    "list": ["list"],
    "dict value": ["dict"],
    "dict key": ["dict"],
    "dict subclass": ["Dictlike"],
    "set": ["set"],
    "deque": ["collections.deque"],
    "tuple": ["tuple"],
    "iterator": ["list_iterator", "list"],
    "attribute": ["Plain"],
    # From 3.13 on the values stay in the object.
    "attribute with a dict": ["Plain"] if sys.version_info >= (3, 13) else ["Plain", "dict"],
    "dict that replaced the attributes": ["Plain", "dict"],
    "slot": ["Slotted"],
    "class attribute": ["type", "dict"],
    "metaclass attribute": ["type", "dict"],
    "closure": ["function", "tuple", "cell"],
    "default argument": ["function", "tuple"],
    "keyword default": ["function", "dict"],
    "property": ["property", "function", "tuple", "cell"],
    "lru_cache": ["functools._lru_cache_wrapper", "dict"],
    "bounded lru_cache": ["functools._lru_cache_wrapper"],
    "method": ["method"],
    "partial": ["functools.partial", "tuple"],
    "generator": ["generator"],
    "coroutine": ["coroutine"],
    "async generator": ["async_generator"],
    "traceback": ["ValueError", "traceback", "traceback", "frame"],
    "context variable": ["_contextvars.Context", "hamt", "hamt_bitmap_node"],
    "thread local": ["_thread._local", "dict", "dict"],
    "namespace": ["types.SimpleNamespace", "dict"],
    "module made by hand": ["module", "dict"],
    "held beside a weak value": ["list"],
    "made after a freeze": ["list"],
    "object array": ["numpy.ndarray"],
    "array seen by a view": ["numpy.ndarray", "numpy.ndarray"],
}


@pytest.fixture(scope="module")
def ways() -> dict[str, list[str]]:
    """The way from a root to each thing of the program."""
    done = subprocess.run(
        [sys.executable, HERE / "held.py"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.parametrize("holder", HOLDERS)
def test_there_is_a_way_from_a_root_to_what_is_held_by(ways: dict[str, list[str]], holder: str):
    if "array" in holder:
        pytest.importorskip("numpy")
    assert ways[holder] == MAIN + HOLDERS[holder]
    # It is there as well for a look from a function that a generator or a closure runs.
    assert ways[f"{holder}, by a closure"] == ways[f"{holder}, by a generator"] == ways[holder]


def test_a_weak_value_holds_nothing(ways: dict[str, list[str]]):
    assert "weak value" not in ways


@pytest.mark.parametrize(
    ("name", "root", "rest"),
    [
        ("local", "local 'local' of run_all", []),
        ("local of a thread", "local 'local' of frames", []),
        ("captured local, by a closure", "local 'captured' of cells.<locals>.inner", ["cell"]),
        ("running generator, by a generator", "local 'item' of run_in_generator", []),
    ],
)
def test_a_local_of_a_running_function_is_named_with_its_line(
    ways: dict[str, list[str]], name: str, root: str, rest: list[str]
):
    found, *kinds = ways[name]
    place, line = found.rsplit(":", 1)
    assert (place, kinds) == (f"{root} at {HERE / 'held.py'}", rest)
    text = (HERE / "held.py").read_text().splitlines()[int(line) - 1]
    # The line it is at: where the walk is called, or where the thread waits.
    assert "walk" in text or "wait" in text, text


def test_the_exception_that_is_handled_is_held_by_the_thread(ways: dict[str, list[str]]):
    found, *kinds = ways["handled"]
    assert (found, kinds[0], kinds[-1]) == ("thread exception", "ValueError", "frame")


def test_what_another_thread_keeps_in_a_thread_local_is_held(ways: dict[str, list[str]]):
    assert ways["thread local of a thread"] == ways["thread local"]


def test_as_many_objects_are_tracked_as_the_collector_says(run: Run):
    run("""
        from walks import walk
        import gc
        gc.disable()
        young = len(gc.get_objects(generation=0))
        middle = len(gc.get_objects(generation=1))
        old = len(gc.get_objects(generation=2))
        walked = walk()
        assert walked.tracked == (young, middle, old), (walked.tracked, young, middle, old)
        tracked = gc.get_objects()
        walked = walk()
        assert all(map(walked.node, tracked))
        assert walked.frozen == gc.get_freeze_count()
        assert walked.len == sum(walked.tracked) + walked.frozen + walked.untracked
        gc.freeze()
        frozen = gc.get_freeze_count()
        after = walk()
        assert after.frozen == frozen > 1000
        assert sum(after.tracked) < 100
        gc.unfreeze()
        """)


def test_no_more_references_are_found_than_objects_count(run: Run):
    run("""
        from walks import walk
        import asyncio, collections, ctypes, decimal, email.message, http.client, json, logging
        import sqlite3, ssl, unittest, xml.dom.minidom, zoneinfo
        import importlib.util
        if importlib.util.find_spec("numpy"):
            import numpy
        walked = walk()
        assert [walked.kind(node) for node in walked.overdrawn] == []
        """)


def test_garbage_is_what_a_collection_frees(run: Run):
    run("""
        from walks import walk, Thing
        import gc
        gc.collect()
        before = walk()
        known = [n for n in range(1, before.len + 1) if before.is_garbage(n)]
        for number in range(50):
            first, second = Thing("first"), [1.5 + number]
            first.name = second
            second.append(first)
        alive = Thing("alive")
        del first, second
        walked = walk()
        found = [n for n in range(1, walked.len + 1) if walked.is_garbage(n)]
        kinds = [walked.kind(node) for node in found]
        assert kinds.count("walks.Thing") == 50
        # With the number in each.
        assert len(found) == len(known) + 150, (len(found), len(known), kinds)
        assert not walked.is_garbage(walked.node(alive))
        assert gc.collect() == 100
        after = walk()
        assert sum(map(after.is_garbage, range(1, after.len + 1))) == len(known)
        """)


def test_a_cycle_that_something_native_holds_is_no_garbage(run: Run):
    run("""
        from walks import walk, Ways, Thing
        import ctypes
        cycle = Thing("cycle")
        cycle.name = [cycle]
        address = id(cycle)
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(cycle))
        del cycle
        walked = walk()
        (node,) = [n for n in range(1, walked.len + 1) if walked.kind(n) == "walks.Thing"]
        assert not walked.is_garbage(node)
        (root,) = Ways(walked).to(node)
        assert root == "native "
        """)


def test_what_is_ours_is_neither_reached_nor_garbage(run: Run):
    run("""
        from walks import walk, Ways
        import rsprofile, rsprofile.heap
        walked = walk()
        for ours in rsprofile, rsprofile.heap, _core, rsprofile.__dict__:
            assert walked.is_own(walked.node(ours))
        assert not any(root.startswith("module rsprofile") for root, _ in walked.roots())
        kinds = [walked.kind(n) for n in range(1, walked.len + 1) if walked.is_garbage(n)]
        assert "module" not in kinds
        """)


def test_what_running_functions_of_ours_hold_is_not_the_programs(run: Run, tmp_path: Path):
    (tmp_path / "ours.py").write_text(
        "def look(walk):\n    mine = [1.5]\n    return walk(), id(mine)\n"
    )
    run("""
        from walks import _core, Ways
        import ours
        walked, address = ours.look(lambda: _core.objects_walk(os.path.dirname(HERE)))
        seen, address = ours.look(lambda: _core.objects_walk(HERE))
        local = "local 'mine' of look"
        assert any(root.startswith(local) for root, _ in seen.roots())
        assert not any(root.startswith(local) for root, _ in walked.roots())
        """)


def test_modules_of_the_program_come_before_those_of_libraries(run: Run, tmp_path: Path):
    (tmp_path / "app.py").write_text("registry = []\n")
    run("""
        import json, app
        from walks import walk
        modules = [root[7:] for root, _ in walk().roots() if root.startswith("module ")]
        assert modules[0] == "__main__"
        assert modules.index("app") < modules.index("json"), modules
        assert modules.index("app") < modules.index("sys"), modules
        """)


def test_without_the_lists_of_the_collector_the_same_objects_are_found(run: Run):
    run("""
        from walks import walk
        import rsprofile._core as core
        cycle = []
        cycle.append(cycle)
        walk()
        first = walk()
        second = core.objects_walk("", listed=True)
        third = walk()
        assert abs(first.len - third.len) < 10
        # The second one knows the first, and has the module that has them listed.
        assert abs(second.len - first.len) < 10, (first.len, second.len)
        assert sum(second.tracked) - sum(first.tracked) in range(3)
        assert second.node(cycle) and second.overdrawn == []
        """)


def test_tuples_and_dicts_that_are_not_tracked_are_found_with_what_is_in_them(run: Run):
    run("""
        from walks import walk, Ways
        number = 1.5
        kept = [(f"text {number}", number), {f"key {number}": b"x" * round(number)}]
        gc.collect()
        assert not gc.is_tracked(kept[0])
        walked = walk()
        whole, mapping = map(walked.node, kept)
        assert set(walked.edges_of(walked.node(kept))) == {whole, mapping}
        assert set(walked.edges_of(whole)) == set(map(walked.node, kept[0]))
        parts = {walked.node(part) for entry in kept[1].items() for part in entry}
        assert set(walked.edges_of(mapping)) == parts
        assert Ways(walked).to(whole)[-1] == "list"
        """)


def test_parts_of_functions_and_types_are_found(run: Run):
    run("""
        from walks import walk
        class Made:
            __slots__ = ("first", "second")
            def method(self, argument="a default"):
                "Documented."
                return 123456789
        walked = walk()
        def leads(holder, *parts):
            edges = walked.edges_of(walked.node(holder))
            return [walked.node(part) in edges for part in parts]
        code = Made.method.__code__
        assert all(leads(code, code.co_consts, code.co_names, code.co_filename, code.co_linetable))
        assert all(leads(code, code.co_name, code.co_qualname, code.co_exceptiontable))
        assert all(leads(code.co_consts, *code.co_consts))
        assert all(leads(Made.method, code, Made.method.__defaults__, Made.method.__doc__))
        assert all(leads(Made, Made.__name__, Made.__qualname__, Made.__mro__, Made.__base__))
        # A static type too.
        assert all(leads(bool, bool.__mro__, bool.__base__))
        assert walked.node(bool.__dict__["__and__"])
        """)
