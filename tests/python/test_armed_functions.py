"""Decorated functions of 3.11, where the trace slot is filled only while they run."""

from __future__ import annotations

import sys

import pytest

pytestmark = pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="events are set on code objects from 3.12 on"
)


def run(shell, text):
    ended = shell.python("-c", text)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_slot_is_empty_outside_of_profiled_calls(shell):
    shell.write(
        "prog.py",
        """
        import sys, threading
        from rsprofile import _core, profile

        seen = []
        audit = []
        sys.addaudithook(lambda event, _: audit.append(event) if event == "sys.settrace" else None)

        @profile(stream=open("report.txt", "w"))
        def work():
            seen.append(sys.gettrace())

        work()
        filled = len(audit)
        for _ in range(3):
            (lambda: None)()
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        print(seen, filled > 0, sys.gettrace())
        """,
    )
    assert shell.python("prog.py").stdout == "[None, None] True None\n"
    assert "           2   @profile" in (shell.folder / "report.txt").read_text()


def test_an_armed_function_is_like_it_was(shell):
    shell.write(
        "prog.py",
        """
        import copy, gc, inspect, pickle, sys, types, weakref
        from rsprofile import profile

        def plain(a, b=2, *c, d, **e):
            "Its doc."
            return a

        def shown(function):
            return (
                type(function).__name__, type(function).__module__, function.__doc__,
                function.__name__, str(inspect.signature(function)), function.__defaults__,
                inspect.isfunction(function), isinstance(function, types.FunctionType),
                pickle.loads(pickle.dumps(function)) is function,
                pickle.loads(pickle.dumps(function, 0)) is function,
                copy.copy(function) is function, copy.deepcopy(function) is function,
                repr(function)[:15], hash(function) == object.__hash__(function),
                sys.getsizeof(function), gc.is_tracked(function), callable(function),
                inspect.getsource(function).splitlines()[0],
            )

        before = shown(plain)
        assert profile(plain) is plain
        assert shown(plain) == before, (shown(plain), before)

        class Thing:
            def method(self, x=1): return self, x
        Thing.method = profile(Thing.method)
        thing = Thing()
        for _ in range(100):
            assert thing.method() == (thing, 1) == Thing.method(thing)
        assert thing.method.__func__ is Thing.method

        def local(n): return n and 1 + local(n - 1)
        assert profile(local)(900) == 900
        alive = weakref.ref(local)
        del local, _
        gc.collect()
        assert alive() is None

        try:
            plain(1)
        except TypeError as error:
            print(error)
        """,
    )
    ended = shell.python("prog.py")
    assert ended.stderr == ""
    assert ended.stdout.startswith("plain() missing 1 required keyword-only argument: 'd'\n")


def test_a_trace_function_set_by_the_program_sees_its_events_and_stays(shell):
    shell.write(
        "prog.py",
        """
        import sys
        from rsprofile import profile

        events = []
        def trace(frame, event, _):
            events.append((frame.f_code.co_name, event))
            return trace

        @profile(stream=open("report.txt", "w"))
        def work():
            x = 1
            return x

        @profile(stream=open("other.txt", "w"))
        def sets():
            sys.settrace(trace)
            work()

        sets()
        print(sys.gettrace() is trace)
        work()
        sys.settrace(None)
        print([event for name, event in events if name == "work"])
        """,
    )
    ended = shell.python("prog.py")
    assert ended.stdout == "True\n" + str(["call", "line", "line", "return"] * 2) + "\n"
    assert "           2       x = 1" in (shell.folder / "report.txt").read_text()


def test_a_trace_function_may_take_the_slot_over_in_c(shell):
    """What coverage.py's own tracer does: the exits of the call are not seen, the next one is."""
    shell.write(
        "prog.py",
        """
        import ctypes, sys
        from rsprofile import _core, profile

        take = ctypes.pythonapi.PyEval_SetTrace
        take.argtypes = [ctypes.c_void_p, ctypes.py_object]

        @profile(stream=open("report.txt", "w"))
        def work(rob):
            if rob:
                take(None, None)
            x = 1

        work(True)
        work(False)
        work(False)
        print(_core.snapshot().lost)
        """,
    )
    ended = shell.python("prog.py")
    assert ended.stdout == "1\n", ended.stderr
    report = (shell.folder / "report.txt").read_text()
    assert "           3   @profile" in report
    assert "           2       x = 1" in report


def test_switching_off_leaves_calls_alone(shell):
    text = """
from rsprofile import profile
def work(): return 1
profile(work)
profile.disable()
work()
profile.enable()
work()
"""
    assert "           1 " in run(shell, text)
