"""memory_profiler's line profiler on our engine: shapes, what clients override, and exact figures.

Memory is the fake meter's: `grow(n)` adds n MiB.
"""

from __future__ import annotations

import asyncio
import inspect
import io
import json
import pickle
import subprocess
import sys
import threading
import tracemalloc
import warnings

import pytest
from conftest import grow
from rsprofile import _core
from rsprofile.compat import memory_profiler as mp
from rsprofile.compat.memory_profiler import CodeMap, LineProfiler, profile, show_results

pytestmark = pytest.mark.usefixtures("exact")


def figures(profiler, function):
    """Give the figures of a function by line, the line of its `def` being 0."""
    code = getattr(function, "__wrapped__", function).__code__
    return {line - code.co_firstlineno: row for line, row in profiler.code_map[code].items()}


def climb(n):
    for _ in range(n):
        grow(2)
    grow(-1)


# -- figures --------------------------------------------------------------------------------------


def test_a_line_has_increment_memory_and_occurrences():
    profiler = LineProfiler()
    measured = profiler(climb)
    measured(3)
    assert figures(profiler, climb) == {
        0: (100.0, 100.0, 1),
        1: (0.0, 106.0, 4),
        2: (6.0, 106.0, 3),
        3: (-1.0, 105.0, 1),
    }


def test_calls_add_up():
    profiler = LineProfiler()
    measured = profiler(climb)
    measured(3)
    grow(50)
    measured(1)
    assert figures(profiler, climb) == {
        0: (100.0, 155.0, 2),
        1: (0.0, 157.0, 6),
        2: (8.0, 157.0, 4),
        3: (-2.0, 156.0, 2),
    }


def test_lines_stand_in_the_order_they_first_ran():
    def late(first):
        if first:
            return late(False)
        grow(1)

    other = LineProfiler()
    other(late)(True)
    assert list(figures(other, late)) == [0, 1, 3, 2]


def test_what_is_nested_shares_the_functions_figures():
    def outer():
        def inner():
            grow(1)

        inner()
        return [grow(1) for _ in range(2)], (lambda: grow(4))()

    profiler = LineProfiler()
    profiler(outer)()
    codes = [code for code in outer.__code__.co_consts if inspect.iscode(code)]
    assert codes
    for code in codes:
        assert profiler.code_map[code] is profiler.code_map[outer.__code__]
    rows = figures(profiler, outer)
    assert (rows[2], rows[4], rows[5][0]) == ((1.0, 101.0, 1), (1.0, 101.0, 1), 6.0)


def test_nothing_counts_outside():
    profiler = LineProfiler()
    profiler.add_function(climb)
    climb(5)
    with profiler:
        climb(1)
    climb(5)
    assert figures(profiler, climb)[2] == (2.0, 111.0, 1)


def test_enabled_in_the_middle_of_a_frame():
    profiler = LineProfiler()

    def middle():
        grow(1)
        profiler.enable_by_count()
        grow(2)
        grow(3)
        profiler.disable_by_count()
        grow(4)

    profiler.add_function(middle)
    middle()
    rows = figures(profiler, middle)
    assert (rows[3][0], rows[4][0]) == (2.0, 3.0)
    assert 1 not in rows and 6 not in rows


def test_figures_can_be_read_while_enabled():
    seen = []

    def look():
        grow(1)
        seen.append(dict(profiler.code_map[look.__code__]))
        grow(2)

    profiler = LineProfiler()
    profiler(look)()
    first = look.__code__.co_firstlineno
    assert seen[0][first + 1] == (1.0, 101.0, 1) and first + 3 not in seen[0]
    assert figures(profiler, look)[3] == (2.0, 103.0, 1)


def test_two_profilers_both_see_what_they_enclose():
    outer, inner = LineProfiler(), LineProfiler()
    outer.add_function(climb)
    inner.add_function(climb)
    with outer:
        climb(1)
        with inner:
            climb(2)
        climb(3)
    assert figures(inner, climb)[2] == (4.0, 105.0, 2)
    assert figures(outer, climb)[2] == (12.0, 110.0, 6)
    assert figures(outer, climb)[0] == (100.0, 104.0, 3)


def test_a_profiler_for_each_call():
    for number in range(1, 30):
        profiler = LineProfiler()
        profiler(climb)(1)
        rows = figures(profiler, climb)
        assert rows[2] == (2.0, 101.0 + number, 1) and rows[0][2] == 1


def test_a_profiler_for_each_round_of_a_generator():
    def count():
        for number in range(3):
            grow(1)
            yield number

    generator, rounds = count(), []
    for _ in range(4):
        profiler = LineProfiler()
        profiler.add_code(generator.gi_code)
        profiler.enable_by_count()
        next(generator, None)
        profiler.disable_by_count()
        grow(1000)
        rounds.append(figures(profiler, count))
    assert [row.get(2, (0, 0, 0))[::2] for row in rounds] == [(1.0, 1)] * 3 + [(0, 0)]
    assert sum(row[3][2] for row in rounds) == 3
    assert [row[3][0] for row in rounds] == [0.0] * 4


def test_threads_share_a_profiler():
    together = threading.Barrier(3)

    def work():
        together.wait()
        grow(1)
        together.wait()

    profiler = LineProfiler()
    measured = profiler(work)
    threads = [threading.Thread(target=measured) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row[2] for row in figures(profiler, work).values()] == [3] * 4


def test_the_session_keeps_its_own_numbers(shell):
    shell.write(
        "prog.py",
        """
        from rsprofile.compat.memory_profiler import LineProfiler
        from rsprofile import profile

        @profile
        def both():
            x = 1

        def other():
            x = 1

        both(); both()
        profiler = LineProfiler()
        profiler.add_function(both)
        profiler.add_function(other)
        with profiler:
            both(); other()
        both()
        profile.report()
        print([row[2] for _, row in list(profiler.code_map.items())[0][1] if row])
        """,
    )
    done = shell.python("prog.py")
    assert done.stdout.count("Filename:") == 1
    assert "           4       x = 1" in done.stdout
    assert "[1, 1]" in done.stdout


# -- names and signatures -------------------------------------------------------------------------


def test_signatures_are_memory_profilers():
    def names(function):
        return str(inspect.signature(function)).replace("'", "").partition(" ->")[0]

    for function, parameters in {
        profile: ["func", "stream", "precision", "backend"],
        show_results: ["prof", "stream", "precision"],
        LineProfiler.__call__: ["self", "func", "precision"],
        LineProfiler.runctx: ["self", "cmd", "globals", "locals"],
        CodeMap.__init__: ["self", "include_children", "backend"],
        CodeMap.add: ["self", "code", "toplevel_code"],
        CodeMap.trace: ["self", "code", "lineno", "prev_lineno"],
        mp.choose_backend: ["new_backend"],
        mp._get_child_memory: ["process", "meminfo_attr", "memory_metric"],
    }.items():
        assert list(inspect.signature(function).parameters) == parameters, names(function)


def test_attributes_of_a_new_profiler():
    profiler = LineProfiler(backend="psutil_uss", include_children=False, max_mem=None, other=1)
    assert profiler.enable_count == 0 and profiler.backend == "psutil_uss"
    assert profiler.prevlines == [] and profiler.prev_lineno is None
    assert profiler._original_trace_function is None and profiler.code_map == {}


def test_what_has_no_code_is_a_warning():
    with pytest.warns(
        UserWarning, match="Could not extract a code object for the object <built-in"
    ):
        LineProfiler().add_function(len)


def test_a_function_without_source_is_named(capsys):
    scope = {}
    exec(compile("def f():\n    pass\n", "/no/such/file.py", "exec"), scope)
    code_map = CodeMap(include_children=False, backend="psutil")
    code_map.add(scope["f"].__code__)
    assert capsys.readouterr().out == "ERROR: Could not find file /no/such/file.py\n"
    assert not code_map


def test_run_in_a_context_gives_the_profiler():
    profiler = LineProfiler()
    profiler.add_function(climb)
    assert profiler.runctx("climb(1)", globals(), {}) is profiler
    assert figures(profiler, climb)[2] == (2.0, 102.0, 1)


# -- what clients do ------------------------------------------------------------------------------


class Map(CodeMap):
    """As Spark's: the lines of a function come from elsewhere."""

    def add(self, code, toplevel_code=None, *, sub_lines=None, start_line=None):
        if code in self:
            return
        if toplevel_code is None:
            self._toplevel.append(
                (code.co_filename, code, range(start_line, start_line + sub_lines))
            )
            self[code] = {}
        else:
            self[code] = self[toplevel_code]
        for inner in filter(inspect.iscode, code.co_consts):
            self.add(inner, toplevel_code=code)


class Bare(LineProfiler):
    """As Spark 3's: nothing of the base class is set up."""

    def __init__(self, **kw):
        self.code_map = Map(include_children=False, backend="psutil")
        self.enable_count = 0
        self.max_mem = kw.get("max_mem")
        self.prevlines = []
        self.backend = mp.choose_backend(kw.get("backend"))
        self.prev_lineno = None

    def __call__(self, func=None, precision=1, *, sub_lines=None, start_line=None):
        self.add_function(func, sub_lines=sub_lines, start_line=start_line)
        return self.wrap_function(func)

    def add_function(self, func, *, sub_lines=None, start_line=None):
        self.code_map.add(func.__code__, sub_lines=sub_lines, start_line=start_line)


class Replaced(LineProfiler):
    """As Spark 4's: another map after the base class has made one."""

    def __init__(self, **kw):
        super().__init__(**kw)
        self.code_map = Map(include_children=False, backend="psutil")


class Pairs(CodeMap):
    """As Spark 4's second map: no range of lines."""

    def add(self, code):
        self._toplevel.append((code.co_filename, code))
        self[code] = {}

    def items(self):
        for filename, code in self._toplevel:
            yield filename, iter(self[code].items())


def test_a_bare_subclass_measures():
    profiler = Bare()
    line = climb.__code__.co_firstlineno
    profiler(climb, sub_lines=4, start_line=line)(2)
    results = {name: list(lines) for name, lines in profiler.code_map.items()}
    results = pickle.loads(pickle.dumps(results))
    assert results == {
        __file__: [
            (line, (100.0, 100.0, 1)),
            (line + 1, (0.0, 104.0, 3)),
            (line + 2, (4.0, 104.0, 2)),
            (line + 3, (-1.0, 103.0, 1)),
        ]
    }
    assert profiler.code_map and climb.__code__ in profiler.code_map
    assert len(profiler.code_map._toplevel) == 1


def test_a_replaced_map_is_filled():
    profiler = Replaced()
    profiler.code_map.add(climb.__code__, sub_lines=4, start_line=1)
    with profiler:
        climb(1)
    assert figures(profiler, climb)[2] == (2.0, 102.0, 1)


def test_a_map_of_pairs_is_filled():
    profiler = LineProfiler()
    profiler.code_map = Pairs(include_children=False, backend="psutil")
    profiler.add_code(climb.__code__)
    with profiler:
        climb(1)
    ((name, lines),) = profiler.code_map.items()
    assert name == __file__ and len(list(lines)) == 4


def test_code_can_be_added_while_enabled():
    def late():
        grow(7)

    profiler = LineProfiler()
    with profiler:
        profiler(late)()
    assert figures(profiler, late)[1] == (7.0, 107.0, 1)


@pytest.mark.parametrize(
    "add",
    [
        lambda profiler, function: profiler.add_function(function),
        lambda profiler, function: profiler.add_function(staticmethod(function)),
        lambda profiler, function: profiler.add_code(function.__code__),
        lambda profiler, function: profiler.code_map.add(function.__code__),
    ],
    ids=["function", "staticmethod", "code", "map"],
)
def test_code_that_is_added_while_enabled_is_measured_at_once(add):
    def late():
        grow(7)

    profiler = LineProfiler()
    with profiler:
        add(profiler, late)
        late()
    late()
    assert figures(profiler, late) == {0: (100.0, 100.0, 1), 1: (7.0, 107.0, 1)}


@pytest.mark.parametrize("adds", ["add_function", "add_code"])
def test_code_that_is_added_to_a_map_of_ones_own_is_measured_at_once(adds):
    def late():
        grow(7)

    class Plain(dict):
        def add(self, code, toplevel_code=None):
            self.setdefault(code, {})

    profiler = LineProfiler()
    profiler.code_map = Plain()
    profiler.add_function(climb)
    with profiler:
        getattr(profiler, adds)(late if adds == "add_function" else late.__code__)
        late()
        climb(1)
    assert figures(profiler, late)[1] == (7.0, 107.0, 1)
    assert figures(profiler, climb)[2] == (2.0, 109.0, 1)


def test_code_that_replaces_other_code_in_the_map_is_measured():
    def late():
        grow(7)

    profiler = LineProfiler()
    profiler.add_function(climb)
    profiler.add_function(figures)
    with profiler:
        profiler.code_map.clear()
        profiler.add_function(late)
        late()
    assert figures(profiler, late)[1] == (7.0, 107.0, 1)


def test_a_function_that_adds_itself_is_measured_from_there_on():
    profiler = LineProfiler()

    def itself():
        grow(1)
        profiler.add_function(itself)
        grow(2)
        for _ in range(3):
            grow(4)

    with profiler:
        itself()
    rows = figures(profiler, itself)
    assert (rows[3], rows[4][2], rows[5]) == ((2.0, 103.0, 1), 4, (12.0, 115.0, 3))


def test_an_overridden_trace_function_is_traced_with():
    events = []

    class Tracer(LineProfiler):
        def trace_memory_usage(self, frame, event, arg):
            if frame.f_code in self.code_map:
                events.append(event)
            return super().trace_memory_usage(frame, event, arg)

    before = sys.gettrace()
    profiler = Tracer()
    profiler(climb)(1)
    assert events == ["call", "line", "line", "line", "line", "return"]
    assert figures(profiler, climb)[1][2] == 2
    assert sys.gettrace() is before


def test_a_foreign_tracer_books_lines_itself():
    code_map = CodeMap(include_children=False, backend="psutil")
    code_map.add(climb.__code__)
    code_map.trace(climb.__code__, 1, None)
    code_map.trace(climb.__code__, 2, 1)
    code_map.trace(climb.__code__, 2, 2)
    (first, second) = code_map[climb.__code__].values()
    assert first[0] == first[1] > 1 and first[2] == 1
    assert abs(second[0]) < 20 and second[2] == 2


# -- reports --------------------------------------------------------------------------------------

REPORT = """\
Filename: {name}

Line #    Mem usage    Increment  Occurrences   Line Contents
=============================================================
{0:>6}  100.000 MiB  100.000 MiB           1   def climb(n):
{1:>6}  104.000 MiB    0.000 MiB           3       for _ in range(n):
{2:>6}  104.000 MiB    4.000 MiB           2           grow(2)
{3:>6}  103.000 MiB   -1.000 MiB           1       grow(-1)


"""


def report_of(profiler, **options):
    stream = io.StringIO()
    show_results(profiler, stream=stream, **options)
    return stream.getvalue()


def test_the_report_is_memory_profilers_to_the_character():
    profiler = LineProfiler()
    profiler(climb)(2)
    first = climb.__code__.co_firstlineno
    assert report_of(profiler, precision=3) == REPORT.format(
        *range(first, first + 4), name=__file__
    )


def test_anything_with_a_map_can_be_shown(capsys):
    class Shown:
        class code_map:
            @staticmethod
            def items():
                return [("/nowhere.py", iter([(3, (1.0, 2.0, 4)), (4, None)]))]

    show_results(Shown)
    assert capsys.readouterr().out.splitlines()[4:] == [
        "     3      2.0 MiB      1.0 MiB           4   ",
        "     4                                         ",
        "",
        "",
    ]


def test_each_call_of_a_decorated_function_is_reported(capsys):
    stream = io.StringIO()
    to_stream = profile(stream=stream, precision=3)(climb)
    to_stream(2)
    first = climb.__code__.co_firstlineno
    assert stream.getvalue() == REPORT.format(*range(first, first + 4), name=__file__)
    profile(climb)(1)
    profile(climb)(1)
    assert capsys.readouterr().out.count("Filename:") == 2
    assert to_stream.__name__ == "climb" and to_stream.__wrapped__ is climb


def test_a_recursion_is_reported_once(capsys, occurrences):
    @profile
    def down(n):
        if n:
            down(n - 1)
        grow(1)

    down(3)
    out = capsys.readouterr().out
    assert out.count("Filename:") == 1
    assert occurrences(out)["grow(1)"] == 4


def test_what_raises_is_reported(capsys, occurrences):
    @profile
    def fail():
        grow(64)
        raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert occurrences(capsys.readouterr().out)["grow(64)"] == 1


def test_a_generator_stays_one_and_is_measured(capsys, occurrences):
    @profile
    def count(n):
        for number in range(n):
            grow(1)
            got = yield number
            grow(got or 0)

    assert inspect.isgeneratorfunction(count)
    generator = count(3)
    assert next(generator) == 0
    grow(500)
    assert generator.send(3) == 1
    assert list(generator) == [2]
    out = capsys.readouterr().out
    assert occurrences(out)["got = yield number"] == 3
    assert [line.split()[3] for line in out.splitlines() if "grow(got" in line] == ["3.0"]
    assert "500" not in out


def test_a_coroutine_stays_one_and_tasks_are_kept_apart(capsys, occurrences):
    @profile
    async def wait(n):
        grow(n)
        await asyncio.sleep(0.01)
        return n

    async def both():
        return await asyncio.gather(wait(1), asyncio.create_task(wait(2)))

    assert inspect.iscoroutinefunction(wait)
    assert asyncio.run(both()) == [1, 2]
    reports = capsys.readouterr().out.split("Filename:")[1:]
    assert [occurrences(report)["grow(n)"] for report in reports] == [1, 1]


def test_an_asynchronous_generator_is_measured(capsys, occurrences):
    @profile
    async def count(n):
        for number in range(n):
            await asyncio.sleep(0)
            grow(1)
            yield number

    async def collect():
        return [number async for number in count(3)]

    assert inspect.isasyncgenfunction(count)
    assert asyncio.run(collect()) == [0, 1, 2]
    assert occurrences(capsys.readouterr().out)["grow(1)"] == 3


def test_classes_and_descriptors_stay_what_they_are(capsys):
    @profile
    class Thing:
        def method(self):
            return 1

        @classmethod
        def make(cls):
            return cls

        @staticmethod
        def plain():
            return 3

        @property
        def value(self):
            return 4

    assert isinstance(Thing, type)
    assert (Thing().method(), Thing.make(), Thing.plain(), Thing().value) == (1, Thing, 3, 4)
    assert capsys.readouterr().out.count("Filename:") == 4


def test_nothing_is_said_of_a_plain_function():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        profile(climb)


# -- backends -------------------------------------------------------------------------------------


@pytest.fixture
def real():
    """Read the resident set again."""
    _core.configure(meter="rss")


def measured(report, text):
    """Give the increment of the line with this text."""
    (line,) = [line for line in report.splitlines() if line.endswith(text)]
    return float(line.split()[3])


def test_tracemalloc_is_exact_and_books_callees_on_the_line_that_called(real):
    stream = io.StringIO()

    @profile(stream=stream, precision=6, backend="tracemalloc")
    def allocate():
        kept = bytes(1000)
        text = json.loads('"' + "x" * 3_000_000 + '"')
        del kept
        return text

    allocate()
    report = stream.getvalue()
    assert abs(measured(report, "kept = bytes(1000)") * 2**20 - 1033) < 105
    assert abs(measured(report, "del kept") * 2**20 + 1033) < 105
    assert abs(measured(report, "'\"')") - 3_000_000 / 2**20) < 0.01
    assert not tracemalloc.is_tracing()
    assert _core.settings()["meter"] == "rss"


@pytest.mark.parametrize("backend", ["psutil_pss", "psutil_uss", "pss", "uss", "posix", "rss"])
def test_backends_of_the_kernel(real, backend):
    stream = io.StringIO()

    @profile(stream=stream, backend=backend)
    def allocate():
        return b"x" * (64 << 20)

    allocate()
    # What is shared with other processes changes when one of them ends.
    assert abs(measured(stream.getvalue(), 'return b"x" * (64 << 20)') - 64) < 16


def test_children_are_counted_when_asked_for(real):
    def start():
        child = subprocess.Popen(
            [sys.executable, "-c", "x = b'x' * (64 << 20); print(1, flush=True); input()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        child.stdout.readline()
        child.communicate(b"\n")

    profiler = LineProfiler(include_children=True)
    profiler(start)()
    rows = figures(profiler, start)
    assert 64 < sum(row[0] for line, row in rows.items() if 0 < line < 7) < 120
    assert rows[7][0] < -60


def test_an_unknown_backend_is_refused():
    for make in (lambda: profile(climb, backend="no"), lambda: LineProfiler(backend="no")):
        with pytest.raises(KeyError, match="unknown backend 'no'"):
            make()


@pytest.mark.parametrize(("outer", "inner"), [("psutil", "tracemalloc"), ("tracemalloc", "psutil")])
def test_a_second_backend_at_once_is_warned_of(outer, inner):
    first, second = LineProfiler(backend=outer), LineProfiler(backend=inner)
    with first, pytest.warns(UserWarning, match="can not be used, .* used instead") as caught:
        second.enable_by_count()
    second.disable_by_count()
    assert [warning.filename for warning in caught] == [__file__]
    with second:
        pass


def test_a_generator_that_is_left_open_ends_with_the_interpreter(shell):
    shell.write(
        "prog.py",
        """
        from rsprofile.compat.memory_profiler import LineProfiler

        @LineProfiler()
        def work():
            try:
                yield 1
            finally:
                print("ended")

        kept = work()
        next(kept)
        """,
    )
    done = shell.python("prog.py")
    assert (done.stderr, done.stdout) == ("", "ended\n")


def test_a_decorated_generator_that_is_left_open_is_reported_at_the_end(shell, occurrences):
    shell.write(
        "prog.py",
        """
        from rsprofile.compat.memory_profiler import profile

        @profile
        def work():
            yield 1
            yield 2

        kept = work()
        next(kept)
        """,
    )
    done = shell.python("prog.py")
    assert not done.stderr
    assert occurrences(done.stdout)["yield 1"] == 1
    assert "yield 2" in done.stdout


def test_a_backend_that_is_not_read_is_not_started():
    first, second = LineProfiler(), LineProfiler(backend="tracemalloc")
    with first:
        with pytest.warns(UserWarning, match="can not be used"):
            second.enable_by_count()
        assert not tracemalloc.is_tracing()
        second.disable_by_count()
    with second:
        assert tracemalloc.is_tracing()
    assert not tracemalloc.is_tracing()
