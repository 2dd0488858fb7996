"""What is suspected, and what is not: programs that keep memory in all the ways there are."""

from __future__ import annotations

import json
import textwrap
from typing import Any

import pytest
from conftest import Shell

HEAD = """\
import collections, contextvars, functools, gc, itertools, sys, threading, weakref
class Item:
    def __init__(self, number):
        self.number = number
        self.data = bytes(20_000)
"""

#: What each keeps, and what is said of it: verdict, type, count, way, and where it was put there.
KEPT = {
    "a list in an attribute": (
        """
        class Server:
            def __init__(self):
                self.sessions = []
            def accept(self, number):
                self.sessions.append(Item(number))
        server = Server()
        for number in range(100): server.accept(number)
        """,
        ("leak", "Item", 100, "prog.server.sessions", "appended"),
    ),
    "a set": (
        """
        seen = set()
        def visit(number): seen.add(Item(number))
        for number in range(100): visit(number)
        """,
        ("leak", "Item", 100, "prog.seen", "added"),
    ),
    "a deque": (
        """
        queue = collections.deque()
        def put(number): queue.append(Item(number))
        for number in range(100): put(number)
        """,
        ("leak", "Item", 100, "prog.queue", "appended"),
    ),
    "a dict of ordered entries": (
        """
        cache = collections.OrderedDict()
        def get(number): cache[number] = Item(number)
        for number in range(100): get(number)
        """,
        ("growing", "Item", 100, "prog.cache", "stored"),
    ),
    "a cache without a limit": (
        """
        @functools.lru_cache(maxsize=None)
        def load(number): return Item(number)
        for number in range(100): load(number)
        """,
        ("growing", "Item", 100, "prog.load", None),
    ),
    "the default of an argument": (
        """
        def collect(number, kept=[]):
            kept.append(Item(number))
        for number in range(100): collect(number)
        """,
        ("leak", "Item", 100, "prog.collect default 'kept'", "appended"),
    ),
    "an attribute of a function": (
        """
        def collect(number):
            collect.kept.append(Item(number))
        collect.kept = []
        for number in range(100): collect(number)
        """,
        ("leak", "Item", 100, "prog.collect.kept", "appended"),
    ),
    "a list in a slot": (
        """
        class Server:
            __slots__ = ("sessions",)
        server = Server()
        server.sessions = []
        def accept(number): server.sessions.append(Item(number))
        for number in range(100): accept(number)
        """,
        ("leak", "Item", 100, "prog.server.sessions", "appended"),
    ),
    "a linked list": (
        """
        class Link(Item):
            def __init__(self, number, following):
                super().__init__(number)
                self.following = following
        head = None
        def push(number):
            global head
            head = Link(number, head)
        for number in range(100): push(number)
        """,
        ("leak", "Link", 100, "prog.head", None),
    ),
    "two containers": (
        """
        everyone, by_number = [], {}
        def add(number):
            item = Item(number)
            everyone.append(item)
            by_number[number] = item
        for number in range(100): add(number)
        """,
        ("leak", "Item", 100, "prog.everyone", "appended"),
    ),
    "the parts of a cache": (
        """
        shards = [{} for _ in range(10)]
        def get(number): shards[number % 10][number] = Item(number)
        for number in range(100): get(number)
        """,
        ("growing", "Item", 100, "prog.shards[0]", "stored"),
    ),
    "a few in each entry of a cache": (
        """
        trees = {}
        def add(number):
            item = Item(number)
            for name in (number // 4, number // 4 + 1): trees.setdefault(name, []).append(item)
        for number in range(200): add(number)
        """,
        ("growing", "Item", 200, "prog.trees", "stored"),
    ),
    "exceptions with their frames": (
        """
        errors = []
        def work(number):
            item = Item(number)
            raise ValueError(number)
        def run(number):
            try: work(number)
            except ValueError as error: errors.append(error)
        for number in range(100): run(number)
        """,
        ("leak", "ValueError", 100, "prog.errors", "appended"),
    ),
    "generators that wait": (
        """
        waiting = []
        def work(number):
            item = Item(number)
            yield
        def begin(number):
            generator = work(number)
            next(generator)
            waiting.append(generator)
        for number in range(100): begin(number)
        """,
        ("leak", "generator", 100, "prog.waiting", "appended"),
    ),
    "bound methods": (
        """
        class Listener(Item):
            def hear(self): pass
        listeners = []
        def listen(number):
            listeners.append(Listener(number).hear)
        for number in range(100): listen(number)
        """,
        ("leak", "method", 100, "prog.listeners", "appended"),
    ),
    "a thread's own": (
        """
        local = threading.local()
        local.kept = []
        def keep(number): local.kept.append(Item(number))
        for number in range(100): keep(number)
        """,
        ("leak", "Item", 100, None, "appended"),
    ),
    "a context variable": (
        """
        variable = contextvars.ContextVar("variable")
        variable.set([])
        def keep(number): variable.get().append(Item(number))
        for number in range(100): keep(number)
        """,
        ("leak", "Item", 100, None, "appended"),
    ),
    "a class variable of a class with a metaclass": (
        """
        class Registry(type):
            def __call__(cls, *arguments):
                made = super().__call__(*arguments)
                cls.kept.append(made)
                return made
        class Model(Item, metaclass=Registry):
            kept = []
        def make(number): Model(number)
        for number in range(100): make(number)
        """,
        ("leak", "Model", 100, "prog.Model.kept", "appended"),
    ),
}


def suspects(shell: Shell, program: str, *options: str) -> list[dict[str, Any]]:
    shell.write("prog.py", HEAD + textwrap.dedent(program))
    done = shell.rsprofile("leaks", *options, "-o", "out.json", "prog.py")
    assert done.returncode == 0, done.stderr
    document = json.loads((shell.folder / "out.json").read_text(encoding="utf-8"))
    (leaks,) = document["leaks"]
    return list(leaks["suspects"])


@pytest.mark.parametrize("what", KEPT)
def test_what_grows_is_named_with_what_holds_it(what: str, shell: Shell) -> None:
    program, (verdict, kind, count, path, how) = KEPT[what]
    (suspect,) = suspects(shell, program)
    assert (suspect["verdict"], suspect["kind"], suspect["count"]) == (verdict, kind, count)
    assert suspect["bytes"] == pytest.approx(count * 20_033, rel=0.1)
    assert path is None or suspect["held"]["path"] == path
    assert how is None or suspect["stored"]["how"] == how
    assert suspect["growth"]["objects"] == 1
    assert suspect["made"]["file"] == "prog.py"


#: Programs that keep memory, or have kept it, and have no leak.
CLEAN = {
    "a cache with a limit": """
        @functools.lru_cache(maxsize=20)
        def load(number): return Item(number)
        for number in range(500): load(number)
        """,
    "a deque with a limit": """
        last = collections.deque(maxlen=20)
        def put(number): last.append(Item(number))
        for number in range(500): put(number)
        """,
    "a pool": """
        pool = [Item(number) for number in range(20)]
        def work(number):
            item = pool.pop()
            pool.append(item)
        for number in range(500): work(number)
        """,
    "weak references": """
        seen = weakref.WeakValueDictionary()
        def work(number):
            item = Item(number)
            seen[number] = item
        for number in range(500): work(number)
        """,
    "what a call gave back": """
        def work(number): return [Item(at) for at in range(10)]
        for number in range(50): work(number)
        """,
    "a cache that is emptied": """
        cache = {}
        def work(number):
            cache[number] = Item(number)
            if len(cache) > 20: cache.clear()
        for number in range(500): work(number)
        """,
    "nothing": "",
    "modules of the library": """
        import argparse, asyncio, dataclasses, decimal, email, enum, http.client, json, logging
        import pydoc, re, ssl, sqlite3, typing, unittest.mock, xml.dom.minidom
        """,
}


@pytest.mark.parametrize("what", CLEAN)
def test_what_does_not_grow_is_no_leak(what: str, shell: Shell) -> None:
    assert suspects(shell, CLEAN[what]) == []


def test_a_large_cache_with_a_limit_is_held_and_no_leak(shell: Shell) -> None:
    program = """
        @functools.lru_cache(maxsize=400)
        def load(number): return Item(number)
        for number in range(500): load(number)
        """
    (suspect,) = suspects(shell, program)
    assert (suspect["verdict"], suspect["count"]) == ("held", 400)
    assert (suspect["held"]["path"], suspect["held"]["bound"]) == ("prog.load", 400)


def test_what_was_loaded_once_is_held_however_many_calls_it_took(shell: Shell) -> None:
    program = """
        import time
        rows = []
        def load(number): rows.append(Item(number))
        for number in range(300):
            load(number)
            time.sleep(0.0005)
        end = time.perf_counter() + 1.5
        while time.perf_counter() < end: sum(range(1000))
        """
    (suspect,) = suspects(shell, program)
    assert (suspect["verdict"], suspect["count"], suspect["growth"]) == ("held", 300, None)


def test_what_grows_without_a_call_grows_by_time(shell: Shell) -> None:
    program = """
        import time
        rows = []
        end = time.perf_counter() + 1.5
        while time.perf_counter() < end:
            rows.append(bytes(20_000))
            time.sleep(0.002)
        """
    (suspect,) = suspects(shell, program)
    assert (suspect["verdict"], suspect["kind"]) == ("leak", "bytes")
    assert suspect["growth"]["per"] == "second"
    assert suspect["growth"]["objects"] > 10
    assert suspect["held"]["path"] == "prog.rows"


def test_locals_of_a_running_function_are_named(shell: Shell) -> None:
    shell.write(
        "prog.py",
        HEAD
        + textwrap.dedent(
            """
            from rsprofile import leaks
            def main():
                rows = [Item(number) for number in range(300)]
                (suspect,) = w.suspects() if (w := leaks.snapshot()) else ()
                print(suspect.verdict, suspect.path)
            with leaks.watch():
                main()
            """
        ),
    )
    done = shell.python("prog.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("held local 'rows' of main() at prog.py:")


def test_a_variable_of_an_awaited_coroutine_is_named_as_one_of_a_function(shell: Shell) -> None:
    program = """
        import asyncio
        class Server:
            async def accept(self, number, open):
                open.append(Item(number))
                await asyncio.sleep(0)
            async def serve(self):
                open, closed = [], 0
                for number in range(100):
                    await self.accept(number, open)
                leave(open)
        def leave(open):
            from rsprofile import leaks
            (found,) = [one for one in leaks.snapshot().suspects() if one.kind == "Item"]
            print(found)
        asyncio.run(Server().serve())
        """
    shell.write("prog.py", HEAD + textwrap.dedent(program))
    done = shell.rsprofile("leaks", "prog.py")
    assert done.returncode == 0, done.stderr
    paragraph = " ".join(done.stdout.split())
    assert "Held by local 'open' of " in paragraph, done.stdout
    assert "appended at prog.py:10. Fix: remove on close, or hold weakly." in paragraph


def test_what_a_member_leads_to_is_no_part_of_the_way_to_the_group(shell: Shell) -> None:
    program = """
        class Task(Item):
            def __init__(self, number):
                super().__init__(number)
                self.error = None
        def make(number): return Task(number)
        def fail(last):
            raise ValueError
        tasks = []
        def start(number): tasks.append(make(number))
        for number in range(60): start(number)
        # Another one is reached through what the first has failed with, and by a longer way.
        last = make(60)
        spare = [[[[[[[[[[last]]]]]]]]]]
        try:
            fail(last)
        except ValueError as error:
            tasks[0].error = error.with_traceback(error.__traceback__.tb_next)
        del last
        """
    (suspect,) = suspects(shell, program)
    assert (suspect["kind"], suspect["count"]) == ("Task", 61)
    assert suspect["held"]["path"] == "prog.tasks"
    assert [step["kind"] for step in suspect["held"]["steps"]][-2:] == ["list", "Task"]


def test_variables_of_a_module_are_no_cache(shell: Shell) -> None:
    # Lists from the free list of the interpreter share the line that made their blocks.
    program = """
        def fill():
            return [[] for _ in range(60)]
        spare = [fill() for _ in range(10)]
        del spare
        one = []; two = []; three = []; four = []; five = []; six = []; seven = []
        def put(number):
            for kept in one, two, three, four, five, six, seven:
                kept.append(bytes(20_000))
        for number in range(20): put(number)
        """
    found = suspects(shell, program)
    assert [(one["verdict"], one["kind"]) for one in found] == [("leak", "bytes")]
    assert found[0]["count"] == 140


def test_what_grows_below_a_node_of_a_tree_is_found(shell: Shell) -> None:
    program = """
        class Node:
            def __init__(self): self.children, self.events = [], None
        def make(): return Node()
        root = make()
        root.children.append(make())
        root.children[0].children.append(make())
        root.children[0].children[0].events = set()
        def fire(number): root.children[0].children[0].events.add(Item(number))
        for number in range(100): fire(number)
        """
    (suspect,) = suspects(shell, program)
    assert (suspect["verdict"], suspect["kind"], suspect["count"]) == ("leak", "Item", 100)
    assert suspect["held"]["path"] == "prog.root.children[0].children[0].events"


def test_what_native_code_holds_is_not_said_to_hold_itself(shell: Shell) -> None:
    program = """
        import ctypes
        def leak(number):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(Item(number)))
        for number in range(100): leak(number)
        """
    (suspect,) = suspects(shell, program)
    assert (suspect["verdict"], suspect["count"]) == ("leak", 100)
    held = suspect["held"]
    assert (held["path"], held["kind"], held["len"]) == ("native code", "", None)
    assert suspect["stored"] is None


def test_what_the_nodes_of_a_list_have_is_no_better_name_for_it(shell: Shell) -> None:
    program = """
        class Link:
            def __init__(self, following): self.following, self.data = following, bytes(5_000)
        head = None
        for _ in range(1000): head = Link(head)
        """
    (suspect,) = suspects(shell, program)
    assert (suspect["verdict"], suspect["kind"], suspect["count"]) == ("held", "Link", 1000)
    assert suspect["held"]["path"] == "prog.head"


def test_a_single_object_does_not_grow_because_others_of_its_line_do(shell: Shell) -> None:
    program = """
        class Log:
            def __init__(self): self.lines = []
        def make(number): return Log()
        logs = {number: make(number) for number in range(20)}
        main = logs.pop(0)
        def write(number): main.lines.append(bytes(20_000))
        for number in range(100): write(number)
        """
    (suspect,) = suspects(shell, program)
    assert (suspect["verdict"], suspect["kind"], suspect["count"]) == ("leak", "bytes", 100)
    assert suspect["held"]["path"] == "prog.main.lines"


def test_one_of_several_variables_is_named_rather_than_their_module(shell: Shell) -> None:
    (suspect,) = suspects(shell, "one, two = bytearray(3_000_000), bytearray(2_000_000)")
    assert (suspect["verdict"], suspect["count"]) == ("held", 2)
    assert suspect["held"]["path"] == "prog.one"


@pytest.mark.parametrize("name", ["Task", "Context", "Logger", "Thread"])
def test_advice_for_the_library_is_not_given_for_classes_named_alike(
    name: str, shell: Shell
) -> None:
    program = f"""
        class {name}:
            def __init__(self): self.kept = []
        logging_atexit = {name}()
        def keep(number): logging_atexit.kept.append(Item(number))
        for number in range(100): keep(number)
        """
    shell.write("prog.py", HEAD + textwrap.dedent(program))
    done = shell.rsprofile("leaks", "prog.py")
    assert "Fix: remove on close, or hold weakly." in " ".join(done.stdout.split()), done.stdout


def test_an_attribute_of_the_program_is_to_be_weakened_in_a_cycle(shell: Shell) -> None:
    program = """
        gc.disable()
        class Parser(Item):
            def __init__(self, number):
                super().__init__(number)
                self.handler = self.handle
            def handle(self): pass
        def parse(number): Parser(number)
        for number in range(100): parse(number)
        """
    shell.write("prog.py", HEAD + textwrap.dedent(program))
    done = shell.rsprofile("leaks", "prog.py")
    assert "Fix: a weak reference for .handler, or" in " ".join(done.stdout.split()), done.stdout
