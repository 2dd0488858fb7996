"""A program under the runner is what it is under plain python."""

from __future__ import annotations

import sys

import pytest

DUMP = '''
"""The docstring."""
import sys
before = dict(globals())
for name, value in before.items():
    if name in ("__loader__", "__spec__"):
        what = [type(value).__name__, getattr(value, "__name__", None)]
        what += [getattr(value, a, None) for a in ("name", "path", "origin", "cached", "parent")]
        print(name, what)
    elif name == "__builtins__":
        print(name, type(value))
    elif name != "sys":
        print(name, type(value), repr(value))
print(list(before))
print(sys.argv, sys.path, sys.flags)
print(sys.modules["__main__"].__dict__ is globals())
print(sys._getframe().f_code.co_filename)
print(type(sys.stdout), sys.stdout.encoding, sys.gettrace() is None or sys.version_info < (3, 12))
print(sys.getrecursionlimit(), sys.excepthook is sys.__excepthook__)
try:
    print(__annotations__)
except NameError:
    pass
x: int = 1
'''


@pytest.mark.parametrize("path", ["prog.py", "./prog.py", "sub/../prog.py"])
def test_a_script_sees_the_attributes_argv_and_path_of_plain_python(shell, same, path):
    shell.write("prog.py", DUMP)
    shell.write("sub/x", "")
    same(path, "a", "--all", "-o", "b")


def test_a_script_named_by_its_absolute_path_sees_the_same(shell, same):
    same(str(shell.write("prog.py", DUMP)), "--", "-x")


def test_a_script_behind_a_symbolic_link_finds_its_modules(shell, same):
    shell.write("real/prog.py", DUMP + "import friend\n")
    shell.write("real/friend.py", "print('found')\n")
    (shell.folder / "link.py").symlink_to("real/prog.py")
    assert "found" in same("link.py").stdout


def test_a_module_sees_the_same(shell, same):
    shell.write("mod.py", DUMP)
    same("-m", "mod", "a", "--all")


def test_a_package_and_a_module_in_one_see_the_same(shell, same):
    shell.write("pkg/__init__.py", "import sys; print('init', sys.argv)\n")
    shell.write("pkg/__main__.py", DUMP + "from . import inner\n")
    shell.write("pkg/inner.py", DUMP)
    same("-m", "pkg", "a")
    same("-m", "pkg.inner", "b")


def test_code_sees_the_same(shell, same):
    same("-c", DUMP, "a", "-b")


def test_standard_input_sees_the_same(shell, same):
    same("-", "a", "-b", input=DUMP)


def test_a_directory_with_a_main_sees_the_same(shell, same):
    shell.write("app/__main__.py", DUMP + "import other\n")
    shell.write("app/other.py", "print('other')\n")
    same("app", "a")


def test_a_zip_file_with_a_main_sees_the_same(shell, same):
    import zipfile

    with zipfile.ZipFile(shell.folder / "app.zip", "w") as archive:
        archive.writestr("__main__.py", DUMP + "import other\n")
        archive.writestr("other.py", "print('other')\n")
    same("app.zip", "a")


#: Modules we load and plain python does not, at any version or on some way.
OURS = """\
argparse atexit bz2 collections contextlib copy difflib enum errno fnmatch functools
gettext heapq inspect itertools json keyword linecache locale lzma opcode operator random re
reprlib shutil signal struct tempfile textwrap threading token tokenize traceback typing weakref
zipfile"""


@pytest.mark.parametrize("program", ["prog.py", "-m prog", "-c import(prog)", "-"])
def test_modules_beside_the_program_named_like_the_librarys_are_not_taken_for_them(shell, program):
    for name in set(OURS.split()) - _loaded_by_python(shell):
        shell.write(f"{name}.py", f"raise RuntimeError({name!r})\n")
    shell.write("prog.py", "def work(): pass\nwork()\nprint('ran')\n")
    arguments = [part.replace("(", " ").strip(")") for part in program.split(" ", 1)]
    plain = shell.python(*arguments, input="print('ran')")
    assert (plain.stdout, plain.stderr) == ("ran\n", "")
    done = shell.rsprofile("--all", *arguments, input="print('ran')")
    assert done.stdout.startswith("ran\nFilename: ")
    assert (done.stderr, done.returncode) == ("", 0)


def _loaded_by_python(shell):
    """Name what `python -m` and `-c` themselves load: there plain python takes the user's too."""
    code = "import sys; print(*sys.modules)"
    shell.write("names.py", code)
    both = shell.python("-m", "names"), shell.python("-c", code)
    return {name for done in both for name in done.stdout.split()}


def test_a_program_finds_its_own_modules_named_like_the_librarys(shell, same):
    shell.write("argparse.py", "print('mine')\n")
    shell.write("prog.py", "import json, bisect\nprint(json.__file__, bisect.__file__)\n")
    shell.write("json.py", "")
    for program in (["prog.py"], ["-m", "prog"], ["-c", "import json; print(json.__file__)"]):
        assert "json.py" in same(*program).stdout


def test_options_of_the_interpreter_reach_the_program(shell):
    shell.write("prog.py", DUMP + "assert False\n")
    plain = shell.python("-O", "-P", "prog.py")
    ours = shell.python("-O", "-P", "-m", "rsprofile", "-o", "report.txt", "prog.py")
    assert ours.stdout == plain.stdout
    assert ours.returncode == plain.returncode == 0


def test_what_a_script_defines_can_be_pickled(shell):
    shell.write(
        "prog.py",
        """
        import pickle
        class Thing: pass
        @profile
        def work(): return Thing()
        print(type(pickle.loads(pickle.dumps(work()))) is Thing)
        print(pickle.loads(pickle.dumps(work)) is work)
        """,
    )
    assert shell.rsprofile("prog.py").stdout.startswith("True\nTrue\n")


def test_a_coding_line_and_a_byte_order_mark_are_understood(shell, same):
    shell.write("latin.py", b"# -*- coding: latin-1 -*-\nprint(ascii('\xe9'))\n")
    shell.write("bom.py", b"\xef\xbb\xbfprint(ascii('\xc3\xa9'))\n")
    same("latin.py")
    same("bom.py")


def test_no_future_flag_of_ours_leaks_into_the_program(shell, same):
    shell.write("prog.py", "def f(x: int): pass\nprint(f.__annotations__)\n")
    same("prog.py")


def test_nothing_is_left_taken_when_the_program_is_over(shell):
    shell.write(
        "prog.py",
        """
        import os, sys
        @profile
        def work(): pass
        work()
        new = sys.version_info >= (3, 12)
        class Last:
            def __del__(self, sys=sys, write=os.write):
                taken = [sys.monitoring.get_tool(id) for id in range(6)] if new else []
                write(1, f"left {[tool for tool in taken if tool]} {sys.gettrace()}".encode())
        last = Last()
        """,
    )
    assert "left [] None" in shell.rsprofile("prog.py").stdout


def test_nothing_heavy_is_loaded_for_the_program(shell):
    heavy = "shutil zlib bz2 lzma inspect json linecache tempfile typing dataclasses ctypes difflib"
    shell.write("prog.py", f"import sys; print(sorted({set(heavy.split())!r} & set(sys.modules)))")
    done = shell.rsprofile("--all", "-o", "report.txt", "prog.py")
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="3.13 shows lines of -c in tracebacks")
def test_linecache_is_not_imported_for_code(shell):
    code = "import sys; print('linecache' in sys.modules)"
    assert shell.rsprofile("--all", "-c", code).stdout.startswith("False")
