"""What `@profile` can be put on, and that it changes nothing about it."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

# Each program decorates something, uses it, and checks what it has become; the names are those of
# the functions that must have been measured.
DECORATED = {
    "a function": ("""
        @profile
        def work(a, /, b: int = 2, *, c): "doc"
        assert str(inspect.signature(work)) == "(a, /, b: int = 2, *, c)"
        assert (work.__doc__, work.__name__, work.__qualname__) == ("doc", "work", "work")
        assert pickle.loads(pickle.dumps(work)) is work
        work(1, c=2)
        """, {"work"}),
    "a decorator called without options": ("""
        @profile()
        def work(): pass
        work()
        """, {"work"}),
    "a nested function and a lambda": ("""
        def outer():
            @profile
            def inner(): pass
            inner()
        outer(); outer()
        double = profile(lambda n: 2 * n)
        assert double(2) == 4
        """, {"outer.<locals>.inner", "<lambda>"}),
    "a method": ("""
        class C:
            @profile
            def m(self): return self
        c = C()
        assert c.m() is c
        """, {"C.m"}),
    "a bound method": ("""
        class C:
            def m(self): return self
        c = C()
        assert profile(c.m)() is c
        """, {"C.m"}),
    "static and class methods in either order": ("""
        class C:
            @profile
            @staticmethod
            def a(): pass
            @staticmethod
            @profile
            def b(): pass
            @profile
            @classmethod
            def c(cls): assert cls is C
            @classmethod
            @profile
            def d(cls): assert cls is C
        C.a(); C().b(); C.c(); C().d()
        """, {"C.a", "C.b", "C.c", "C.d"}),
    "a property with all its accessors": ("""
        class C:
            def get(self): return 1
            def set(self, value): pass
            def delete(self): pass
            p = profile(property(get, set, delete))
            @profile
            @property
            def q(self): return 2
        c = C()
        assert (c.p, c.q) == (1, 2)
        c.p = 3
        del c.p
        """, {"C.get", "C.set", "C.delete", "C.q"}),
    "partial, partialmethod, cached_property": ("""
        def add(a, b): return a + b
        assert profile(functools.partial(add, 1))(2) == 3
        class C:
            def add(self, a, b): return a + b
            add1 = profile(functools.partialmethod(add, 1))
            @profile
            @functools.cached_property
            def once(self): return 5
        c = C()
        assert c.add1(2) == 3
        assert (c.once, c.once) == (5, 5)
        """, {"add", "C.add", "C.once"}),
    "the function under wrappers": ("""
        def wrapping(function):
            @functools.wraps(function)
            def wrapper(*args): return function(*args)
            return wrapper
        @profile
        @wrapping
        @functools.lru_cache
        @wrapping
        def work(): pass
        work()
        """, {"work"}),
    "generators and coroutines": ("""
        @profile
        def generator(): yield from (1, 2)
        @profile
        async def coroutine():
            await asyncio.sleep(0)
            return 3
        @profile
        async def numbers():
            yield 4
        async def main():
            assert await coroutine() == 3
            assert [n async for n in numbers()] == [4]
        assert inspect.isgeneratorfunction(generator)
        assert inspect.iscoroutinefunction(coroutine)
        assert inspect.isasyncgenfunction(numbers)
        assert list(generator()) == [1, 2]
        asyncio.run(main())
        """, {"generator", "coroutine", "numbers"}),
    "a context manager": ("""
        @profile
        @contextlib.contextmanager
        def manager(): yield 1
        with manager() as one: assert one == 1
        """, {"manager"}),
    "single dispatch": ("""
        @functools.singledispatch
        def show(x): return "object"
        @show.register
        def show_int(x: int): return "int"
        profile(show)
        assert (show("x"), show(1)) == ("object", "int")
        """, {"show", "show_int"}),
    "a callable object": ("""
        class C:
            def __call__(self): return 7
        assert profile(C())() == 7
        """, {"C.__call__"}),
    "a class": ("""
        class Base:
            def inherited(self): pass
        @profile
        @dataclasses.dataclass
        class C(Base):
            n: int = 1
            def m(self): return self.n
            @staticmethod
            def s(): pass
            @property
            def p(self): return 3
            class Inner:
                def m(self): pass
            Alias = dict
        assert isinstance(C, type) and isinstance(C(), C)
        assert pickle.loads(pickle.dumps(C(2))) == C(2)
        c = C()
        c.m(); c.s(); c.p; c.inherited(); C.Inner().m()
        """, {"C.m", "C.s", "C.p", "C.Inner.m"}),
    "two functions with identical bytecode": ("""
        def make():
            def twin(): return 1
            return twin
        @profile
        def one(): return 1
        def two(): return 1
        one(); two()
        """, {"one"}),
    "a function twice": ("""
        @profile
        @profile
        def work(): pass
        work()
        assert profile(work) is work
        """, {"work"}),
}  # fmt: skip
IMPORTS = "import asyncio, contextlib, dataclasses, functools, inspect, pickle\n"


@pytest.mark.parametrize("what", DECORATED)
@pytest.mark.parametrize("runner", [True, False], ids=["runner", "script"])
def test_decorates(shell, what, runner):
    program, names = DECORATED[what]
    text = IMPORTS + textwrap.dedent(program)
    if runner:
        shell.write("prog.py", text)
        done = shell.rsprofile("-o", "out.json", "prog.py")
    else:
        save = "import atexit; atexit.register(profile.save, 'out.json')\n"
        shell.write("prog.py", f"from rsprofile import profile\n{save}{text}")
        done = shell.python("-W", "error", "prog.py")
    assert done.returncode == 0, done.stderr
    document = json.loads((shell.folder / "out.json").read_text())
    measured = {f["name"] for f in document["functions"] if f["calls"]}
    assert measured == names


def test_every_target_comes_back_as_it_was(shell):
    shell.write(
        "prog.py",
        """
        import functools
        from rsprofile import profile
        def f(): pass
        class C:
            def m(self): pass
        targets = [f, C, C().m, functools.partial(f), property(f), staticmethod(f), classmethod(f)]
        assert all(profile(target) is target for target in targets)
        assert all(profile(precision=3)(target) is target for target in targets)
        """,
    )
    assert shell.python("prog.py").returncode == 0


def test_what_is_written_in_c_is_returned_with_one_warning(shell):
    shell.write(
        "prog.py",
        """
        import functools, warnings
        from rsprofile import profile
        for target in (len, int, [].append, functools.partial(len), 5):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                assert profile(target) is target
            assert len(caught) == 1
            assert caught[0].category is UserWarning
            assert repr(target) in str(caught[0].message)
            assert caught[0].filename == __file__, caught[0].filename
        """,
    )
    done = shell.python("prog.py")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")


def test_unknown_options_are_refused_by_name(shell):
    cases = [
        ("colour=1", "TypeError", "colour"),
        ("report='daily'", "ValueError", "daily"),
        ("columns=['speed']", "ValueError", "speed"),
        ("precision=-1", "ValueError", "-1"),
        ("stream=5", "TypeError", "5"),
    ]
    for option, kind, part in cases:
        done = shell.python(
            "-c", f"from rsprofile import profile\n@profile({option})\ndef f(): pass"
        )
        assert done.returncode == 1
        last = done.stderr.splitlines()[-1]
        assert last.startswith(kind)
        assert part in last


def test_a_plain_script_reports_once_when_it_ends(shell, occurrences):
    shell.write(
        "prog.py",
        """
        from rsprofile import profile
        @profile
        def work():
            x = 1
        @profile
        def never(): pass
        for _ in range(3): work()
        print("end")
        """,
    )
    done = shell.python("prog.py")
    before, _, after = done.stdout.partition("end\n")
    assert before == ""
    assert after.count("Filename:") == 1
    assert occurrences(after)["x = 1"] == 3
    assert done.stderr == ""


def test_report_call_prints_the_numbers_of_each_call(shell, occurrences):
    shell.write(
        "prog.py",
        """
        from rsprofile import profile
        @profile(report="call")
        def work(n):
            if n:
                work(n - 1)
            x = 1
        for _ in range(2):
            work(2)
            print("next")
        """,
    )
    reports = shell.python("prog.py").stdout.split("next\n")
    assert [occurrences(report)["x = 1"] for report in reports[:2]] == [3, 3]
    assert reports[2] == ""


def test_a_repl_prints_after_each_call(shell, occurrences):
    text = (
        "from rsprofile import profile\n@profile\ndef work():\n    x = 1\n\nwork()\nprint('next')\n"
    )
    done = shell.python("-i", "-q", input=text)
    report, _, rest = done.stdout.partition("next\n")
    assert report.count("Filename:") == 1
    assert rest == ""


def test_a_block_is_profiled_and_may_be_entered_again(shell, occurrences):
    shell.write(
        "prog.py",
        """
        from rsprofile import profile
        def work():
            before = 1
            with profile:
                x = 1
                with profile:
                    y = 2
            after = 3
        work()
        try:
            with profile:
                z = 4
                raise ValueError
        except ValueError:
            print("caught")
        work()
        """,
    )
    done = shell.python("prog.py")
    assert done.stderr == ""
    found = occurrences(done.stdout)
    assert (found["x = 1"], found["y = 2"], found["z = 4"]) == (2, 2, 1)
    assert "before = 1" not in found
    assert "after = 3" not in found


def test_a_block_through_an_exit_stack_is_that_of_the_caller(shell, occurrences):
    shell.write(
        "prog.py",
        """
        import contextlib
        from rsprofile import profile
        def work():
            with contextlib.ExitStack() as stack:
                stack.enter_context(profile)
                x = 1
            y = 2
        work()
        """,
    )
    found = occurrences(shell.python("prog.py").stdout)
    assert found["x = 1"] == 1
    assert "y = 2" not in found


def test_blocks_in_threads_add_up(shell, occurrences):
    shell.write(
        "prog.py",
        """
        import threading
        from rsprofile import profile
        def work():
            with profile:
                x = 1
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        """,
    )
    assert occurrences(shell.python("prog.py").stdout)["x = 1"] == 4


def test_profiling_can_be_switched(shell, occurrences):
    shell.write(
        "prog.py",
        """
        from rsprofile import profile
        profile.disable()
        @profile
        def work():
            x = 1
        work()
        profile.enable(); profile.enable()
        work(); work()
        profile.disable()
        work()
        profile.enable_by_count(); profile.enable_by_count()
        work()
        profile.disable_by_count()
        work()
        profile.disable_by_count()
        work()
        """,
    )
    assert occurrences(shell.python("prog.py").stdout)["x = 1"] == 4


def test_a_report_asked_for_is_not_repeated_at_exit(shell):
    shell.write(
        "prog.py",
        """
        import io
        from rsprofile import profile
        @profile
        def work(): pass
        work()
        stream = io.StringIO()
        profile.report(stream, precision=4)
        assert "Filename:" in stream.getvalue()
        profile.report()
        print("end")
        """,
    )
    done = shell.python("prog.py")
    before, _, after = done.stdout.partition("end\n")
    assert before.count("Filename:") == 1
    assert (after, done.stderr) == ("", "")


def test_a_column_of_peaks_may_be_asked_for_late(shell):
    shell.write(
        "prog.py",
        """
        from rsprofile import profile
        @profile
        def one(): pass
        one()
        @profile(columns="peak")
        def two():
            x = 1
        one(); two()
        """,
    )
    done = shell.python("prog.py")
    assert done.stderr == ""
    assert "Peak" in done.stdout


def test_a_stream_that_fails_does_not_cost_the_report(shell):
    shell.write(
        "prog.py",
        """
        from rsprofile import profile
        class Broken:
            def write(self, text): raise RuntimeError("no more")
        @profile(stream=Broken())
        def work(): pass
        work()
        """,
    )
    done = shell.python("prog.py")
    assert "no more" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "def work" in done.stdout


def test_rsprofile_0_leaves_everything_alone(shell):
    shell.write(
        "prog.py",
        """
        import sys
        from rsprofile import profile
        @profile
        @profile(precision=3, anything=4)
        def work(): pass
        work()
        with profile: pass
        profile.enable(); profile.disable(); profile.report(); profile.save("out.json")
        print([name for name in sys.modules if name.startswith("rsprofile")])
        """,
    )
    done = shell.python("prog.py", RSPROFILE="0")
    assert done.stdout == "['rsprofile._off', 'rsprofile']\n"
    assert done.stderr == ""
    assert not (shell.folder / "out.json").exists()


def test_the_import_brings_in_nothing_heavy(shell):
    heavy = "argparse inspect linecache json threading typing dataclasses contextlib re functools"
    code = (
        "import sys; before = set(sys.modules); import rsprofile\n"
        # On 3.11 the trace hook has to be told of new threads, once something is decorated.
        "if sys.version_info >= (3, 12): rsprofile.profile(lambda: 1)\n"
        f"print(sorted((set(sys.modules) - before) & set({heavy.split()!r})))"
    )
    assert shell.python("-S", "-c", code, PYTHONPATH=_where()).stdout == "[]\n"


def _where():
    import rsprofile

    return str(Path(rsprofile.__file__).parents[1])
