"""Other users of sys.monitoring keep their ids and events, and ours are given back."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from beside import same_with_us
from probe import HOOKS

MONITORING = pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is new in 3.12")


@pytest.fixture(params=HOOKS)
def hook(request: Any) -> str:
    return request.param


@MONITORING
@pytest.mark.parametrize("tool", range(6))
def test_a_monitoring_tool_on_any_id_sees_the_same_events(shell, hook, tool) -> None:
    same_with_us(
        shell,
        hook,
        f"""
        api = sys.monitoring
        events = []

        def callback(name):
            def note(code, *arguments):
                if code.co_name in ours and code.co_filename == __file__:
                    events.append((name, code.co_name, *map(repr, arguments[:1])))
            return note

        def begin_tool():
            free = next(n for n in ({tool}, 5, 4, 3, 2, 1, 0) if api.get_tool(n) is None)
            api.use_tool_id(free, "theirs")
            mask = 0
            for name in ("PY_START", "PY_RESUME", "LINE", "PY_RETURN", "PY_YIELD", "PY_UNWIND",
                         "PY_THROW", "RAISE"):
                event = getattr(api.events, name)
                assert api.register_callback(free, event, callback(name)) is None
                mask |= event
            api.set_events(free, mask)
            return free

        begin_if("before")
        theirs = begin_tool()
        begin_if("after")
        runs += 1
        unprofiled()
        assert api.get_tool(theirs) == "theirs"
        api.set_events(theirs, 0)
        print(events)
        """,
    )


@MONITORING
def test_with_all_monitoring_ids_taken_the_trace_slot_serves(shell) -> None:
    same_with_us(
        shell,
        "auto",
        """
        for n in range(6):
            sys.monitoring.use_tool_id(n, f"theirs {n}")
        begin_if("before")
        begin_if("after")
        if _core.is_active():
            assert _core.settings()["hook"] == "settrace"
        runs += 1
        unprofiled()
        print([sys.monitoring.get_tool(n) for n in range(6)])
        """,
    )


def test_all_that_was_taken_is_given_back(shell, hook) -> None:
    same_with_us(
        shell,
        hook,
        """
        import threading
        begin_if("before")
        begin_if("after")
        unprofiled()
        _core.close()
        print(sys.gettrace(), threading.gettrace(), sys.settrace, sys.gettrace)
        assert threading.settrace.__module__ == "threading"
        if sys.version_info >= (3, 12):
            api = sys.monitoring
            print([api.get_tool(n) for n in range(6)])
            for n in range(6):
                api.use_tool_id(n, "theirs")
                print(api.get_events(n), api.get_local_events(n, work.__code__))
                print([api.register_callback(n, 1 << bit, None) for bit in range(16)])
                api.free_tool_id(n)
        # And all of it can be had again.
        begin_if("before")
        begin_if("after")
        _core.reset()
        runs += 1
        unprofiled()
        """,
    )
