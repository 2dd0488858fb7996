"""The traps from 13 on; test_traps.py says what this is about."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from probe import HOOKS, run

MONITORING = pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is new in 3.12")


@pytest.fixture(params=HOOKS)
def hook(request: Any) -> str:
    return request.param


@MONITORING
@pytest.mark.parametrize("taken", [(), (3,), (3, 4), (3, 4, 2), (3, 4, 2, 5), (3, 4, 2, 5, 1)])
def test_trap_13_a_free_id_is_found_and_cprofile_s_is_left(shell, taken) -> None:
    run(
        shell,
        "monitoring",
        f"""
        import cProfile
        api = sys.monitoring
        for n in {taken}:
            api.use_tool_id(n, "theirs")
        begin(HOOK)
        (ours,) = (n for n in range(6) if api.get_tool(n) == "rsprofile")
        assert ours == next(n for n in (3, 4, 2, 5, 1, 0) if n not in {taken})
        work = profile(lambda: grow(1))
        if ours != 2 and 2 not in {taken}:
            profiler = cProfile.Profile()
            profiler.enable()
            work()
            profiler.disable()
        work()
        assert calls("<lambda>") >= 1
        """,
    )


def test_trap_14_gettrace_round_trips_keep_both_tracers(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        import doctest
        begin(HOOK)

        @profile
        def work():
            grow(1)

        for _ in range(5):
            sys.settrace(sys.gettrace())
            work()
            old = sys.gettrace()
            sys.settrace(None)
            work()
            sys.settrace(old)
        # doctest saves and restores the function too.
        test = doctest.DocTestParser().get_doctest(">>> work()", globals(), "t", None, 0)
        assert doctest.DocTestRunner().run(test).failed == 0
        work()
        assert lines()["grow(1)"] == (12, 12)
        """,
    )


def test_trap_15_stopping_from_another_thread_is_harmless(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        import threading
        begin(HOOK)
        over = False

        @profile
        def work():
            while not over:
                for n in range(50):
                    started.set()

        def switching():
            global over
            for _ in range(200):
                _core.stop()
                _core.start()
            over = True

        started = threading.Event()
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        started.wait()
        thread = threading.Thread(target=switching)
        thread.start()
        for thread in [*threads, thread]:
            thread.join()

        @profile
        def after():
            grow(1)

        after()
        assert lines("after")["grow(1)"] == (1, 1)
        """,
    )


def test_trap_16_code_objects_are_not_leaked(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        begin(HOOK)

        @profile
        def work():
            for n in generator():
                try:
                    unprofiled()
                except KeyError:
                    pass

        @profile
        def generator():
            for n in range(3):
                yield n

        def unprofiled():
            raise KeyError

        work()
        functions = (work, generator, unprofiled)
        before = [sys.getrefcount(f.__code__) for f in functions]
        for _ in range(1000):
            work()
        assert [sys.getrefcount(f.__code__) for f in functions] == before
        """,
    )


def test_trap_17_frames_and_values_may_go_while_their_events_come(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        import gc
        begin(HOOK)
        gc.set_threshold(1)

        class Thing:
            def __del__(self):
                helper()

        @profile
        def helper():
            return [Thing.__name__ for _ in range(2)]

        @profile
        def work(n):
            thing = Thing()
            thing.frame = sys._getframe()
            thing = None
            locals()["n"] = 5
            return [n for n in range(n)]

        for _ in range(300):
            work(3)
        assert calls("work") == 300
        gc.collect()
        assert calls("helper") == 300
        """,
    )


def test_trap_18_code_without_lines_and_lines_out_of_range_do_no_harm(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        import ast
        from types import FunctionType
        begin(HOOK)

        def plain(n):
            if n:
                grow(n)
            return n

        tree = ast.parse("def made(n):\\n    grow(n)\\n    return n\\n")
        for node in ast.walk(tree):
            if hasattr(node, "lineno") and isinstance(node, ast.Return):
                node.lineno = node.end_lineno = 9_000
        namespace = {"grow": grow}
        exec(compile(tree, "<moved>", "exec"), namespace)
        variants = [
            plain.__code__.replace(co_linetable=b""),
            plain.__code__.replace(co_firstlineno=0),
            plain.__code__.replace(co_firstlineno=2_000_000),
            namespace["made"].__code__,
        ]
        for code in variants:
            _core.register(code)
            function = FunctionType(code, globals())
            assert [function(n) for n in (0, 1, 2)] == [0, 1, 2]
        assert [f["calls"] for f in document()["functions"]] == [3, 3, 3, 3]
        """,
    )


def test_trap_20_a_line_that_calls_a_profiled_function_does_not_show_all_memory(shell, hook):
    run(
        shell,
        hook,
        """
        begin(HOOK)
        grow(1_000_000)

        @profile
        def callee():
            return 1

        @profile
        def caller():
            callee()
            for n in generator():
                grow(50)

        @profile
        def generator():
            yield 1

        caller()
        assert lines("caller")["callee()"] == (0, 1)
        assert lines("generator")["yield 1"] == (0, 1)
        assert lines("caller")["grow(50)"] == (50, 1)
        """,
    )


def test_trap_22_a_yield_is_no_return_on_any_version(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        import asyncio
        begin(HOOK)
        ended = []

        def tell(function):
            _core.on_return(_core.register(function.__code__),
                            lambda _: ended.append(function.__name__))
            return function

        @tell
        def generator():
            got = yield 1
            yield from [2, 3]
            yield (yield 4)

        @tell
        async def agenerator():
            for n in range(2):
                await asyncio.sleep(0)
                yield n

        @tell
        async def coroutine():
            async for _ in agenerator():
                await asyncio.sleep(0)
            return [n async for n in agenerator()]

        made = generator()
        for _ in range(5):
            next(made)
        assert ended == []
        assert list(made) == []
        assert ended == ["generator"]
        asyncio.run(coroutine())
        assert ended[1:] == ["agenerator", "agenerator", "coroutine"]
        # Names that end in "generator": the generator and two of the other kind.
        assert (calls("generator"), calls("coroutine")) == (3, 1)
        """,
    )


def test_trap_23_functions_called_back_by_c_are_measured(shell, hook):
    run(
        shell,
        hook,
        """
        import ctypes
        begin(HOOK)

        @profile
        def comparing(one, two):
            grow(1)
            return 0

        # There is no Python function between C and the one it calls back.
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        array = (ctypes.c_int * 4)(3, 1, 2, 0)
        ctypes.CDLL(None).qsort(array, 4, 4, kind(comparing))
        assert calls("comparing") >= 3
        assert lines("comparing")["grow(1)"] == (calls("comparing"),) * 2
        """,
    )


def test_trap_24_registered_code_may_lose_all_its_other_references(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        import gc
        begin(HOOK)
        for n in range(200):
            namespace = {"grow": grow}
            exec(compile(f"def made():\\n    grow({n})\\n", "<gone>", "exec"), namespace)
            profile(namespace["made"])()
            del namespace
            gc.collect()
            # What takes the place of the old one must not be taken for it.
            exec(compile("def other():\\n    grow(1)\\n", "<other>", "exec"), globals())
            other()
        assert len(document()["functions"]) == 200
        assert {f["calls"] for f in document()["functions"]} == {1}
        """,
    )


def test_trap_25_what_is_decorated_is_found_and_stays_what_it_is(shell) -> None:
    run(
        shell,
        "auto",
        """
        import functools
        from rsprofile import profile as decorate
        _core.configure(meter="fake")

        def wrapped(function):
            @functools.wraps(function)
            def wrapper(*arguments):
                return function(*arguments)
            return wrapper

        class Thing:
            @decorate
            @staticmethod
            def static(): grow(1)
            @classmethod
            @decorate
            def of_class(cls): grow(2)
            @decorate
            @property
            def attribute(self): return grow(3)
            @decorate
            @functools.cached_property
            def cached(self): return grow(4)
            part = functools.partialmethod(lambda self, n: grow(n), 5)
            @decorate
            @wrapped
            def method(self): grow(6)

        decorate(Thing.__dict__["part"])
        thing = Thing()
        Thing.static(), Thing.of_class(), thing.attribute, thing.cached, thing.part()
        thing.method()
        counted = [f["calls"] for f in document()["functions"]]
        assert counted == [1] * 6, counted
        _core.close()
        os._exit(print("reached the end", flush=True) or 0)
        """,
    )
