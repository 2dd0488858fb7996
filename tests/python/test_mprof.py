"""mprof as ours: recordings, what is started for them, and what is done with them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from rsprofile.compat import mprof

MODULE = ("-m", "rsprofile.compat.mprof")

PROGRAM = """
import sys

@profile
def work(n):
    return n

with profile.timestamp("my block"):
    work(1)
print(__name__, sys.argv)
sys.exit(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
"""

LINES = re.compile(
    r"CMDLINE .+"
    r"|MEM \d+\.\d{6} \d+\.\d{4}"
    r"|CHLD \d+ \d+\.\d{6} \d+\.\d{4}"
    r"|FUNC \S+( \d+\.\d{4}){4} \d+"
)

RECORDING = """\
FUNC a.f 10.0000 1000.1000 30.0000 1000.3000 0
CMDLINE python 'my script.py'
MEM 10.000000 1000.0000
MEM 20.000000 1000.1000
CHLD 77 5.000000 1000.1000
MEM 40.500000 1000.2000
CHLD 77 7.250000 1000.2000
CHLD 78 1.000000 1000.2000
MEM 30.000000 1000.3000
FUNC a.f 30.0000 1000.3000 30.0000 1000.4000 1
FUNC b.g 30.0000 1000.3000 30.0000 1000.4000
"""


@pytest.fixture
def run(shell):
    return lambda *arguments, **options: shell.python(*MODULE, *arguments, **options)


def recorded(shell, name):
    """Give the words of each line of a recording, by kind."""
    found = {"CMDLINE": [], "MEM": [], "CHLD": [], "FUNC": []}
    text = (shell.folder / name).read_text()
    assert text.endswith("\n")
    for line in text.splitlines():
        assert LINES.fullmatch(line), line
        kind, _, rest = line.partition(" ")
        found[kind].append(rest if kind == "CMDLINE" else rest.split())
    return found


def functions(found):
    return [(words[0], words[5]) for words in found["FUNC"]]


STAMPED = [("__main__.work", "1"), (".my_block", "0")]


# -- run ------------------------------------------------------------------------------------------


def test_a_script_is_recorded_with_its_functions(run, shell):
    shell.write("prog.py", PROGRAM)
    done = run("run", "prog.py")
    assert done.stdout == (
        "mprof: Sampling memory every 0.1s\n"
        "running new process\n"
        "running as a Python program...\n"
        "__main__ ['prog.py']\n"
    )
    assert (done.stderr, done.returncode) == ("", 0)
    (path,) = shell.folder.glob("mprofile_??????????????.dat")
    found = recorded(shell, path.name)
    assert found["CMDLINE"] == [f"{sys.executable} prog.py"]
    assert functions(found) == STAMPED
    assert found["MEM"]


@pytest.mark.parametrize(
    ("program", "stdout"),
    [
        (["{python}", "prog.py", "0"], "__main__ ['prog.py', '0']"),
        (["{python}", "-u", "-W", "error", "prog.py"], "__main__ ['prog.py']"),
        (["{python}", "-X", "utf8", "-m", "prog", "0"], "__main__ ['{folder}/prog.py', '0']"),
        (["{python}", "-mprog", "0"], "__main__ ['{folder}/prog.py', '0']"),
        (["{python}", "noending"], "__main__ ['noending']"),
        (["prog"], "__main__ ['{folder}/prog.py']"),
        (["pkg", "0"], "__main__ ['{folder}/pkg/__main__.py', '0']"),
    ],
)
def test_programs_are_run_with_python_when_that_is_asked_for(run, shell, program, stdout):
    for name in ("prog.py", "noending", "pkg/__main__.py"):
        shell.write(name, PROGRAM)
    shell.write("pkg/__init__.py", "")
    program = [word.format(python=sys.executable) for word in program]
    done = run("run", "--python", "-o", "x.dat", *program)
    assert done.stderr == ""
    assert done.stdout.splitlines()[3] == stdout.format(folder=shell.folder)
    assert functions(recorded(shell, "x.dat")) == STAMPED


@pytest.mark.parametrize(
    "program",
    [
        ["{python}", "-m", "pkg", "a"],
        ["{python}", "pkg/script"],
        ["--nopython", "{python}", "-c", "print(1)"],
        ["--python", "{python}", "-c", "print(1)"],
        ["--multiprocess", "plain.py"],
        ["sh", "-c", "echo 'a b'"],
    ],
)
def test_other_programs_are_run_as_they_are(run, shell, program):
    for name in ("plain.py", "pkg/__init__.py", "pkg/__main__.py", "pkg/script"):
        shell.write(name, "print(1)")
    program = [word.format(python=sys.executable) for word in program]
    done = run("run", "-E", "-o", "x.dat", *program)
    assert (done.stderr, done.returncode) == ("", 0)
    assert recorded(shell, "x.dat")["FUNC"] == []


@pytest.mark.parametrize(
    ("program", "status"),
    [
        (["prog.py", "3"], 3),
        (["prog.py", "0"], 0),
        (["sh", "-c", "exit 7"], 7),
        (["sh", "-c", "kill -9 $$"], 137),
    ],
)
def test_the_status_is_that_of_the_program_when_that_is_asked_for(run, shell, program, status):
    shell.write("prog.py", PROGRAM)
    done = run("run", "--exit-code", "-o", "x.dat", *program)
    assert done.returncode == status
    seen = -9 if status == 137 else status
    said = f"Program resulted with a non-zero exit code: {seen}\n"
    assert done.stderr == (said if status else "")
    assert run("run", "-o", "x.dat", *program).returncode == 0


SLEEPS = "import time; x = b'x' * (40 << 20); time.sleep(0.6)"


def test_children_are_added_up_or_recorded_one_by_one(run, shell):
    shell.write(
        "prog.py", f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {SLEEPS!r}])"
    )
    highest = {}
    for option in ("--nopython", "-C", "-M"):
        name = f"{option.strip('-')}.dat"
        assert run("run", option, "-T", "0.02", "-o", name, sys.executable, "prog.py").stderr == ""
        found = recorded(shell, name)
        highest[option] = max(float(memory) for memory, _ in found["MEM"])
        assert bool(found["CHLD"]) == (option == "-M")
    assert highest["-C"] > highest["--nopython"] + 40
    assert max(float(memory) for _, memory, _ in found["CHLD"]) > 40


def test_the_backend_is_passed_on(run, shell):
    shell.write(
        "prog.py",
        """
        import builtins
        print(profile.backend, profile.include_children)
        """,
    )
    done = run("run", "-C", "--backend", "psutil_pss", "-o", "x.dat", "prog.py")
    assert (done.stdout.splitlines()[3:], done.stderr) == (["psutil_pss True"], "")


def test_a_recording_grows_by_whole_lines_while_the_program_runs(shell):
    process = subprocess.Popen(
        [sys.executable, *MODULE, "run", "-T", "0.01", "-o", "x.dat", "sh", "-c", "read x"],
        cwd=shell.folder,
        env=shell.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    path = shell.folder / "x.dat"
    deadline = time.monotonic() + 30
    while not path.exists() or path.read_text().count("MEM") < 3:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    found = recorded(shell, "x.dat")
    assert process.poll() is None and found["CMDLINE"] == ["sh -c 'read x'"]
    process.communicate(b"\n", timeout=30)
    assert process.returncode == 0


def test_an_interrupted_program_is_recorded_to_its_end(shell):
    shell.write(
        "prog.py",
        """
        import sys, time
        @profile
        def work():
            print("begun", flush=True)
            time.sleep(60)
        work()
        """,
    )
    process = subprocess.Popen(
        [sys.executable, *MODULE, "run", "-T", "0.01", "-o", "x.dat", "prog.py"],
        cwd=shell.folder,
        env=shell.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while process.stdout.readline() != "begun\n":
        pass
    time.sleep(0.1)
    # As Ctrl-C does: to both.
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.count("Traceback") == 1
    assert [words[0] for words in recorded(shell, "x.dat")["FUNC"]] == ["__main__.work"]


def test_a_timeout_ends_the_recording_and_not_the_program(run, shell):
    done = run(
        "run",
        "-t",
        "1",
        "-o",
        "x.dat",
        "sh",
        "-c",
        "exec > /dev/null 2>&1; sleep 2; echo done > out.txt",
    )
    assert done.returncode == 0
    assert len(recorded(shell, "x.dat")["MEM"]) <= 12
    assert not (shell.folder / "out.txt").exists()
    done = run("run", "-E", "-t", "1", "-o", "x.dat", "sh", "-c", "sleep 2; exit 4")
    assert done.returncode == 4


@pytest.mark.parametrize(
    ("arguments", "message", "status"),
    [
        (["run"], "A program to run must be provided. Use -h for help", 1),
        (["run", "no-such-command"], "mprof: cannot run no-such-command: No such file or directory", 1),
        (["run", "-o", "none/x.dat", "true"], "mprof: cannot write none/x.dat: No such file or directory", 1),
        (["run", "-T", "0", "true"], "the interval is a number of seconds above 0", 2),
        (["run", "-T", "nan", "true"], "the interval is a number of seconds above 0", 2),
        (["run", "--backend", "nope", "true"], "invalid choice: 'nope'", 2),
        (["run", "--backend", "tracemalloc", "true"], "backend tracemalloc sees its own process only: use psutil", 2),
        (["attach", "999999999"], "mprof: there is no process 999999999: give the id or the name of one", 1),
        (["attach", "no-such-name"], "mprof: there is no process no-such-name: give the id or the name of one", 1),
        (["attach"], "A program to run must be provided. Use -h for help", 1),
        ([], "Usage: mprof COMMAND OPTIONS ARGUMENTS", 1),
        (["nope"], "Usage: mprof COMMAND OPTIONS ARGUMENTS", 1),
    ],
)  # fmt: skip
def test_what_cannot_be_recorded_is_said(run, shell, arguments, message, status):
    done = run(*arguments)
    assert message in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == status
    assert list(shell.folder.iterdir()) == []


def test_a_full_disk_costs_samples_and_not_the_program(run, shell):
    shell.write("prog.py", PROGRAM)
    done = run("run", "-E", "-T", "0.01", "-o", "/dev/full", "prog.py", "3")
    ours, theirs, status = done.stderr.splitlines()
    assert ours == "mprof: cannot write /dev/full: No space left on device: samples are lost"
    assert theirs.startswith("rsprofile: cannot write /dev/full: no space left on device: ")
    assert status.endswith("exit code: 3") and done.returncode == 3
    assert "FUNC __main__.work " in done.stdout


# -- attach ---------------------------------------------------------------------------------------


@pytest.fixture
def stranger():
    code = "import sys; print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code, "a b"], stdin=-1, stdout=-1) as process:
        process.stdout.readline()
        yield process


@pytest.mark.parametrize("command", [["attach"], ["run", "--attach"]])
def test_a_process_that_runs_is_recorded(run, shell, stranger, command):
    pid = str(stranger.pid)
    done = run(*command, "-T", "0.01", "-t", "1", "-o", "x.dat", pid)
    assert done.stdout.splitlines() == [
        "mprof: Sampling memory every 0.01s",
        f"attaching to existing process, using hint: {pid}",
    ]
    assert (done.stderr, done.returncode) == ("", 0)
    found = recorded(shell, "x.dat")
    (cmd_line,) = found["CMDLINE"]
    assert cmd_line.startswith(sys.executable) and cmd_line.endswith(" 'a b'")
    assert 2 < len(found["MEM"]) <= 101


def test_the_recording_ends_with_the_process(shell, stranger):
    process = subprocess.Popen(
        [sys.executable, *MODULE, "attach", "-T", "0.01", "-o", "x.dat", str(stranger.pid)],
        cwd=shell.folder,
        env=shell.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    path = shell.folder / "x.dat"
    while not path.exists() or path.read_text().count("MEM") < 2:
        time.sleep(0.01)
    # It stays a zombie until somebody waits for it.
    stranger.stdin.close()
    _, errors = process.communicate(timeout=30)
    assert (errors, process.returncode) == (b"", 0)
    recorded(shell, "x.dat")


def test_a_process_is_found_by_its_name(stranger):
    name = mprof.find_first_process(os.path.basename(sys.executable)[:6])
    assert name is not None and name.pid != os.getpid()
    assert mprof.find_first_process("no such name") is None


# -- recordings -----------------------------------------------------------------------------------


def test_a_recording_is_read(tmp_path):
    path = tmp_path / "x.dat"
    path.write_text(RECORDING + "\nNEW kind of line\n\nMEM 12.5")
    assert mprof.read_mprofile_file(str(path)) == {
        "mem_usage": [10.0, 20.0, 40.5, 30.0],
        "timestamp": [1000.0, 1000.1, 1000.2, 1000.3],
        "func_timestamp": {
            "a.f": [[1000.1, 1000.3, 10.0, 30.0, 0], [1000.3, 1000.4, 30.0, 30.0, 1]],
            "b.g": [[1000.3, 1000.4, 30.0, 30.0]],
        },
        "filename": str(path),
        "cmd_line": "python 'my script.py'\n",
        "children": {"77": [(5.0, 1000.1), (7.25, 1000.2)], "78": [(1.0, 1000.2)]},
    }


@pytest.mark.parametrize(
    "line",
    ["MEM", "MEM 1", "MEM x 1", "CHLD", "CHLD 1 2", "FUNC a.f", "FUNC a b 1 2 3 4 0", "FUNC"],
)
def test_a_damaged_line_is_named(tmp_path, line):
    path = tmp_path / "x.dat"
    path.write_text(f"MEM 1.0 2.0\n{line}\nMEM 1.0 2.0\n")
    with pytest.raises(ValueError, match=re.escape(f"{path}:2: cannot read {line!r}: mend or ")):
        mprof.read_mprofile_file(str(path))


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        ([], {}),
        (["a.b"], {"a.b": "b"}),
        (["x.b", "f.a.b", "g.a.b", "g.a.c", "b.c"],
         {"x.b": "x.b", "f.a.b": "f.a.b", "g.a.b": "g.a.b", "g.a.c": "a.c", "b.c": "b.c"}),
        (["b", "a.b"], {"b": "b", "a.b": "a.b"}),
        (["a.c", "g.a.c", "h.a.c"], {"a.c": "a.c", "g.a.c": "g.a.c", "h.a.c": "h.a.c"}),
    ],
)  # fmt: skip
def test_a_label_is_as_short_as_it_can_be(names, labels):
    assert mprof.function_labels(names) == labels
    assert mprof.function_labels(reversed(names)) == labels


def test_arguments_with_blanks_are_quoted():
    assert mprof.get_cmd_line(["a", "b c", "d\te", ""]) == "a 'b c' 'd\te' "


@pytest.fixture
def recordings(shell):
    for second in (59, 58):
        shell.write(f"mprofile_202611220858{second}.dat", RECORDING)
    shell.write("mprofile_20261122085858_ts.dat", RECORDING)
    shell.write("other.dat", "MEM 1.0 2.0\nMEM 8.0 3.0\n")
    return shell.folder


OLD, NEW = "mprofile_20261122085858.dat", "mprofile_20261122085859.dat"


def test_recordings_are_listed(run, recordings):
    assert run("list").stdout == f"0 {OLD} 08:58:58 22/11/2026\n1 {NEW} 08:58:59 22/11/2026\n"


def test_peaks_are_printed(run, recordings):
    children = "  Child 77\t\t\t7.250 MiB\n  Child 78\t\t\t1.000 MiB\n"
    assert run("peak").stdout == f"Using last profile data.\n{NEW}\t40.500 MiB\n{children}"
    assert run("peak", "other.dat", "0").stdout == (
        f"other.dat\t8.000 MiB\n{OLD}\t40.500 MiB\n{children}"
    )
    assert run("peak", "-1").stdout.startswith(NEW)
    assert run("peak", "-2").stdout.startswith(OLD)
    done = run("peak", "--func", "b.g", "0", "other.dat")
    assert done.stdout == f"{OLD}\t30.000 MiB\n{children}other.dat\tNaN MiB\n"


def test_peaks_of_nothing_are_no_number(run, shell):
    done = run("peak")
    assert done.stdout.startswith("No input file found.") and done.returncode == 255
    shell.write("x.dat", "CMDLINE true\n")
    assert run("peak", "x.dat").stdout == "x.dat\tNaN MiB\n"
    done = run("peak", "none.dat", "5")
    assert done.stdout == (
        "Input file not found: none.dat\nInput file not found: 5\n"
        "No files found from given input.\n"
    )
    shell.write("x.dat", "MEM\n")
    done = run("peak", "x.dat")
    assert (done.stderr, done.returncode) == (
        "mprof: x.dat:1: cannot read 'MEM': mend or delete this line\n", 1,
    )  # fmt: skip


def test_recordings_are_removed(run, recordings):
    done = run("rm", "--dry-run", "-2", "other.dat")
    assert set(done.stdout.splitlines()[1:]) == {OLD, "other.dat", "mprofile_20261122085858_ts.dat"}
    assert (recordings / OLD).exists()
    assert run("rm", "0").returncode == 0
    assert sorted(path.name for path in recordings.glob("*.dat")) == [NEW, "other.dat"]
    assert run("clean", "--dry-run").stdout == f"Files to be removed: \n{NEW}\n"
    assert run("clean").returncode == 0
    assert [path.name for path in recordings.glob("*.dat")] == ["other.dat"]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("7", "mprof: Invalid index (non-existing file): 7\n"),
        ("none.dat", "mprof: File none.dat not found\n"),
        (".", "mprof: Path . is a directory\n"),
    ],
)
def test_what_is_not_there_cannot_be_removed(run, recordings, argument, message):
    done = run("rm", "0", argument)
    assert (done.stderr, done.returncode) == (message, 1)
    assert (recordings / OLD).exists()
    assert run("rm").returncode == 1


# -- plot -----------------------------------------------------------------------------------------


#: Stands in for matplotlib, and tells what is drawn.
DRAWN = """
import sys
class Said:
    def __init__(self, name):
        self.name = name
    def __getattr__(self, name):
        return Said(f"{self.name}.{name}")
    def __call__(self, *args, **kwargs):
        print(self.name, *[a for a in args if isinstance(a, str)], kwargs.get("label", ""))
        return [0, 1] if self.name.endswith("lim") else Said("object")
sys.modules["matplotlib"] = Said("matplotlib")
sys.modules["matplotlib.pyplot"] = sys.modules["matplotlib"].pyplot = Said("pyplot")
sys.modules["matplotlib.colors"] = Said("colors")
sys.argv[1:] = ["plot", *sys.argv[1:]]
from rsprofile.compat.mprof import main
main()
"""


PLOT = "import sys; from rsprofile.compat import mprof; sys.argv.insert(1, 'plot'); mprof.main()"


def test_without_matplotlib_the_picture_is_ours_and_for_other_kinds_the_remedy_is_named(shell):
    shell.write("matplotlib.py", "raise ImportError('no matplotlib here')")
    shell.write("x.dat", RECORDING)
    for output, file in ([], "x.html"), (["-o", "y.svg"], "y.svg"), (["-o", "y.png"], "y.png"):
        done = shell.python("-c", PLOT, "x.dat", "-w", "0,0.2", *output)
        assert (done.stdout, done.stderr) == (f"mprof: wrote {file}\n", "")
        assert (shell.folder / file).stat().st_size > 1000
    done = shell.python("-c", PLOT, "x.dat", "-o", "y.pdf")
    assert done.stderr == "mprof: cannot plot: no matplotlib here; pip install matplotlib\n"
    assert done.returncode == 2
    done = shell.python("-c", PLOT, "x.dat", "-w", "2,1")
    assert done.stderr == "mprof: window 2,1 has no length: give the smaller number first\n"


def test_a_page_is_ours_though_there_is_matplotlib(shell):
    shell.write("x.dat", RECORDING)
    shell.write("draw.py", DRAWN)
    done = shell.python("draw.py", "x.dat", "-o", "x.html")
    assert (done.stdout, done.stderr) == ("mprof: wrote x.html\n", "")


def test_what_is_drawn(shell):
    shell.write("x.dat", RECORDING)
    shell.write("draw.py", DRAWN)
    done = shell.python("draw.py", "x.dat", "-o", "x.png", TZ="UTC")
    assert done.stderr == ""
    drawn = done.stdout.splitlines()
    labels = [line.rpartition("  ")[2] for line in drawn]
    assert "object.plot +-k 01 / 01 / 1970 - start at 00:16:40.000" in drawn
    for line in ("object.plot +-b child 77", "object.plot +-r child 78", "object.plot -c f 0.200s",
                 "object.plot -y g 0.100s", "object.set_title python 'my script.py' ",
                 "pyplot.savefig x.png "):  # fmt: skip
        assert line in drawn, labels
    done = shell.python("draw.py", "x.dat", "x.dat", "-n", "-t", "Title")
    drawn = done.stdout.splitlines()
    assert "object.set_title Title " in drawn and "pyplot.show " in drawn
    assert not [line for line in drawn if line.startswith("object.plot -")]
    done = shell.python("draw.py", "-f", "x.dat", "--backend", "agg")
    assert done.stderr == ""
    drawn = done.stdout.splitlines()
    assert drawn[0] == "matplotlib.use agg "
    assert [line for line in drawn if line.startswith("object.text")] == [
        "object.text a.f ", "object.text a.f ", "object.text b.g ",
    ]  # fmt: skip


@pytest.mark.parametrize("window", ["x", "1", "1,2,3"])
def test_a_window_is_two_numbers(run, window):
    done = run("plot", "-w", window)
    assert done.returncode == 2
    assert done.stderr.endswith(f"{window!r} is not two numbers with a comma between\n")


def test_a_recording_without_samples_cannot_be_drawn(shell):
    shell.write("x.dat", "CMDLINE true\n")
    shell.write("draw.py", DRAWN)
    done = shell.python("draw.py", "x.dat")
    assert "No memory usage values have been found" in done.stdout and done.returncode == 0
