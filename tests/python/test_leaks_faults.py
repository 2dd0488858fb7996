"""A look at all objects from where looks are not expected: it answers or says why not, and the program
goes on.
"""

from __future__ import annotations

import textwrap

import pytest
from conftest import Shell

HEAD = """\
import gc, os, sys, threading
from rsprofile import leaks

class Row:
    def __init__(self, number):
        self.number = number
        self.data = bytes(1000)

rows = [Row(number) for number in range(2000)]
"""


def play(shell: Shell, program: str) -> str:
    """Run a program that must reach its end and complain of nothing."""
    shell.write("prog.py", HEAD + textwrap.dedent(program) + "\nprint('reached the end')\n")
    done = shell.python("prog.py")
    assert (done.returncode, done.stderr) == (0, ""), f"{done.stdout}\n{done.stderr}"
    assert done.stdout.endswith("reached the end\n")
    return done.stdout


def test_looking_changes_no_count_and_keeps_nothing(shell: Shell) -> None:
    play(
        shell,
        """
        leaks.snapshot()  # what it imports stays
        sample = [rows, rows[5], rows[5].data, Row, Row.__init__, sys, sys.modules, gc, object()]
        def counts():
            return [sys.getrefcount(thing) for thing in sample]
        gc.collect(); gc.disable()
        before, blocks, objects = counts(), sys.getallocatedblocks(), len(gc.get_objects())
        leaks.snapshot()
        after, blocks_after, objects_after = counts(), sys.getallocatedblocks(), len(gc.get_objects())
        assert after == before
        # The numbers above, and nothing for each object.
        assert abs(blocks_after - blocks) < 50, blocks_after - blocks
        assert abs(objects_after - objects) < 10, objects_after - objects
        assert not any(hasattr(row, "__weakref__") and row.__weakref__ for row in rows)
        """,
    )


def test_nothing_hostile_is_called(shell: Shell) -> None:
    play(
        shell,
        """
        calls = []
        def trap(name):
            def method(self, *arguments):
                calls.append(name)
                raise RuntimeError(name)
            return method
        NAMES = ["__repr__", "__str__", "__sizeof__", "__eq__", "__hash__", "__getattr__", "__len__",
                 "__bool__", "__iter__", "__class_getitem__", "__format__", "__reduce__", "__dir__"]
        class Meta(type):
            __repr__ = trap("Meta.__repr__")
            __getattribute__ = trap("Meta.__getattribute__")
            __instancecheck__ = trap("Meta.__instancecheck__")
        def make(armed):
            body = {name: trap(name) for name in NAMES}
            body["__getattribute__"] = trap("__getattribute__")
            body["__hash__"] = lambda self: 7 if not calls and not armed else trap("__hash__")(self)
            body["__eq__"] = lambda self, other: self is other if not armed else trap("__eq__")(self)
            return type.__new__(Meta, "Hostile", (), body)
        armed = []
        Hostile = make(armed)
        held = [Hostile() for _ in range(300)]
        table = {thing: bytes(3000) for thing in held}
        inside = {frozenset([thing]): thing for thing in held[:10]}
        armed.append(1)
        before = len(calls)
        snapshot = leaks.snapshot()
        assert len(calls) == before, calls[before:]
        armed.clear()
        """,
    )


def test_it_works_in_a_destructor_and_in_a_signal_handler(shell: Shell) -> None:
    play(
        shell,
        """
        import signal
        seen = []
        class Last:
            def __del__(self):
                seen.append(leaks.snapshot())
        Last()
        def handler(number, frame):
            seen.append(leaks.snapshot())
        signal.signal(signal.SIGUSR1, handler)
        os.kill(os.getpid(), signal.SIGUSR1)
        node = Last(); node.itself = node; del node
        gc.collect()
        assert len(seen) == 3
        assert all("Row" in snapshot.top(by="type") for snapshot in seen)
        """,
    )


def test_several_threads_look_at_once(shell: Shell) -> None:
    play(
        shell,
        """
        seen, stop = [], threading.Event()
        def churn():
            while not stop.is_set():
                kept = [Row(number) for number in range(50)]
        def look():
            for _ in range(5):
                seen.append(leaks.snapshot())
        busy = [threading.Thread(target=churn) for _ in range(2)]
        looking = [threading.Thread(target=look) for _ in range(3)]
        for thread in busy + looking: thread.start()
        for thread in looking: thread.join()
        stop.set()
        for thread in busy: thread.join()
        assert len(seen) == 15
        """,
    )


def test_it_works_at_the_end_of_the_interpreter(shell: Shell) -> None:
    shell.write(
        "prog.py",
        HEAD
        + textwrap.dedent(
            """
            import atexit
            class Late:
                def __del__(self, snapshot=leaks.snapshot, print=print):
                    try:
                        print("late:", type(snapshot()).__name__)
                    except Exception as error:
                        print("late:", type(error).__name__, error)
            late = Late()
            atexit.register(lambda: print("exit:", type(leaks.snapshot()).__name__))
            """
        ),
    )
    done = shell.python("prog.py")
    assert done.returncode == 0, done.stderr
    assert "exit: Snapshot" in done.stdout
    assert "late: " in done.stdout


def test_it_works_where_the_stack_of_python_is_used_up(shell: Shell) -> None:
    play(
        shell,
        """
        leaks.snapshot()
        def down(depth):
            try:
                return down(depth + 1)
            except RecursionError:
                try:
                    return type(leaks.snapshot()).__name__
                except RecursionError:
                    return "RecursionError"
        assert down(0) in ("Snapshot", "RecursionError")
        chain = None
        for _ in range(300_000):
            chain = (chain,)
        leaks.snapshot()
        while chain is not None:
            (chain,) = chain
        """,
    )


@pytest.mark.parametrize("spare", [1 << 20, 8 << 20, 24 << 20])
def test_without_memory_it_says_so_and_the_program_goes_on(spare: int, shell: Shell) -> None:
    shell.write(
        "prog.py",
        HEAD
        + textwrap.dedent(
            f"""
            import resource
            leaks.snapshot()
            many = [(number, [number]) for number in range(400_000)]
            used = int(open("/proc/self/statm").read().split()[0]) * 4096
            resource.setrlimit(resource.RLIMIT_AS, (used + {spare}, resource.RLIM_INFINITY))
            try:
                outcome = type(leaks.snapshot()).__name__
            except MemoryError as error:
                outcome = f"MemoryError {{error}}"
            limit = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.setrlimit(resource.RLIMIT_AS, limit)
            print(outcome)
            assert len(many) == 400_000
            print(type(leaks.snapshot()).__name__)
            """
        ),
    )
    done = shell.python("prog.py")
    assert done.returncode == 0, (done.returncode, done.stderr)
    outcome, after = done.stdout.splitlines()
    assert outcome == "Snapshot" or outcome.startswith("MemoryError"), outcome
    assert after == "Snapshot"
