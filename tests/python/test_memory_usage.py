"""`memory_usage` of the memory_profiler interface: forms, figures, and what it leaves alone."""

from __future__ import annotations

import io
import os
import re
import socket
import subprocess
import sys
import threading
import time

import pytest
from rsprofile.compat import memory_profiler as mp
from rsprofile.compat.memory_profiler import memory_usage

BLOCK = 64 << 20
#: What else a test process may allocate meanwhile, MiB.
TOLERANCE = 16


def nothing(*args, **kwargs):
    return args, kwargs


def peak():
    block = bytearray(BLOCK)
    for at in range(0, BLOCK, 4096):
        block[at] = 1
    del block


def sleeping_child(code="import time; time.sleep(60)"):
    return subprocess.Popen(
        [sys.executable, "-c", f"print(1, flush=True); {code}"], stdout=subprocess.PIPE
    )


@pytest.fixture
def child():
    """A process that has started and sleeps."""
    process = sleeping_child(
        f"block = b'x' * {BLOCK}; print(2, flush=True); import time; time.sleep(60)"
    )
    process.stdout.readline()
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


# -- forms ----------------------------------------------------------------------------------------


def test_without_arguments_it_is_one_sample_of_this_process():
    for samples in (memory_usage(), memory_usage(-1), memory_usage(os.getpid())):
        assert type(samples) is list
        assert [type(sample) for sample in samples] == [float]
        assert samples[0] > 5


def test_a_timeout_gives_as_many_samples_as_fit():
    assert len(memory_usage(-1, 0.01, timeout=0.05)) == 5
    assert memory_usage(-1, 0.01, timeout=0) == []


def test_forms_of_a_process():
    assert type(memory_usage(max_usage=True)) is float
    assert type(memory_usage(max_usage=True, timestamps=True)) is float
    ((memory, at),) = memory_usage(timestamps=True)
    assert memory > 5 and abs(at - time.time()) < 60
    ((main,),) = memory_usage(multiprocess=True)
    assert type(main) is float
    assert type(memory_usage(max_usage=True, retval=True)) is float


def test_forms_of_a_function():
    samples = memory_usage(nothing)
    assert type(samples) is list and len(samples) >= 3
    assert type(memory_usage(nothing, max_usage=True)) is float
    memory, at = memory_usage(nothing, max_usage=True, timestamps=True)
    assert memory > 5 and abs(at - time.time()) < 60
    for form in ((nothing,), [nothing], (nothing, (), {})):
        assert memory_usage(form, retval=True)[1] == ((), {})
    assert memory_usage((nothing, (1, 2), {"a": 3}), retval=True)[1] == ((1, 2), {"a": 3})
    samples, returned = memory_usage(
        (nothing, [1]), timestamps=True, retval=True, multiprocess=True, max_iterations=1
    )
    assert returned == ((1,), {}) and all(len(sample) == 2 for sample in samples)


def test_a_stream_gets_lines_and_the_caller_nothing():
    for proc in (nothing, -1):
        stream = io.StringIO()
        assert memory_usage(proc, stream=stream) is None
        assert re.fullmatch(r"(MEM \d+\.\d{6} \d+\.\d{4}\n)+", stream.getvalue())


def test_a_process_is_sampled_until_it_ends():
    process = sleeping_child("import time; time.sleep(0.3)")
    samples = memory_usage(process, 0.01)
    assert len(samples) > 3 and all(type(sample) is float for sample in samples)
    assert process.poll() == 0
    process.stdout.close()


def test_a_process_is_sampled_until_the_timeout(child):
    assert len(memory_usage(child, 0.02, timeout=0.1)) == 5
    assert memory_usage(child, timeout=0.1, max_usage=True) > BLOCK >> 20


def test_children_have_lines_of_their_own(child):
    main, *children = memory_usage(multiprocess=True)[0]
    assert main > 5 and max(children) > BLOCK >> 20
    stream = io.StringIO()
    memory_usage(-1, stream=stream, multiprocess=True)
    assert re.search(rf"^CHLD {child.pid} \d+\.\d{{6}} \d+\.\d{{4}}$", stream.getvalue(), re.M)


# -- figures --------------------------------------------------------------------------------------


def test_a_peak_between_two_samples_is_seen():
    base = memory_usage()[0]
    for highest in (
        memory_usage(peak, interval=10, max_usage=True),
        max(memory_usage(peak, interval=10)),
        memory_usage(lambda: memory_usage(peak, interval=10), interval=10, max_usage=True),
    ):
        assert abs(highest - base - (BLOCK >> 20)) < TOLERANCE


def test_a_watch_around_another_sees_the_peak_before_it():
    base = memory_usage()[0]
    both = []

    def outer():
        peak()
        both.append(memory_usage(nothing, max_usage=True))

    assert memory_usage(outer, interval=10, max_usage=True) - base > (BLOCK >> 20) - TOLERANCE
    assert both[0] - base < TOLERANCE


def test_only_real_children_count(child):
    alone = memory_usage(nothing, max_usage=True)
    together = memory_usage(nothing, max_usage=True, include_children=True)
    own = memory_usage(child.pid)[0]
    assert abs(together - alone - own) < TOLERANCE
    assert abs(memory_usage(include_children=True)[0] - together) < TOLERANCE


def test_without_children_nothing_is_added():
    difference = memory_usage(nothing, include_children=True, max_usage=True) - memory_usage()[0]
    assert abs(difference) < TOLERANCE


@pytest.mark.parametrize(
    "backend", ["psutil", "psutil_pss", "psutil_uss", "posix", "rss", "pss", "uss"]
)
def test_backends_see_what_is_kept(backend):
    kept = []
    before = memory_usage(backend=backend)[0]
    after = memory_usage(lambda: kept.append(b"x" * BLOCK), backend=backend)[-1]
    assert abs(after - before - (BLOCK >> 20)) < TOLERANCE


def test_tracemalloc_counts_what_python_allocates():
    samples = memory_usage(lambda: len(bytes(BLOCK)), backend="tracemalloc")
    assert abs(max(samples) - samples[0] - (BLOCK >> 20)) < 1
    assert abs(samples[-1] - samples[0]) < 1


def test_other_processes_are_read_by_their_id(child):
    for backend in ("psutil", "psutil_pss", "psutil_uss"):
        assert memory_usage(child.pid, backend=backend)[0] > BLOCK >> 20


# -- what it leaves alone -------------------------------------------------------------------------


def test_the_function_runs_once():
    calls = []
    memory_usage(lambda: calls.append(1))
    memory_usage(lambda: calls.append(1), interval=3.0)
    memory_usage(lambda: calls.append(1), timeout=1)
    memory_usage(lambda: calls.append(1), max_iterations=1)
    assert len(calls) == 4


def test_it_runs_again_only_when_asked_for():
    calls = []
    memory_usage(lambda: calls.append(1), max_iterations=3)
    assert len(calls) == 3


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_what_the_function_raises_passes(error, child):
    def fail():
        raise error(3)

    threads = threading.active_count(), len(os.listdir("/proc/self/task"))
    with pytest.raises(error) as caught:
        memory_usage(fail)
    assert caught.value.args == (3,)
    assert child.poll() is None
    assert (threading.active_count(), len(os.listdir("/proc/self/task"))) == threads


def test_no_child_and_no_descriptor_is_left():
    def look():
        own = mp._get_child_memory(-1)
        return list(own), sorted(os.listdir("/proc/self/fd"))

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        before = look()
        _, during = memory_usage(look, retval=True)
        assert during[0] == before[0] == []
        assert look() == before
        port = listener.getsockname()[1]
        memory_usage(listener.close)
    with socket.socket() as again:
        again.bind(("127.0.0.1", port))


def test_no_child_comes_along_to_the_start_of_a_watch_or_its_end(shell):
    # Both take a lock of the core's with the interpreter's let go; a child found it taken for ever.
    shell.write(
        "twice.py",
        """
        import os, sys, threading, time, warnings
        from rsprofile import _core
        from rsprofile.compat.memory_profiler import memory_usage

        warnings.simplefilter("ignore")
        real = _core.Watch
        changing = threading.Event()

        def slowly(change):
            changing.set()
            time.sleep(0.3)
            try:
                return change()
            finally:
                changing.clear()

        class Slow:
            def __init__(self, *args, **kwargs):
                self.watch = slowly(lambda: real(*args, **kwargs))
                self.pause, self.resume = self.watch.pause, self.watch.resume
                self.forked = self.watch.forked

            def stop(self):
                return slowly(self.watch.stop)

        _core.Watch = Slow
        started, go_on = threading.Event(), threading.Event()
        watched = threading.Thread(
            target=memory_usage, args=(lambda: (started.set(), go_on.wait()),)
        )

        def fork():
            changing.wait()
            child = os.fork()
            if child == 0:
                os._exit(changing.is_set())
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

        watched.start()
        print(fork())
        started.wait()
        go_on.set()
        print(fork())
        watched.join()
        """,
    )
    assert shell.python("twice.py").stdout.split() == ["0", "0"]


def test_a_function_that_forks_is_single_threaded_then(shell):
    # From 3.12 on a fork in a process of several threads warns.
    shell.write(
        "prog.py",
        """
        import os, sys
        from rsprofile.compat.memory_profiler import memory_usage

        def fork():
            held = bytearray(50 << 20)
            child = os.fork()
            if child:
                return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            os._exit(memory_usage(int, max_usage=True) < 10)

        def survive():
            return os.fork()

        print(memory_usage(fork, interval=0.001, retval=True)[1])
        samples, child = memory_usage(survive, interval=0.001, retval=True)
        if child == 0:
            os._exit(0 if samples[-1] > 5 else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), len(samples) > 2)
        """,
    )
    done = shell.python("-W", "error", "prog.py")
    assert (done.stdout, done.stderr) == ("0\n0 True\n", "")


def test_a_signal_reaches_the_main_thread(shell):
    shell.write(
        "prog.py",
        """
        import os, signal, threading, time
        from rsprofile.compat.memory_profiler import memory_usage

        def wait():
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
            os.kill(os.getpid(), signal.SIGUSR1)
            return signal.sigwait([signal.SIGUSR1])

        print(memory_usage(wait, interval=0.001, retval=True)[1] == signal.SIGUSR1)
        """,
    )
    done = shell.python("prog.py")
    assert (done.stdout, done.stderr) == ("True\n", "")


# -- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (((nothing, (), {}, 1),), ValueError),
        (((),), ValueError),
        (((1, 2),), TypeError),
        (("12",), TypeError),
        (("1 + 1",), TypeError),
        ((1.5,), TypeError),
        ((-7,), ValueError),
        ((nothing, -1.0), ValueError),
        ((nothing, float("nan")), ValueError),
        ((nothing, float("inf")), ValueError),
    ],
)
def test_bad_arguments_are_named(arguments, error):
    with pytest.raises(error) as caught:
        memory_usage(*arguments)
    assert "\n" not in str(caught.value)


def test_an_unknown_backend_is_a_key_error():
    for use in (lambda: memory_usage(backend="nope"), lambda: mp.choose_backend("nope")):
        with pytest.raises(KeyError, match="unknown backend 'nope': one of psutil, "):
            use()


def test_a_process_that_is_gone_is_psutils_exception_without_psutil_too(monkeypatch):
    monkeypatch.setitem(sys.modules, "psutil", None)
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    for use in (lambda: memory_usage(process.pid), lambda: memory_usage(process)):
        with pytest.raises(
            ProcessLookupError, match=f"there is no process {process.pid}"
        ) as caught:
            use()
        assert type(caught.value).__name__ == "NoSuchProcess"


def test_with_psutil_it_is_the_real_one(shell):
    shell.write("psutil.py", "class NoSuchProcess(Exception): pass\n")
    shell.write(
        "prog.py",
        """
        import psutil
        from rsprofile.compat.memory_profiler import memory_usage
        try:
            memory_usage(2**22 + 1)
        except psutil.NoSuchProcess as error:
            print(error)
        """,
    )
    assert shell.python("prog.py").stdout == f"{2**22 + 1}\n"


def test_get_memory_and_choose_backend():
    assert mp.choose_backend() == "psutil"
    assert mp.choose_backend("psutil_uss") == "psutil_uss"
    assert type(mp._get_memory(-1, "psutil")) is float
    memory, at = mp._get_memory(os.getpid(), None, timestamps=True, include_children=True)
    assert memory > 5 and at > 1e9


def test_child_memory_is_found_by_id_and_by_object(child):
    class Process:
        pid = os.getpid()

    for process in (-1, os.getpid(), Process):
        ((pid, memory),) = mp._get_child_memory(process)
        assert pid == child.pid and memory > BLOCK >> 20
    ((_, unique),) = mp._get_child_memory(-1, "memory_full_info", "uss")
    assert 0 < unique < memory
