"""What lines allocate, to the byte, on every hook.

A comment `#:` says what its line must show: live, allocated, freed, peak and count, as expressions over
the names of the program after its end; `...` leaves one open. All lines, with and without a comment,
must be the same on both hooks.
"""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from typing import Any

import pytest

HOOKS = ["settrace"] if sys.version_info < (3, 12) else ["monitoring", "settrace"]

PRELUDE = """
import sys, threading, time
from rsprofile import _core, profile
from rsprofile._session import session
_core.configure(hook=sys.argv[1])
session.choose("heap", peak=False)
size = sys.getsizeof
slots = [None] * 16
held = []
many = 3000
large = 1 << 10000

@profile
def first():
    # What our hooks need once may leave a list in the free list.
    pass
first()

def drain():
    # Empties the free lists: lists and dicts made from now on are allocated.
    for _ in range(200):
        held.append([])
        held.append({})
"""

END = """
import json
names = {n: v for n, v in globals().items()}
found = []
for function in json.loads(_core.snapshot().dumps())["functions"]:
    for row in function["rows"]:
        if row["measured"] is not None:
            heap = row["measured"]["heap"]
            figures = [heap[name] for name in ("live", "allocated", "freed", "peak", "count")]
            claim = (row["text"] or "").partition("#:")[2]
            # Numbers of lines differ from hook to hook by nothing.
            wanted = list(eval(f"({claim},)", names)) if claim else None
            wanted = wanted and [None if w is ... else w for w in wanted]
            found.append([row["line"], row["text"], figures, wanted])
print(json.dumps(found))
"""

PROGRAMS = {
    "bytes": """
    @profile
    def work():
        a = bytes(1000)  #: 0, 1033, 0, 1033, 1
        slots[0] = bytes(2000)  #: 2033, 2033, 0, 2033, 1
        slots[1] = bytearray(5000)  #: size(slots[1]), size(slots[1]), 0, size(slots[1]), 2
        slots[2] = "x" * many  #: size(slots[2]), size(slots[2]), 0, size(slots[2]), 1
        slots[3] = -large  #: size(slots[3]), size(slots[3]), 0, size(slots[3]), 1
        del a  #: 0, 0, 1033, 0, 0
    work()
    """,
    "containers": """
    base = dict.fromkeys(range(1000))
    numbers = tuple(range(100))
    nones = [None]
    hundred = [100] * 100
    class Slotted:
        __slots__ = ("a", "b")
    @profile
    def work():
        slots[0] = nones * 1000  #: size(slots[0]), size(slots[0]), 0, size(slots[0]), 2
        slots[1] = {**base}  #: size(slots[1]), ..., ..., ..., ...
        slots[2] = {*numbers}  #: size(slots[2]), ..., ..., ..., ...
        slots[3] = Slotted()  #: size(slots[3]), size(slots[3]), 0, size(slots[3]), 1
        slots[4] = tuple(map(bytes, hundred))  #: size(slots[4]) + 13300, ..., ..., ..., ...
    work()
    """,
    "growth": """
    items = [None] * 100
    @profile
    def work():
        slots[0] = []
        for number in range(4):
            slots[0] += items  #: size(slots[0]) - 56, ..., ..., ..., 4
        slots[1] = [number for number in held]  #: size(slots[1]), ..., ..., ..., ...
    work()
    """,
    "temporary": """
    @profile
    def work():
        bool(bytes(100_000))  #: 0, 100_033, 100_033, 100_033, 1
        bool(bytes(1000)) and bool(bytes(3000))  #: 0, 4066, 4066, 3033, 2
        for _ in slots:
            bool(bytes(1000))  #: 0, 16 * 1033, 16 * 1033, 1033, 16
    work()
    """,
    "freed elsewhere": """
    @profile
    def make():
        slots[0] = bytes(7000)  #: 0, 7033, 0, 7033, 1
        slots[1] = bytes(500)  #: 533, 533, 0, 533, 1
    @profile
    def drop():
        slots[0] = None  #: 0, 0, 7033, 0, 0
    make()
    drop()
    """,
    "callees": """
    def plain(n):
        return bytes(n)
    @profile
    def inner(place):
        slots[place] = bytes(10_000)  #: 20_066, 20_066, 0, 10_033, 2
        return bool(bytes(100_000))  #: 0, 200_066, 200_066, 100_033, 2
    @profile
    def outer():
        slots[0] = plain(1000)  #: 1033, 1033, 0, 1033, 1
        inner(1)  #: 0, 110_066, 100_033, 110_066, 2
        inner(2)  #: 0, 110_066, 100_033, 110_066, 2
    outer()
    """,
    "recursion": """
    @profile
    def work(depth):
        slots[depth] = bytes(1000)  #: 4 * 1033, 4 * 1033, 0, 1033, 4
        if depth:
            work(depth - 1)  #: 0, 3 * 1033, 0, 3 * 1033, 3
    work(3)
    """,
    "generators": """
    @profile
    def numbers():
        for place in slots[:3]:
            kept = bytes(1000)  #: 0, 3 * 1033, 2 * 1033, 1033, 3
            yield
    @profile
    def work():
        made = numbers()
        for _ in made:
            slots[5] = bytes(200)  #: 233, 3 * 233, 2 * 233, 233, 3
    work()
    """,
    "coroutines": """
    import types
    @types.coroutine
    def pause():
        yield
    @profile
    async def task(place):
        slots[place] = bytes(1000)  #: 0, 2066, 0, 1033, 2
        await pause()  #: 0, ..., ..., ..., ...
        slots[place] = None  #: 0, 0, 2066, 0, 0
        slots[place] = bytes(300)  #: 666, 666, 0, 333, 2
    tasks = [task(0), task(1)]
    for turn in range(2):
        for one in tasks:
            try:
                one.send(None)
            except StopIteration:
                pass
    """,
    "exceptions": """
    error = ValueError("made before")
    @profile
    def work(n):
        try:
            kept = bytes(1000)  #: 0, 2066, 0, 1033, 2
            if n:
                raise error
        except ValueError:
            slots[0] = bytes(500)  #: 533, 533, 0, 533, 1
        finally:
            kept = None  #: 0, 0, 2066, 0, 0
        return 0
    work(1)
    work(0)
    """,
    "blocks": """
    slots[0] = bytes(10_000)
    with profile:
        slots[1] = bytes(1000)  #: 1033, 1033, 0, 1033, 1
        slots[0] = None  # Made while nothing was measured: not known.
        slots[2] = bytes(77)  #: 110, 110, 0, 110, 1
    slots[3] = bytes(10_000)
    """,
    "threads": """
    over = threading.Event()
    def churn():
        kept = [None] * 1000
        place = 0
        while not over.is_set():
            place = (place + 1) % 1000
            kept[place] = bytes(10_000)
    @profile
    def work():
        slots[0] = bytes(1000)  #: 1033, 1033, 0, 1033, 1
        time.sleep(0.05)  #: 0, 0, 0, 0, 0
        bool(bytes(1000))  #: 0, 1033, 1033, 1033, 1
    thread = threading.Thread(target=churn)
    thread.start()
    work()
    over.set()
    thread.join()
    """,
    "far down": "\n" * 300
    + """
    @profile
    def work():
        slots[0] = bytes(1000)  #: 1033, 1033, 0, 1033, 1
        x = 1  #: 0, 0, 0, 0, 0
        for x in slots:  #: 0, ..., ..., ..., ...
            x = 2  #: 0, 0, 0, 0, 0
        y = x  #: 0, 0, 0, 0, 0
    work()
    """,
    "long": """
    @profile
    def work():
    """
    + "    x = 1; x = 2; x = 3; x = 4; x = 5; x = 6; x = 7; x = 8\n    " * 100
    + """
        bool(bytes(1000))  #: 0, 1033, 1033, 1033, 1
        x = 1  #: 0, 0, 0, 0, 0
        yield x  #: 0, 0, 0, 0, 0
        y = x  #: 0, 0, 0, 0, 0
    for x in work():
        pass
    """,
}


@functools.cache
def played(name: str, hook: str) -> list[list[Any]]:
    """Run a program: line, text, figures and what they should be, for each line measured."""
    lines = PROGRAMS[name].split("\n")
    program = "\n".join(line.removeprefix("    ") for line in lines)
    source = PRELUDE + program.replace("\nwork(", "\ndrain()\nwork(") + END
    folder = __file__.rpartition("/")[0]
    code = (
        "import sys; from rsprofile import _core; text = sys.stdin.read();"
        "_core.add_source('<heap>', text); exec(compile(text, '<heap>', 'exec'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, hook],
        input=source, capture_output=True, text=True, timeout=60, check=False, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[list[Any]] = json.loads(done.stdout.splitlines()[0])
    return found


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_every_line_allocates_what_its_comment_says(name: str, hook: str) -> None:
    claims = 0
    for line, text, figures, wanted in played(name, hook):
        if wanted is not None:
            claims += 1
            told = [
                own if claim is None else claim for own, claim in zip(figures, wanted, strict=True)
            ]
            assert figures == told, f"{line}: {text}"
    assert claims == PROGRAMS[name].count("#:")


@pytest.mark.skipif(len(HOOKS) == 1, reason="one hook only on this Python")
@pytest.mark.parametrize("name", PROGRAMS)
def test_both_hooks_agree_on_every_byte(name: str) -> None:
    def lines(hook: str) -> list[list[Any]]:
        # Where the interpreter ends an await it makes an exception to show to trace functions.
        return [line for line in played(name, hook) if "await" not in line[1]]

    one, other = map(lines, HOOKS)
    assert one == other
