"""A program under the runner is what it is under plain python."""

from __future__ import annotations

import signal
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


def same(shell, *arguments, **options):
    """Check that a program prints and ends the same, the report aside."""
    plain = shell.python(*arguments, **options)
    ours = shell.rsprofile("-o", "report.txt", *arguments, **options)
    lines = ours.stderr.splitlines(keepends=True)
    stderr = "".join(line for line in lines if not line.startswith("rsprofile: "))
    assert ours.stdout == plain.stdout
    assert stderr == plain.stderr
    assert ours.returncode == plain.returncode
    return ours


@pytest.mark.parametrize("path", ["prog.py", "./prog.py", "sub/../prog.py"])
def test_a_script_sees_the_attributes_argv_and_path_of_plain_python(shell, path):
    shell.write("prog.py", DUMP)
    shell.write("sub/x", "")
    same(shell, path, "a", "--all", "-o", "b")


def test_a_script_named_by_its_absolute_path_sees_the_same(shell):
    same(shell, str(shell.write("prog.py", DUMP)), "--", "-x")


def test_a_script_behind_a_symbolic_link_finds_its_modules(shell):
    shell.write("real/prog.py", DUMP + "import friend\n")
    shell.write("real/friend.py", "print('found')\n")
    (shell.folder / "link.py").symlink_to("real/prog.py")
    assert "found" in same(shell, "link.py").stdout


def test_a_module_sees_the_same(shell):
    shell.write("mod.py", DUMP)
    same(shell, "-m", "mod", "a", "--all")


def test_a_package_and_a_module_in_one_see_the_same(shell):
    shell.write("pkg/__init__.py", "import sys; print('init', sys.argv)\n")
    shell.write("pkg/__main__.py", DUMP + "from . import inner\n")
    shell.write("pkg/inner.py", DUMP)
    same(shell, "-m", "pkg", "a")
    same(shell, "-m", "pkg.inner", "b")


def test_code_sees_the_same(shell):
    same(shell, "-c", DUMP, "a", "-b")


def test_standard_input_sees_the_same(shell):
    same(shell, "-", "a", "-b", input=DUMP)


def test_a_directory_with_a_main_sees_the_same(shell):
    shell.write("app/__main__.py", DUMP + "import other\n")
    shell.write("app/other.py", "print('other')\n")
    same(shell, "app", "a")


def test_a_zip_file_with_a_main_sees_the_same(shell):
    import zipfile

    with zipfile.ZipFile(shell.folder / "app.zip", "w") as archive:
        archive.writestr("__main__.py", DUMP + "import other\n")
        archive.writestr("other.py", "print('other')\n")
    same(shell, "app.zip", "a")


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


def test_a_coding_line_and_a_byte_order_mark_are_understood(shell):
    shell.write("latin.py", b"# -*- coding: latin-1 -*-\nprint(ascii('\xe9'))\n")
    shell.write("bom.py", b"\xef\xbb\xbfprint(ascii('\xc3\xa9'))\n")
    same(shell, "latin.py")
    same(shell, "bom.py")


def test_no_future_flag_of_ours_leaks_into_the_program(shell):
    shell.write("prog.py", "def f(x: int): pass\nprint(f.__annotations__)\n")
    same(shell, "prog.py")


@pytest.mark.parametrize(
    "ending",
    [
        "sys.exit()",
        "sys.exit(3)",
        "sys.exit('a message')",
        "sys.exit(256)",
        "sys.exit((1, 2))",
        "raise SystemExit(False)",
        "1 / 0",
        "raise KeyboardInterrupt",
        "raise RuntimeError('outer') from ValueError('inner')",
        "e = ValueError('x'); e.add_note('a note'); raise e",
        "raise ExceptionGroup('many', [ValueError(1), TypeError(2)])",
        "os.kill(os.getpid(), signal.SIGTERM); time.sleep(5)",
        "os.kill(os.getpid(), signal.SIGKILL)",
        "os.kill(os.getpid(), signal.SIGINT); time.sleep(5)",
        "os._exit(7)",
        "os.abort()",
    ],
)
def test_a_program_ends_as_without_us(shell, ending):
    shell.write(
        "prog.py",
        f"""
        import atexit, os, signal, sys, time
        def work():
            {ending}
        atexit.register(print, "at exit")
        print("begun", flush=True)
        work()
        """,
    )
    same(shell, "prog.py")


@pytest.mark.parametrize(
    "ending",
    ["sys.exit(3)", "1 / 0", "raise KeyboardInterrupt", "os._exit(7)",
     "os.kill(os.getpid(), signal.SIGTERM); time.sleep(5)"],
)  # fmt: skip
def test_the_report_is_printed_however_the_program_ends(shell, ending, occurrences):
    shell.write(
        "prog.py",
        f"""
        import os, signal, sys, time
        @profile
        def work():
            x = 1
            {ending}
        work()
        """,
    )
    assert occurrences(shell.rsprofile("prog.py").stdout)["x = 1"] == 1


def test_a_traceback_has_no_frame_of_ours(shell):
    shell.write("prog.py", "def f():\n    g()\n\ndef g():\n    raise ValueError(1)\n\nf()\n")
    same(shell, "prog.py")


def test_a_traceback_of_code_is_the_same(shell):
    same(shell, "-c", "def f():\n    raise ValueError(1)\nf()")


def test_a_syntax_error_is_shown_in_the_words_of_python(shell):
    for n, text in enumerate(["def f(:\n", "x = 'open\n", "if 1:\nx\n", "  x\n", "f(a b)\n"]):
        shell.write(f"prog{n}.py", text)
        same(shell, f"prog{n}.py")
    same(shell, "-c", "def f(:")


def test_the_excepthook_of_the_program_is_honoured(shell):
    shell.write(
        "prog.py",
        """
        import sys
        def hook(kind, error, traceback):
            print(kind, error, traceback.tb_frame.f_code.co_name, sys.last_value is error)
        sys.excepthook = hook
        raise ValueError(3)
        """,
    )
    same(shell, "prog.py")


def test_a_failing_excepthook_is_shown_with_the_exception(shell):
    shell.write(
        "prog.py",
        """
        import sys
        def hook(kind, error, traceback):
            raise TypeError("in hook")
        sys.excepthook = hook
        raise ValueError(3)
        """,
    )
    same(shell, "prog.py")


def test_an_excepthook_may_exit(shell):
    shell.write(
        "prog.py", "import sys\nsys.excepthook = lambda *a: sys.exit(9)\nraise ValueError(3)\n"
    )
    same(shell, "prog.py")


def test_an_exception_in_a_thread_is_shown_and_threads_are_awaited(shell):
    shell.write(
        "prog.py",
        """
        import sys, threading, time
        def work():
            time.sleep(0.2)
            print("thread done")
            raise ValueError(1)
        threading.Thread(target=work, name="T").start()
        print("main done")
        """,
    )
    same(shell, "prog.py")


def test_the_report_comes_after_what_the_program_prints_at_exit(shell):
    shell.write(
        "prog.py",
        """
        import atexit, threading, time
        @profile
        def work(text): print(text)
        atexit.register(work, "at exit")
        threading.Thread(target=lambda: (time.sleep(0.2), work("thread"))).start()
        work("main")
        """,
    )
    out = shell.rsprofile("prog.py").stdout
    order = [out.index(text) for text in ("main\n", "thread\n", "at exit\n", "Filename:")]
    assert order == sorted(order)


def test_a_sigterm_handler_of_the_program_stays_in_charge(shell):
    shell.write(
        "prog.py",
        """
        import os, signal, sys, time
        signal.signal(signal.SIGTERM, lambda *a: sys.exit(5))
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
        """,
    )
    same(shell, "prog.py")


def test_a_shell_sees_that_the_program_died_of_the_signal(shell):
    shell.write(
        "prog.py",
        """
        import os, signal, time
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
        """,
    )
    assert shell.rsprofile("prog.py").returncode == -signal.SIGTERM
    shell.write("prog.py", "raise KeyboardInterrupt\n")
    assert shell.rsprofile("prog.py").returncode == -signal.SIGINT


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


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="3.13 shows lines of -c in tracebacks")
def test_linecache_is_not_imported_for_code(shell):
    code = "import sys; print('linecache' in sys.modules)"
    assert shell.rsprofile("--all", "-c", code).stdout.startswith("False")
