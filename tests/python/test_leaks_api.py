"""`rsprofile.leaks`: what a block leaves behind, what is alive, what each call leaves behind."""

from __future__ import annotations

import functools
import gc
import subprocess
import sys
import threading

import pytest
import rsprofile
from rsprofile import _core, leaks

KIB = 1024


class Handler:
    """What leaks in these tests; no other object has this type."""

    def __init__(self) -> None:
        self.buffer = bytearray(10 * KIB)


registry: list[object] = []


@pytest.fixture(autouse=True)
def nothing_kept():
    yield
    registry.clear()
    assert not _core.leaks_is_on()


def register() -> None:
    registry.append(Handler())


def of(kind: str, suspects):
    return [suspect for suspect in suspects if kind in suspect.kind]


# -- watch ----------------------------------------------------------------------------------------


def test_what_a_block_leaves_behind_is_suspected_with_its_line():
    with leaks.watch() as watch:
        for _ in range(50):
            register()
    (suspect,) = of("Handler", watch.suspects())
    assert suspect.count == 50
    assert suspect.bytes >= 50 * 10 * KIB
    line = register.__code__.co_firstlineno + 1
    assert f"test_leaks_api.py:{line}" in str(suspect)
    assert "Handler" in watch.report()


def test_what_was_there_before_the_block_is_not_suspected():
    for _ in range(50):
        register()
    with leaks.watch() as watch:
        pass
    assert of("Handler", watch.suspects()) == []


def test_a_report_can_be_asked_for_inside_the_block_too():
    with leaks.watch() as watch:
        for _ in range(50):
            register()
        assert of("Handler", watch.suspects())
        registry.clear()
    assert of("Handler", watch.suspects()) == []


def test_an_exception_of_the_block_goes_through_and_the_rest_is_there():
    watch = leaks.watch()
    with pytest.raises(KeyError), watch:
        for _ in range(50):
            register()
        raise KeyError
    assert of("Handler", watch.suspects())


def test_a_watch_is_used_again_but_not_inside_itself():
    watch = leaks.watch()
    for _ in range(2):
        with watch:
            pass
    with watch, pytest.raises(RuntimeError, match="watched already"), watch:
        pass
    with pytest.raises(RuntimeError, match="nothing was watched"):
        leaks.watch().report()


def test_the_meter_is_on_while_any_block_needs_it_and_off_after_the_last():
    with leaks.watch():
        with leaks.watch():
            pass
        assert _core.leaks_is_on()
    assert not _core.leaks_is_on()


def test_threads_watch_at_once():
    failures = []

    def body() -> None:
        try:
            for _ in range(3):
                with leaks.watch() as watch:
                    pass
                watch.suspects()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=body) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


# -- snapshots ------------------------------------------------------------------------------------


def test_a_snapshot_has_tables_and_a_tree():
    registry.extend(Handler() for _ in range(50))
    snapshot = leaks.snapshot()
    for by in ("type", "line", "module"):
        for size in ("retained", "own"):
            assert snapshot.top(by=by, size=size, n=3)
    assert "Handler" in snapshot.top("type", n=1000)
    assert snapshot.dominators()
    assert "objects" in repr(snapshot)


def test_a_snapshot_keeps_no_object():
    class Gone:
        """Only this test has one."""

    gone = Gone()
    references = sys.getrefcount(gone)
    snapshot = leaks.snapshot()
    assert sys.getrefcount(gone) == references
    del gone
    gc.collect()
    assert not [one for one in gc.get_objects() if type(one) is Gone]
    assert snapshot.suspects() is not None


def test_a_snapshot_comes_whole_out_of_its_file(tmp_path):
    snapshot = leaks.snapshot(mark="here")
    snapshot.save(tmp_path / "one.json")
    again = leaks.Snapshot.load(tmp_path / "one.json")
    assert repr(again) == repr(snapshot)
    assert again.report() == snapshot.report()
    assert list(map(str, again.suspects())) == list(map(str, snapshot.suspects()))
    assert again.profile.looks == snapshot.profile.looks
    assert again.profile.looks[0][1] == "here"


def test_two_snapshots_are_compared():
    before = leaks.snapshot()
    registry.extend(Handler() for _ in range(50))
    assert "Handler" in before.diff(leaks.snapshot())
    with pytest.raises(TypeError, match="a snapshot is compared with another, not str"):
        before.diff("before")


def test_of_several_looks_in_a_file_the_last_of_the_first_process_is_meant(tmp_path):
    first, second = leaks.snapshot(mark="one"), leaks.snapshot(mark="two")
    first.profile.merge(second.profile)
    first.save(tmp_path / "both.json")
    loaded = leaks.Snapshot.load(tmp_path / "both.json")
    assert f"{loaded.profile.looks[1][3]:,} objects" in repr(loaded)


@pytest.mark.parametrize(
    "text", ["", "{}", '{"format":1,"tool":"rsprofile","run":{},"functions":[]}']
)
def test_a_file_without_a_snapshot_is_refused_in_one_line(tmp_path, text):
    (tmp_path / "not.json").write_text(text)
    with pytest.raises(ValueError) as caught:
        leaks.Snapshot.load(tmp_path / "not.json")
    assert "\n" not in str(caught.value)
    with pytest.raises(FileNotFoundError):
        leaks.Snapshot.load(tmp_path / "missing.json")


def test_why_names_the_global_that_holds_an_object():
    handler = Handler()
    registry.append(handler)
    assert "registry" in leaks.why(registry[0])
    snapshot = leaks.snapshot()
    assert "registry" in snapshot.why(handler)
    assert "\n" not in snapshot.path_to(handler)


def test_an_object_that_nobody_holds_is_no_work_for_the_collector():
    told = leaks.why(object())
    assert told == (
        "object, 16 B; 0 references to it\n"
        "no root reaches it: but for this question it would be freed\n"
    )


# -- check ----------------------------------------------------------------------------------------


def test_a_function_that_leaves_something_behind_each_time_is_found():
    found = leaks.check(register, times=20)
    assert not found
    (suspect,) = of("Handler", found.suspects())
    assert suspect.count == 20
    assert 10 * KIB <= found.bytes_per_run <= 12 * KIB
    assert "register: each of 20 runs leaves" in found.report()
    assert found.report().rstrip() in repr(found)


def test_a_function_that_leaves_nothing_is_true():
    found = leaks.check(lambda: [Handler() for _ in range(10)])
    assert found, found
    assert found.bytes_per_run == 0
    assert "nothing is left behind by each of 10 runs" in found.report()


def test_a_cache_that_is_filled_once_is_no_leak():
    cache = {}

    def cached() -> object:
        return cache.setdefault("one", Handler())

    found = leaks.check(cached, warmup=0)
    assert found, found


def test_a_bounded_cache_that_is_full_is_no_leak():
    @functools.lru_cache(maxsize=4)
    def cached(number: int) -> object:
        return Handler()

    numbers = iter(range(1000))
    found = leaks.check(lambda: cached(next(numbers)), warmup=10, times=30)
    assert found, found


def test_cycles_are_collected_before_they_are_counted():
    class Node:
        """One that refers to itself."""

    def cycle() -> None:
        node = Node()
        node.self = node

    found = leaks.check(cycle)
    assert found, found


def test_arguments_are_passed_on_and_what_is_raised_comes_out():
    got = []
    leaks.check(lambda *args, **kwargs: got.append((args, kwargs)), 1, 2, times=1, warmup=0, a=3)
    assert got == [((1, 2), {"a": 3})]

    def broken() -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        leaks.check(broken)


@pytest.mark.filterwarnings("error")
def test_a_coroutine_function_is_refused_with_what_to_write():
    async def coroutine() -> None:
        """Do nothing."""

    with pytest.raises(TypeError, match=r"asyncio\.run"):
        leaks.check(coroutine)


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda: leaks.watch(stacks=0), ValueError, "stacks 0 is out of range: 1 to 256"),
        (lambda: leaks.watch(stacks="2"), TypeError, "stacks is a whole number, not str"),
        (lambda: leaks.watch(threshold="much"), ValueError, "much"),
        (
            lambda: leaks.watch(threshold=1.5),
            TypeError,
            "bytes or a text like '100 KiB', not float",
        ),
        (lambda: leaks.snapshot(mark=1), TypeError, "mark is a text, not int"),
        (lambda: leaks.check(1), TypeError, "runs a function, not int"),
        (lambda: leaks.check(len, times=0), ValueError, "times 0 is out of range"),
        (lambda: leaks.check(len, warmup=-1), ValueError, "warmup -1 is out of range"),
        (lambda: leaks.check(len, times=True), TypeError, "times is a whole number, not bool"),
        (lambda: leaks.snapshot().top("colour"), ValueError, "one of type, line, module"),
        (lambda: leaks.snapshot().top(size="big"), ValueError, "one of retained, own"),
        (lambda: leaks.snapshot().top(n=0), ValueError, "n 0 is out of range"),
        (lambda: leaks.snapshot().top(by=None), TypeError, "by is a text, not NoneType"),
        (lambda: leaks.snapshot().dominators("all"), TypeError, "n is a whole number, not str"),
        (lambda: leaks.mark(None), TypeError, "name is a text, not NoneType"),
        (lambda: leaks.mark(" "), ValueError, "a mark needs a name"),
    ],
)
def test_a_wrong_argument_is_refused_in_one_line(call, kind, text):
    with pytest.raises(kind) as caught:
        call()
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_mark_without_a_meter_notes_nothing_and_harms_nothing():
    leaks.mark("nobody listens")


def test_it_is_loaded_when_it_is_used(shell):
    done = shell.python(
        "-c",
        "import sys, rsprofile\n"
        "print([name for name in sys.modules if name.startswith('rsprofile.')])\n"
        "print(rsprofile.leaks.watch.__name__, rsprofile.heap.limit.__name__)",
    )
    assert done.stdout == "[]\nWatch Limit\n", done.stderr


def test_it_loads_nothing_heavy():
    program = (
        "import sys; before = set(sys.modules); import rsprofile.leaks\n"
        "print(*sorted(name for name in set(sys.modules) - before if '.' not in name and name != '__future__'))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() in (["rsprofile"], ["__future__", "rsprofile"]), done.stderr


def test_the_package_says_what_it_has():
    assert rsprofile.leaks is leaks
    assert all(getattr(leaks, name) for name in leaks.__all__)
