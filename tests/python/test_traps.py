"""The traps that other profilers of this kind fell into, by their number in our list of 25.

The second half is in test_traps_from_13.py. Not here, because there is nothing to test in a profiler of memory on these versions of Python:

1, LINE events of large functions cost more the larger they are (cpython#127953): a matter of time and
of the interpreter; docs/limits.md has it, `test_programs.py` a function of 1,100 lines.
11, overhead of switching per call: a matter of time; `make bench` has it.
19, free-threaded builds: not supported (the module declares that it uses the lock).
21, output of forked children: test_children.py.
"""

from __future__ import annotations

import sys
from typing import Any

import pytest
from probe import HOOKS, run

MONITORING = pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is new in 3.12")


@pytest.fixture(params=HOOKS)
def hook(request: Any) -> str:
    return request.param


def test_trap_02_one_line_functions_are_counted(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        begin(HOOK)

        @profile
        def one(): return grow(5)

        two = profile(lambda: grow(7))
        one(), one(), two()
        assert calls("one") == 2 and calls("<lambda>") == 1
        assert lines("one")["def one(): return grow(5)"] == (10, 2)
        assert lines("<lambda>")["two = profile(lambda: grow(7))"] == (7, 1)
        """,
    )


@MONITORING
def test_trap_03_no_event_is_left_on_a_code_object_when_the_id_is_given_back(shell) -> None:
    run(
        shell,
        "monitoring",
        """
        begin(HOOK)

        @profile
        def work():
            return [n for n in range(3)]

        work()
        _core.close()
        api, seen = sys.monitoring, []
        for tool in range(6):
            api.use_tool_id(tool, "theirs")
            assert api.get_local_events(tool, work.__code__) == 0
            for bit in range(16):
                assert api.register_callback(tool, 1 << bit, lambda *a: seen.append(a)) is None
        work()
        assert not seen
        """,
    )


def test_trap_04_unwinding_and_throwing_are_seen(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        begin(HOOK)

        @profile
        def raising():
            grow(1)
            raise KeyError(grow(2))

        @profile
        def generator():
            try:
                yield
            except KeyError:
                grow(4)
                raise

        for call in (raising, lambda: made.throw(KeyError)):
            made = generator()
            next(made)
            try:
                call()
            except KeyError:
                grow(1000)
        assert lines("raising")["raise KeyError(grow(2))"] == (2, 1)
        assert lines("generator")["raise"] == (0, 1)
        assert lines("generator")["grow(4)"] == (4, 1)
        """,
    )


def test_trap_05_a_generator_closed_at_a_yield_leaves_nothing_open(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        begin(HOOK)

        @profile
        def generator():
            yield grow(1)

        for _ in range(100):
            made = generator()
            next(made)
            made.close()
            grow(1000)
            next(generator())
        assert lines("generator")["yield grow(1)"] == (200, 200)
        """,
    )


def test_trap_06_throwing_into_generators_keeps_the_stacks_balanced(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        begin(HOOK)

        @profile
        def patient():
            while True:
                try:
                    yield
                except KeyError:
                    grow(1)

        @profile
        def caller():
            made = patient()
            next(made)
            for _ in range(50):
                made.throw(KeyError)
            grow(10)

        caller()
        assert lines("patient")["grow(1)"] == (50, 50)
        assert lines("caller")["made.throw(KeyError)"] == (50, 50)
        assert lines("caller")["grow(10)"] == (10, 1)
        """,
    )


def test_trap_07_raising_lines_and_finally_bodies_are_reported(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        begin(HOOK)

        @profile
        def work():
            try:
                raise KeyError(grow(1))
            finally:
                grow(2)

        try:
            work()
        except KeyError:
            pass
        assert lines()["raise KeyError(grow(1))"] == (1, 1)
        assert lines()["grow(2)"] == (2, 1)
        """,
    )


def test_trap_08_twins_with_the_same_bytecode_stay_apart(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        from types import FunctionType
        begin(HOOK)
        text = "def twin(n):\\n    grow(n)\\n"
        twins = []
        for _ in range(3):
            namespace = {"grow": grow}
            exec(compile(text, "<twins>", "exec"), namespace)
            twins.append(namespace["twin"])
        one, two, unprofiled = twins
        assert one.__code__ == two.__code__ and hash(one.__code__) == hash(two.__code__)
        first, second = _core.register(one.__code__), _core.register(two.__code__)
        assert first != second
        copy = FunctionType(one.__code__.replace(), one.__globals__)
        one(1), two(10), two(10), unprofiled(100), copy(1000)
        found = document()["functions"]
        assert [f["calls"] for f in found] == [1, 2]
        assert [f["rows"][1]["measured"]["increment"] for f in found] == [1, 20]
        _core.register(copy.__code__)
        copy(1000)
        assert [f["calls"] for f in document()["functions"]] == [1, 2, 1]
        """,
    )


def test_trap_09_recursion_counts_growth_once(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        begin(HOOK)

        @profile
        def down(n):
            grow(1)
            if n:
                down(n - 1)

        down(4)
        assert lines()["down(n - 1)"] == (4, 4)
        assert lines()["grow(1)"] == (5, 5)
        """,
    )


def test_trap_10_coroutines_are_measured_while_they_run_and_stay_coroutines(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        import asyncio, inspect
        begin(HOOK)

        @profile
        async def work():
            grow(1)
            await asyncio.sleep(0)
            grow(2)

        @profile
        def generator():
            grow(4)
            yield

        async def main():
            waiting = asyncio.ensure_future(work())
            await asyncio.sleep(0)
            grow(1000)
            await waiting

        assert inspect.iscoroutinefunction(work) and inspect.isgeneratorfunction(generator)
        generator()
        asyncio.run(main())
        assert calls("generator") == 0 and calls("work") == 1
        assert [i for i, _ in lines("work").values() if i] == [1, 2]
        """,
    )


def test_trap_12_all_threads_are_measured_and_counts_add_up(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        import threading
        from concurrent.futures import ThreadPoolExecutor
        begin(HOOK)

        @profile
        def work(n):
            for _ in range(n):
                pass
            return n

        threads = [threading.Thread(target=work, args=(100,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, [10] * 50))
        assert calls("work") == 58
        assert lines()["pass"][1] == 8 * 100 + 50 * 10
        assert lines()["for _ in range(n):"][1] == 8 * 101 + 50 * 11
        """,
    )
