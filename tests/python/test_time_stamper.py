"""`TimeStamper`: spans, levels and lines, through the memory of this very process."""

from __future__ import annotations

import asyncio
import functools
import inspect
import io
import pickle
import resource
import threading

import pytest
from rsprofile.compat import mprof
from rsprofile.compat.memory_profiler import TimeStamper, _TimeStamperCM


@pytest.fixture
def stamper():
    return TimeStamper("psutil")


def lines(stamper):
    """Give name and level of each line written."""
    stream = io.StringIO()
    stamper.show_results(stream)
    rows = [line.split(" ") for line in stream.getvalue().splitlines()]
    assert all(row[0] == "FUNC" and len(row) == 7 for row in rows)
    for _, _, memory, start, last, end, _ in rows:
        assert 1 < float(memory) < 10_000 and 1 < float(last) < 10_000
        assert float(start) <= float(end)
    return [(row[1].removeprefix(f"{__name__}."), int(row[6])) for row in rows]


def plain(value):
    """Some docs."""
    return value


def test_a_call_is_recorded_and_the_function_stays_itself(stamper):
    recorded = stamper(plain)
    assert recorded(3) == 3
    assert (recorded.__name__, recorded.__doc__) == ("plain", "Some docs.")
    assert lines(stamper) == [("plain", 0)]
    assert [len(stamps) for stamps in stamper.functions[plain]] == [2]
    assert stamper.stack[plain] == [0]
    assert stamper.current_stack_level == -1


def test_options_are_taken_and_left_aside(stamper):
    assert stamper()(plain)(1) == 1
    assert stamper(precision=4)(plain)(1) == 1
    assert lines(stamper) == [("plain", 0), ("plain", 0)]


def test_what_cannot_be_called_is_refused(stamper):
    with pytest.raises(ValueError, match="cannot decorate 3: it cannot be called"):
        stamper(3)


def test_recursion_has_a_level_each(stamper):
    @stamper
    def down(n):
        return n and down(n - 1)

    down(3)
    assert [level for _, level in lines(stamper)] == [0, 1, 2, 3]


def test_a_raise_gives_its_level_back(stamper):
    @stamper
    def fail():
        raise KeyError

    for _ in range(3):
        with pytest.raises(KeyError):
            fail()
    assert [level for _, level in lines(stamper)] == [0, 0, 0]


def test_a_generator_counts_from_its_first_step_to_its_last(stamper):
    @stamper
    def items():
        yield plain(1)
        yield plain(2)

    other = stamper(plain)
    generator = items()
    assert lines(stamper) == []
    next(generator)
    other(1)
    assert list(generator) == [2]
    assert inspect.isgeneratorfunction(items)
    (((_, start), (_, end)),) = next(iter(stamper.functions.values()))
    ((_, inner), _) = stamper.functions[plain][0]
    assert start <= inner <= end
    # While it is suspended it is not on the stack.
    assert [level for _, level in lines(stamper)] == [0, 0]
    assert stamper.current_stack_level == -1


def test_a_generator_that_is_still_open_is_written_until_now(stamper):
    @stamper
    def items():
        yield 1

    generator = items()
    next(generator)
    assert len(lines(stamper)) == 1
    generator.close()
    assert len(lines(stamper)) == 1


def test_tasks_have_levels_of_their_own(stamper):
    @stamper
    async def work(n):
        await asyncio.sleep(0)
        with stamper.timestamp("inside"):
            await asyncio.sleep(0)
        return n

    async def main():
        return await asyncio.gather(*map(work, range(3)))

    assert inspect.iscoroutinefunction(work)
    assert asyncio.run(main()) == [0, 1, 2]
    found = lines(stamper)
    assert [level for name, level in found if name.endswith("work")] == [0, 0, 0]
    assert [level for name, level in found if name == ".inside"] == [1, 1, 1]


def test_an_awaited_call_is_above_the_one_that_awaits(stamper):
    @stamper
    async def inner():
        await asyncio.sleep(0)

    @stamper
    async def outer():
        await inner()

    asyncio.run(outer())
    assert [level for _, level in lines(stamper)] == [1, 0]


def test_threads_have_levels_of_their_own(stamper):
    barrier = threading.Barrier(8)

    @stamper
    def work():
        barrier.wait(10)
        recorded(1)

    recorded = stamper(plain)
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = lines(stamper)
    assert [level for name, level in found if name.endswith("work")] == [0] * 8
    assert [level for name, level in found if name == "plain"] == [1] * 8


def test_a_block_has_a_name_without_blanks(stamper):
    with stamper.timestamp("my own\tblock"), stamper.timestamp():
        pass
    assert lines(stamper) == [(".my_own_block", 0), (".<block>", 1)]


def test_a_block_that_was_never_entered_is_not_written(stamper):
    stamper.timestamp("never")
    assert lines(stamper) == []


def test_it_is_a_context_manager_and_counts(stamper):
    with stamper, stamper:
        stamper.enable_by_count()
        stamper(plain)(1)
        stamper.disable_by_count()
    stamper.disable_by_count()
    assert lines(stamper) == [(".<block>", 0), ("plain", 1)]
    assert stamper.enable_count == 0
    namespace = {}
    assert stamper.runctx("x = 1", namespace, namespace) is stamper
    assert namespace["x"] == 1
    assert len(lines(stamper)) == 3


def test_a_call_on_the_stack(stamper):
    stamper.add_function(plain)
    with stamper.call_on_stack(plain, 5) as result:
        assert (result, stamper.current_stack_level) == (5, 0)
    assert (stamper.current_stack_level, stamper.stack[plain]) == (-1, [0])
    with pytest.raises(ZeroDivisionError), stamper.call_on_stack(lambda: 1 / 0):
        pass
    assert stamper.current_stack_level == -1


def test_a_context_manager_can_be_made_without_a_stamper():
    stamps = []
    with _TimeStamperCM(stamps, "file.py", "psutil"):
        pass
    assert len(stamps) == 2


def test_methods_and_classes_stay_what_they_are(stamper):
    @stamper
    class Shape:
        def area(self):
            return 1

        @staticmethod
        def unit():
            return 2

        @classmethod
        def make(cls):
            return cls

        @property
        def side(self):
            return 3

    assert isinstance(Shape, type)
    shape = Shape()
    assert (shape.area(), Shape.unit(), Shape.make(), shape.side) == (1, 2, Shape, 3)
    assert stamper(functools.partial(plain, 4))() == 4
    names = [name.rpartition(".")[2] for name, _ in lines(stamper)]
    assert names == ["area", "unit", "make", "side", "partial"]


def test_a_decorated_function_can_be_pickled(stamper, monkeypatch):
    monkeypatch.setitem(globals(), "plain", stamper(plain))
    assert pickle.loads(pickle.dumps(plain)) is plain


def test_memory_that_cannot_be_read_is_not_the_programs_trouble(stamper):
    recorded = stamper(plain)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
        assert recorded(1) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    stream = io.StringIO()
    stamper.show_results(stream)
    assert stream.getvalue().split()[2] == "nan"


def test_the_reader_takes_what_is_written(stamper, tmp_path):
    with stamper.timestamp("my block"):
        stamper(plain)(1)
    path = tmp_path / "x.dat"
    with open(path, "w") as file:
        stamper.show_results(file)
    found = mprof.read_mprofile_file(str(path))["func_timestamp"]
    assert [(name, calls[0][4]) for name, calls in found.items()] == [
        (".my_block", 0),
        (f"{__name__}.plain", 1),
    ]
