"""What `@profile` can be put on, and that it changes nothing about it."""

from __future__ import annotations

import json
import textwrap

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
