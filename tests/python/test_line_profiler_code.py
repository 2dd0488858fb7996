"""Code that comes and goes: functions made for one call, and names that stand for many texts."""

from __future__ import annotations

import linecache
import os
import sys
from types import SimpleNamespace

import pytest
from rsprofile import _core
from rsprofile.compat.memory_profiler import LineProfiler


def resident():
    """Give the resident memory of this process in MiB."""
    return _core.memory_of(os.getpid()) / 2**20


#: Functions that nobody else has the code of, as unpickling makes them.
MAKER = """
import gc
import os
from rsprofile import _core
from rsprofile.compat.memory_profiler import LineProfiler

def resident():
    return _core.memory_of(os.getpid()) / 2**20

def template(x):
    y = x + 1
    z = [n for n in range(3)]
    return sum(map(lambda n: n + y, z))

def fresh():
    nested = tuple(
        constant.replace() if hasattr(constant, "co_code") else constant
        for constant in template.__code__.co_consts
    )
    return type(template)(template.__code__.replace(co_consts=nested), globals())

def profiled(function):
    profiler = LineProfiler()
    profiler(function)(1)
    (rows,) = [rows for _, rows in profiler.code_map.items()]
    return [row and row[2] for _, row in rows]
"""


@pytest.fixture
def made(tmp_path):
    """The functions of `MAKER`, from a file."""
    path = tmp_path / "made.py"
    path.write_text(MAKER)
    scope = {}
    exec(compile(MAKER, path, "exec"), scope)
    return SimpleNamespace(**scope)


HOOKS = ["settrace"] + ["monitoring"] * (sys.version_info >= (3, 12))


@pytest.mark.parametrize("hook", HOOKS)
def test_functions_made_for_one_call_leave_nothing(shell, hook):
    shell.write("made.py", MAKER)
    shell.write(
        "prog.py",
        f"""
        from made import *
        from rsprofile import _core
        _core.configure(hook={hook!r})
        expected = profiled(template)
        for _ in range(2000):
            assert profiled(fresh()) == expected
        gc.collect()
        before = resident()
        for _ in range(100_000):
            profiled(fresh())
        print(resident() - before)
        assert profiled(fresh()) == expected == [1, 1, 1, 1]
        """,
    )
    done = shell.python("prog.py")
    assert not done.stderr
    assert float(done.stdout) < 8


def test_functions_of_different_lengths_share_the_room():
    def of_length(lines):
        scope = {}
        body = "".join(f"    x = {number}\n" for number in range(lines))
        exec(compile(f"def f():\n{body}", "<string>", "exec"), scope)
        return scope["f"]

    def once(round):
        for number in range(200):
            function = of_length(1 + (round * 7 + number * 13) % 50)
            profiler = LineProfiler()
            profiler.code_map[function.__code__] = {}
            with profiler:
                function()
            assert len(profiler.code_map[function.__code__]) == function.__code__.co_nlocals + (
                1 + (round * 7 + number * 13) % 50
            )

    # Cycles of functions and their globals wait for the garbage collector: some hundreds live.
    for round in range(40):
        once(round)
    before = resident()
    for round in range(20):
        once(round)
    assert resident() - before < 4


def test_a_new_function_at_an_old_address_has_no_figures_of_it(made):
    addresses, reused = set(), 0
    for number in range(3000):
        function = made.fresh()
        reused += id(function.__code__) in addresses
        addresses.add(id(function.__code__))
        profiler = LineProfiler()
        measured = profiler(function)
        for _ in range(number % 3):
            measured(1)
        rows = profiler.code_map[function.__code__]
        assert rows.get(function.__code__.co_firstlineno, (0, 0, 0))[2] == number % 3
        del function, measured, profiler, rows
    assert reused > 1000


def test_functions_that_are_kept_keep_their_figures(made):
    kept = [(made.fresh(), LineProfiler()) for _ in range(300)]
    for function, profiler in kept:
        profiler(function)(1)
        made.profiled(made.fresh())
    for _ in range(1000):
        made.profiled(made.fresh())
    for function, profiler in kept:
        profiler(function)(1)
        assert profiler.code_map[function.__code__][function.__code__.co_firstlineno][2] == 2


def test_inner_functions_outlive_the_function_they_were_made_by():
    def factory():
        scope = {}
        exec("def outer():\n    def inner():\n        return 1\n    return inner\n", scope)
        return scope["outer"]

    inners = []
    for _ in range(300):
        outer = factory()
        profiler = LineProfiler()
        profiler.code_map[outer.__code__] = {}
        with profiler:
            inners.append(outer())
    for inner in inners:
        profiler = LineProfiler()
        profiler.code_map[inner.__code__] = {}
        with profiler:
            assert inner() == 1
        assert profiler.code_map[inner.__code__][3][2] == 1


def test_generators_outlive_their_functions():
    generators = []
    for _ in range(300):
        scope = {}
        exec("def count():\n    yield 1\n    yield 2\n", scope)
        profiler = LineProfiler()
        profiler.code_map[scope["count"].__code__] = {}
        with profiler:
            generators.append(scope["count"]())
            assert next(generators[-1]) == 1
    for generator in generators:
        profiler = LineProfiler()
        profiler.code_map[generator.gi_code] = {}
        with profiler:
            assert list(generator) == [2]
        assert profiler.code_map[generator.gi_code][3][2] == 1


@pytest.mark.parametrize("name", ["<ipython-input-1-abc>", "<stdin>"])
def test_a_name_stands_for_one_text_after_another(name):
    for gap in (1, 5, 3):
        text = "def f():\n    return (\n" + "\n" * gap + "    1)\n"
        linecache.cache[name] = (len(text), None, text.splitlines(True), name)
        scope = {}
        exec(compile(text, name, "exec"), scope)
        profiler = LineProfiler()
        for _ in range(3):
            profiler.add_function(scope["f"])
        ((filename, _, lines),) = profiler.code_map._toplevel
        assert filename == name and lines == range(1, 4 + gap)
        del linecache.cache[name]


def test_a_name_without_text_may_get_one(capsys):
    name = "<made up>"
    scope = {}
    exec(compile("def f():\n    return 1\n", name, "exec"), scope)
    profiler = LineProfiler()
    profiler.add_function(scope["f"])
    assert not profiler.code_map and name in capsys.readouterr().out
    linecache.cache[name] = (1, None, ["def f():\n", "    return 1\n"], name)
    profiler.add_function(scope["f"])
    del linecache.cache[name]
    assert scope["f"].__code__ in profiler.code_map
