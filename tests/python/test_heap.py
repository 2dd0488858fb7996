"""The heap meter to the byte: what a line allocates is booked on it, all of it and nothing else."""

from __future__ import annotations

import sys

import pytest
from conftest import Run
from rsprofile import _core

#: With debug allocators every block is as large as without, as far as the program knows.
ALLOCATORS = ["pymalloc", "malloc", "pymalloc_debug", "malloc_debug"]


@pytest.mark.parametrize("allocator", ALLOCATORS)
def test_an_object_is_booked_with_its_size_on_the_line_that_makes_it(run: Run, allocator: str):
    run(
        """
        class Slotted:
            __slots__ = ("a", "b")
        class Plain:
            pass
        def generator(a, b, c):
            yield a
        keep = [None] * 20
        number, word, latin, wide = 1 << 500, "y", "\\xe9", "\\u20ac"
        Plain().x = 1
        next(generator(1, 2, 3))
        _core.heap_start()
        keep[0] = bytes(1000)               # bytes
        keep[1] = bytearray(5000)           # bytearray
        keep[2] = word * 300                # str
        keep[3] = number + 1                # int
        keep[4] = Slotted()                 # slotted
        keep[5] = latin * 77                # latin
        keep[6] = wide * 50                 # wide
        keep[8] = frozenset(range(100))     # frozenset
        keep[9] = generator(1, 2, 3)        # generator
        assert at("bytes") == (size(keep[0]), 1), at("bytes")
        # The object and its buffer.
        assert at("bytearray") == (size(keep[1]), 2), at("bytearray")
        assert at("str") == (size(keep[2]), 1)
        # An addition makes room for a carry, a digit of four bytes.
        assert at("int") == (size(keep[3]) + 4, 1), (at("int"), size(keep[3]))
        assert at("slotted") == (size(keep[4]), 1), (at("slotted"), size(keep[4]))
        assert at("latin") == (size(keep[5]), 1)
        assert at("wide") == (size(keep[6]), 1)
        assert at("generator") == (size(keep[9]), 1), (at("generator"), size(keep[9]))
        assert at("frozenset") == (size(keep[8]), 2), (at("frozenset"), size(keep[8]))
        assert _core.heap_site_of(keep[3])[0][:2] == (HERE, "<module>")
        keep[0:10] = [None] * 10
        for marker in ("bytes", "bytearray", "str", "int", "slotted", "generator"):
            assert at(marker) == (0, 0), marker
        """,
        PYTHONMALLOC=allocator,
    )


@pytest.mark.parametrize("allocator", ALLOCATORS)
def test_a_list_that_grows_is_booked_where_it_grew_last(run: Run, allocator: str):
    run(
        """
        empty = size([])
        many = [[] for _ in range(200)]    # no object comes from a free list
        made = []
        _core.heap_start()
        for i in range(1000):
            made.append(i)                 # growth
        assert at("growth")[0] >= size(made) - empty
        # Numbers above 256 are objects of their own, made by the loop.
        assert at("growth") == (size(made) - empty, 1), (at("growth"), size(made))
        live, blocks, allocated, count, *_ = all_at("growth")
        assert count > 10 and allocated > live, (count, allocated)
        made.clear()
        assert at("growth") == (0, 0)
        """,
        PYTHONMALLOC=allocator,
    )


def test_a_dict_and_a_set_are_booked_as_they_resize(run: Run):
    run(
        """
        table, group = {}, set()
        before = size(table), size(group)
        keys = list(range(5000))
        _core.heap_start()
        for key in keys:
            table[key] = None              # dict
        for key in keys:
            group.add(key)                 # set
        # The empty one has its keys in common with all, and counts only itself.
        assert at("dict") == (size(table) - size({}), 1), (at("dict"), size(table), before)
        assert at("set") == (size(group) - before[1], 1), (at("set"), size(group), before)
        table.clear(), group.clear()
        assert at("dict") == at("set") == (0, 0)
        """
    )


def test_an_object_with_a_dictionary_counts_what_it_holds(run: Run):
    run(
        """
        class Plain:
            def __init__(self):
                self.a = 1                 # attribute
        keep = [Plain() for _ in range(50)]
        keep = [None] * 1000
        _core.heap_start()
        for i in range(1000):
            keep[i] = Plain()              # object
        bytes_, blocks = map(sum, zip(at("object"), at("attribute")))
        live, _ = _core.heap_totals()
        # All of one size: a thousand times what one takes.
        assert blocks % 1000 == 0 and bytes_ % 1000 == 0, (bytes_, blocks)
        keep.clear()
        assert at("object") == at("attribute") == (0, 0)
        """
    )


def test_an_object_from_a_free_list_is_no_allocation(run: Run):
    run(
        """
        def floats(n):
            x = 1.5
            for _ in range(n):
                x = x + 1.0                # float
            return x
        floats(10)
        _core.heap_start()
        floats(100_000)
        live, blocks, allocated, count, *_ = all_at("float")
        assert count < 10, count
        """
    )


def test_a_block_freed_by_another_thread_leaves_the_line_that_made_it(run: Run):
    run(
        """
        keep = []
        def free():
            keep.clear()
        thread = threading.Thread(target=free)
        _core.heap_start()
        keep.append(bytearray(1_000_000))  # made
        made = _core.heap_thread()
        assert at("made")[0] >= 1_000_001
        thread.start()
        thread.join()
        assert at("made") == (0, 0), at("made")
        # The figures of this thread: it made the block and did not free it.
        net, allocated, freed, *_ = (b - a for a, b in zip(made, _core.heap_thread()))
        assert freed < 1_000_000, freed
        """
    )


def test_the_peak_has_the_share_of_each_line(run: Run):
    run(
        """
        def work():
            a = bytes(1_000_000)           # a
            b = bytes(2_000_000)           # b
            del a
            c = bytes(500_000)             # c
            del b, c
            d = bytes(100_000)             # d
            return d
        _core.heap_start()
        d = work()
        head = size(b"")
        shares = [all_at(marker)[4:] for marker in "abcd"]
        assert shares == [(1_000_000 + head, 1), (2_000_000 + head, 1), (0, 0), (0, 0)], shares
        assert at("d") == (100_000 + head, 1)
        live, peak = _core.heap_totals()
        assert 3_000_000 <= peak < 3_000_000 + 100_000
        _core.heap_reset_peak()
        assert _core.heap_totals()[1] < 200_000
        assert all_at("a")[4:] == (0, 0) and all_at("d")[4:] == (100_000 + head, 1)
        """
    )


def test_what_fails_is_not_booked(run: Run):
    run(
        """
        table = bytearray(100)
        # Lists that are kept to be used again: else one of those below would be kept.
        spare = [[] for _ in range(200)]
        del spare
        _core.heap_start()
        for _ in range(3):
            try:
                bytes(1 << 60)             # refused
            except MemoryError:
                pass
            try:
                table.extend(b"x" * 0)
                [0] * (1 << 58)            # list
            except MemoryError:
                pass
        assert all_at("refused")[0] == 0 and at("list")[0] == 0
        assert max(all_at("refused")[2], all_at("list")[2]) < 10_000
        """
    )


def test_code_that_died_is_not_taken_for_code_at_its_address(run: Run):
    run(
        """
        _core.heap_start()
        seen = set()
        for i in range(1, 3000):
            text = "\\n" * i + "made = bytearray(1000)"
            names = {}
            exec(compile(text, f"<file {i % 7}>", "exec"), names)
            stack = _core.heap_site_of(names["made"])
            assert stack[0][0] == f"<file {i % 7}>" and stack[0][3] == i + 1, (i, stack)
            names.clear()
        """
    )


def test_a_loop_of_eval_has_as_many_sites_as_lines(run: Run):
    run(
        """
        _core.heap_start()
        for _ in range(5000):
            eval("bytearray(100)")
        sites = len(_core.heap_snapshot())
        assert sites < 50, sites
        own, lost = _core.heap_own()
        assert lost == 0
        """
    )


def test_a_function_without_a_frame_of_its_own_is_booked_on_its_caller(run: Run):
    run(
        """
        def cells(a):
            return lambda: a
        cells(1)
        _core.heap_start(3)
        keep = [cells(i) for i in range(100)]
        for row in _core.heap_snapshot():
            for line in row[1]:
                assert line[3] > 0, row
        """
    )


@pytest.mark.parametrize("stacks", [1, 4])
def test_the_public_functions_find_the_same_lines(run: Run, stacks: int):
    run(
        f"""
        def inner(n):
            return [bytearray(100) for _ in range(n)]
        def outer(n):
            return {{i: inner(i) for i in range(n)}}
        def lines(raw):
            expected = _core.heap_start({stacks}, raw_frames=raw)
            assert expected is raw
            keep = outer(20)
            found = {{row[1]: row[2:4] for row in _core.heap_snapshot() if row[3]}}
            _core.heap_stop()
            return {{stack: figures for stack, figures in found.items()
                    if any(line[1].startswith(("inner", "outer")) for line in stack)}}
        lines(True)
        first, second = lines(True), lines(False)
        assert first and set(first) == set(second), (first, second)
        for stack, figures in first.items():
            assert figures == second[stack], (stack, figures, second[stack])
        """
    )


def test_five_million_live_blocks_are_five_million(run: Run):
    run(
        """
        keep = [None] * 5_000_000
        _core.heap_start()
        for i in range(5_000_000):
            keep[i] = object()             # object
        assert at("object") == (5_000_000 * size(object()), 5_000_000)
        keep.clear()
        assert at("object") == (0, 0)
        """
    )


def test_any_object_is_known_by_its_own_address(run: Run):
    run(
        """
        class Plain: pass
        class Slotted: __slots__ = ("a",)
        class Weak: __slots__ = ("__weakref__",)
        class Number(int): pass
        class Table(dict): pass
        def generator(): yield
        class Meta(type): pass
        async def coroutine(): pass
        kinds = [Plain, Slotted, Weak, Number, Table, generator, coroutine, bytearray, set, object,
                 lambda: Meta("Made", (), {}), lambda: lambda: 1, lambda: Exception(1)]
        pool = [kind() for kind in kinds for _ in range(300)]  # empties the free lists
        _core.heap_start()
        for kind in kinds:
            made = [kind() for _ in range(10)]
            for one in made:
                stack = _core.heap_site_of(one)
                assert stack and stack[0][0] == HERE, (kind, stack)
            for one in made:
                getattr(one, "close", lambda: None)()
        for one in pool:
            getattr(one, "close", lambda: None)()
        """
    )


def test_the_sites_add_up_to_the_total(run: Run):
    run(
        """
        def work(n):
            return {i: [str(i), (i, float(i)), {i: bytes(i)}] for i in range(n)}
        _core.heap_start(5)
        kept = work(3000)
        for _ in range(5):
            kept = work(1000)
            before = _core.heap_totals()
            rows = _core.heap_snapshot()
            live, peak = _core.heap_totals()
            # What a reading makes for itself is not counted, and what it frees was not either.
            assert abs(sum(row[2] for row in rows) - live) < 500, (before, live)
            assert abs(sum(row[6] for row in rows) - peak) < 500
            del rows
        """
    )


def test_snapshots_are_not_in_the_figures(run: Run):
    run(
        """
        _core.heap_start()
        kept = [_core.heap_snapshot() for _ in range(3)]
        live = _core.heap_totals()[0]
        kept.extend(_core.heap_snapshot() for _ in range(200))
        assert _core.heap_totals()[0] - live < 5000, _core.heap_totals()[0] - live
        """
    )


@pytest.mark.parametrize("stacks", [0, -1, 257])
def test_a_number_of_frames_that_cannot_be_kept_is_refused(stacks: int):
    with pytest.raises((ValueError, OverflowError)):
        _core.heap_start(stacks)
    assert not _core.heap_is_tracing()


def test_starting_twice_is_refused_and_stopping_twice_is_not(run: Run):
    run(
        """
        _core.heap_start()
        try:
            _core.heap_start()
        except RuntimeError as error:
            assert "stop it first" in str(error)
        else:
            raise AssertionError
        _core.heap_stop()
        _core.heap_stop()
        assert _core.heap_totals() == (0, 0)
        try:
            _core.heap_snapshot()
        except RuntimeError as error:
            assert "start it first" in str(error)
        else:
            raise AssertionError
        """
    )


@pytest.mark.skipif(sys.version_info < (3, 13), reason="the module is private and older")
def test_a_sub_interpreter_is_refused(run: Run):
    run(
        """
        import _interpreters
        other = _interpreters.create("legacy")
        error = _interpreters.run_string(other, "from rsprofile import _core; _core.heap_start()")
        assert error is not None
        assert not _core.heap_is_tracing()
        """
    )


@pytest.mark.skipif(sys.version_info < (3, 12), reason="there is no sys.monitoring")
@pytest.mark.parametrize("stacks", [1, 4])
def test_what_code_gets_at_its_first_run_for_events_is_on_no_line(run: Run, stacks: int):
    run(
        f"""
        body = "".join(f"    x{{i}} = {{i % 9}}\\n" for i in range(300))
        names = {{}}
        exec(compile("def f():\\n" + body, "made", "exec"), names)
        tool, events = 3, sys.monitoring.events
        sys.monitoring.use_tool_id(tool, "test")
        sys.monitoring.register_callback(tool, events.LINE, lambda *_: None)
        f = names["f"]
        _core.heap_start({stacks})
        sys.monitoring.set_events(tool, events.LINE)
        f()
        sys.monitoring.set_events(tool, 0)
        made = {{line: figures for line, figures in rows().get("made", {{}}).items() if line == 1}}
        assert made == {{}}, made
        """
    )
