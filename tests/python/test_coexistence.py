"""Other tools in the same process see what they see without us, and so do we.

Each program runs three times: without profiling, with profiling begun before the other tool is
switched on, and after. What it prints must be the same.
"""

from __future__ import annotations

import sys
from typing import Any

import pytest
from beside import same_with_us
from probe import HOOKS


@pytest.fixture(params=HOOKS)
def hook(request: Any) -> str:
    return request.param


@pytest.mark.parametrize("core", ["ctrace", "sysmon", "pytrace"])
def test_coverage_measures_the_same(shell, hook, core) -> None:
    if core == "sysmon" and sys.version_info < (3, 12):
        pytest.skip("sys.monitoring is new in 3.12")
    printed = same_with_us(
        shell,
        hook,
        """
        import coverage
        begin_if("before")
        cov = coverage.Coverage(data_file=None, include=[__file__], messages=False)
        cov.start()
        begin_if("after")
        runs += 1
        unprofiled()
        cov.stop()
        found = cov.get_data().lines(os.path.abspath(__file__))
        print(sorted(n for n in found if n < begin_if.__code__.co_firstlineno))
        if (WHEN, HOOK, os.environ["COVERAGE_CORE"]) == ("before", "settrace", "ctrace"):
            # C code that takes the trace slot itself replaces us.
            runs = 0
        elif WHEN:
            runs += 1
            unprofiled()
        """,
        COVERAGE_CORE=core,
    )
    assert len(printed) > 50


def test_cprofile_counts_the_same_calls(shell, hook) -> None:
    same_with_us(
        shell,
        hook,
        """
        import cProfile, pstats
        begin_if("before")
        profiler = cProfile.Profile()
        profiler.enable()
        begin_if("after")
        for _ in range(3):
            runs += 1
            unprofiled()
        profiler.disable()
        stats = pstats.Stats(profiler).stats
        print(sorted((key[2], value[:2]) for key, value in stats.items() if key[2] in ours))
        """,
    )


def test_pdb_stops_at_its_breakpoints_and_steps(shell, hook) -> None:
    printed = same_with_us(
        shell,
        hook,
        """
        import io, pdb
        begin_if("before")
        out = io.StringIO()
        commands = "b leaf\\nc\\np n\\nn\\nn\\nr\\nc\\np n\\ncl 1\\ns\\nu\\np n\\nw\\nc\\n"
        debugger = pdb.Pdb(stdin=io.StringIO(commands), stdout=out, nosigint=True, readrc=False)
        debugger.use_rawinput = False
        begin_if("after")
        runs += 1
        debugger.runcall(unprofiled)
        runs += 1
        unprofiled()
        print(out.getvalue())
        """,
    )
    assert "-> return n" in printed


def test_a_breakpoint_in_a_profiled_function_leaves_the_profile_whole(shell, hook) -> None:
    same_with_us(
        shell,
        hook,
        """
        import io, pdb
        out = io.StringIO()
        commands = io.StringIO("n\\nn\\nc\\n")
        debugger = pdb.Pdb(stdin=commands, stdout=out, nosigint=True, readrc=False)
        begin_if("before")
        begin_if("after")

        def stopping():
            debugger.set_trace()
            grow(10)
            grow(100)
            grow(1000)

        if _core.is_active():
            profile(stopping)
        stopping()
        runs += 1
        unprofiled()
        if _core.is_active():
            found = lines("stopping")
            assert found["grow(10)"] == (10, 1), found
            assert found["grow(1000)"] == (1000, 1), found
        # On 3.13 the first stop is one line later where any monitoring tool watches the function.
        print("-> grow(100)" in out.getvalue())
        """,
    )


def test_bdb_sees_the_same_lines_calls_and_returns(shell, hook) -> None:
    same_with_us(
        shell,
        hook,
        """
        import bdb

        class Debugger(bdb.Bdb):
            def user_call(self, frame, arguments):
                self.note("call", frame)

            def user_line(self, frame):
                self.note("line", frame)

            def user_return(self, frame, value):
                self.note("return", frame)

            def user_exception(self, frame, info):
                self.note("exception", frame)

            def note(self, event, frame):
                if frame.f_code.co_name in ours:
                    events.append((event, frame.f_code.co_name, frame.f_lineno))
                self.set_step()

        events = []
        begin_if("before")
        debugger = Debugger()
        begin_if("after")
        runs += 1
        debugger.runcall(unprofiled)
        print(events)
        """,
    )


TRACER = """
events = []

def tracer(frame, event, argument):
    if frame.f_code.co_name in ours:
        events.append((event, frame.f_code.co_name, frame.f_lineno))
        return tracer
"""


def test_a_trace_function_sees_the_same_events(shell, hook) -> None:
    same_with_us(
        shell,
        hook,
        TRACER
        + """
begin_if("before")
sys.settrace(tracer)
assert sys.gettrace() is tracer
begin_if("after")
assert sys.gettrace() is tracer
runs += 1
unprofiled()
sys.settrace(sys.gettrace())
assert sys.gettrace() is tracer
runs += 1
unprofiled()
sys.settrace(None)
assert sys.gettrace() is None
runs += 1
unprofiled()
print(events)
sys.settrace(tracer)
_core.close()
assert sys.gettrace() is tracer
events.clear()
unprofiled()
print(events)
sys.settrace(None)
""",
    )


def test_a_trace_function_may_come_and_go_inside_a_profiled_function(shell, hook) -> None:
    same_with_us(
        shell,
        hook,
        TRACER
        + """
def tracing(which):
    old = sys.gettrace()
    sys.settrace(which)
    grow(1)
    unprofiled()
    sys.settrace(old)
    grow(10)

begin_if("before")
begin_if("after")
if _core.is_active():
    profile(tracing)
for which in (tracer, None, tracer):
    runs += 1
    tracing(which)
if _core.is_active():
    assert lines("tracing")["grow(10)"] == (30, 3), lines("tracing")
    assert lines("tracing")["grow(1)"] == (3, 3), lines("tracing")
print(events)
""",
    )


def test_a_trace_function_that_fails_ends_itself_alone(shell, hook) -> None:
    same_with_us(
        shell,
        hook,
        """
        def failing(frame, event, argument):
            if frame.f_code is leaf.__code__:
                raise ZeroDivisionError

        begin_if("before")
        sys.settrace(failing)
        begin_if("after")
        try:
            unprofiled()
        except ZeroDivisionError:
            print("raised")
        print(sys.gettrace())
        # Without us, too, the call that was not to be is no call of ours.
        _core.reset()
        runs += 1
        unprofiled()
        """,
    )


def test_threads_get_the_trace_function_of_threading(shell, hook) -> None:
    same_with_us(
        shell,
        hook,
        TRACER
        + """
import threading

def in_thread():
    thread = threading.Thread(target=unprofiled)
    thread.start()
    thread.join()

begin_if("before")
threading.settrace(tracer)
begin_if("after")
runs += 1
in_thread()
print(events)
threading.settrace(None)
events.clear()
runs += 1
in_thread()
print(events)
""",
    )


def test_a_profile_function_sees_the_same_events(shell, hook) -> None:
    same_with_us(
        shell,
        hook,
        """
        events = []

        def function(frame, event, argument):
            if frame.f_code.co_name in ours and event.startswith(("call", "return")):
                events.append((event, frame.f_code.co_name))

        begin_if("before")
        sys.setprofile(function)
        begin_if("after")
        runs += 1
        unprofiled()
        assert sys.getprofile() is function
        sys.setprofile(None)
        print(events)
        """,
    )


def test_tracemalloc_finds_the_same_blocks(shell, hook) -> None:
    same_with_us(
        shell,
        hook,
        """
        import tracemalloc

        def allocating():
            return [bytes(10_000) for _ in range(3)]

        begin_if("before")
        tracemalloc.start()
        begin_if("after")
        if _core.is_active():
            profile(allocating)
        kept = allocating()
        runs += 1
        unprofiled()
        snapshot = tracemalloc.take_snapshot().filter_traces(
            [tracemalloc.Filter(True, __file__, allocating.__code__.co_firstlineno + 1)])
        print(max(trace.size for trace in snapshot.traces), sum(
            1 for trace in snapshot.traces if trace.size > 10_000))
        """,
    )
