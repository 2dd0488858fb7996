"""Limits, signals and shutdown hit a program in the middle of its profiled lines."""

from __future__ import annotations

from typing import Any

import pytest
from probe import HOOKS, run


@pytest.fixture(params=HOOKS)
def hook(request: Any) -> str:
    return request.param


def test_the_recursion_limit_is_the_programs_own(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        def depth(function, n=0):
            try:
                return function(function, n + 1)
            except RecursionError:
                return n

        def plain(again, n):
            try:
                return again(again, n + 1)
            except RecursionError:
                return n

        def profiled(again, n):
            try:
                return again(again, n + 1)
            except RecursionError:
                return n

        def ends(n=0):
            ends(n + 1)

        before = depth(plain)
        begin(HOOK)
        profile(profiled)
        profile(ends)
        assert depth(profiled) == before
        for _ in range(3):
            try:
                ends()
            except RecursionError as error:
                assert "maximum recursion depth" in str(error)
            else:
                raise AssertionError
        grown = lines("ends")
        # The first row, and as many calls as fit.
        assert grown["ends(n + 1)"][1] == calls("ends")
        """,
    )


def test_a_memory_error_is_the_programs_own(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        begin(HOOK)

        @profile
        def work():
            try:
                return b"x" * (1 << 62)
            except MemoryError:
                grow(1)

        work()
        assert lines()["grow(1)"] == (1, 1)
        """,
    )


@pytest.mark.parametrize("runner", [[], ["-m", "rsprofile"]])
def test_a_report_needs_no_import_when_memory_has_run_out(shell, runner) -> None:
    shell.write(
        "prog.py",
        """
        import sys
        from rsprofile import profile

        class NoMemory:
            def find_spec(self, name, path=None, target=None):
                raise MemoryError(name)

        @profile
        def work():
            x = 1

        work()
        sys.meta_path.insert(0, NoMemory())
        raise MemoryError
        """,
    )
    done = shell.python(*runner, "prog.py")
    assert done.returncode == 1
    assert "rsprofile" not in done.stderr
    assert "x = 1" in done.stdout


def test_a_script_that_dies_of_its_memory_limit_is_reported(shell) -> None:
    shell.write(
        "prog.py",
        """
        import resource
        from rsprofile import profile

        @profile
        def work():
            kept = []
            for size in (1 << 20, 1 << 12, 1 << 9):
                try:
                    while True:
                        kept.append(bytearray(size))
                except MemoryError:
                    pass
            raise MemoryError

        size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + (32 << 20),) * 2)
        work()
        """,
    )
    done = shell.python("prog.py")
    assert "MemoryError" in done.stderr
    assert "kept.append" in done.stdout


def test_a_storm_of_signals_loses_nothing(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        import signal
        begin(HOOK)

        class Interrupt(Exception):
            pass

        @profile
        def handler(number, frame):
            global signals
            signals += 1
            grow(1)

        def raising(number, frame):
            while frame is not None:
                if frame.f_code is work.__code__:
                    raise Interrupt
                frame = frame.f_back

        @profile
        def generator():
            for n in range(10):
                yield n

        @profile
        def work():
            total = 0
            for n in range(2000):
                for m in generator():
                    total += m
            return total

        @profile
        def last():
            grow(5)

        signals = 0
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        for _ in range(5):
            assert work() == 90_000
        signal.setitimer(signal.ITIMER_REAL, 0)
        found = lines("work")
        assert found["total += m"] == (found["total += m"][0], 100_000), found
        assert signals > 5
        assert lines("handler")["grow(1)"] == (signals, signals)
        grown = sum(increment for increment, _ in found.values())
        assert grown <= signals

        signal.signal(signal.SIGALRM, raising)
        interrupted = 0
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        while interrupted < 50:
            try:
                work()
            except Interrupt:
                interrupted += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        # The stack is balanced: nothing is left open that would hold what comes now.
        before = lines("work")
        last()
        assert lines("last")["grow(5)"] == (5, 1)
        assert lines("work") == before
        assert document()["run"]["lost"] == 0
        """,
    )


def test_daemon_threads_in_profiled_code_may_be_left_at_shutdown(shell, hook) -> None:
    run(
        shell,
        hook,
        """
        import threading
        begin(HOOK)

        @profile
        def busy():
            while True:
                for n in range(100):
                    started.set()

        started = threading.Event()
        for _ in range(4):
            threading.Thread(target=busy, daemon=True).start()
        started.wait()
        """,
    )
