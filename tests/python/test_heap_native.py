"""Native memory under the heap meter: to the byte, on the line that called.

All sizes are exact. What a line allocates in Python besides, as `ctypes` does, it has freed again.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CC = ["cc", "-O0", "-fno-builtin", "-w", "-fPIC", "-shared", "-pthread"]
#: As distributions build: slots are filled at the first call, or at once and then read-only.
LAZY = ["-Wl,-z,lazy", "-Wl,-z,norelro"]
NOW = ["-Wl,-z,now", "-Wl,-z,relro"]

HEAD = """
import _ctypes, ctypes, gc, os, sys, threading
from rsprofile import _core

MIB = 1 << 20
P, Z = ctypes.c_void_p, ctypes.c_size_t
LINES = [line.split("#")[0].strip() for line in open(__file__)]

def load(path="./native.so"):
    lib = ctypes.CDLL(path)
    for name, result, *arguments in [
        ("much", ctypes.c_long), ("one_of_each", ctypes.c_long, P), ("make", P, Z), ("drop", None, P),
        ("make_zeroed", P, Z), ("make_by_variable", P, Z), ("grow", P, P, Z), ("map", P, Z),
        ("map_at", P, P, Z), ("map_file", P, P, Z, ctypes.c_int), ("unmap", ctypes.c_int, P, Z),
        ("remap", P, P, Z, Z), ("remap_here", P, P, Z, Z), ("remap_to", P, P, Z, P),
        ("failures", ctypes.c_long, P), ("in_thread", P, Z), ("last_of_thread", P),
        ("churn", ctypes.c_long, ctypes.c_long), ("start_signals", ctypes.c_long),
        ("stop_signals", ctypes.c_long),
    ]:
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib

def live(text):
    # Bytes and blocks alive that the lines of this text made.
    numbers = {number for number, line in enumerate(LINES, 1) if line == text}
    assert numbers, text
    rows = [row for row in _core.heap_snapshot() for line in [f for f in row[1] if f[0] == __file__][:1]
            if line[3] in numbers]
    return sum(row[2] for row in rows), sum(row[3] for row in rows)

def nowhere():
    # The same where no Python runs.
    rows = [row for row in _core.heap_snapshot() if not row[1]]
    return sum(row[2] for row in rows), sum(row[3] for row in rows)
"""

Run = Callable[..., None]


@pytest.fixture
def run(shell) -> Run:
    """Run a program beside the library, which must reach its end and say nothing."""

    def run(program: str, options: list[str] = LAZY, head: str = HEAD, **environment: str) -> None:
        build(shell.folder / "native.so", options)
        shell.write("prog.py", head + program + "\nprint('reached the end')\n")
        done = shell.python("prog.py", **environment)
        assert (done.returncode, done.stderr) == (0, ""), f"{done.stdout}\n{done.stderr}"
        assert done.stdout == "reached the end\n"

    return run


def build(to: Path, options: list[str], source: Path = HERE / "native.c") -> None:
    subprocess.run([*CC, *options, "-o", str(to), str(source)], check=True)


MUCH = """
def work():
    much()

work()
assert live("much()") == (1020 * MIB, 5), live("much()")
assert _core.heap_totals()[0] >= 1020 * MIB
_core.heap_stop()
"""


@pytest.mark.parametrize("options", [LAZY, NOW], ids=["lazy", "now"])
def test_a_library_loaded_before_is_counted_to_the_byte_on_the_line_that_calls(run, options):
    run("lib = load()\nmuch = lib.much\n_core.heap_start()\n" + MUCH, options)


@pytest.mark.parametrize("options", [LAZY, NOW], ids=["lazy", "now"])
def test_a_library_loaded_later_is_seen_from_its_first_call(run, options):
    run("_core.heap_start()\nlib = load()\nmuch = lib.much\n" + MUCH, options)


@pytest.mark.parametrize("allocator", ["debug", "malloc"])
def test_nothing_is_counted_twice_under_another_allocator_of_python(run, allocator):
    run("_core.heap_start()\nmuch = load().much\n" + MUCH, PYTHONMALLOC=allocator)


def test_every_function_that_makes_a_block_is_counted(run):
    run(
        """
lib = load()
to = (P * 11)()
_core.heap_start()

def work():
    lib.one_of_each(to)
work()
assert live("lib.one_of_each(to)") == (1039, 11), live("lib.one_of_each(to)")
for block in to:
    lib.drop(block)
assert live("lib.one_of_each(to)") == (0, 0)
"""
    )


def test_addresses_of_functions_in_variables_lead_to_the_meter_and_back(run):
    run(
        """
lib = load()
variable = (P * 3).in_dll(lib, "functions")
fixed = (P * 2).in_dll(lib, "fixed")
plain = [*variable, *fixed]
_core.heap_start()
assert not set(plain) & {*variable, *fixed}
one = lib.make_by_variable(1000)
two = lib.make_zeroed(300)
assert live("one = lib.make_by_variable(1000)") == (1000 + 32, 2)
assert live("two = lib.make_zeroed(300)") == (300 + 32, 2)
lib.drop(one)
variable[1] = ours = 77  # The program has changed it: that stays.
_core.heap_stop()
assert [*variable, *fixed] == [plain[0], 77, *plain[2:]]
"""
    )


def test_a_block_is_known_to_whoever_frees_or_resizes_it(run):
    run(
        """
lib = load()
raw = ctypes.pythonapi
raw.PyMem_RawMalloc.restype, raw.PyMem_RawMalloc.argtypes = P, [Z]
raw.PyMem_RawRealloc.restype, raw.PyMem_RawRealloc.argtypes = P, [P, Z]
raw.PyMem_RawFree.restype, raw.PyMem_RawFree.argtypes = None, [P]
before = lib.make(5000)
_core.heap_start()

def work():
    global block, other
    block = raw.PyMem_RawMalloc(100_000)
    block = lib.grow(block, 200_000)
    other = lib.make(3000)
    other = raw.PyMem_RawRealloc(other, 7000)
    thread = threading.Thread(target=lib.drop, args=(block,))
    thread.start()
    thread.join()
    raw.PyMem_RawFree(other)
work()
for text in ("block = raw.PyMem_RawMalloc(100_000)", "block = lib.grow(block, 200_000)",
             "other = lib.make(3000)", "other = raw.PyMem_RawRealloc(other, 7000)"):
    # The number that is the address stays, or is gone with its name.
    assert live(text)[0] <= 32, (text, live(text))
lib.drop(before)
block = lib.make(5000)
_core.heap_stop()
lib.drop(block)
"""
    )


def test_what_fails_fails_as_ever_and_is_not_counted(run):
    run(
        """
lib = load()
block = lib.make(4096)
assert lib.failures(block) == 0
_core.heap_start()

def work():
    assert lib.failures(block) == 0
    known = lib.grow(block, 6000)
    assert lib.failures(known) == 0
    return known
known = work()
assert live("assert lib.failures(block) == 0") == (0, 0)
assert live("assert lib.failures(known) == 0") == (0, 0)
assert live("known = lib.grow(block, 6000)")[0] == 6000 + 32
assert lib.grow(known, 0) is None
assert live("known = lib.grow(block, 6000)") == (32, 1)
"""
    )


def test_mappings_are_cut_moved_and_replaced(run):
    run(
        """
lib = load()
K = 4096
file = os.open(__file__, os.O_RDONLY)
ready = lib.map_file(None, 2 * K, file)
_core.heap_start()

def work():
    global at, room, moved
    at = lib.map(10 * K - 5)
    room = lib.map(20 * K)
work()
number = live("at = lib.map(10 * K - 5)")[0] - 10 * K
assert number == 32 == live("room = lib.map(20 * K)")[0] - 20 * K

def mapped():
    return live("at = lib.map(10 * K - 5)")[0] - 32, live("at = lib.map(10 * K - 5)")[1] - 1

assert lib.unmap(at + 4 * K, 2 * K) == 0
assert mapped() == (8 * K, 2)
assert lib.unmap(at + 4 * K, 2 * K) == 0  # Nothing is there.
assert lib.unmap(at + 1, K) == -1 and mapped() == (8 * K, 2)
assert lib.map_file(at, K, file) == at
assert mapped() == (7 * K, 2)
assert lib.map_at(at, 2 * K) == at
assert mapped() == (6 * K, 2)
assert live("assert lib.map_at(at, 2 * K) == at")[0] == 2 * K

# What is left at the end, of 4 pages, moves into the other one and grows there.
moved = lib.remap_to(at + 6 * K, 4 * K, room + 8 * K)
assert moved == room + 8 * K
assert mapped() == (2 * K, 1)
assert live("room = lib.map(20 * K)") == (16 * K + 32, 3)
assert live("moved = lib.remap_to(at + 6 * K, 4 * K, room + 8 * K)") == (4 * K + 32, 2)
assert (lib.remap_here(moved, 4 * K, 400 * MIB) or 0) in (0, 2**64 - 1)
assert live("moved = lib.remap_to(at + 6 * K, 4 * K, room + 8 * K)") == (4 * K + 32, 2)
grown = lib.remap(moved, 4 * K, 400 * MIB)
assert live("moved = lib.remap_to(at + 6 * K, 4 * K, room + 8 * K)")[0] <= 32
assert live("grown = lib.remap(moved, 4 * K, 400 * MIB)")[0] == 400 * MIB + 32
small = lib.remap(grown, 400 * MIB, K)
assert live("small = lib.remap(grown, 400 * MIB, K)")[0] == K + 32

# A range over all of it, and files, which never count.
file_at = lib.map_file(None, 3 * K, file)
assert live("file_at = lib.map_file(None, 3 * K, file)") == (32, 1)
bigger = lib.remap(file_at, 3 * K, 9 * K)
assert live("bigger = lib.remap(file_at, 3 * K, 9 * K)")[0] == 32
assert lib.unmap(bigger, 9 * K) == lib.unmap(ready, 2 * K) == 0
assert lib.unmap(room, 20 * K) == lib.unmap(at, 10 * K) == lib.unmap(small, K) == 0
assert mapped()[0] == 0 and live("room = lib.map(20 * K)")[0] == 32
"""
    )


def test_threads_that_python_does_not_know_allocate_until_they_are_gone(run):
    run(
        """
lib = load()
_core.heap_start()
for _ in range(50):
    before, blocks = nowhere()
    block = lib.in_thread(3000)
    assert nowhere() == (before + 3000 + 2000, blocks + 2), nowhere()
    lib.drop(block)
    lib.drop(lib.last_of_thread())
    assert nowhere() == (before, blocks)
"""
    )


def test_functions_found_by_name_are_counted_and_outlive_the_meter(run):
    run(
        """
lib = load()
_core.heap_start()
libc = ctypes.CDLL(None)
libc.free.restype, libc.free.argtypes = None, [P]
libc.malloc.restype, libc.malloc.argtypes = P, [Z]
new = ctypes.CDLL("libstdc++.so.6")._Znwm
new.restype, new.argtypes = P, [Z]
block = lib.make(700)
libc.free(block)
assert live("block = lib.make(700)") == (32, 1)
block = libc.malloc(900)
assert live("block = libc.malloc(900)") == (932, 2)
lib.drop(block)
assert live("block = libc.malloc(900)") == (32, 1)
block = new(1100)
assert live("block = new(1100)") == (1132, 2)
libc.free(block)
_core.heap_stop()
libc.free(libc.malloc(100))
try:
    libc.no_such_function
except AttributeError as error:
    assert "undefined symbol: no_such_function" in str(error)
else:
    raise AssertionError
"""
    )


SLOTS = """
import re, subprocess

def slots(path):
    # What is in all slots of a library that lead to functions elsewhere.
    real = os.path.realpath(path)
    base = next(int(line.split("-")[0], 16) for line in open("/proc/self/maps") if real in line)
    text = subprocess.run(["readelf", "-rW", real], capture_output=True, text=True).stdout
    places = re.findall(r"^([0-9a-f]{16}) .* R_\\w+_(?:JUMP_SLOT|GLOB_DAT|64|ABS64) ", text, re.M)
    assert places
    return [Z.from_address(base + int(place, 16)).value for place in places]

def protections():
    return [line.split()[:5] + line.split()[5:] for line in open("/proc/self/maps") if ".so" in line]
"""


@pytest.mark.parametrize("options", [LAZY, NOW], ids=["lazy", "now"])
def test_slots_and_protections_are_the_same_after_the_stop_as_before(run, options):
    run(
        SLOTS
        + """
import numpy as np
lib = load()
core = sys.modules["numpy._core._multiarray_umath"].__file__
paths = ["native.so", core]
_core.heap_start()
_core.heap_stop()
before = [slots(path) for path in paths], protections()
for _ in range(3):
    _core.heap_start()
    during = [slots(path) for path in paths], protections()
    assert all(one != other for one, other in zip(before[0], during[0]))
    assert before[1] == during[1]
    lib.drop(lib.make(10))
    np.zeros(1000)
    assert _core.heap_native()[1] > 10
    _core.heap_stop()
    assert ([slots(path) for path in paths], protections()) == before
    assert _core.heap_native() == (0, 0, 0, 0, 0)
""",
        options,
    )


@pytest.mark.parametrize("options", [LAZY, NOW], ids=["lazy", "now"])
def test_an_object_with_an_allocator_of_its_own_keeps_it_and_is_named(run, shell, options):
    shell.write(
        "own.c",
        """
        static char heap[4096];
        static unsigned long used;
        const char *text = "<jemalloc>: Error in it\\n";
        void *malloc(unsigned long size) { return heap + (used += size) - size; }
        void free(void *block) { }
        void *take(unsigned long size) { void *block = malloc(size); free(block); return block; }
        """,
    )
    build(shell.folder / "own.so", options, shell.folder / "own.c")
    shell.write("plain.c", "void *mi_malloc(unsigned long size) { return 0; }")
    build(shell.folder / "plain.so", [], shell.folder / "plain.c")
    run(
        """
lib = load()
own, plain = ctypes.CDLL("./own.so", mode=os.RTLD_DEEPBIND), ctypes.CDLL("./plain.so")
own.take.restype = own.malloc.restype = P
first = own.take(100)
_core.heap_start()
assert _core.heap_native()[2] >= 2
assert own.take(100) == first + 100 and own.malloc(10) == first + 200
found = [(os.path.basename(path), name) for path, name in _core.heap_allocators()]
assert found == [("own.so", "jemalloc"), ("plain.so", "mimalloc")], found
"""
    )


def test_libraries_come_and_go_in_loops(run, shell):
    # Two that differ, so that one comes to lie where the other one was.
    shell.write("small.c", "#include <stdlib.h>\nvoid *make(size_t size) { return malloc(size); }")
    build(shell.folder / "small.so", LAZY, shell.folder / "small.c")
    run(
        """
for turn in range(60):
    lib = ctypes.CDLL("./small.so" if turn % 3 else "./native.so")
    handle = lib._handle
    if turn % 5 == 0:
        _core.heap_start()
        libc = ctypes.CDLL(None)
        libc.free.argtypes = [P]
    make = lib.make
    make.restype, make.argtypes = P, [Z]
    block = None
    before = live("block = make(10_000 + turn)")[0]
    block = make(10_000 + turn)
    assert live("block = make(10_000 + turn)")[0] == before + 10_000 + turn + 32
    libc.free(block)
    if turn % 7 == 0:
        ctypes.CDLL("./native.so" if turn % 3 else "./small.so")
    if turn % 5 == 4:
        _ctypes.dlclose(handle)
        _core.heap_stop()
    else:
        _ctypes.dlclose(handle)
"""
    )


def test_libraries_are_loaded_by_many_threads_at_once(run, shell):
    for number in range(12):
        build(shell.folder / f"n{number}.so", NOW if number % 2 else LAZY)
    run(
        """
def work(first):
    for _ in range(10):
        for number in range(first, 12, 4):
            lib = ctypes.CDLL(f"./n{number}.so")
            lib.churn(200)
            _ctypes.dlclose(lib._handle)

threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
for thread in threads:
    thread.start()
while any(thread.is_alive() for thread in threads):
    _core.heap_start()
    _core.heap_stop()
"""
    )


def test_start_and_stop_under_threads_that_allocate(run):
    run(
        """
lib = load()
ends = threading.Event()

def work():
    while not ends.is_set():
        lib.churn(20_000)

threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for _ in range(100):
    _core.heap_start()
    _core.heap_stop()
_core.heap_start()
ends.set()
for thread in threads:
    thread.join()
_core.heap_clear()
lib.churn(20_000)
assert live("lib.churn(20_000)") == (0, 0), live("lib.churn(20_000)")
"""
    )


def test_four_threads_leave_nothing(run):
    run(
        """
lib = load()
_core.heap_start()

def work():
    for _ in range(10):
        lib.churn(20_000)

threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert live("lib.churn(20_000)") == (0, 0), live("lib.churn(20_000)")
"""
    )


def test_signal_handlers_map_memory_in_the_middle_of_allocations(run):
    run(
        """
lib = load()
_core.heap_start()
assert lib.start_signals() == 0

def work():
    for _ in range(100):
        lib.churn(20_000)
work()
while lib.stop_signals() < 10:
    lib.start_signals()
    work()
assert live("lib.churn(20_000)") == (0, 0), live("lib.churn(20_000)")
"""
    )


def test_a_malloc_that_was_preloaded_is_the_one_that_is_counted(run, shell):
    shell.write(
        "other.c",
        """
        extern void *__libc_malloc(unsigned long), *__libc_realloc(void *, unsigned long);
        extern void *__libc_calloc(unsigned long, unsigned long), __libc_free(void *);
        static long calls;
        void *malloc(unsigned long size) { calls++; return __libc_malloc(size); }
        void *realloc(void *old, unsigned long size) { calls++; return __libc_realloc(old, size); }
        void *calloc(unsigned long n, unsigned long size) { calls++; return __libc_calloc(n, size); }
        void free(void *block) { calls++; __libc_free(block); }
        long calls_of_other(void) { return calls; }
        """,
    )
    build(shell.folder / "other.so", NOW, shell.folder / "other.c")
    run(
        """
lib = load()
much = lib.much
calls = ctypes.CDLL(None).calls_of_other
calls()
_core.heap_start()
before = calls()
"""
        + MUCH
        + "assert calls() - before > 300",
        LD_PRELOAD=str(shell.folder / "other.so"),
    )


def test_a_fork_while_others_allocate_leaves_a_child_that_works(run):
    run(
        """
lib = load()
ends = threading.Event()

def work():
    while not ends.is_set():
        lib.churn(5_000)
        ctypes.CDLL(None).malloc

threads = [threading.Thread(target=work) for _ in range(3)]
_core.heap_start()
kept = lib.make(12345)
for thread in threads:
    thread.start()
import warnings
warnings.simplefilter("ignore")
for _ in range(40):
    child = os.fork()
    if child == 0:
        assert live("kept = lib.make(12345)")[0] == 12345 + 32
        more = lib.make(1000)
        assert live("more = lib.make(1000)")[0] == 1032
        load().churn(1000)
        _core.heap_stop()
        lib.churn(1000)
        _core.heap_start()
        lib.churn(1000)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
ends.set()
for thread in threads:
    thread.join()
"""
    )


NUMPY = """
def work():
    z = np.zeros(2_000_000)
    e = np.empty((1000, 1001))
    o = np.ones(70_001)
    i = np.arange(60_000, dtype=np.int32)
    c = o + 1
    return z, e, o, i, c

def check(array, text):
    # The object, its data, and unless it comes from a cache of NumPy its shape.
    bytes, blocks = live(text)
    assert blocks in (2, 3)
    rest = type(array).__basicsize__ + (16 * array.ndim if blocks == 3 else 0)
    assert bytes == array.nbytes + rest, (text, bytes, blocks, array.nbytes, rest)

# A function of NumPy in Python, as `ones`, has the line that allocates: its caller is a frame above.
"""


@pytest.mark.parametrize("first", ["numpy", "meter"])
def test_numpy_arrays_are_on_the_line_that_allocates(run, first):
    begin = ["import numpy as np", "_core.heap_start(4)"]
    if first == "meter":
        begin = [
            *reversed(begin),
            "first = np.zeros(3_000_000)",
            "check(first, 'first = np.zeros(3_000_000)')",
        ]
    run(
        NUMPY
        + "\n".join(begin)
        + """
work()
arrays = work()
for array, text in zip(arrays, (
    "z = np.zeros(2_000_000)", "e = np.empty((1000, 1001))", "o = np.ones(70_001)",
    "i = np.arange(60_000, dtype=np.int32)", "c = o + 1",
)):
    check(array, text)
del array, arrays
for text in ("z = np.zeros(2_000_000)", "e = np.empty((1000, 1001))", "o = np.ones(70_001)"):
    assert live(text)[0] < 1024, (text, live(text))
"""
    )


def test_small_arrays_that_numpy_reuses_stay_with_the_line_that_made_them_first(run):
    # NumPy keeps up to seven blocks of each size below 1 KiB: taking one again is no allocation.
    run(
        """
import numpy as np
_core.heap_start()
def work():
    kept = [np.zeros(100) for _ in range(20)]
    before = live(MADE)[0]
    kept = None
    again = [np.ones(100, order="F") for _ in range(7)]
    return before, live(MADE)[0]
MADE = "kept = [np.zeros(100) for _ in range(20)]"
before, after = work()
assert before - after >= 13 * 800
assert after >= 7 * 800
"""
    )


def test_cc_is_there() -> None:
    """Without a compiler nothing here would run: say so by name."""
    assert shutil.which("cc")
