"""A program under the runner ends as it does under plain python, and its report is printed."""

from __future__ import annotations

import signal

import pytest


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
def test_a_program_ends_as_without_us(shell, same, ending):
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
    same("prog.py")


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


def test_a_traceback_has_no_frame_of_ours(shell, same):
    shell.write("prog.py", "def f():\n    g()\n\ndef g():\n    raise ValueError(1)\n\nf()\n")
    same("prog.py")


def test_a_traceback_of_code_is_the_same(shell, same):
    same("-c", "def f():\n    raise ValueError(1)\nf()")


def test_a_syntax_error_is_shown_in_the_words_of_python(shell, same):
    for n, text in enumerate(["def f(:\n", "x = 'open\n", "if 1:\nx\n", "  x\n", "f(a b)\n"]):
        shell.write(f"prog{n}.py", text)
        same(f"prog{n}.py")
    same("-c", "def f(:")


def test_the_excepthook_of_the_program_is_honoured(shell, same):
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
    same("prog.py")


def test_a_failing_excepthook_is_shown_with_the_exception(shell, same):
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
    same("prog.py")


def test_an_excepthook_may_exit(shell, same):
    shell.write(
        "prog.py", "import sys\nsys.excepthook = lambda *a: sys.exit(9)\nraise ValueError(3)\n"
    )
    same("prog.py")


def test_an_exception_in_a_thread_is_shown_and_threads_are_awaited(shell, same):
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
    same("prog.py")


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


def test_a_sigterm_handler_of_the_program_stays_in_charge(shell, same):
    shell.write(
        "prog.py",
        """
        import os, signal, sys, time
        signal.signal(signal.SIGTERM, lambda *a: sys.exit(5))
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
        """,
    )
    same("prog.py")


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
