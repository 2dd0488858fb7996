"""How often each function was called, to the call, and nothing of the program is changed by it."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable

import pytest

MONITORING = pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is new in 3.12")
FRAMES = pytest.mark.skipif(sys.version_info >= (3, 12), reason="by the hook for frames on 3.11")
HEAD = "from calls import *\n"

Count = Callable[..., str]


@pytest.fixture
def count(run) -> Count:
    """Run a program that counts calls."""

    def play(program: str, **environment: str) -> str:
        return run(HEAD + textwrap.dedent(program), **environment)

    return play


def test_a_call_of_each_kind_counts_once(count):
    count("""
    import asyncio, functools
    def recursive(n):
        return n and recursive(n - 1)
    class Kind:
        def __init__(self): self.items = [7]
        @property
        def value(self): return 1
        def __getitem__(self, at): return self.items[at]
        def __del__(self): pass
        @staticmethod
        def static(): pass
        @classmethod
        def of_class(cls): pass
    @functools.cache
    def cached(n): return n
    def spread(*args, **kwargs): pass
    def default(a, b=2, *, c=3): pass
    add = lambda a, b: a + b
    start()
    recursive(9)
    for _ in range(3):
        kind = Kind()
        kind.value, kind[0], kind.static(), kind.of_class()
    del kind
    for n in range(4): cached(n % 2)
    for _ in range(5): spread(*(1, 2), **{"a": 1}); default(1); default(1, c=4)
    sorted([3, 1, 2], key=lambda n: -n)
    functools.reduce(add, range(4))
    stop()
    recursive(9)
    assert counted() == {
        "recursive": 10, "Kind.__init__": 3, "Kind.value": 3, "Kind.__getitem__": 3,
        "Kind.__del__": 3, "Kind.static": 3, "Kind.of_class": 3, "cached": 2, "spread": 5,
        "default": 10, "<lambda>": 6,
    }, counted()
    """)


def test_a_generator_counts_at_its_first_step_and_no_later_one(count):
    count("""
    import asyncio
    def generator():
        for n in range(3):
            yield n
    def delegating(): return (yield from generator())
    async def leaf(): await asyncio.sleep(0); return 1
    async def numbers():
        for n in range(3):
            await asyncio.sleep(0)
            yield n
    async def main():
        total = 0
        async for n in numbers():
            total += n + await leaf()
        return total
    start()
    assert list(generator()) == list(delegating()) == [0, 1, 2]
    unstarted = generator()
    unstarted.close()
    thrown = generator()
    try: thrown.throw(KeyError)
    except KeyError: pass
    closed = generator()
    next(closed); next(closed)
    try: closed.throw(KeyError)
    except KeyError: pass
    assert asyncio.run(main()) == 6
    assert sum(n for n in range(10)) == 45
    never = leaf()
    never.close()
    stop()
    assert counted() == {
        "generator": 3, "delegating": 1, "leaf": 3, "numbers": 1, "main": 1, "<genexpr>": 1,
    }, counted()
    """)


def test_what_began_before_is_not_counted_and_what_is_suspended_stays_so(count):
    count("""
    def generator():
        yield 1
        inner()
        yield 2
    def inner(): pass
    def outer():
        start()
        inner()
        stop()
        inner()
    suspended = generator()
    next(suspended)
    outer()
    assert counted() == {"inner": 1}, counted()
    start()
    assert list(suspended) == [2]
    stop()
    assert counted() == {"inner": 1}, counted()
    """)


def test_bodies_and_comprehensions_count_where_they_are_functions(count):
    count("""
    start()
    exec(compile("class Body:\\n  def f(self): pass\\nBody().f()\\n[n for n in (1, 2)]", "x.py", "exec"))
    stop()
    inlined = {} if sys.version_info >= (3, 12) else {"<listcomp>": 1}
    assert counted("x.py") == {"<module>": 1, "Body": 1, "Body.f": 1, **inlined}, counted("x.py")
    """)


def test_code_that_dies_and_is_made_anew_is_one_function(count):
    count("""
    start()
    for n in range(1000):
        scope = {}
        exec(f"def f(): return {n}\\nfor _ in range(3): f()", scope)
        del scope
    gc.collect()
    def twin(): pass
    one = twin
    def twin(): pass
    one(); twin(); twin()
    stop()
    assert counted("<string>") == {"<module>": 1000, "f": 3000}, counted("<string>")
    assert counted() == {"twin": 3}
    lines = [first for file, name, first in _core.calls_table() if name == "twin"]
    assert len(lines) == 2 and lines[0] != lines[1]
    """)


def test_much_code_that_dies_leaves_little_behind(count):
    count("""
    import resource
    def resident():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096
    def make(n):
        exec(COMPILED.replace(co_name=f"name {n}", co_qualname=f"name {n}"))
    COMPILED = compile("1", "many.py", "exec")
    start()
    make(0)
    before = resident()
    for n in range(1, 200_000):
        make(n)
    grown = resident() - before
    stop()
    table = counted("many.py")
    assert len(table) == 1 << 16 and set(table.values()) == {1}
    assert _core.calls_notes() == [
        f"{200_000 - len(table)} calls were of code that died and has too many names to keep"
    ], _core.calls_notes()
    assert grown < 24 << 20, grown
    """)


def test_names_that_are_no_text_are_kept_as_they_are(count):
    count("""
    code = compile("def f(): pass\\nf()", "a\\udcffé\\U0001F600.py", "exec")
    start()
    exec(code)
    stop()
    assert counted("a\\udcffé\\U0001F600.py") == {"<module>": 1, "f": 1}
    """)


def test_threads_add_to_the_same_counts(count):
    count("""
    def f(): pass
    def work():
        for _ in range(20_000): f()
    sys.setswitchinterval(1e-5)
    start()
    threads = []
    for _ in range(4): threads.append(threading.Thread(target=work))
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    stop()
    assert counted() == {"f": 80_000, "work": 4}, counted()
    """)


def test_exceptions_end_calls_and_count_nothing_more(count):
    count("""
    def f(n):
        if n: f(n - 1)
        else: raise KeyError
    def endless(): endless()
    start()
    for _ in range(3):
        try: f(4)
        except KeyError: pass
    try: endless()
    except RecursionError: pass
    stop()
    found = counted()
    assert found.pop("f") == 15
    # The last one does not begin.
    assert 990 <= found.pop("endless") <= sys.getrecursionlimit()
    assert not found
    """)


def test_a_call_may_stop_and_start_counting(count):
    count("""
    def stopping():
        stop()
        inner()
        inner()
        start()
        inner()
    def inner(): pass
    start()
    inner()
    stopping()
    # A start begins from nothing.
    assert counted() == {"inner": 1}
    start()
    stop()
    stop()
    assert counted() == {"inner": 1}
    start()
    stop()
    assert counted() == {}
    """)


def test_a_child_goes_on_counting(count):
    count("""
    def f(): pass
    start()
    f()
    child = os.fork()
    f()
    if child == 0:
        f()
        stop()
        os._exit(0 if counted() == {"f": 3} else 1)
    _, status = os.waitpid(child, 0)
    stop()
    assert status == 0
    assert counted() == {"f": 2}
    """)


def test_greenlets_count_as_functions_do(count):
    pytest.importorskip("greenlet")
    count("""
    from greenlet import greenlet
    def one():
        for _ in range(3): leaf(); two_.switch()
    def two():
        while True: leaf(); one_.switch()
    def deep(n): return n and deep(n - 1) or two_.switch()
    def leaf(): pass
    one_, two_ = greenlet(one), greenlet(two)
    start()
    one_.switch()
    three = greenlet(deep)
    one_ = greenlet(lambda: three.switch(50))
    one_.switch()
    stop()
    found = counted()
    assert (found["one"], found["two"], found["deep"]) == (1, 1, 51), found
    assert found["leaf"] == 7, found
    """)


def test_the_heap_meter_sees_nothing_of_it(count):
    program = """
    def make(n): return [bytes(100 + n)]
    def generator():
        yield bytes(300)
        yield bytes(400)
    MANY = ["def many(a):"] + [f" x{n} = a" for n in range(300)]
    MANY += [" return lambda: (" + ", ".join(f"x{n}" for n in range(300)) + ")"]
    exec("\\n".join(MANY))
    keep = []
    def work():
        for n in range(100):
            keep.extend(make(n))
            exec(f"def inner(): return {n}\\nkeep.append(inner())")
        keep.extend(generator())
        keep.append(many(1))
    hold = _core.heap_hold(1)
    BEGIN
    suspended = generator()
    work()
    next(suspended)
    found = rows()
    END
    for file in sorted(found):
        if "rsprofile" not in file and "calls.py" not in file:
            for line, figures in sorted(found[file].items()):
                print(os.path.basename(file), line, figures)
    """
    plain = count(program.replace("BEGIN", "pass").replace("END", "pass"))
    assert "prog.py" in plain
    assert count(program.replace("BEGIN", "start()").replace("END", "stop()")) == plain


@pytest.mark.parametrize("size", ["main", "0", "1 << 20", "1 << 16", "1 << 15"])
@FRAMES
def test_a_deep_recursion_ends_as_it_does_without_us(shell, size):
    program = f"""
    import sys, threading
    from rsprofile import _core
    sys.setrecursionlimit(200_000)
    def down(n): return 0 if n == 0 else 1 + down(n - 1)
    def endless(n=0):
        global reached
        reached = n
        endless(n + 1)
    def work():
        print(down(100_000))
        try: endless()
        except RecursionError as error: print(reached, error)
        print(down(100_000))
    def after(): pass
    if len(sys.argv) > 1: _core.calls_start()
    if {size!r} == "main":
        work()
    else:
        threading.stack_size({size if size != "main" else 0})
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    after()
    if len(sys.argv) > 1:
        table = {{key[1]: calls for key, calls in _core.calls_table().items()}}
        # From before it went away, and for good.
        assert 0 < table["down"] < 100_000 and "after" not in table, table
        assert _core.calls_notes() == [
            "calls were counted until a recursion came near the end of its thread's stack"
        ]
    """
    shell.write("deep.py", program)
    plain = shell.python("deep.py")
    assert (plain.returncode, plain.stderr) == (0, "")
    ours = shell.python("deep.py", "count")
    assert (ours.returncode, ours.stdout, ours.stderr) == (0, plain.stdout, "")


def test_ordinary_recursion_does_not_end_counting(count):
    count("""
    def down(n): return n and down(n - 1)
    start()
    down(900)
    thread = threading.Thread(target=down, args=(900,))
    thread.start()
    thread.join()
    stop()
    assert counted() == {"down": 1802}
    assert _core.calls_notes() == []
    """)


#: Another function that evaluates frames: it jumps to the one there was.
OTHER = """
import ctypes, mmap
api = ctypes.pythonapi
get, put = api._PyInterpreterState_GetEvalFrameFunc, api._PyInterpreterState_SetEvalFrameFunc
this = ctypes.PYFUNCTYPE(ctypes.c_void_p)(("PyInterpreterState_Get", api))()
get.restype, get.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
put.restype, put.argtypes = None, [ctypes.c_void_p, ctypes.c_void_p]
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
def install():
    before = get(this)
    page[:12] = b"\\x48\\xb8" + before.to_bytes(8, "little") + b"\\xff\\xe0"
    put(this, ctypes.addressof(ctypes.c_char.from_buffer(page)))
    return before
"""


@FRAMES
def test_where_another_tool_evaluates_frames_no_calls_are_counted(count):
    count(
        OTHER
        + """
before = install()
try: start()
except RuntimeError as error:
    assert str(error) == (
        "cannot count calls: another tool evaluates frames, such as torch.compile"
    )
else: assert False
assert get(this) == ctypes.addressof(ctypes.c_char.from_buffer(page))
put(this, before)
def f(): pass
start()
f()
stop()
assert get(this) == before
assert counted() == {"f": 1}
"""
    )


@FRAMES
def test_a_tool_that_evaluates_frames_later_calls_on_to_us(count):
    count(
        OTHER
        + """
def f(): pass
default = get(this)
start()
ours = install()
f()
stop()
f()
# Ours stays behind the other one.
try: start()
except RuntimeError: pass
else: assert False
put(this, ours)
f()
assert counted() == {"f": 1, "install": 1}, counted()
start()
f()
put(this, default)
f()
assert _core.calls_notes() == ["calls were counted until another tool took the hook away"]
stop()
assert get(this) == default
assert counted() == {"f": 1}, counted()
"""
    )


@MONITORING
def test_the_tool_id_is_given_back_and_the_ids_of_others_are_left_alone(count):
    count("""
    def f(): pass
    before = [sys.monitoring.get_tool(n) for n in range(6)]
    start()
    ours = [n for n in range(6) if sys.monitoring.get_tool(n) == "rsprofile calls"]
    assert ours == [4], ours
    f()
    stop()
    assert [sys.monitoring.get_tool(n) for n in range(6)] == before
    sys.monitoring.use_tool_id(4, "theirs")
    start()
    assert sys.monitoring.get_tool(3) == "rsprofile calls"
    f()
    stop()
    for n in (3, 5): sys.monitoring.use_tool_id(n, "theirs")
    try: start()
    except RuntimeError as error:
        assert str(error) == (
            "cannot count calls: all monitoring ids of this process are taken by other tools"
        )
    else: assert False
    assert counted() == {"f": 1}
    f()
    for n in (3, 4, 5): sys.monitoring.free_tool_id(n)
    start()
    f()
    sys.monitoring.set_events(4, 0)
    f()
    assert _core.calls_notes() == ["calls were counted until another tool took the hook away"]
    stop()
    assert counted() == {"f": 1}
    """)


@pytest.mark.parametrize("first", ["us", "them"])
def test_cprofile_and_trace_functions_see_what_they_see_without_us(count, first):
    program = """
    import cProfile, pstats
    def f(n): return n
    def work():
        return [f(n) for n in range(5)]
    def calls_of(profile):
        stats = pstats.Stats(profile).stats
        return sorted((key[2], value[0]) for key, value in stats.items() if key[0] == FILE)
    lines = []
    def trace(frame, event, arg):
        if frame.f_code.co_filename == FILE:
            lines.append((event, frame.f_code.co_name, frame.f_lineno))
        return trace
    if BEFORE: start()
    profile = cProfile.Profile()
    profile.enable()
    if AFTER: start()
    work()
    profile.disable()
    sys.settrace(trace)
    work()
    sys.settrace(None)
    sys.setprofile(trace)
    work()
    sys.setprofile(None)
    if BEFORE or AFTER:
        found = counted()
        stop()
        assert (found["work"], found["f"]) == (3, 15), found
    print(calls_of(profile))
    print([line for line in lines if line[1] != "counted"])
    """
    plain = count("BEFORE = AFTER = False\n" + textwrap.dedent(program))
    ours = count(f"BEFORE = {first == 'us'}; AFTER = not BEFORE\n" + textwrap.dedent(program))
    assert ours == plain


@pytest.mark.parametrize("core", ["ctrace", "sysmon"])
@pytest.mark.parametrize("first", ["us", "them"])
def test_coverage_sees_the_same_lines(count, core, first):
    pytest.importorskip("coverage")
    if core == "sysmon" and sys.version_info < (3, 12):
        pytest.skip("sys.monitoring is new in 3.12")
    program = """
    import coverage
    def f(n):
        if n > 9:
            return 1
        return n
    def work():
        return [f(n) for n in range(5)]
    if BEFORE: start()
    cover = coverage.Coverage(data_file=None)
    cover.start()
    if AFTER: start()
    work()
    cover.stop()
    if BEFORE or AFTER:
        found = counted()
        stop()
        assert (found["work"], found["f"]) == (1, 5), found
    print([n for n in cover.get_data().lines(FILE) if n > 7 and n < 18])
    """
    for plain in (True, False):
        ours = f"BEFORE = {not plain and first == 'us'}; AFTER = {not plain and first == 'them'}\n"
        text = count(ours + textwrap.dedent(program), COVERAGE_CORE=core)
        if plain:
            expected = text
    assert text == expected
    assert "[" in text and "[]" not in text


def test_lines_of_decorated_functions_are_recorded_beside_it(count):
    count("""
    from rsprofile import profile
    _core.configure(meter="fake")
    @profile
    def f(n):
        g()
        return n
    def g(): pass
    start()
    for n in range(3): f(n)
    stop()
    f(3)
    import json
    document = json.loads(_core.snapshot().dumps())
    (function,) = document["functions"]
    assert function["calls"] == 4, function
    assert counted() == {"f": 3, "g": 3}, counted()
    os._exit(print("reached the end", flush=True) or 0)
    """)
