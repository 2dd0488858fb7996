"""`rsprofile record` and `attach`: what is in the file, and that the program cannot tell."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

LINES = re.compile(
    r"CMDLINE .+"
    r"|MEM \d+\.\d{6} \d+\.\d{4}"
    r"|CHLD \d+ \d+\.\d{6} \d+\.\d{4}"
    r"|FUNC \S+( \d+\.\d{4}){4} \d+"
)

MIB = 1 << 20


class Recorded:
    """The lines of a recording, by kind."""

    def __init__(self, path):
        text = path.read_text()
        assert text.endswith("\n")
        self.command = None
        self.samples, self.children, self.spans = [], {}, []
        for line in text.splitlines():
            assert LINES.fullmatch(line), line
            kind, _, rest = line.partition(" ")
            words = rest.split()
            if kind == "CMDLINE":
                assert self.command is None
                self.command = rest
            elif kind == "MEM":
                self.samples.append((float(words[1]), float(words[0])))
            elif kind == "CHLD":
                self.children.setdefault(int(words[0]), []).append(
                    (float(words[2]), float(words[1]))
                )
            else:
                self.spans.append((words[0], *map(float, words[1:5]), int(words[5])))

    @property
    def peak(self):
        return max(memory for _, memory in self.samples)

    def calls(self):
        return [(name, level) for name, *_, level in self.spans]


@pytest.fixture
def record(shell):
    """Record a program into x.dat; gives what came of it and what is in the file."""

    def play(*arguments, status=0, stderr="", **options):
        done = shell.rsprofile("record", "-o", "x.dat", *arguments, **options)
        assert (done.returncode, done.stderr) == (status, stderr), done.stdout
        return done, Recorded(shell.folder / "x.dat")

    return play


def start(shell, *arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "rsprofile", "record", "-o", "x.dat", *arguments],
        cwd=shell.folder,
        env={**shell.environment, **options.pop("env", {})},
        stdout=subprocess.PIPE,
        stderr=options.pop("stderr", subprocess.PIPE),
        text=True,
        **options,
    )


# -- samples --------------------------------------------------------------------------------------


def test_a_script_is_recorded_with_its_memory_and_its_calls(record, shell):
    shell.write(
        "prog.py",
        """
        import sys, time
        @profile
        def work():
            block = b"x" * (50 << 20)
            time.sleep(0.1)
        work()
        print(__name__, sys.argv)
        """,
    )
    done, found = record("prog.py", "a b")
    assert done.stdout == "__main__ ['prog.py', 'a b']\n"
    assert found.command == f"{sys.executable} prog.py 'a b'"
    assert found.calls() == [("__main__.work", 0)]
    (_name, before, began, _after, ended, _level) = found.spans[0]
    inside = [memory for at, memory in found.samples if began <= at <= ended]
    assert 50 <= max(inside) - before <= 55
    assert ended - began >= 0.1


def test_the_file_is_called_after_the_time(shell):
    done = shell.rsprofile("record", "-c", "pass")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = shell.rsprofile("record", "-c", "pass")
    names = [path.name for path in shell.folder.iterdir()]
    assert len(names) == 2
    assert all(re.fullmatch(r"mprofile_\d{14}\.dat", name) for name in names)


def test_a_sample_a_millisecond_is_the_default(record):
    # Memory that changes with each, so that none is left out.
    _, found = record(
        "-c",
        "import time, mmap\nend = time.time() + 0.5\nkept = []\n"
        "while time.time() < end:\n"
        "    kept.append(mmap.mmap(-1, 65536)); kept[-1].write(b'x' * 65536); time.sleep(0.0005)\n",
    )
    # Half a second, on a machine that may be busy with other things.
    assert 100 < len(found.samples) < 900


def test_memory_that_does_not_change_is_not_written_again_and_again(record):
    _, found = record("--no-functions", "-c", "import time; time.sleep(2.5)")
    at_rest = found.samples[-4:]
    assert len({memory for _, memory in at_rest}) == 1
    # The first, one a second, and the last.
    assert at_rest[-1][0] - at_rest[0][0] > 1.9
    assert len(found.samples) < 500


def test_a_peak_between_two_samples_is_seen(record):
    _, found = record("-c", "x = b'x' * (200 << 20); del x; import time; time.sleep(0.1)")
    assert found.peak > 200
    _, found = record("-T", "10", "-c", "x = b'x' * (200 << 20); del x")
    assert found.peak < 200, "with one sample there is nothing to know of a peak"


def test_the_interval_is_in_seconds(record):
    _, found = record("--interval", "0.2", "-c", "import time; time.sleep(1)")
    assert 2 <= len(found.samples) <= 8


def test_a_timeout_ends_the_recording_and_not_the_program(record):
    done, found = record(
        "-t", "0.3", "-c", "import time; time.sleep(1); print('done'); exit(4)", status=4
    )
    assert done.stdout == "done\n"
    assert found.samples[-1][0] - found.samples[0][0] < 0.6


# -- processes ------------------------------------------------------------------------------------

SLEEPS = "import time; x = b'x' * (40 << 20); time.sleep(0.3)"


@pytest.mark.parametrize("way", ["spawned", "executed", "by a thread"])
def test_children_are_added_up_or_written_one_by_one(record, shell, way):
    run = f"subprocess.run([sys.executable, '-c', {SLEEPS!r}])"
    program = {
        "spawned": run,
        "by a thread": f"t = threading.Thread(target=lambda: {run}); t.start(); t.join()",
        "executed": f"os.fork() and os.wait() or os.execv(sys.executable, ['python', '-c', {SLEEPS!r}])",
    }[way]
    shell.write("prog.py", f"import os, subprocess, sys, threading\n{program}\n")
    _, alone = record("prog.py")
    assert not alone.children and alone.peak < 40
    _, added = record("-C", "prog.py")
    assert not added.children and added.peak > alone.peak + 40
    _, single = record("-M", "prog.py")
    assert single.peak < 40
    assert max(memory for samples in single.children.values() for _, memory in samples) > 40


def test_what_a_vforked_child_shares_is_counted_once(record, shell):
    shell.write(
        "prog.py",
        """
        import subprocess
        x = b"x" * (200 << 20)
        for _ in range(20):
            subprocess.run(["true"])
        """,
    )
    _, found = record("-C", "prog.py")
    assert found.peak < 300


def test_a_forked_child_is_recorded_after_its_parent_ended(record):
    _, found = record(
        "-M",
        "-c",
        "import os, time\n"
        "if not os.fork():\n"
        "    if not os.fork():\n"
        "        x = b'x' * (60 << 20); time.sleep(0.4); os._exit(0)\n"
        "    time.sleep(0.1); os._exit(0)\n"
        "os.wait(); time.sleep(0.5)\n",
    )
    orphan = [samples for samples in found.children.values() if max(m for _, m in samples) > 60]
    assert len(orphan) == 1 and orphan[0][-1][0] - orphan[0][0][0] > 0.3


# -- calls ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["", "from rsprofile import profile", "from memory_profiler import profile", "import memory_profiler; profile = memory_profiler.profile(precision=4)"],
)  # fmt: skip
def test_profile_is_recorded_whichever_way_it_came(record, shell, line):
    shell.write("prog.py", f"{line}\n@profile\ndef work(): pass\nwork()\n")
    done, found = record("prog.py")
    assert done.stdout == ""
    assert found.calls() == [("__main__.work", 0)]


def test_the_shims_profile_is_recorded(record, shell):
    assert shell.rsprofile("shim", "shims").returncode == 0
    shell.write(
        "prog.py", "from memory_profiler import profile\n@profile\ndef work(): pass\nwork()\n"
    )
    # Not by its name, so that nothing but the environment says what is recorded.
    done, found = record("sh", "-c", f"{sys.executable} prog.py", PYTHONPATH="shims")
    assert done.stdout == ""
    assert found.calls() == [("__main__.work", 0)]


@pytest.mark.parametrize(
    "program",
    [
        ["-m", "prog"],
        ["prog.py"],
        ["-c", "import prog"],
        ["{python}", "prog.py"],
        ["{python}", "-X", "utf8", "-W", "error", "-m", "prog"],
        ["{python}", "-mprog"],
        ["{python}", "-c", "import prog"],
        ["folder"],
    ],
)
def test_python_programs_know_profile(record, shell, program):
    for name in ("prog.py", "folder/__main__.py"):
        shell.write(
            name, "@profile\ndef work(): pass\nwork()\nimport sys; print(sys.flags.utf8_mode)\n"
        )
    done, found = record(*(word.format(python=sys.executable) for word in program))
    assert done.stdout == f"{int('utf8' in program)}\n"
    assert [name.rpartition(".")[2] for name, _ in found.calls()] == ["work"]


CALLS = """
import asyncio, threading

@profile
def recurse(n):
    if n:
        recurse(n - 1)

@profile
def fail():
    raise ValueError

@profile
def numbers():
    for n in range(3):
        recurse(0)
        yield n

@profile
async def waits():
    await asyncio.sleep(0.01)
    recurse(0)

@profile
async def items():
    yield 1
    await asyncio.sleep(0.01)

class Model:
    @profile
    def fit(self): pass
    @profile
    @staticmethod
    def load(): pass
"""


@pytest.mark.parametrize(
    ("statement", "calls"),
    [
        ("recurse(2)", [("recurse", 2), ("recurse", 1), ("recurse", 0)]),
        ("try: fail()\nexcept ValueError: recurse(0)", [("fail", 0), ("recurse", 0)]),
        ("for n in numbers(): recurse(0)", [("recurse", 1), ("recurse", 0)] * 3 + [("numbers", 0)]),
        ("n = numbers(); next(n); n.close()", [("recurse", 1), ("numbers", 0)]),
        ("asyncio.run(waits())", [("recurse", 1), ("waits", 0)]),
        ("async def both(): await asyncio.gather(waits(), waits())\nasyncio.run(both())",
         [("recurse", 1), ("waits", 0)] * 2),
        ("async def all():\n  async for _ in items(): pass\nasyncio.run(all())", [("items", 0)]),
        ("t = threading.Thread(target=recurse, args=(1,)); t.start(); t.join()",
         [("recurse", 1), ("recurse", 0)]),
        ("Model().fit(); Model.load()", [("Model.fit", 0), ("Model.load", 0)]),
        ("with profile: recurse(0)", [("recurse", 1), ("__main__:35", 0)]),
        ("with profile.timestamp('my block'): pass", [("my_block", 0)]),
        ("profile.disable(); recurse(0); profile.enable(); recurse(0)", [("recurse", 0)]),
    ],
)  # fmt: skip
def test_calls_are_recorded_from_start_to_end(record, shell, statement, calls):
    shell.write("prog.py", f"{CALLS}\n{statement}\n")
    _, found = record("prog.py")
    assert [(name.removeprefix("__main__."), level) for name, level in found.calls()] == calls
    for _name, _before, began, _after, ended, _level in found.spans:
        assert began <= ended


@pytest.mark.skipif(sys.version_info < (3, 12), reason="calls are always wrapped")
@pytest.mark.parametrize("statement", ["recurse(2)", "for n in numbers(): pass", "asyncio.run(waits())", "Model().fit()"])  # fmt: skip
def test_calls_are_wrapped_where_the_interpreter_does_not_tell(record, shell, statement):
    taken = "import sys\nfor n in range(6): sys.monitoring.use_tool_id(n, 'x')\n"
    program = f"{CALLS}\n{statement}\nprint(hasattr(recurse, '__wrapped__'))"
    shell.write("prog.py", program)
    done, told = record("prog.py")
    assert done.stdout == "False\n"
    shell.write("prog.py", taken + program)
    done, wrapped = record("prog.py")
    assert done.stdout == "True\n"
    assert wrapped.calls() == told.calls() != []


@pytest.mark.skipif(sys.version_info < (3, 12), reason="calls are always wrapped")
def test_functions_stay_what_they_are_and_recurse_as_deep(record, shell):
    shell.write(
        "prog.py",
        """
        import inspect, sys, traceback
        def plain(n):
            return plain(n - 1) if n else 0
        assert profile(plain) is plain
        plain(900)
        @profile
        def fail():
            raise ValueError
        try:
            fail()
        except ValueError:
            assert "rsprofile" not in traceback.format_exc()
        @profile
        def caller():
            return sys._getframe(1).f_code.co_name
        print(caller())
        """,
    )
    done, found = record("prog.py")
    assert done.stdout == "<module>\n"
    assert max(level for _, level in found.calls()) == 900


def test_a_generator_that_is_dropped_ends_with_its_last_step(record):
    _, found = record(
        "-c",
        "import time\n@profile\ndef numbers():\n    time.sleep(0.1)\n    yield 1\n"
        "made = numbers(); next(made); del made\n"
        "kept = numbers(); next(kept); time.sleep(0.3)\n",
    )
    assert len(found.spans) == 2
    assert all(0.09 < ended - began < 0.25 for _, _, began, _, ended, _ in found.spans)


def test_a_generator_is_one_call_from_its_first_step_to_its_last(record):
    _, found = record(
        "-c",
        "import time\n@profile\ndef numbers():\n    yield 1\n    yield 2\n"
        "made = numbers(); time.sleep(0.2)\nfor n in made: time.sleep(0.1)\n",
    )
    ((_, _, began, _, ended, _),) = found.spans
    assert 0.19 < ended - began < 0.35


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_calls_in_children_of_multiprocessing_are_recorded(record, shell, method):
    shell.write(
        "prog.py",
        f"""
        import multiprocessing
        @profile
        def work(n):
            return n
        if __name__ == "__main__":
            with multiprocessing.get_context({method!r}).Pool(2) as pool:
                print(pool.map(work, range(4)))
        """,
    )
    done, found = record("prog.py")
    assert done.stdout == "[0, 1, 2, 3]\n"
    assert sorted(name.rpartition(".")[2] for name, _ in found.calls()) == ["work"] * 4


def test_a_fork_in_a_call_is_the_parents_call(record, shell):
    shell.write(
        "prog.py",
        """
        import os
        @profile
        def work():
            if not os.fork():
                inner()
            else:
                os.wait()
        @profile
        def inner(): pass
        work()
        """,
    )
    _, found = record("prog.py")
    assert found.calls() == [("__main__.inner", 1), ("__main__.work", 0)]


def test_a_call_is_in_the_file_though_the_process_is_killed(record, shell):
    shell.write(
        "prog.py", "import os\n@profile\ndef work(): pass\nwork()\nos.kill(os.getpid(), 9)\n"
    )
    _, found = record("prog.py", status=-9)
    assert found.calls() == [("__main__.work", 0)]


def test_nothing_of_lines_runs_in_a_recorded_program(record, shell):
    shell.write(
        "prog.py",
        """
        import sys
        from rsprofile import profile, _core
        @profile
        def work():
            print(sys.gettrace(), _core.is_active(), work.__name__, profile.report())
            if sys.version_info >= (3, 12):
                id = next(n for n in range(6) if sys.monitoring.get_tool(n) == "rsprofile")
                assert not sys.monitoring.get_local_events(id, work.__code__) & sys.monitoring.events.LINE
        work()
        """,
    )
    assert record("prog.py")[0].stdout == "None False work None\n"


def test_without_functions_the_program_is_plain_python(record, shell):
    shell.write(
        "prog.py",
        "import sys\nfrom rsprofile import profile\n@profile\ndef work(): pass\nwork()\nprint(sys.orig_argv[1:])",
    )
    done, found = record("--no-functions", "prog.py")
    assert done.stdout.endswith("'prog.py']\n") and "-m" not in done.stdout
    assert found.calls() == []


def test_a_run_of_ours_below_is_a_run_of_its_own(record, shell):
    shell.write("prog.py", "@profile\ndef work(): pass\nwork()\n")
    done, found = record(sys.executable, "-m", "rsprofile", "prog.py")
    assert "Line #" in done.stdout
    assert found.calls() == [] and found.samples


# -- the program cannot tell ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "status"),
    [
        (["-c", "raise SystemExit(3)"], 3),
        (["sh", "-c", "exit 7"], 7),
        (["sh", "-c", "kill -9 $$"], -9),
        (["sh", "-c", "kill -TERM $$"], -15),
        (["sh", "-c", "kill -SEGV $$"], -11),
        (["-c", "import os; os.abort()"], -6),
        (["true"], 0),
    ],
)
def test_the_end_is_that_of_the_program(shell, program, status):
    done = shell.rsprofile("record", "-o", "x.dat", *program)
    assert done.returncode == status
    Recorded(shell.folder / "x.dat")


def test_a_shell_sees_the_signal_the_program_died_of(shell):
    line = f"{sys.executable} -m rsprofile record -o x.dat sh -c 'kill -9 $$'; echo $?"
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=shell.folder,
        env=shell.environment,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "137\n"


def test_streams_are_inherited_untouched(shell):
    code = "import sys; print(sys.stdin.read()); print('e', file=sys.stderr)"
    done = shell.rsprofile("record", "-o", "x.dat", "-c", code, input="in")
    assert (done.stdout, done.stderr) == ("in\n", "e\n")
    read, write = os.pipe()
    with os.fdopen(read) as end:
        subprocess.run(
            [sys.executable, "-m", "rsprofile", "record", "-o", "x.dat", "-c", f"import os; os.write({write}, b'3')"],
            cwd=shell.folder, env=shell.environment, pass_fds=[write], check=True,
        )  # fmt: skip
        os.close(write)
        assert end.read() == "3"


@pytest.mark.parametrize(
    "code",
    [
        "import signal; print(sorted(signal.pthread_sigmask(0, [])))",
        "import signal; print([signal.getsignal(n) for n in signal.valid_signals() if n not in (2,)])",
        "import sys, os; print(sys.argv, sys.path[0], __name__, sorted(vars(sys.modules['__main__'])))",
        "import sys; print(sys.excepthook, sys.exc_info(), sys.gettrace())",
        "import os; print(os.getpgrp() == os.getpgid(os.getppid()), os.nice(0), os.getcwd())",
    ],
)
def test_a_program_finds_what_it_would_find_plainly(record, shell, code):
    shell.write("prog.py", code)
    plain = shell.python("prog.py").stdout.replace("prog.py", "")
    done, _ = record("prog.py")
    assert done.stdout.replace("prog.py", "") == plain


def test_a_traceback_has_the_programs_frames_only(record, shell):
    shell.write("prog.py", "@profile\ndef fail():\n    raise ValueError('no')\nfail()\n")
    done = shell.rsprofile("record", "-o", "x.dat", "prog.py")
    plain = shell.python(
        "-c",
        "import builtins, runpy; builtins.profile = lambda f: f; exec(compile(open('prog.py').read(), 'prog.py', 'exec'))",
    )
    assert done.returncode == 1
    assert "rsprofile" not in done.stderr
    assert done.stderr.splitlines()[-1] == plain.stderr.splitlines()[-1] == "ValueError: no"


WAITS = """
import os, signal, time
def said(number, frame):
    # Nothing that could be under way already.
    os.write(1, f"got {signal.Signals(number).name}\\n".encode())
    os._exit(5)
signal.signal(signal.SIGTERM, said)
signal.signal(signal.SIGINT, said)
signal.signal(signal.SIGUSR1, said)
signal.signal(signal.SIGHUP, said)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGUSR1", "SIGHUP"])
def test_a_signal_to_us_is_the_programs(shell, name):
    shell.write("prog.py", WAITS)
    process = start(shell, "prog.py")
    assert process.stdout.readline() == "ready\n"
    process.send_signal(getattr(signal, name))
    stdout, stderr = process.communicate(timeout=30)
    assert (stdout, stderr, process.returncode) == (f"got {name}\n", "", 5)
    assert Recorded(shell.folder / "x.dat").samples


def test_a_program_that_stops_stops_us_and_goes_on_with_us(shell):
    shell.write(
        "prog.py",
        "import os, signal\nos.kill(os.getpid(), signal.SIGTSTP)\nprint('on', flush=True)\n",
    )
    # A group of its own, as a shell gives a job: who has nobody to continue it does not stop.
    with start(shell, "prog.py", process_group=0) as process:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        os.killpg(process.pid, signal.SIGCONT)
        assert process.communicate(timeout=30) == ("on\n", "")
        assert process.returncode == 0


def test_the_recording_is_whole_when_we_are_killed(shell):
    process = start(
        shell, "-c", "import time\nprint('begun', flush=True)\ntime.sleep(2)\nprint('done')"
    )
    with process:
        assert process.stdout.readline() == "begun\n"
        time.sleep(0.5)
        process.kill()
        process.wait()
        assert Recorded(shell.folder / "x.dat").samples
        # The program goes on.
        assert process.stdout.read() == "done\n"


# -- what goes wrong ------------------------------------------------------------------------------


def test_a_full_disk_costs_samples_and_not_the_program(shell):
    shell.write(
        "prog.py", "@profile\ndef work(): pass\nwork()\nwork()\nprint('ran')\nraise SystemExit(3)"
    )
    done = shell.rsprofile("record", "-o", "/dev/full", "prog.py")
    assert (done.returncode, done.stdout) == (3, "ran\n")
    assert sorted(done.stderr.splitlines()) == [
        "rsprofile: cannot write /dev/full: no space left on device: calls are not recorded",
        "rsprofile: cannot write /dev/full: no space left on device: samples are lost, the program goes on",
    ]


@pytest.mark.parametrize(
    ("arguments", "message", "status"),
    [
        ([], "nothing to record; name a program, -m MODULE or -c CODE; see --help", 2),
        (["-m"], "-m needs a module name behind it", 2),
        (["no-such-command"], "cannot run 'no-such-command': no such file or directory", 127),
        (["./text"], "cannot run './text': permission denied", 126),
        (["none.py"], "there is no file 'none.py'; name a script, -m MODULE or -c CODE", 2),
        (["-o", "none/x.dat", "true"], "cannot write none/x.dat: no such file or directory; name another file", 1),
        (["-o", ".", "true"], "cannot write .: is a directory; name another file", 1),
        (["-o", "text", "true"], "text is there and is no recording; name another file", 2),
        (["-T", "0", "true"], "--interval 0 is out of range: seconds above 0", 2),
        (["-T", "-1", "true"], "--interval -1 is out of range: seconds above 0", 2),
        (["-T", "nan", "true"], "--interval nan is out of range: seconds above 0", 2),
        (["-T", "inf", "true"], "--interval inf is out of range: seconds above 0", 2),
        (["-C", "-M", "true"], "-C and -M together would count the processes twice: take -M, and --stacked with plot", 2),
        (["-T", "1ms", "true"], "--interval '1ms' is not a number of seconds", 2),
        (["-t", "x", "true"], "--timeout 'x' is not a number of seconds", 2),
        (["--intervall", "1", "true"], "unknown option --intervall; near names: --interval", 2),
    ],
)  # fmt: skip
def test_what_cannot_be_recorded_is_said_in_one_line(shell, arguments, message, status):
    shell.write("text", "some text")
    done = shell.rsprofile("record", *arguments)
    assert (done.stderr, done.returncode) == (f"rsprofile: {message}\n", status)
    assert [path.name for path in shell.folder.iterdir()] == ["text"]


def test_a_recording_that_was_there_stays_if_there_is_no_program(shell):
    shell.write("x.dat", "MEM 1.0 1.0\n")
    assert shell.rsprofile("record", "-o", "x.dat", "no-such-command").returncode == 127
    assert (shell.folder / "x.dat").read_text() == "MEM 1.0 1.0\n"
    assert shell.rsprofile("record", "-o", "x.dat", "true").returncode == 0
    assert "MEM 1.0 1.0" not in (shell.folder / "x.dat").read_text()


def test_help_names_the_options(shell):
    done = shell.rsprofile("record", "--help")
    assert done.returncode == 0
    for option in ("-T", "-C", "-M", "-t", "-o", "--no-functions"):
        assert option in done.stdout
    assert "rsprofile record" in shell.rsprofile("--help").stdout


# -- attach ---------------------------------------------------------------------------------------


@pytest.fixture
def stranger(shell):
    code = "import sys; print(flush=True); x = b'x' * (30 << 20); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1) as process:
        process.stdout.readline()
        yield process


def attach(shell, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "rsprofile", "attach", *arguments, "-o", "x.dat"],
        cwd=shell.folder, env=shell.environment, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def wait_for_samples(path):
    deadline = time.monotonic() + 30
    while not path.exists() or "MEM" not in path.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_process_is_recorded_until_it_ends(shell, stranger):
    process = attach(shell, str(stranger.pid))
    wait_for_samples(shell.folder / "x.dat")
    stranger.stdin.close()
    assert process.communicate(timeout=30)[1] == "" and process.returncode == 0
    found = Recorded(shell.folder / "x.dat")
    assert found.command.startswith(sys.executable) and found.peak > 30


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_a_recording_of_a_stranger_ends_by_a_signal(shell, stranger, number, status):
    process = attach(shell, str(stranger.pid))
    wait_for_samples(shell.folder / "x.dat")
    process.send_signal(number)
    assert process.communicate(timeout=30)[1] == "" and process.returncode == status
    assert stranger.poll() is None
    assert Recorded(shell.folder / "x.dat").samples


def test_a_stranger_is_recorded_for_a_time(shell, stranger):
    done = shell.rsprofile("attach", "-t", "0.3", "-o", "x.dat", str(stranger.pid))
    assert (done.stderr, done.returncode) == ("", 0)
    samples = Recorded(shell.folder / "x.dat").samples
    assert samples[-1][0] - samples[0][0] < 0.4


def test_a_process_has_a_name(shell):
    name = f"rs{os.getpid()}"
    os.symlink("/bin/sleep", shell.folder / name)
    with subprocess.Popen([f"./{name}", "60"], cwd=shell.folder) as one:
        done = shell.rsprofile("attach", name, "-t", "0.1", "-o", "x.dat")
        assert (done.stderr, done.returncode) == ("", 0)
        with subprocess.Popen([f"./{name}", "60"], cwd=shell.folder) as other:
            done = shell.rsprofile("attach", name)
            ids = sorted([one.pid, other.pid])
            assert done.stderr == (
                f"rsprofile: 2 processes are called {name}: {ids[0]}, {ids[1]}; give the id of one\n"
            )
            other.kill()
        one.kill()


@pytest.mark.parametrize(
    ("arguments", "message", "status"),
    [
        ([], "nothing to attach to; give the id or the name of a process", 2),
        (["999999999"], "there is no process 999999999; give the id or the name of one", 1),
        (["no-such-name"], "there is no process no-such-name; give the id or the name of one", 1),
        (["2"], "process 2 has no memory of its own; give the id or the name of one that runs", 1),
        (["1", "-T", "x"], "--interval 'x' is not a number of seconds", 2),
        (["1", "-o", "none/x.dat"], "cannot write none/x.dat: no such file or directory; name another file", 1),
    ],
)  # fmt: skip
def test_what_cannot_be_attached_to_is_said_in_one_line(shell, arguments, message, status):
    if arguments == ["2"] and not os.path.exists("/proc/2/stat"):
        pytest.skip("no thread of the kernel is to be seen here")
    done = shell.rsprofile("attach", *arguments)
    assert (done.stderr, done.returncode) == (f"rsprofile: {message}\n", status)
    assert list(shell.folder.iterdir()) == []


def test_a_process_that_nobody_waited_for_is_gone(shell):
    with subprocess.Popen(["true"]) as zombie:
        while Path(f"/proc/{zombie.pid}/stat").read_text().rpartition(") ")[2][0] != "Z":
            time.sleep(0.01)
        done = shell.rsprofile("attach", str(zombie.pid))
        assert done.returncode == 1 and "has no memory of its own" in done.stderr


# -- on a terminal --------------------------------------------------------------------------------


def on_terminal(shell, *arguments, columns=80, **environment):
    """Run with a terminal on all three streams; what is written to it, and the status."""
    parent, child = pty.openpty()
    subprocess.run(["stty", "cols", str(columns), "rows", "24"], stdin=child, check=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "rsprofile", *arguments],
        cwd=shell.folder,
        env={**shell.environment, "TERM": "xterm", **environment},
        stdin=child, stdout=child, stderr=child,
        preexec_fn=lambda: (os.setsid(), __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0)),
    )  # fmt: skip
    os.close(child)
    output = b""
    while select.select([parent], [], [], 60)[0]:
        try:
            piece = os.read(parent, 4096)
        except OSError:
            break
        output += piece
    os.close(parent)
    return output.decode(), process.wait()


SLOW = "import time; print('said'); x = b'x' * (50 << 20); time.sleep(0.7)"


def test_a_terminal_shows_how_far_it_is_and_where_the_file_is(shell):
    output, status = on_terminal(shell, "record", "-o", "x.dat", "-c", SLOW)
    assert status == 0
    assert re.search(r"recording for 0 s, memory now 6\d\.\d MiB, peak 6\d\.\d MiB", output)
    # It is wiped, and what the program wrote is not.
    wiped = output.rpartition("recording for")[2]
    assert "\x1b[2K\x1b[r" in wiped
    last = output.splitlines()[-1].rpartition("\x1b8")[2]
    assert re.fullmatch(r"rsprofile: \d\.\d s, peak 6\d\.\d MiB: rsprofile plot x\.dat", last)
    assert "said\r\n" in output


def test_a_narrow_terminal_gets_a_short_line(shell):
    output, _ = on_terminal(shell, "record", "-o", "x.dat", "-c", SLOW, columns=20)
    lines = re.findall(r"\x1b\[2K([^\x1b]+)\x1b8", output)
    assert lines and all(len(line) < 20 for line in lines)
    assert any("MiB, " in line for line in lines)


def test_a_dumb_terminal_is_left_alone(shell):
    output, status = on_terminal(shell, "record", "-o", "x.dat", "-c", SLOW, TERM="dumb")
    assert (output, status) == ("said\r\n", 0)


def test_nothing_is_written_where_there_is_no_terminal(shell):
    done = shell.rsprofile("record", "-o", "x.dat", "-c", SLOW, TERM="xterm")
    assert (done.stdout, done.stderr) == ("said\n", "")


def test_ctrl_c_reaches_the_program_once(shell):
    shell.write(
        "prog.py",
        """
        import os, signal, time
        got = []
        signal.signal(signal.SIGINT, lambda *_: got.append(1))
        print("ready", flush=True)
        time.sleep(0.6)
        print("got", len(got))
        """,
    )
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "rsprofile", "record", "-o", "x.dat", "prog.py"],
        cwd=shell.folder, env={**shell.environment, "TERM": "dumb"},
        stdin=child, stdout=child, stderr=child,
        preexec_fn=lambda: (os.setsid(), __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0)),
    )  # fmt: skip
    os.close(child)
    output = b""
    while b"ready" not in output:
        output += os.read(parent, 4096)
    os.write(parent, b"\x03")
    while select.select([parent], [], [], 60)[0]:
        try:
            output += os.read(parent, 4096)
        except OSError:
            break
    os.close(parent)
    assert process.wait() == 0
    assert b"got 1\r\n" in output
