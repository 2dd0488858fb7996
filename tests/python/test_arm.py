"""A process that can be asked while it runs: who may ask, what comes back, what it survives."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from rsprofile._arm import _place, _remote

#: What every armed program here begins with: it says that it is ready, and ends with its parent.
HEAD = """
import os, sys, threading, time
import rsprofile
class Handler:
    def __init__(self): self.buffer = bytearray(50_000)
registry = []
def register(): registry.append(Handler())
def fill(count):
    for _ in range(count): register()
def ready(): print("ready", flush=True)
"""
#: Keeps it there until standard input is closed.
TAIL = "\nready()\nsys.stdin.read()\n"


class Armed:
    """A program that runs and can be asked."""

    def __init__(self, shell, process) -> None:
        self.shell = shell
        self.process = process
        self.pid = process.pid

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.shell.rsprofile(*arguments, "--pid", str(self.pid))

    def why(self, expression: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.ask("why", expression, *arguments)

    def document(self):
        done = self.ask("leaks", "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def line(self) -> str:
        return self.process.stdout.readline().rstrip("\n")

    @property
    def address(self) -> str:
        folder = f"{self.shell.environment['TMPDIR']}/rsprofile-{os.geteuid()}"
        return _place.address(folder, self.pid)

    def raw(self, data: bytes) -> bytes:
        """Send something, and give all that comes back."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(self.address)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(data)
            parts = []
            with contextlib.suppress(ConnectionResetError):
                while part := connection.recv(4096):
                    parts.append(part)
            return b"".join(parts)

    def end(self) -> tuple[str, str]:
        self.process.stdin.close()
        out, err = self.process.stdout.read(), self.process.stderr.read()
        self.process.wait(30)
        return out, err


@pytest.fixture
def armed(shell):
    """Start a program that arms itself, and wait until it is ready."""
    shell.environment.pop("XDG_RUNTIME_DIR", None)
    running = []

    def begin(
        text: str = "rsprofile.arm()\nfill(100)\n", tail: str = TAIL, **environment: str
    ) -> Armed:
        shell.write("app.py", HEAD + textwrap.dedent(text) + tail)
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "app.py"],
            cwd=shell.folder,
            env={**shell.environment, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        one = Armed(shell, process)
        assert one.line() == "ready", process.stderr.read()
        return one

    yield begin
    for process in running:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()


# -- what comes back ------------------------------------------------------------------------------


def test_a_process_says_what_survives_in_it(armed):
    one = armed()
    done = one.ask("leaks")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Handler" in done.stdout
    assert "registry" in done.stdout
    (look,) = one.document()["leaks"]
    assert look["pid"] == one.pid
    assert one.end() == ("", "")
    assert one.process.returncode == 0


def test_the_answer_goes_to_a_file_of_any_kind(armed):
    one = armed()
    for name in ("out.txt", "out.json", "out.md", "out.html"):
        done = one.ask("leaks", "-o", name)
        assert (done.returncode, done.stdout) == (0, "")
        assert "Handler" in (one.shell.folder / name).read_text()


def test_the_environment_arms_a_process_that_imports_it(armed):
    with_meter = armed("fill(100)\n", RSPROFILE_ARM="1").document()["leaks"][0]
    assert with_meter["watched"] > 0
    without = armed("fill(100)\n", RSPROFILE_ARM="listen").document()["leaks"][0]
    assert without["watched"] == 0
    assert without["objects"] > 1000


def test_a_process_is_told_why_something_is_alive(armed):
    one = armed()
    done = one.why("registry[3]")
    assert (done.returncode, done.stderr) == (0, "")
    assert "registry" in done.stdout
    assert one.why("[one for one in registry if one is not None][0].buffer").returncode == 0


def test_names_of_loaded_modules_mean_something_too(armed):
    one = armed(
        "import json.decoder\nsys.modules['__main__'].__dict__.pop('json')\nrsprofile.arm()"
    )
    assert one.why("json.decoder.JSONDecoder").returncode == 0
    assert one.why("(lambda: json.decoder)()").returncode == 0


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("registry[", "not an expression"),
        ("x = 1", "not an expression"),
        ("", "not an expression"),
        ("nothing", "NameError: name 'nothing' is not defined"),
        ("registry[1000]", "IndexError: list index out of range"),
        ("1 / 0", "ZeroDivisionError"),
        ("sys.exit(3)", "SystemExit: 3"),
        ("(_ for _ in ()).throw(KeyboardInterrupt)", "KeyboardInterrupt"),
        ("int('a\\nb')", "ValueError"),
    ],
)
def test_an_expression_that_fails_is_told_in_one_line(armed, expression, text):
    one = armed()
    done = one.why(expression)
    assert (done.returncode, done.stdout) == (1, "")
    assert text in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert one.why("registry").returncode == 0
    assert one.end() == ("", "")


def test_an_exception_whose_own_text_fails_is_still_told(armed):
    one = armed(
        """
        class Bad(Exception):
            def __str__(self): raise KeyError
        def bad(): raise Bad
        rsprofile.arm()
        """
    )
    assert "Bad" in one.why("bad()").stderr


# -- who may ask, and how -------------------------------------------------------------------------


def test_the_socket_is_in_a_folder_only_the_user_can_enter(armed):
    one = armed()
    status = os.stat(os.path.dirname(one.address))
    assert (status.st_mode & 0o777, status.st_uid) == (0o700, os.geteuid())


def test_two_askers_are_served_in_turn(armed):
    one = armed()
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: one.why("registry"), range(8)))
    assert [one.returncode for one in done] == [0] * 8, done
    assert one.end() == ("", "")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\n", b"unknown request ''"),
        (b"rubbish\n", b"unknown request 'rubbish': one of leaks, live, why"),
        (b"GET / HTTP/1.1\r\nHost: here\r\n\r\n", b"unknown request 'GET'"),
        (b"why \xff\xfe\n", b"the request is no text"),
        (b"\x00" * 100 + b"\n", b"unknown request"),
        (b"why " + b"x" * (1 << 17) + b"\n", b"the request is too long"),
        (b"x" * (1 << 20), b"the request is too long"),
    ],
)
def test_rubbish_is_refused_and_the_next_one_served(armed, data, text):
    one = armed()
    heard, status, message = one.raw(data).split(b"\n", 2)
    assert heard == b"rsprofile 1"
    assert status == b"error %d" % len(message)
    assert text in message
    assert one.why("registry").returncode == 0
    assert one.end() == ("", "")


def test_an_asker_that_goes_away_or_says_nothing_is_let_go(armed):
    one = armed()
    for data in (b"", b"why", b"leaks\n"):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(one.address)
            connection.sendall(data)
    silent = socket.socket(socket.AF_UNIX)
    silent.connect(one.address)
    # It has five seconds.
    assert one.why("registry", "--wait", "30").returncode == 0
    silent.close()
    assert one.end() == ("", "")


def test_an_asker_that_is_killed_costs_nothing(armed):
    one = armed("rsprofile.arm()\nimport signal; signal.signal(signal.SIGPIPE, signal.SIG_DFL)\n")
    for pause in (0.2, 0.4, 0.6):
        asker = subprocess.Popen(
            [sys.executable, "-m", "rsprofile", "leaks", "--pid", str(one.pid)],
            env=one.shell.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(pause)
        asker.kill()
        asker.wait()
    assert one.why("registry").returncode == 0
    assert one.end() == ("", "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_another_user_is_refused(armed):
    one = armed()
    program = f"import os, socket; os.setgroups([]); os.setgid(65534); os.setuid(65534); ({_RAW})"
    alone = [sys.executable, "-I", "-c", program, one.address]
    # The folder keeps others out.
    assert "PermissionError" in subprocess.run(alone, capture_output=True, text=True).stderr
    folder = os.path.dirname(one.address)
    for path, mode in ((os.path.dirname(folder), 0o755), (folder, 0o755), (one.address, 0o777)):
        os.chmod(path, mode)
    answer = subprocess.run(alone, capture_output=True, text=True)
    assert "another user's process is not asked" in answer.stdout, answer.stderr


_RAW = (
    "__import__('sys'), c := __import__('socket').socket(1), "
    "c.connect(__import__('sys').argv[1]), c.sendall(b'leaks\\n'), "
    "print(b''.join(iter(lambda: c.recv(99), b'')))"
)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_root_may_ask_a_process_of_a_user(armed):
    one = armed(
        """
        # What it needs may be where only root can read.
        rsprofile.arm(meter=False)
        rsprofile.disarm()
        import rsprofile._arm._verbs
        os.setgid(65534)
        os.setuid(65534)
        rsprofile.arm(meter=False)
        """
    )
    assert one.why("registry").returncode == 0


# -- a process that does not answer ---------------------------------------------------------------


def test_a_process_that_sleeps_in_c_code_answers(armed):
    one = armed("rsprofile.arm()", "\nready()\ntime.sleep(60)\n")
    assert one.why("registry").returncode == 0


def test_one_that_holds_the_interpreter_lock_is_given_up_in_one_line(armed):
    # A regular expression is matched with the lock held, for ever where it goes back and forth.
    tail = "\nimport re\nready()\nre.match(r'(a+)+$', 'a' * 60 + 'b')\n"
    one = armed("rsprofile.arm()", tail)
    time.sleep(0.5)
    done = one.why("registry", "--wait", "1")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"process {one.pid} does not answer within 1 s: it is in a long call" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_one_that_is_stopped_is_said_to_be(armed):
    one = armed()
    os.kill(one.pid, signal.SIGSTOP)
    assert "it is stopped" in one.why("registry", "--wait", "1").stderr
    os.kill(one.pid, signal.SIGCONT)
    assert one.why("registry").returncode == 0


def test_one_that_ends_meanwhile_is_said_to_have(armed):
    one = armed()
    done = one.why("os._exit(3)")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"process {one.pid} ended before it answered" in done.stderr


def test_one_that_is_not_armed_is_told_how_to_be(armed):
    for text in ("", "rsprofile.arm(); rsprofile.disarm()"):
        done = armed(text).ask("leaks")
        assert done.returncode == 1
        assert "RSPROFILE_ARM=1" in done.stderr
        assert "rsprofile.arm()" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_one_that_has_ended_and_is_not_waited_for_is_said_to_have(armed):
    one = armed(tail="\nready()\n")
    os.waitid(os.P_PID, one.pid, os.WEXITED | os.WNOWAIT)
    done = one.why("registry")
    assert (done.returncode, done.stderr) == (2, f"rsprofile: process {one.pid} has ended\n")


def test_one_that_is_not_there_is_said_not_to_be(shell):
    done = shell.rsprofile("why", "x", "--pid", "4194305")
    assert (done.returncode, done.stderr) == (2, "rsprofile: there is no process 4194305\n")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["x"], "--pid is missing"),
        (["--pid", "1"], "EXPRESSION"),
        (["x", "--pid", "self"], "'self' is not a number"),
        (["x", "--pid", "1", "--wait", "long"], "'long' is not a number of seconds"),
        (["x\ny", "--pid", str(os.getpid())], "must be one line"),
        (["x" * 70_000, "--pid", str(os.getpid())], "must be one line"),
    ],
)
def test_a_question_that_means_nothing_is_refused(shell, arguments, text):
    done = shell.rsprofile("why", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert text in done.stderr
    assert len(done.stderr.splitlines()) == 1


# -- what a program may do to it ------------------------------------------------------------------


def test_a_forked_child_answers_for_itself_only(armed):
    one = armed(
        """
        rsprofile.arm(meter=False)
        who = "parent"
        child = os.fork()
        if not child:
            who = "child"
            time.sleep(60)
            os._exit(0)
        """,
        "\nready()\nprint(child, flush=True)\nsys.stdin.read()\nos.kill(child, 9)\n",
    )
    child = int(one.line())
    for pid, name in ((one.pid, "parent"), (child, "child")):
        for _ in range(3):
            asked = one.shell.rsprofile("why", f"1 / (who == {name!r})", "--pid", str(pid))
            assert asked.returncode == 0, asked.stderr
    one.end()


def test_it_can_be_asked_while_it_forks(armed):
    one = armed(
        """
        rsprofile.arm(meter=False)
        ready()
        while not os.path.exists("enough"):
            if not (child := os.fork()): os._exit(0)
            os.waitpid(child, 0)
        """,
        "\nprint('forked', flush=True)\n",
    )
    for _ in range(5):
        done = one.why("registry")
        assert done.returncode == 0, done.stderr
    one.shell.write("enough", "")
    # Warnings are errors there: it was not warned of a thread of ours.
    assert one.line() == "forked"
    assert one.end() == ("", "")


def test_files_under_the_number_of_the_socket_stay_untouched(armed):
    one = armed(
        """
        import socket
        rsprofile.arm(meter=False)
        time.sleep(0.3)
        os.closerange(3, 256)
        mine = [socket.create_server(("127.0.0.1", 0)) for _ in range(5)]
        def whole():
            for one in mine:
                with socket.create_connection(one.getsockname()):
                    one.accept()[0].close()
            return mine
        """,
        f"{TAIL}for one in mine: one.close()\n",
    )
    for _ in range(3):
        done = one.why("whole()")
        assert done.returncode == 0, done.stderr
    assert one.end()[1] == ""


def test_a_daemon_that_closes_everything_is_asked_by_its_own_number(armed):
    one = armed(
        """
        rsprofile.arm(meter=False)
        reading, writing = os.pipe()
        if os.fork():
            ready()
            print(os.read(reading, 100).decode(), flush=True)
            sys.stdin.read()
            sys.exit()
        os.setsid()
        if os.fork():
            os._exit(0)
        os.write(writing, str(os.getpid()).encode())
        os.closerange(0, 256)
        for _ in range(3): os.open(os.devnull, os.O_RDWR)
        time.sleep(20)
        """,
        "",
    )
    daemon = int(one.line())
    try:
        for _ in range(3):
            done = one.shell.rsprofile("why", "registry", "--pid", str(daemon))
            assert done.returncode == 0, done.stderr
    finally:
        os.kill(daemon, signal.SIGKILL)


def test_sockets_of_processes_that_were_killed_are_removed(armed):
    first = armed()
    first.process.kill()
    first.process.wait()
    assert os.path.exists(first.address)
    second = armed()
    assert not os.path.exists(first.address)
    assert os.path.exists(second.address)
    second.end()
    assert second.shell.leftovers() == []


def test_disarmed_and_armed_again_it_answers(armed):
    one = armed(
        "for _ in range(5): rsprofile.arm(); rsprofile.arm(); rsprofile.disarm()\nrsprofile.arm()"
    )
    assert one.why("registry").returncode == 0
    assert one.end() == ("", "")


def test_the_end_waits_for_nobody_and_warns_of_nothing(armed):
    one = armed("rsprofile.arm()\nassert threading.active_count() == 1", "\nready()\n")
    assert one.end() == ("", "")
    assert one.process.returncode == 0


def test_ten_requests_in_a_row_do_not_grow_it(armed):
    one = armed(
        """
        from rsprofile import _core
        rsprofile.arm()
        fill(100)
        sizes = []
        def measure(): sizes.append(_core.heap_totals()[0]); return sizes
        """
    )
    for _ in range(3):
        assert one.why("measure()").returncode == 0
    assert one.document()["leaks"]
    assert one.why("measure()").returncode == 0
    for _ in range(10):
        assert one.ask("leaks").returncode == 0
    assert one.why("measure()").returncode == 0
    done = one.why("1 / (abs(sizes[-1] - sizes[-2]) < 4096)")
    assert done.returncode == 0, done.stderr


def test_threads_replaced_by_gevent_are_not_taken(armed):
    # As gevent does: what starts a thread starts something that runs only when others wait.
    one = armed(
        """
        import _thread, types
        real = _thread.start_new_thread
        monkey = types.ModuleType("gevent.monkey")
        monkey.get_original = lambda module, name: {"start_new_thread": real}[name]
        sys.modules["gevent.monkey"] = monkey
        def greenlet(*_): raise AssertionError
        _thread.start_new_thread = greenlet
        rsprofile.arm(meter=False)
        """
    )
    assert one.why("registry").returncode == 0


# -- where it listens -----------------------------------------------------------------------------


def test_a_folder_with_a_long_name_is_not_used(armed, shell):
    long = shell.write(f"{'x' * 100}/file", "").parent
    one = armed(TMPDIR=str(long), XDG_RUNTIME_DIR="relative")
    assert one.why("registry").returncode == 0
    assert os.listdir(long) == ["file"]
    one.end()


def test_a_folder_that_is_open_to_others_is_not_used(armed, shell):
    base = shell.environment["TMPDIR"]
    folder = f"{base}/rsprofile-{os.geteuid()}"
    os.mkdir(folder)
    os.chmod(folder, 0o777)
    one = armed()
    assert os.listdir(folder) == []
    assert one.why("registry").returncode == 0
    one.end()


def test_a_value_of_the_environment_that_means_nothing_is_told(shell):
    done = shell.python("-c", "import rsprofile; print(1)", RSPROFILE_ARM="yes")
    assert done.stdout == "1\n"
    assert done.stderr.startswith("rsprofile: RSPROFILE_ARM=yes means nothing: 1, or listen")


def test_profiling_that_is_off_arms_nothing(shell):
    program = "import rsprofile, sys; rsprofile.arm(); print('rsprofile._core' in sys.modules)"
    done = shell.python("-c", program, RSPROFILE_ARM="1", RSPROFILE="0")
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_threading_is_not_loaded_for_it(shell):
    program = (
        "import sys, rsprofile; rsprofile.arm(meter=False)\n"
        "print([n for n in ('threading', 'socket', 'json', 'inspect') if n in sys.modules])"
    )
    assert shell.python("-c", program).stdout == "[]\n"


# -- Python 3.14 ----------------------------------------------------------------------------------


def test_what_a_process_is_made_to_run_arms_it_and_leaves_no_name(armed, shell):
    shell.write("remote.py", _remote.script())
    one = armed(
        "with open('remote.py') as file: exec(file.read())\n"
        "assert '_rsprofile_arm' not in globals()\n"
    )
    assert one.why("registry").returncode == 0


def test_a_process_is_told_to_listen_where_python_can_do_that(monkeypatch):
    told = []

    def execute(process: int, path: str) -> None:
        with open(path) as file:
            told.append((process, file.read()))
        os.unlink(path)

    monkeypatch.setattr(sys, "remote_exec", execute, raising=False)
    _remote.arm(4711)
    assert told == [(4711, _remote.script())]
