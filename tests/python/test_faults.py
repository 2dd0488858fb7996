"""What a program may do to us: nothing of its own is lost, and the numbers stay right or say so."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from probe import HOOKS, run

MONITORING = pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is new in 3.12")


@pytest.fixture(params=HOOKS)
def hook(request: Any) -> str:
    return request.param


@pytest.mark.parametrize("peak", [False, True])
def test_files_under_the_numbers_of_our_descriptors_stay_untouched(shell, hook, peak) -> None:
    run(
        shell,
        hook,
        f"""
        begin(HOOK, meter="rss", peak={peak})

        @profile
        def work():
            block = b"x" * (64 << 20)
            del block
            return 1

        work()
        os.closerange(3, 256)
        files = [open(f"mine{{n}}", "w+") for n in range(20)]
        for file in files:
            file.write("mine")
            file.flush()
        for _ in range(50):
            work()
        for n, file in enumerate(files):
            assert os.fstat(file.fileno()).st_ino == os.stat(f"mine{{n}}").st_ino
            assert file.tell() == 4
            file.seek(0)
            assert file.read() == "mine", (n, file.read())
        grown, times = lines()['block = b"x" * (64 << 20)']
        assert times == 51
        assert abs(grown / 51 - (64 << 20)) < 1 << 20, grown
        """,
    )


def test_a_fork_in_a_profiled_function_reads_its_own_memory(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        begin(HOOK, meter="rss", peak=True)

        @profile
        def work():
            kept = b"p" * (32 << 20)
            child = os.fork()
            if child == 0:
                more = b"c" * (64 << 20)
                end_child(more)
            os.waitpid(child, 0)
            return kept

        def end_child(more):
            found = lines()
            os.write(writing, repr((found.get('more = b"c" * (64 << 20)'), len(found))).encode())
            os._exit(0)

        reading, writing = os.pipe()
        work()
        (grown, times), count = eval(os.read(reading, 1000))
        assert times == 1 and abs(grown - (64 << 20)) < 1 << 20, grown
        # What the parent ran before is not the child's; the line it is on is.
        assert count <= 4, count
        found = lines()
        assert 'more = b"c" * (64 << 20)' not in found
        assert abs(found['kept = b"p" * (32 << 20)'][0] - (32 << 20)) < 1 << 20
        """,
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_thread_that_forks_goes_on_alone_in_the_child(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        import threading, warnings
        warnings.simplefilter("ignore")
        begin(HOOK)

        @profile
        def forking():
            grow(1)
            child = os.fork()
            grow(10)
            return child

        @profile
        def waiting():
            thread.start()
            thread.join()

        def body():
            child = forking()
            if child == 0:
                found = lines("forking")
                assert found["grow(10)"] == (10, 1), found
                assert "grow(1)" not in found, found
                # The parent's main thread is gone with what it had open.
                assert not any(f["name"] == "waiting" and f["calls"] for f in
                               document()["functions"])
                os._exit(0)
            status.append(os.waitpid(child, 0)[1])

        status = []
        thread = threading.Thread(target=body)
        waiting()
        assert status == [0], status
        assert lines("forking")["grow(10)"] == (10, 1)
        assert lines("forking")["grow(1)"] == (1, 1)
        """,
    )


@MONITORING
def test_our_callbacks_called_by_hand_with_rubbish_do_nothing(shell) -> None:
    run(
        shell,
        "monitoring",
        """
        begin(HOOK)

        @profile
        def work():
            grow(1)

        work()
        api = sys.monitoring
        (tool,) = (n for n in range(6) if api.get_tool(n) == "rsprofile")
        code, other = work.__code__, begin.__code__
        rubbish = [
            (), (1,), (code,), (None, None), (code, None), (code, "x"), (code, -1),
            (code, 10**100), (code, 10**9), (other, 1), (code, 0, None, None), (object(), 5),
        ]
        for name in ("PY_START", "PY_RESUME", "LINE", "PY_RETURN", "PY_YIELD", "PY_UNWIND",
                     "PY_THROW"):
            event = getattr(api.events, name)
            ours = api.register_callback(tool, event, None)
            assert ours is not None
            for arguments in rubbish:
                assert ours(*arguments) is None
            api.register_callback(tool, event, ours)
        work()
        assert lines()["grow(1)"] == (2, 2)
        """,
    )


def test_finalizers_and_weakref_callbacks_run_inside_the_line_that_sets_them_off(shell, hook):
    run(
        shell,
        hook,
        """
        import gc, weakref
        begin(HOOK)

        class Thing:
            @profile
            def __del__(self):
                grow(10)

        @profile
        def callback(_):
            grow(100)

        @profile
        def work():
            thing, cycle = Thing(), Thing()
            cycle.itself = cycle
            watch = weakref.ref(thing, callback)
            del thing
            del cycle
            gc.collect()
            grow(1)

        gc.disable()
        work()
        found = lines("work")
        assert found["del thing"] == (110, 1), found
        assert found["del cycle"] == (0, 1), found
        assert found["gc.collect()"] == (10, 1), found
        assert found["grow(1)"] == (1, 1), found
        assert lines("__del__")["grow(10)"] == (20, 2)
        """,
    )


def test_the_same_code_registered_again_is_the_same_function(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        import importlib
        begin(HOOK)
        with open("module.py", "w") as file:
            file.write("def work(n):\\n    grow(n)\\n")
        sys.path.insert(0, ".")
        import module
        module.grow = grow
        first = _core.register(module.work.__code__)
        assert _core.register(module.work.__code__) == first
        module.work(1)
        importlib.reload(module)
        second = _core.register(module.work.__code__)
        assert second != first
        module.work(10)
        module.work(10)
        both = [f for f in document()["functions"] if f["name"] == "work"]
        assert [f["calls"] for f in both] == [1, 2]
        """,
    )


def test_a_callback_that_fails_is_reported_and_not_raised(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        begin(HOOK)
        unraisable = []
        sys.unraisablehook = lambda it: unraisable.append(it.exc_type)

        @profile
        def work(n):
            grow(1)
            if n:
                work(n - 1)

        def failing(function):
            raise KeyError

        def calling_back(function):
            _core.snapshot([function])
            _core.reset(function)
            work_again.append(function)

        work_again = []
        function = _core.register(work.__code__)
        _core.on_return(function, failing)
        work(3)
        assert unraisable == [KeyError]
        _core.on_return(function, calling_back)
        work(3)
        work(0)
        # The outermost calls only.
        assert work_again == [function] * 2
        _core.on_return(function, None)
        work(0)
        assert calls("work") == 1
        """,
    )


def test_profiling_may_be_closed_and_started_inside_a_profiled_function(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        begin(HOOK)

        @profile
        def work():
            grow(1)
            _core.close()
            grow(10)
            _core.start()
            _core.trace_thread()
            grow(100)
            grow(1000)

        work()
        found = lines("work")
        assert "grow(10)" not in found
        assert found["grow(1)"] == (1, 1)
        assert found["grow(1000)"] == (1000, 1), found
        """,
    )


def test_ten_thousand_functions_stay_apart(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        begin(HOOK)
        namespace = {"grow": grow}
        text = "".join(f"def f{n}():\\n    grow({n})\\n" for n in range(10_000))
        exec(compile(text, "<many>", "exec"), namespace)
        functions = [profile(namespace[f"f{n}"]) for n in range(10_000)]
        for n, function in enumerate(functions):
            function()
            if n % 2:
                function()
        for n, function in enumerate(document()["functions"]):
            assert function["calls"] == 1 + n % 2
            (line,) = (r["measured"] for r in function["rows"] if r["line"] == 2 * n + 2)
            assert line["increment"] == n * (1 + n % 2)
        """,
    )
