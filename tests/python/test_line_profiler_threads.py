"""Profilers of memory_profiler's interface in several threads: each shows what its own threads did.

Memory is the fake meter's: `grow(n)` adds n MiB. Threads take turns where figures are to be exact.
"""

from __future__ import annotations

import contextlib
import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import grow
from rsprofile import _core
from rsprofile.compat.memory_profiler import LineProfiler, profile

pytestmark = pytest.mark.usefixtures("exact")


def figures(profiler, function):
    """Give increment and occurrences of each line of a function, the line of its `def` being 0."""
    code = getattr(function, "__wrapped__", function).__code__
    rows = profiler.code_map[code].items()
    return {line - code.co_firstlineno: (row[0], row[2]) for line, row in rows}


class Steps:
    """Lets threads take turns: `await_(n)` returns when the count is n, and each step adds one."""

    def __init__(self):
        self._count = 0
        self._changed = threading.Condition()

    def turn(self, number):
        with self._changed:
            assert self._changed.wait_for(lambda: self._count >= number, 10)

    def done(self):
        with self._changed:
            self._count += 1
            self._changed.notify_all()


def run(*targets):
    """Run functions in threads of their own; what they raise is raised."""
    with ThreadPoolExecutor(len(targets)) as pool:
        for future in [pool.submit(target) for target in targets]:
            future.result()


def test_two_profilers_of_one_function_show_their_own_threads():
    steps = Steps()

    def work(name):
        grow(name)
        steps.done()
        steps.turn(2)
        for _ in range(name):
            pass

    def measure(name, profiler):
        profiler.add_function(work)
        with profiler:
            work(name)

    one, other = LineProfiler(), LineProfiler()
    run(lambda: measure(3, one), lambda: measure(5, other))
    first, second = figures(one, work), figures(other, work)
    assert (first[0][1], first[1][1], first[4][1], first[5][1]) == (1, 1, 4, 3)
    assert (second[0][1], second[1][1], second[4][1], second[5][1]) == (1, 1, 6, 5)


def test_what_one_thread_grows_is_on_the_lines_that_ran_meanwhile():
    steps = Steps()

    def work(first):
        steps.turn(1 if first else 0)
        grow(2 if first else 40)
        steps.done()
        return None

    def measure(profiler, first):
        profiler.add_function(work)
        with profiler:
            work(first)

    one, other = LineProfiler(), LineProfiler()
    run(lambda: measure(one, True), lambda: measure(other, False))
    assert figures(one, work)[2] == (2.0, 1)
    assert figures(other, work)[2][1] == 1
    assert figures(one, work)[1][1] == figures(other, work)[1][1] == 1


def test_decorated_calls_at_once_are_reported_apart(occurrences):
    together = threading.Barrier(3)
    stream = io.StringIO()

    @profile(stream=stream)
    def work(times):
        together.wait()
        for _ in range(times):
            grow(1)
        together.wait()

    run(lambda: work(1), lambda: work(2), lambda: work(3))
    reports = stream.getvalue().split("Filename:")[1:]
    assert sorted(occurrences(report)["grow(1)"] for report in reports) == [1, 2, 3]
    assert all(occurrences(report)["together.wait()"] == 1 for report in reports)


def test_a_shared_profiler_shows_all_threads_beside_one_that_does_not():
    together = threading.Barrier(4)

    def work(times):
        together.wait()
        for _ in range(times):
            pass
        together.wait()

    shared, own = LineProfiler(), LineProfiler()
    in_shared, in_own = shared(work), own(work)
    run(*[lambda times=times: in_shared(times) for times in (1, 2, 3)], lambda: in_own(10))
    assert [figures(shared, work)[line][1] for line in (0, 1, 2, 3, 4)] == [3, 3, 9, 6, 3]
    assert [figures(own, work)[line][1] for line in (0, 1, 2, 3, 4)] == [1, 1, 11, 10, 1]


def test_a_window_closes_while_another_thread_is_in_the_function():
    steps = Steps()

    def work(first):
        if first:
            return grow(1)
        grow(4)
        steps.done()
        steps.turn(2)
        return grow(8)

    one, other = LineProfiler(), LineProfiler()

    def in_the_middle():
        steps.turn(1)
        one(work)(True)
        steps.done()

    run(in_the_middle, lambda: other(work)(False))
    assert figures(one, work) == {0: (104.0, 1), 1: (0.0, 1), 2: (1.0, 1)}
    rows = figures(other, work)
    assert {line: row[1] for line, row in rows.items()} == dict.fromkeys([0, 1, 3, 4, 5, 6], 1)
    assert (rows[3][0], rows[6][0]) == (4.0, 8.0)


def test_a_window_opens_while_another_thread_is_in_the_function():
    steps = Steps()

    def work(first):
        grow(1)
        if first:
            steps.done()
            steps.turn(2)
        grow(2)

    one, other = LineProfiler(), LineProfiler()

    def later():
        steps.turn(1)
        other(work)(False)
        steps.done()

    run(lambda: one(work)(True), later)
    assert figures(one, work)[5] == (2.0, 1)
    assert figures(other, work) == {0: (101.0, 1), 1: (1.0, 1), 2: (0.0, 1), 5: (2.0, 1)}


def test_a_recursion_in_two_threads():
    together = threading.Barrier(2)

    def down(depth):
        if depth == 2:
            together.wait()
        if depth:
            down(depth - 1)
        together.wait(0.0) if depth < 0 else None

    one, other = LineProfiler(), LineProfiler()
    run(lambda: one(down)(5), lambda: other(down)(7))
    assert [figures(one, down)[line][1] for line in (0, 1, 2, 3, 4)] == [6, 6, 1, 6, 5]
    assert [figures(other, down)[line][1] for line in (0, 1, 2, 3, 4)] == [8, 8, 1, 8, 7]


def test_exceptions_in_two_threads():
    together = threading.Barrier(2)

    def fail(number):
        together.wait()
        if number:
            raise KeyError
        return number

    def measure(profiler, number):
        with contextlib.suppress(KeyError):
            profiler(fail)(number)

    one, other = LineProfiler(), LineProfiler()
    run(lambda: measure(one, 1), lambda: measure(other, 0))
    assert {line: row[1] for line, row in figures(one, fail).items()} == {0: 1, 1: 1, 2: 1, 3: 1}
    assert {line: row[1] for line, row in figures(other, fail).items()} == {0: 1, 1: 1, 2: 1, 4: 1}


def test_a_generator_that_two_threads_advance_in_turns():
    steps = Steps()

    def count():
        for number in range(6):
            grow(1)
            yield number

    profiler = LineProfiler()
    generator = profiler(count)()
    seen = []

    def advance(first):
        for turn in range(3):
            steps.turn(2 * turn + first)
            seen.append(next(generator))
            grow(100)
            steps.done()

    run(lambda: advance(0), lambda: advance(1))
    assert seen == [0, 1, 2, 3, 4, 5]
    assert figures(profiler, count)[2] == (6.0, 6) and figures(profiler, count)[3] == (0.0, 6)


def test_a_profiler_for_each_round_of_a_generator_that_changes_threads():
    def count():
        for _ in range(4):
            grow(1)
            yield

    generator, rounds = count(), []

    def advance():
        profiler = LineProfiler()
        profiler.add_code(generator.gi_code)
        with profiler:
            next(generator)
        grow(1000)
        rounds.append(figures(profiler, count))

    for _ in range(4):
        run(advance)
    assert [rows[2] for rows in rounds] == [(1.0, 1)] * 4
    assert [rows[3] for rows in rounds] == [(0.0, 1)] * 4


def test_a_nested_function_that_a_thread_runs_is_seen():
    def outer():
        def inner():
            grow(7)

        thread = threading.Thread(target=inner)
        thread.start()
        thread.join()

    profiler = LineProfiler()
    profiler(outer)()
    assert figures(profiler, outer)[2] == (7.0, 1)


def test_lambdas_and_comprehensions_of_a_thread_are_seen():
    def outer():
        with ThreadPoolExecutor(1) as pool:
            return list(pool.map(lambda n: [grow(n) for _ in range(2)], [1, 2]))

    profiler = LineProfiler()
    profiler(outer)()
    assert sum(row[0] for line, row in figures(profiler, outer).items() if line) >= 6.0


def test_threads_without_a_profiler_do_not_count():
    def work():
        grow(1)

    profiler = LineProfiler()
    profiler.add_function(work)
    with profiler:
        run(work, work)
        work()
    assert figures(profiler, work)[1] == (1.0, 1)


def test_enabled_in_one_thread_and_disabled_in_another():
    def work():
        grow(1)

    profiler = LineProfiler()
    profiler.add_function(work)
    run(lambda: (profiler.enable_by_count(), work()))
    run(work)
    profiler.disable_by_count()
    assert figures(profiler, work)[1] == (1.0, 1)


def test_to_disable_for_another_thread_leaves_ones_own_profilers_enabled():
    steps = Steps()

    def work():
        grow(1)

    own, other = LineProfiler(), LineProfiler()
    own.add_function(work)
    other.add_function(work)

    def enable():
        other.enable_by_count()
        steps.done()
        steps.turn(2)

    def disable():
        steps.turn(1)
        with own:
            other.disable_by_count()
            work()
        steps.done()

    run(enable, disable)
    assert figures(own, work)[1] == (1.0, 1)


def test_threads_come_and_go_within_one_window():
    def work():
        grow(1)

    profiler = LineProfiler()
    measured = profiler(work)
    with profiler:
        for _ in range(20):
            run(measured, work)
    assert figures(profiler, work)[1][1] == 20


def test_many_threads_enable_one_profiler_at_once():
    together = threading.Barrier(8)

    def work():
        pass

    profiler = LineProfiler()
    measured = profiler(work)

    def hammer():
        together.wait()
        for _ in range(200):
            measured()

    run(*[hammer] * 8)
    assert profiler.enable_count == 0
    assert figures(profiler, work)[1][1] == 1600


def test_a_profiler_for_each_call_in_many_threads():
    together = threading.Barrier(4)

    def work(times):
        for _ in range(times):
            pass

    def hammer(times):
        together.wait()
        for _ in range(100):
            profiler = LineProfiler()
            profiler(work)(times)
            assert figures(profiler, work)[2][1] == times

    run(*[lambda times=times: hammer(times) for times in (1, 2, 3, 4)])


def test_code_that_is_added_takes_no_thread_out():
    steps = Steps()

    def work():
        grow(1)
        steps.done()
        steps.turn(2)
        grow(64)
        for _ in range(5):
            pass

    def late():
        grow(2)

    profiler = LineProfiler()
    measured = profiler(work)

    def decorate():
        steps.turn(1)
        profiler(late)()
        steps.done()

    run(measured, decorate)
    assert figures(profiler, work) == {
        0: (100.0, 1),
        1: (1.0, 1),
        2: (0.0, 1),
        3: (2.0, 1),
        4: (64.0, 1),
        5: (0.0, 6),
        6: (0.0, 5),
    }
    assert figures(profiler, late) == {0: (101.0, 1), 1: (2.0, 1)}


def test_code_that_is_added_is_measured_in_all_threads_that_enabled():
    steps = Steps()

    def work():
        steps.done()
        steps.turn(2)
        late(3)

    def late(megabytes):
        grow(megabytes)

    profiler = LineProfiler()
    measured = profiler(work)

    def add():
        steps.turn(1)
        profiler.add_function(late)
        late(50)
        steps.done()

    run(measured, add)
    assert figures(profiler, late) == {0: (150.0, 1), 1: (3.0, 1)}
    assert figures(profiler, work)[3] == (3.0, 1)


def test_code_that_is_added_in_the_middle_of_its_call_in_another_thread():
    steps = Steps()

    def work():
        late()

    def late():
        grow(1)
        steps.done()
        steps.turn(2)
        grow(4)
        for _ in range(2):
            pass

    profiler = LineProfiler()
    measured = profiler(work)

    def add():
        steps.turn(1)
        profiler.add_function(late)
        steps.done()

    run(measured, add)
    rows = figures(profiler, late)
    assert (rows[4], rows[5][1], rows[6][1]) == ((4.0, 1), 3, 2)


def test_code_that_is_added_is_not_given_what_was_measured_before():
    def late():
        grow(3)

    before, after = LineProfiler(), LineProfiler()
    before.add_function(late)
    with before, after:
        late()
        after.add_function(late)
        late()
    assert figures(before, late)[1] == (6.0, 2)
    assert figures(after, late)[1] == (3.0, 1)


def test_threads_add_code_to_one_profiler_at_once():
    together = threading.Barrier(4)

    def make():
        scope = {"grow": grow}
        exec(compile("def late():\n    grow(1)\n", __file__, "exec"), scope)
        return scope["late"]

    functions = [[make() for _ in range(20)] for _ in range(4)]
    profiler = LineProfiler()

    def hammer(own):
        together.wait()
        with profiler:
            for function in own:
                profiler.add_function(function)
                function()

    run(*[lambda own=own: hammer(own) for own in functions])
    assert [figures(profiler, one)[1][1] for own in functions for one in own] == [1] * 80


def test_a_nested_function_of_added_code_is_seen_in_new_threads():
    def outer():
        def inner():
            grow(7)

        thread = threading.Thread(target=inner)
        thread.start()
        thread.join()

    profiler = LineProfiler()
    with profiler:
        profiler.add_function(outer)
        outer()
    assert figures(profiler, outer)[2] == (7.0, 1)


def part_ended():
    """Wait until no thread that has ended is in a window: the system ends it a little later."""
    deadline = time.monotonic() + 10
    while _core.is_active() and time.monotonic() < deadline:
        LineProfiler()(grow)(0)
        time.sleep(0.001)
    assert not _core.is_active()


def test_threads_that_end_enabled_leave_nothing_behind():
    def work():
        grow(1)

    profilers = [LineProfiler() for _ in range(20)]
    for profiler in profilers:
        profiler.add_function(work)
        run(lambda profiler=profiler: (profiler.enable_by_count(), work()))
    part_ended()
    assert [figures(profiler, work)[1] for profiler in profilers] == [(1.0, 1)] * 20
    for profiler in profilers:
        profiler.disable_by_count()
        assert profiler.enable_count == 0


def test_a_profiler_goes_on_after_a_thread_that_ended_enabled():
    def work():
        grow(1)

    profiler = LineProfiler()
    measured = profiler(work)
    run(lambda: (profiler.enable_by_count(), work()))
    part_ended()
    measured()
    run(measured)
    work()
    assert figures(profiler, work)[1] == (3.0, 3)
    profiler.disable_by_count()
    assert profiler.enable_count == 0
    measured()
    assert figures(profiler, work)[1] == (4.0, 4)


def test_to_disable_for_a_thread_that_ended_takes_no_other_out():
    def work():
        grow(1)

    first, second = LineProfiler(), LineProfiler()
    first.add_function(work)
    second.add_function(work)
    steps = Steps()
    run(lambda: (first.enable_by_count(), second.enable_by_count()))

    def stays():
        with first:
            steps.done()
            steps.turn(2)
            work()

    def disables():
        steps.turn(1)
        with second:
            for _ in range(100):
                LineProfiler()(work)()
                time.sleep(0.001)
            first.disable_by_count()
            work()
        steps.done()

    run(stays, disables)
    assert figures(first, work)[1] == (1.0, 1)
    assert figures(second, work)[1] == (101.0, 101)
    second.disable_by_count()


def test_what_the_session_profiles_is_shown_of_ones_own_thread(shell, occurrences):
    shell.write(
        "prog.py",
        """
        import threading
        from rsprofile import profile
        from rsprofile.compat.memory_profiler import LineProfiler, show_results

        @profile
        def both(times, inside, go_on):
            inside.set()
            go_on.wait()
            for _ in range(times):
                pass

        def events():
            return threading.Event(), threading.Event()

        first, second = events(), events()
        thread = threading.Thread(target=both, args=(5, *first))
        thread.start()
        first[0].wait()
        profiler = LineProfiler()
        profiler.add_function(both)
        with profiler:
            second[1].set()
            both(3, *second)
            first[1].set()
            thread.join()
        show_results(profiler)
        """,
    )
    done = shell.python("prog.py")
    assert not done.stderr
    window, session = done.stdout.split("Filename:")[1:]
    lines = ["inside.set()", "go_on.wait()", "for _ in range(times):", "pass"]
    assert [occurrences(window)[line] for line in lines] == [1, 1, 4, 3]
    assert [occurrences(session)[line] for line in lines] == [2, 2, 10, 8]
