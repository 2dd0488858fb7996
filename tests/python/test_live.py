"""`rsprofile top` and `--live` in a terminal, as a user has it: a pseudo-terminal and its keys."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from terminal import Terminal, rsprofile

#: Grows by 30 MiB on line 5, says so, and waits to be told to end.
PROGRAM = """
import sys
held = []
def load():
    for _ in range(30):
        held.append(bytearray(1 << 20))
load()
print("loaded", flush=True)
sys.stdin.readline()
print("over", flush=True)
"""

MIB = 1 << 20


#: Has a program wait until a test lets it go on, by a file.
WAIT = """
def wait():
    import os, time
    while not os.path.exists("go"): time.sleep(0.05)
"""


class Program:
    """A program that runs, and is told when to end."""

    def __init__(self, shell, *arguments: str, **environment: str) -> None:
        shell.write("prog.py", PROGRAM)
        self.process = subprocess.Popen(
            [sys.executable, *arguments, "prog.py"],
            cwd=shell.folder,
            env={**shell.environment, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.pid = self.process.pid
        assert self.process.stdout.readline() == "loaded\n"

    def is_running(self) -> bool:
        return self.process.poll() is None

    def end(self) -> tuple[str, str]:
        out, err = self.process.communicate("\n", timeout=60)
        return out, err


@pytest.fixture
def programs(shell):
    """Start programs; they end with the test."""
    begun = []

    def start(*arguments: str, **environment: str) -> Program:
        begun.append(Program(shell, *arguments, **environment))
        return begun[-1]

    yield start
    for one in begun:
        one.process.kill()
        one.process.communicate()


@pytest.fixture
def armed(programs):
    """A program under us that can be asked."""
    return programs("-m", "rsprofile", "--all", "--arm")


@pytest.fixture
def terminals(shell):
    """Open terminals with a program in each."""
    opened = []

    def start(command, *, columns=80, rows=24, streams=None, **environment: str) -> Terminal:
        able = {"TERM": "xterm", "LANG": "C.UTF-8", **environment}
        opened.append(
            Terminal(
                command,
                columns=columns,
                rows=rows,
                cwd=shell.folder,
                env={**shell.environment, **able},
                **(streams or {}),
            )
        )
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.fixture
def top(terminals):
    """Open a terminal with `rsprofile top` of a process in it."""

    def start(pid, *arguments: str, **options) -> Terminal:
        command = rsprofile("top", str(pid), "--interval", "0.2", *arguments)
        return terminals(command, **options)

    return start


def test_the_view_shows_memory_and_the_lines_that_grew_most(armed, top):
    view = top(armed.pid)
    view.until_shown("prog.py:5 load")
    lines = view.shown().splitlines()
    assert f"pid {armed.pid}" in lines[0] and "runs" in lines[0]
    assert "now" in lines[1] and "peak" in lines[1] and "MiB" in lines[1]
    assert "█" in view.shown() and "0 B │" in view.shown()
    found = next(line for line in lines if line.endswith("prog.py:5 load"))
    assert 29.5 <= float(found.split()[0]) <= 31
    assert lines[23] == "q leave   s sort: increment   p pause   +/- every 0.2 s"


@pytest.mark.parametrize("key", ["q", "\x03"])
def test_leaving_leaves_the_program_running_and_the_terminal_as_it_was(armed, top, key):
    view = top(armed.pid)
    view.until_shown("load")
    assert not view.is_restored()
    view.type(key)
    assert view.wait() == 0
    assert view.is_restored() and view.primary == ""
    assert armed.is_running()
    out, err = armed.end()
    assert out.startswith("over\n") and "held.append" in out and err == ""


def test_the_view_changes_no_figure(programs, top, shell):
    looked = programs("-m", "rsprofile", "--all", "--arm", "--json")
    view = top(looked.pid)
    view.until_shown("load")
    view.read(1)
    view.type("q")
    view.wait()
    alone = programs("-m", "rsprofile", "--all", "--json")

    def figures(program):
        document = json.loads(program.end()[0].partition("over\n")[2])
        return {
            (function["name"], row["line"]): row["measured"]["occurrences"]
            for function in document["functions"]
            for row in function["rows"]
            if row["measured"]
        }

    assert figures(looked) == figures(alone)


def test_the_view_of_a_process_that_ends_stays_as_text(armed, top):
    view = top(armed.pid)
    view.until_shown("load")
    armed.end()
    assert view.wait() == 0
    assert view.is_restored()
    assert "ended after" in view.primary and "prog.py:5 load" in view.primary
    assert "\x1b" not in view.primary and "q leave" not in view.primary


@pytest.mark.parametrize("columns", [20, 33, 200])
def test_the_view_fits_a_terminal_of_any_width(armed, top, columns):
    view = top(armed.pid, columns=columns, rows=20)
    view.until_shown("prog.py:5" if columns > 20 else "Increment")
    assert max(map(len, view.shown().splitlines())) <= columns
    assert not any(view.screen[20:])


def test_the_view_follows_the_size_of_the_terminal(armed, top):
    view = top(armed.pid)
    view.until_shown("load")
    view.resize(30, 12)
    view.until(lambda: view.screen[11].startswith("q leave"), "new size")
    view.read(0.5)
    assert max(map(len, view.shown().splitlines())) <= 30
    assert not any(view.screen[12:])
    view.resize(100, 40)
    view.until(lambda: view.screen[39].startswith("q leave"), "new size")


def test_no_colour_where_it_is_not_wanted(armed, top):
    view = top(armed.pid, NO_COLOR="1")
    view.until_shown("load")
    view.type("q")
    view.wait()
    assert "\x1b[1m" not in view.raw and "\x1b[2m" not in view.raw
    coloured = top(armed.pid)
    coloured.until_shown("load")
    assert "\x1b[1m" in coloured.raw


def test_a_terminal_without_utf_8_gets_ascii(armed, top):
    view = top(armed.pid, LANG="C")
    view.until_shown("load")
    view.type("q")
    view.wait()
    assert view.raw.isascii() and "#" in view.raw


@pytest.mark.parametrize("kind", ["dumb", ""])
def test_a_dumb_terminal_gets_a_line_now_and_then(armed, top, kind):
    view = top(armed.pid, TERM=kind)
    view.until(lambda: view.primary.count("\n") >= 3 and "load" not in view.primary, "lines")
    view.until_said("most increment: prog.py")
    armed.end()
    assert view.wait() == 0
    assert "\x1b" not in view.raw
    assert all("now" in line and "peak" in line for line in view.primary.splitlines())


def test_a_pipe_gets_a_line_now_and_then_until_the_end(armed, shell):
    viewer = subprocess.Popen(
        rsprofile("top", str(armed.pid), "--interval", "0.1"),
        cwd=shell.folder, env=shell.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    lines = [viewer.stdout.readline() for _ in range(3)]
    assert all(" now " in line and " peak " in line for line in lines)
    armed.end()
    _, err = viewer.communicate(timeout=60)
    assert (viewer.returncode, err) == (0, "")


def test_a_pipe_that_is_closed_ends_it_without_a_word(armed, shell):
    command = " ".join(rsprofile("top", str(armed.pid), "--interval", "0.1"))
    done = subprocess.run(
        ["sh", "-c", f"{command} | head -1"], env=shell.environment, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.count("\n") == 1 and done.stderr == ""


def test_any_process_has_memory_and_it_is_said_how_to_see_lines(top):
    sleeping = subprocess.Popen(["sleep", "60"])
    try:
        view = top(sleeping.pid)
        view.until_shown("no lines: the process is not armed")
        assert "sleep 60" in view.screen[0]
        sleeping.kill()
        sleeping.wait()
        assert view.wait() == 0
    finally:
        sleeping.kill()
        sleeping.wait()


def test_what_the_heap_meter_knows_is_shown(programs, top):
    program = programs(RSPROFILE_ARM="1", PYTHONSTARTUP="")
    view = top(program.pid)
    view.until_shown("no lines: the process is not armed")
    view.type("q")
    view.wait()
    counted = programs("-m", "rsprofile", "--meter", "heap", "--arm")
    view = top(counted.pid)
    view.until_shown("prog.py:5 load")
    assert "allocated 30." in view.shown() and "Live" in view.shown()


def test_children_are_counted(shell, top):
    shell.write("family.py", "import os, time\nfor _ in range(2):\n    if not os.fork(): break\n")
    with (shell.folder / "family.py").open("a") as file:
        file.write("time.sleep(60)\n")
    parent = subprocess.Popen([sys.executable, "family.py"], cwd=shell.folder, process_group=0)
    try:
        view = top(parent.pid)
        view.until_shown("2 children")
        assert "together" in view.shown()
    finally:
        os.killpg(parent.pid, signal.SIGKILL)
        parent.wait()


def test_keys_sort_pause_and_change_the_interval(armed, top):
    view = top(armed.pid)
    view.until_shown("s sort: increment")
    view.type("s")
    view.until_shown("s sort: own")
    view.type("+")
    view.until_shown("+/- every 0.5 s")
    view.type("--")
    view.until_shown("+/- every 0.1 s")
    view.type("p")
    view.until_shown("p go on")
    assert "paused" in view.screen[0]
    before = view.raw
    view.read(0.5)
    assert view.raw == before
    view.type("p")
    view.until_shown("p pause")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_ends_the_view_and_restores_the_terminal(armed, top, number):
    view = top(armed.pid)
    view.until_shown("load")
    os.kill(view.process.pid, number)
    assert view.wait() == -number
    assert view.is_restored() and armed.is_running()


def test_a_viewer_that_is_killed_leaves_the_program_alone(armed, top):
    for _ in range(3):
        view = top(armed.pid)
        view.until_shown("load")
        view.process.kill()
        view.wait()
    view = top(armed.pid)
    view.until_shown("load")
    assert armed.end()[1] == ""


def test_an_error_in_the_view_restores_the_terminal(armed, terminals):
    code = f"""
import sys
from rsprofile._live import _view, _command
def fail(*arguments, **options): raise ZeroDivisionError("on purpose")
_view.frame = fail
sys.exit(_command.main(["{armed.pid}"]))
"""
    view = terminals([sys.executable, "-c", code])
    assert view.wait() == 1
    assert "ZeroDivisionError: on purpose" in view.primary and view.is_restored()


def test_the_terminal_is_given_back_while_the_view_is_stopped(armed, terminals):
    shell = terminals(["bash", "--norc", "--noprofile", "-i"], PS1="$ ")
    shell.until_said("$ ")
    shell.type(" ".join(rsprofile("top", str(armed.pid), "--interval", "0.2")) + "\n")
    shell.until_shown("load")
    shell.type("\x1a")
    shell.until_said("Stopped")
    assert not shell.is_second
    shell.type("fg\n")
    shell.until_shown("load")
    shell.type("q")
    shell.until(lambda: not shell.is_second, "the end")
    shell.type("echo status $?\n")
    shell.until_said("status 0")


# Bad input.


def ended() -> int:
    """The id of a process that is no more."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "PID is missing: name the process to look at; see --help"),
        (["abc"], "'abc' is not a process id: give a number"),
        (["-5"], "there is no process -5"),
        (["0"], "there is no process 0"),
        (["99999999999"], "there is no process 99999999999"),
        (["1", "--interval", "soon"], "--interval soon is not a number of seconds"),
        (["1", "--interval", "0"], "--interval 0 is out of range: 0.1 to 3600 seconds"),
        (["1", "--interval", "nan"], "--interval nan is out of range: 0.1 to 3600 seconds"),
        (["1", "--serve", "http"], "--serve http is not a port: give a number"),
        (["1", "--serve", "70000"], "--serve 70000 is out of range: 0 to 65535"),
        (["1", "--intervall", "1"], "unknown option --intervall; near names: --interval"),
    ],
)
def test_what_means_nothing_is_said_in_one_line(shell, arguments, message):
    done = shell.rsprofile("top", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"rsprofile: {message}\n")


def test_a_process_that_is_gone_is_said_in_one_line(shell):
    gone = ended()
    done = shell.rsprofile("top", str(gone))
    assert (done.returncode, done.stderr) == (2, f"rsprofile: there is no process {gone}\n")
    zombie = subprocess.Popen(["true"])
    while Path(f"/proc/{zombie.pid}/stat").read_text().split()[2] != "Z":
        time.sleep(0.01)
    done = shell.rsprofile("top", str(zombie.pid))
    zombie.wait()
    assert (done.returncode, done.stderr) == (2, f"rsprofile: process {zombie.pid} has ended\n")


def test_another_version_and_rubbish_are_said_and_the_memory_is_shown(shell, top, tmp_path):
    shell.write(
        "odd.py",
        """
        import os, socket, sys
        from rsprofile._arm import _place
        folder = next(iter(_place.folders(os.geteuid(), os.environ)))
        _place.make(folder)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(_place.address(folder, os.getpid()))
        listening.listen()
        print("ready", flush=True)
        for answer in [b"rsprofile 9\\n", b"", b"rsprofile 1\\nok 5\\n[1,2]", b"rsprofile 1\\nok 9\\n{"] * 99:
            connection, _ = listening.accept()
            connection.recv(100)
            try: connection.sendall(answer)
            except OSError: pass
            connection.close()
        """,
    )
    odd = subprocess.Popen(
        [sys.executable, "odd.py"], cwd=shell.folder, env=shell.environment,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert odd.stdout.readline() == "ready\n"
        view = top(odd.pid)
        view.until_shown("another version of rsprofile")
        view.until_shown("now")
        view.read(2)
        assert "Traceback" not in view.raw
        view.type("q")
        assert view.wait() == 0
    finally:
        odd.kill()
        odd.wait()
        odd.stdout.close()


def test_the_verb_refuses_what_is_no_number_and_gives_no_more_than_asked(armed):
    from rsprofile._arm._ask import ask
    from rsprofile._errors import ProfileError

    with pytest.raises(ProfileError, match="not a number of lines: 'many'"):
        ask(armed.pid, "live many", 10)
    assert json.loads(ask(armed.pid, "live -3", 10))["lines"] == []
    one = json.loads(ask(armed.pid, "live 1", 10))
    assert one["count"] > len(one["lines"]) >= 1 and one["meter"] == "rss"
    # By increment it is the call, which is open, or the line in it; either is given.
    assert max(line["increment"] for line in one["lines"]) >= 29 * MIB


# Running a program below the view.


@pytest.fixture
def live(shell, terminals):
    """Open a terminal with `rsprofile --live` of a program in it."""

    def start(program: str, *arguments: str, **more) -> Terminal:
        shell.write("prog.py", program)
        command = rsprofile("--live", "--interval", "0.2", "--all", "prog.py", *arguments)
        return terminals(command, **more)

    return start


def test_a_program_is_shown_and_its_output_comes_afterwards(live):
    view = live(f"{WAIT}held = bytearray(30 << 20)\nprint('hello')\nwait()\n", "arg")
    view.until_shown("prog.py:4")
    assert "prog.py arg" in view.screen[0]
    assert "hello" not in view.primary
    view.let_go()
    assert view.wait() == 0
    assert view.is_restored()
    assert view.primary.startswith("hello\nFilename: ")
    assert "held = bytearray(30 << 20)" in view.primary


def test_leaving_leaves_the_program_in_the_foreground(live):
    view = live(
        f"""{WAIT}
import sys
print("begun", sys.stdout.isatty(), sys.stderr.isatty(), sys.stdin.isatty())
wait()
print("name?")
print("it is", input())
"""
    )
    view.until_shown("pid")
    view.type("q")
    view.let_go()
    view.until_said("begun True True True\n")
    assert view.is_restored()
    view.until_said("name?\n")
    view.type("Ada\n")
    view.until_said("it is Ada\n")
    assert view.wait() == 0
    assert "Filename: " in view.primary


def test_the_view_goes_when_the_program_reads_from_the_terminal(live):
    view = live(f"{WAIT}wait()\nprint('it is', input('name? '))\n")
    view.until_shown("pid")
    view.let_go()
    view.until_said("name? ")
    view.type("Ada\n")
    view.until_said("it is Ada\n")
    assert view.wait() == 0


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("sys.exit(3)", 3),
        ("raise ValueError('no')", 1),
        ("os.kill(os.getpid(), 9)", -9),
        ("os.kill(os.getpid(), 6)", -6),
        ("os._exit(7)", 7),
    ],
)
@pytest.mark.parametrize("pause", [0, 1])
def test_the_status_is_that_of_the_program(live, end, status, pause):
    view = live(f"import os, sys, time\ntime.sleep({pause})\n{end}\n")
    assert view.wait() == status
    assert view.is_restored()
    assert ("ValueError: no" in view.primary) == ("ValueError" in end)


def test_a_signal_for_the_view_is_for_the_program(live):
    view = live(
        """
        import signal, sys, time
        def end(*_):
            print("asked to end")
            sys.exit(5)
        signal.signal(signal.SIGTERM, end)
        time.sleep(60)
        """
    )
    view.until_shown("prog.py:6")
    os.kill(view.process.pid, signal.SIGTERM)
    assert view.wait() == 5
    assert view.primary.startswith("asked to end\n") and view.is_restored()


def test_an_interrupt_after_the_view_is_for_the_program(live):
    view = live("import time\nprint('begun')\ntime.sleep(60)\n")
    view.until_shown("pid")
    view.type("\x03")
    view.until_said("begun")
    assert view.process.poll() is None
    view.type("\x03")
    assert view.wait() == -signal.SIGINT
    assert "KeyboardInterrupt" in view.primary and view.is_restored()


def test_files_and_pipes_of_the_program_are_its_own(live, shell):
    out = shell.folder / "out"
    with out.open("w") as file:
        view = live(
            f"{WAIT}import sys\nprint(sys.stdout.isatty())\nwait()\nprint('x', file=sys.stderr)\n",
            streams={"stdout": file},
        )
        view.until_shown("pid")
        view.let_go()
        assert view.wait() == 0
    assert view.primary == "x\n"
    assert out.read_text().startswith("False\nFilename: ")


def test_more_output_than_a_pipe_holds_is_kept(live):
    view = live(f"{WAIT}for n in range(200_000): print('line', n)\nprint('now')\nwait()\n")
    view.until_shown("pid")
    view.read(1)
    view.let_go()
    view.wait()
    lines = view.primary.splitlines()
    assert [line for line in lines if line.startswith("line")] == [
        f"line {n}" for n in range(200_000)
    ]


def test_a_program_may_take_no_time(live):
    view = live("print('hello')\n")
    assert view.wait() == 0
    assert view.primary.startswith("hello\nFilename") and view.is_restored()


def test_both_are_stopped_and_go_on_together(terminals, shell):
    shell.write("prog.py", f"{WAIT}print('begun')\nwait()\nprint('over')\n")
    inner = terminals(["bash", "--norc", "--noprofile", "-i"], PS1="$ ")
    inner.until_said("$ ")
    inner.type(" ".join(rsprofile("--live", "--interval", "0.2", "--all", "prog.py")) + "\n")
    inner.until_shown("pid")
    inner.type("\x1a")
    inner.until_said("Stopped")
    inner.type("fg\n")
    inner.until_shown("pid")
    inner.type("q")
    inner.until_said("begun")
    inner.type("\x1a")
    inner.until(lambda: inner.primary.count("Stopped") == 2, "second stop")
    inner.type("fg\n")
    (shell.folder / "go").touch()
    inner.until_said("over")
    inner.until_said("Filename")
    inner.type("echo status $?\n")
    inner.until_said("status 0")


def test_without_a_terminal_it_runs_as_without_the_view(shell):
    shell.write("prog.py", "print('hello')\n")
    done = subprocess.run(
        rsprofile("--live", "--all", "prog.py"), cwd=shell.folder, env=shell.environment,
        capture_output=True, text=True, timeout=60, check=False, start_new_session=True,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr == (
        "rsprofile: no terminal to show the program on: it runs as without --live\n"
    )
    assert done.stdout.startswith("hello\nFilename: ")


def test_a_program_is_served_and_ends_as_it_would(shell):
    shell.write("prog.py", "import sys\nprint('hello')\nsys.exit(4)\n")
    done = shell.rsprofile("--live", "--serve", "--all", "prog.py")
    assert done.returncode == 4
    assert done.stderr.startswith("rsprofile: live at http://127.0.0.1:")
    assert done.stderr.count("\n") == 1
    assert done.stdout.startswith("hello\nFilename: ")


def test_a_port_in_use_keeps_the_program_from_running(shell):
    shell.write("prog.py", "print('hello')\n")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        message = f"port {port} is in use: name another one, or leave it out for one that is free"
        done = shell.rsprofile("--live", "--serve", str(port), "--all", "prog.py")
        assert (done.returncode, done.stdout, done.stderr) == (1, "", f"rsprofile: {message}\n")
        done = shell.rsprofile("top", str(os.getpid()), "--serve", str(port))
        assert (done.returncode, done.stdout, done.stderr) == (1, "", f"rsprofile: {message}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--live", "--interval", "x", "a.py"], "--interval x is not a number of seconds"),
        (["--live", "--serve", "99999", "a.py"], "--serve 99999 is out of range: 0 to 65535"),
        (["--interval", "1", "a.py"], "--interval is of a view: add --live"),
        (["--live"], "nothing to run; name a script, -m MODULE or -c CODE; see --help"),
    ],
)
def test_options_that_mean_nothing_are_said(shell, arguments, message):
    done = shell.rsprofile(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"rsprofile: {message}\n")


def test_a_script_that_is_not_there_is_said_as_without_the_view(live, terminals):
    view = terminals(rsprofile("--live", "--all", "nowhere.py"))
    assert view.wait() == 2
    assert "nowhere.py" in view.primary and view.primary.count("\n") == 1


def test_the_program_is_as_wide_as_the_terminal(live):
    view = live(
        """
        import os, signal, time
        def show(*_): print("columns", os.get_terminal_size(1).columns)
        show()
        signal.signal(signal.SIGWINCH, show)
        while not os.path.exists("go"): time.sleep(0.1)
        """
    )
    view.until_shown("pid")
    view.resize(90, 30)
    view.until(lambda: view.screen[29].startswith("q leave"), "new size")
    view.type("q")
    view.until_said("columns 80\n")
    view.until_said("columns 90\n")
    view.resize(70, 20)
    view.until_said("columns 70\n")
    view.let_go()
    assert view.wait() == 0


def test_a_view_that_fails_leaves_the_program_alone(shell, terminals):
    shell.write("prog.py", "import time\ntime.sleep(2)\nprint('over')\n")
    shell.write(
        "start.py",
        """
        import sys
        from rsprofile import _cli
        from rsprofile._live import _view
        def fail(*arguments, **options): raise ZeroDivisionError("on purpose")
        _view.frame = fail
        sys.exit(_cli.main(["--live", "--all", "prog.py"]))
        """,
    )
    view = terminals([sys.executable, "start.py"])
    assert view.wait() == 0
    assert "rsprofile: the view has failed: ZeroDivisionError: on purpose\n" in view.primary
    assert "over\nFilename: " in view.primary and view.is_restored()


def test_keys_that_are_no_letters_do_nothing(armed, top):
    view = top(armed.pid)
    view.until_shown("load")
    view.type("\x1b[A\x1bOP\x1bOQ\x1b[15~")
    view.type("s")
    view.until_shown("s sort: own")
    assert "p pause" in view.shown()


def test_a_process_that_is_stopped_is_said_to_be(armed, top):
    view = top(armed.pid)
    view.until_shown("load")
    os.kill(armed.pid, signal.SIGSTOP)
    view.until_shown("stopped")
    os.kill(armed.pid, signal.SIGCONT)
    view.until(lambda: "stopped" not in view.shown(), "going on")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_another_users_process_has_memory_and_no_lines(armed, shell):
    # The environment of the tests need not be readable for others: all is loaded before.
    code = f"""
import encodings.ascii, linecache, os, sys, traceback
"".encode("ascii")
from rsprofile._live import _asking, _command, _process
from rsprofile._arm import _ask, _place, _remote
os.setgroups([]); os.setgid(65534); os.setuid(65534)
process = _process.Process({armed.pid})
assert process.read() and process.state.now > 0
asking = _asking.Asking({armed.pid}, 1.0)
while asking.lines.message == "asking for its lines": pass
print(asking.lines.message)
"""
    done = shell.python("-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"process {armed.pid} is another user's: ask it as that user, or as root\n"
    )


def seconds_of(pid: int) -> float:
    """The time a process has computed, seconds."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def test_a_program_that_prints_nowhere_does_not_keep_the_view_busy(live, shell):
    with open(os.devnull, "w") as nowhere:
        view = live("import time\ntime.sleep(60)\n", streams={"stdout": nowhere, "stderr": nowhere})
        view.until_shown("pid")
        before = seconds_of(view.process.pid)
        view.read(2)
        # One that is busy takes two.
        assert seconds_of(view.process.pid) - before < 1
        view.type("q")
        view.until(lambda: not view.is_second, "leaving")
        before = seconds_of(view.process.pid)
        view.read(2)
        assert seconds_of(view.process.pid) - before < 1
        view.type("\x03")
        assert view.wait() == -signal.SIGINT


def test_a_program_in_the_background_leaves_the_terminal_to_the_shell(terminals, shell):
    shell.write("prog.py", f"{WAIT}print('begun')\nwait()\nprint('over')\n")
    inner = terminals(["bash", "--norc", "--noprofile", "-i"], PS1="$ ")
    inner.until_said("$ ")
    inner.type(" ".join(rsprofile("--live", "--interval", "0.2", "--all", "prog.py")) + "\n")
    inner.until_shown("pid")
    inner.type("q")
    inner.until_said("begun")
    inner.type("\x1a")
    inner.until_said("Stopped")
    inner.type("bg\n")
    (shell.folder / "go").touch()
    inner.until_said("Filename")
    inner.type("echo still $((1 + 1)) here\n")
    inner.until_said("still 2 here")
