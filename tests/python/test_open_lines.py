"""Lines that are still running when the numbers are taken."""

from __future__ import annotations

import re
import signal


def test_a_killed_program_shows_the_line_it_was_on(shell):
    shell.write(
        "stuck.py",
        """
        import os, signal

        def wait():
            block = b"x" * (64 << 20)
            os.kill(os.getpid(), signal.SIGTERM)

        def work():
            wait()

        work()
        """,
    )
    ended = shell.rsprofile("--all", "stuck.py")
    assert ended.returncode == -signal.SIGTERM
    increments = {
        text: float(increment)
        for increment, text in re.findall(r"MiB +(-?[\d.]+) MiB +\d+ +(\S.*)", ended.stdout)
    }
    assert increments["os.kill(os.getpid(), signal.SIGTERM)"] < 1
    assert 63 < increments["wait()"] < 66, "grown in a callee, of a call that has not ended"


def test_a_look_in_the_middle_counts_what_is_open_and_nothing_twice(shell):
    shell.write(
        "look.py",
        """
        from rsprofile import _core
        _core.configure(meter="fake")

        def outer():
            inner()
            _core.grow(1)

        def inner():
            _core.grow(10); look(); _core.grow(5)

        def look():
            looks.append(_core.snapshot().dumps())

        looks = []
        for function in (outer, inner):
            _core.register(function.__code__)
        _core.start()
        _core.trace_thread()
        outer()
        look()

        import json
        for text in looks:
            rows = [row for f in json.loads(text)["functions"] for row in f["rows"]]
            measured = [row["measured"] for row in rows if row["measured"]]
            print([(m["increment"], m["own"], m["occurrences"]) for m in measured])
        """,
    )
    ended = shell.python("look.py")
    assert ended.stdout.splitlines() == [
        "[(0, 0, 0), (10, 0, 1), (0, 0, 0), (10, 10, 1)]",
        "[(0, 0, 0), (15, 0, 1), (1, 1, 1), (0, 0, 0), (15, 15, 1)]",
    ], ended.stderr


def test_a_thread_may_be_told_of_a_fork_before_anything_is_profiled(shell):
    shell.write(
        "early.py",
        """
        from rsprofile import _core
        _core.configure(meter="fake")
        _core.after_fork_in_child()

        def work():
            _core.grow(3)

        _core.register(work.__code__)
        _core.start()
        _core.trace_thread()
        work()
        print(_core.snapshot().lost, _core.snapshot().functions[0][3])
        """,
    )
    ended = shell.python("early.py")
    assert ended.stdout.split() == ["0", "1"], ended.stderr


def test_a_function_with_a_block_can_be_decorated_later(shell):
    shell.write(
        "late.py",
        """
        from rsprofile import _core, profile
        _core.configure(meter="fake")

        def work():
            _core.grow(1)
            with profile:
                _core.grow(2)
            _core.grow(4)

        work()
        profile(work)
        work()
        """,
    )
    ended = shell.python("late.py")
    blocks = ended.stdout.split("Filename:")[1:]
    lines = [re.findall(r" (\d) +(_core.grow\(\d\))", block) for block in blocks]
    assert lines == [
        [("1", "_core.grow(2)")],
        [("1", "_core.grow(1)"), ("1", "_core.grow(2)"), ("1", "_core.grow(4)")],
    ], ended.stdout + ended.stderr


def test_code_that_claims_an_absurd_line_costs_no_table_of_that_size(shell):
    shell.write(
        "absurd.py",
        """
        from rsprofile import _core
        source = "def f():\\n    return 1\\n"
        namespace = {}
        exec(compile(source, "absurd", "exec"), namespace)
        code = namespace["f"].__code__
        far = compile("\\n" * 100 + "lambda: 0", "far", "eval").co_consts[0]
        far = far.replace(co_firstlineno=2**31 - 9)
        _core.register(code.replace(co_consts=(*code.co_consts, far)))
        print(open("/proc/self/statm").read().split()[1])
        """,
    )
    ended = shell.python("absurd.py")
    assert int(ended.stdout) * 4096 < 256 << 20, ended.stderr
