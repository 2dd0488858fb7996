"""What memory_profiler has beside its profilers: streams, timers, programs run from outside."""

from __future__ import annotations

import builtins
import io
import logging
import multiprocessing
import os
import re
import subprocess
import sys
import threading
import tracemalloc

import pytest
from rsprofile.compat.memory_profiler import (
    LineProfiler,
    LogFile,
    MemitResult,
    MemTimer,
    TimeStamper,
    _find_script,
    _func_exec,
    exec_with_profiler,
    profile,
    run_module_with_profiler,
    show_results,
)


def gain():
    x = "12 MiB of MiB"  # MiB
    return x


# -- LogFile --------------------------------------------------------------------------------------


@pytest.fixture
def records(caplog):
    caplog.set_level(logging.INFO, "report")
    return lambda: [record.getMessage() for record in caplog.records]


def test_partial_writes_are_joined_to_lines(records):
    stream = LogFile("report")
    print("one", 2, "three", file=stream)
    stream.write("a")
    stream.write("b\nc\n\n  \nd")
    assert records() == ["one 2 three", "ab", "c"]
    stream.flush()
    stream.flush()
    assert records()[3:] == ["d"]


def test_lines_of_threads_are_kept_apart(records):
    stream = LogFile("report")
    stream.write("main ")
    thread = threading.Thread(target=lambda: print("other", file=stream))
    thread.start()
    thread.join()
    stream.write("line\n")
    assert records() == ["other", "main line"]


def test_a_level_can_be_given(records, caplog):
    LogFile("report").write("100% of %s\n", logging.WARNING)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "100% of %s")
    ]


def test_a_report_is_logged_by_rows(records):
    profiler = LineProfiler()
    profiler(gain)()
    show_results(profiler, stream=LogFile("report"))
    found = records()
    assert found[0].startswith("Filename: ")
    assert found[1].startswith("Line #") and set(found[2]) == {"="}
    assert [int(line.split()[0]) for line in found[3:]] == [
        gain.__code__.co_firstlineno + line for line in range(3)
    ]


def test_only_increments_are_logged_when_that_is_asked_for(records):
    stream = LogFile("report", reportIncrementFlag=True)
    rows = [
        "Filename: x.py",
        "Line #    Mem usage    Increment  Occurrences   Line Contents",
        "=============================================================",
        "     3   38.816 MiB   38.816 MiB           1   @profile",
        '     4                                         x = "1 MiB 5 MiB"',
        "     5   38.816 MiB    0.000 MiB           1   y = '3 MiB'",
        "     6   38.816 MiB   -7.629 MiB           1   del x",
        "    10 10038.816 MiB    0.001 MiB         120   z = 0",
        "a line of the program: 5 MiB",
    ]
    stream.write("\n".join(rows) + "\n")
    assert records() == [rows[0], rows[1], rows[3], rows[7]]


def test_flush_reaches_the_handlers():
    flushed = []

    class Handler(logging.Handler):
        def flush(self):
            flushed.append(self)

    stream = LogFile("report.inner")
    handlers = [Handler(), Handler()]
    logging.getLogger("report").addHandler(handlers[0])
    stream.logger.addHandler(handlers[1])
    stream.flush()
    assert flushed == handlers[::-1]
    for handler, name in zip(handlers, ("report", "report.inner"), strict=True):
        logging.getLogger(name).removeHandler(handler)


def test_a_handler_that_writes_to_it_does_not_run_for_ever(shell):
    shell.write(
        "prog.py",
        """
        import logging, sys
        from rsprofile.compat.memory_profiler import LogFile
        sys.stdout = LogFile("x")
        logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="<%(message)s>")
        print("once")
        """,
    )
    done = shell.python("prog.py")
    assert (done.stdout, done.stderr, done.returncode) == ("<once>\n", "", 0)


def test_handlers_and_loggers_are_streams():
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    profile(gain, stream=handler)()
    first = text.getvalue()
    assert first.startswith("Filename: ") and first.count("\n") == 6
    logger = logging.getLogger("stream")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    profile(gain, stream=logger)()
    assert text.getvalue().count("Filename: ") == 2


# -- MemTimer and MemitResult ---------------------------------------------------------------------


def ended(timer, pipe):
    pipe.send(0)
    samples, count = pipe.recv(), pipe.recv()
    timer.join(10)
    assert not timer.is_alive() and timer.exitcode == 0
    return samples, count


def started(**options):
    own, other = multiprocessing.Pipe()
    timer = MemTimer(os.getpid(), 0.001, other, "psutil", **options)
    assert timer.exitcode is None
    timer.start()
    assert own.recv() == 0
    return timer, own


def test_a_timer_samples_until_it_is_told_to_stop():
    timer, pipe = started()
    samples, count = ended(timer, pipe)
    assert len(samples) == count >= 2
    assert all(1 < memory < 10_000 for memory in samples)


def test_a_timer_keeps_the_maximum_or_the_times():
    timer, pipe = started(max_usage=True)
    block = b"x" * (64 << 20)
    samples, count = ended(timer, pipe)
    assert len(samples) == 1 and count >= 2
    del block
    timer, pipe = started(timestamps=True, include_children=True)
    samples, _ = ended(timer, pipe)
    assert all(len(sample) == 2 for sample in samples)


def test_a_timer_ends_with_the_other_end_or_the_process():
    timer, pipe = started()
    pipe.close()
    timer.join(10)
    assert not timer.is_alive()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        own, other = multiprocessing.Pipe()
        timer = MemTimer(child.pid, 0.001, other, "psutil", name="theirs")
        timer.start()
        child.communicate(b"\n")
    assert own.recv() == 0
    assert len(own.recv()) == own.recv()
    timer.join(10)
    assert (timer.name, timer.daemon, timer.exitcode) == ("theirs", True, 0)


def test_a_timer_can_be_terminated():
    timer, _pipe = started()
    timer.terminate()
    timer.join(10)
    timer.close()
    assert timer.exitcode == 0


def test_a_subclass_may_have_a_run_of_its_own():
    class Once(MemTimer):
        def run(self):
            self.pipe.send((self.monitor_pid, self.interval, self.backend, self.cont))

    own, other = multiprocessing.Pipe()
    timer = Once(os.getpid(), 0.5, other, "psutil", True)
    timer.start()
    assert own.recv() == (os.getpid(), 0.5, "psutil", True)
    assert (timer.max_usage, timer.n_measurements, len(timer.mem_usage)) == (True, 1, 1)


def test_what_memit_measured():
    result = MemitResult([60.0, 71.256], 50.0, 2, None, 0.1, False)
    assert str(result) == "peak memory: 71.26 MiB, increment: 21.26 MiB"

    class Printer:
        def text(self, text):
            self.said = text

    printer = Printer()
    result._repr_pretty_(printer, False)
    assert printer.said == f"<MemitResult : {result}>"
    assert (result.repeat, result.timeout, result.interval) == (2, None, 0.1)


# -- programs from outside ------------------------------------------------------------------------


@pytest.fixture
def untouched():
    """Check that everything a program may see is put back."""
    before = sys.argv, list(sys.path), sys.modules["__main__"]
    assert not hasattr(builtins, "profile")
    yield
    assert not hasattr(builtins, "profile")
    assert (sys.argv, sys.path, sys.modules["__main__"]) == before


SCRIPT = """
import pickle, sys
@profile
def work(n):
    return n
if __name__ == "__main__":
    assert pickle.loads(pickle.dumps(work)) is work
    print(work(len(sys.argv)), sys.argv, __file__, sys.path[0], __doc__)
    if sys.argv[1:] == ["fail"]:
        raise KeyError("theirs")
"""


def test_a_script_is_run_from_outside(untouched, shell, capsys):
    path = str(shell.write("prog.py", SCRIPT))
    profiler = LineProfiler()
    exec_with_profiler(path, profiler, "psutil", ["a", "b"])
    assert capsys.readouterr().out == f"3 {[path, 'a', 'b']} {path} {shell.folder} None\n"
    ((filename, lines),) = profiler.code_map.items()
    assert filename == path
    assert [row[2] for _, row in lines if row] == [1, 1]


def test_a_script_that_raises_leaves_nothing_behind(untouched, shell):
    path = str(shell.write("prog.py", SCRIPT))
    stamper = TimeStamper("psutil")
    with pytest.raises(KeyError, match="theirs"):
        exec_with_profiler(path, stamper, "psutil", ["fail"])
    assert len(stamper.functions) == 1


def test_a_module_is_run_from_outside(untouched, shell, capsys, monkeypatch):
    shell.write("pkg/__init__.py", "")
    path = shell.write("pkg/__main__.py", SCRIPT)
    monkeypatch.chdir(shell.folder)
    profiler = LineProfiler()
    run_module_with_profiler("pkg", profiler, "psutil", ["a"])
    assert capsys.readouterr().out == f"2 {[str(path), 'a']} {path} {shell.folder} None\n"
    assert profiler.code_map


def test_what_cannot_be_run_says_so(untouched, shell):
    with pytest.raises(FileNotFoundError):
        exec_with_profiler(str(shell.folder / "none.py"), LineProfiler(), "psutil")
    path = str(shell.write("bytes.py", b"\0"))
    with pytest.raises(ValueError, match="it is not Python source"):
        exec_with_profiler(path, LineProfiler(), "psutil")
    with pytest.raises(ImportError, match="no module named 'no_such_module'"):
        run_module_with_profiler("no_such_module", LineProfiler(), "psutil")
    with pytest.raises(KeyError, match="unknown backend"):
        exec_with_profiler(path, LineProfiler(), "nope")


def test_tracemalloc_runs_meanwhile_only(untouched, shell, capsys):
    path = str(shell.write("prog.py", "import tracemalloc; print(tracemalloc.is_tracing())"))
    exec_with_profiler(path, LineProfiler(backend="tracemalloc"), "tracemalloc")
    assert (capsys.readouterr().out, tracemalloc.is_tracing()) == ("True\n", False)


def test_another_profile_among_the_builtins_comes_back(shell, monkeypatch):
    monkeypatch.setattr(builtins, "profile", "theirs", raising=False)
    exec_with_profiler(str(shell.write("prog.py", SCRIPT)), LineProfiler(), "psutil")
    assert vars(builtins)["profile"] == "theirs"


def test_scripts_are_found_here_and_on_the_path(shell, monkeypatch, capsys):
    path = shell.write("bin/tool.py", "")
    monkeypatch.setenv("PATH", f"{os.pathsep}{shell.folder / 'bin'}")
    assert _find_script("tool.py") == str(path)
    monkeypatch.chdir(path.parent)
    assert _find_script("tool.py") == "tool.py"
    with pytest.raises(SystemExit, match="1"):
        _find_script("none.py")
    assert capsys.readouterr().err == "Could not find script none.py\n"


def test_a_statement_is_executed_in_a_namespace():
    namespace = {}
    _func_exec("x = 1", namespace)
    assert namespace["x"] == 1


def test_a_class_keeps_being_one_under_the_line_profiler():
    profiler = LineProfiler()

    @profiler
    class Shape:
        def area(self):
            return 1

        @classmethod
        def make(cls):
            return cls()

    assert isinstance(Shape, type) and Shape.make().area() == 1
    text = io.StringIO()
    with profiler.timestamp("both kinds of profiler have this"):
        show_results(profiler, text)
    assert re.findall(r"def \w+", text.getvalue()) == ["def area", "def make"]
