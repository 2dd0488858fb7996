"""What `-f` and `--all` choose."""

from __future__ import annotations

import json

import pytest

PROGRAM = """
import functools

def work():
    def inner():
        return [i for i in range(3)]
    return inner()

def worker(): pass

class Model:
    def fit(self):
        return (lambda: 1)()
    @staticmethod
    def load(): pass
    @property
    def size(self): return 1
    class Part:
        def fit(self): pass

if True:
    def late(): pass
double = lambda n: 2 * n

work(); worker(); Model().fit(); Model.load(); Model().size; Model.Part().fit(); late(); double(2)
"""


def chosen(shell, *options, script="prog.py"):
    """Run the program and name the functions in the report."""
    shell.write("prog.py", PROGRAM)
    done = shell.rsprofile(*options, "--json", *script.split())
    assert (done.stderr, done.returncode) == ("", 0), done
    return {function["name"] for function in json.loads(done.stdout)["functions"]}


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ("-f work", {"work"}),
        ("-f work -f late", {"work", "late"}),
        ("--function=worker", {"worker"}),
        ("-f work*", {"work", "worker", "work.<locals>.inner"}),
        ("-f work.inner", {"work.<locals>.inner"}),
        ("-f inner", {"work.<locals>.inner"}),
        ("-f Model.fit", {"Model.fit"}),
        ("-f Model.*", {"Model.fit", "Model.load", "Model.size", "Model.Part.fit",
                        "Model.fit.<locals>.<lambda>"}),
        ("-f Model", {"Model.fit", "Model.load", "Model.size", "Model.Part.fit"}),
        ("-f fit", {"Model.fit", "Model.Part.fit"}),
        ("-f <lambda>", {"<lambda>"}),
        ("-f prog:work", {"work"}),
        ("--all", {"<module>", "work", "worker", "Model.fit", "Model.load", "Model.size",
                   "Model.Part.fit", "late"}),
    ],
)  # fmt: skip
def test_names_and_globs_choose_functions(shell, options, names):
    assert chosen(shell, *options.split()) == names


def test_a_name_that_matches_nothing_is_refused_before_running(shell):
    shell.write("prog.py", PROGRAM + "print('ran')")
    for name, near in (("wrok", "work"), ("fti", "Model"), ("Modle.fit", "Model.fit")):
        done = shell.rsprofile("-f", name, "prog.py")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1
        assert name in done.stderr
        assert near in done.stderr
    shell.write("empty.py", "print('ran')")
    done = shell.rsprofile("-f", "work", "empty.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--all" in done.stderr


def test_a_function_of_an_imported_module_is_found(shell):
    shell.write("pkg/__init__.py", "def top(): pass\n")
    shell.write("pkg/db.py", "class Table:\n    def query(self): pass\ndef other(): pass\n")
    shell.write("other/db.py", "class Table:\n    def query(self): pass\n")
    shell.write(
        "main.py",
        "import pkg.db, other.db\npkg.top(); pkg.db.Table().query(); pkg.db.other()\n"
        "other.db.Table().query()\n",
    )
    found = chosen(shell, "-f", "pkg.db:Table.query", "-f", "pkg:top", script="main.py")
    assert found == {"Table.query", "top"}
    assert chosen(shell, "-f", "pkg.*:o*", script="main.py") == {"other"}


def test_a_function_of_a_module_that_was_there_before_the_program_is_found(shell):
    shell.write("main.py", "import posixpath\nposixpath.join('a', 'b')\n")
    assert chosen(shell, "-f", "posixpath:join", script="main.py") == {"join"}


def test_a_module_that_is_never_imported_is_told_at_the_end(shell):
    shell.write("prog.py", PROGRAM + "print('ran')")
    done = shell.rsprofile("-f", "work", "-f", "no.such:thing", "prog.py")
    assert done.returncode == 2
    assert done.stdout.startswith("ran\n")
    assert "def work" in done.stdout
    assert done.stderr == "rsprofile: -f no.such:thing: no module 'no.such' was imported\n"


@pytest.mark.parametrize("module", ["math", "time", "_json"])
def test_a_module_that_is_no_python_is_told_as_such(shell, module):
    shell.write("prog.py", PROGRAM + f"import {module}; print('ran')")
    done = shell.rsprofile("-f", "work", "-f", f"{module}:sqrt", "prog.py")
    assert (done.returncode, done.stdout[:4]) == (2, "ran\n")
    assert done.stderr == f"rsprofile: -f {module}:sqrt: module '{module}' is not Python code\n"


def test_a_function_that_is_not_in_its_module_is_told_with_near_names(shell):
    shell.write("lib.py", "def query(): pass\n")
    shell.write("prog.py", "import lib, sys\nsys.exit(lib.query())\n")
    done = shell.rsprofile("-f", "lib:qurey", "prog.py")
    assert done.returncode == 2
    assert "-f lib:qurey matches nothing in module 'lib'; near names: query" in done.stderr
    shell.write("prog.py", "import lib, sys\nsys.exit(5)\n")
    assert shell.rsprofile("-f", "lib:qurey", "prog.py").returncode == 5


def test_twin_functions_stay_apart(shell):
    shell.write(
        "prog.py",
        """
        def a():
            def f(): pass
            f()
        def b():
            def f(): pass
            f()
        a(); b(); b()
        """,
    )
    done = shell.rsprofile("-f", "f", "--json", "prog.py")
    calls = {f["name"]: f["calls"] for f in json.loads(done.stdout)["functions"]}
    assert calls == {"a.<locals>.f": 1, "b.<locals>.f": 2}


def test_generic_functions_are_found(shell):
    import sys

    if sys.version_info < (3, 12):
        pytest.skip("the syntax is of 3.12")
    shell.write(
        "prog.py", "def f[T](x: T): pass\nclass C[T]:\n    def m[U](self): pass\nf(1); C().m()\n"
    )
    done = shell.rsprofile("--all", "--json", "prog.py")
    names = {f["name"] for f in json.loads(done.stdout)["functions"]}
    assert names == {"<module>", "f", "C.m"}
