"""`rsprofile leaks`: the program runs as ever, and what survives in it is reported."""

from __future__ import annotations

import json
import re

import pytest

LEAK = """
import sys
class Handler:
    def __init__(self): self.buffer = bytearray(10_000)
registry = []
def register(): registry.append(Handler())
for _ in range(200): register()
print("done")
"""
METHODS = ["fork", "spawn", "forkserver"]


def run(shell, *arguments, **options):
    return shell.rsprofile("leaks", *arguments, **options)


def document(shell, name="out.json"):
    return json.loads((shell.folder / name).read_text())


def kinds(look):
    return [suspect["kind"] for suspect in look["suspects"]]


# -- the report -----------------------------------------------------------------------------------


def test_a_leak_is_told_with_where_it_is_made_and_held(shell):
    shell.write("app.py", LEAK)
    done = run(shell, "app.py")
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.startswith("done\n")
    paragraph = " ".join(done.stdout.split())
    assert "LEAK" in paragraph
    assert re.search(r"200 . Handler", paragraph)
    assert "registry" in paragraph


@pytest.mark.parametrize(
    "way", [["app.py"], ["-m", "app"], ["-c", LEAK], ["-"]], ids=["script", "-m", "-c", "-"]
)
def test_each_way_of_naming_a_program_works(shell, way):
    shell.write("app.py", LEAK)
    done = run(shell, *way, input=LEAK)
    assert done.stderr == ""
    assert "Handler" in done.stdout


@pytest.mark.parametrize("name", ["out.txt", "out.json", "out.md", "out.html"])
def test_the_report_goes_to_a_file(shell, name):
    shell.write("app.py", LEAK)
    done = run(shell, "-o", name, "app.py")
    assert done.stdout == "done\n"
    assert "Handler" in (shell.folder / name).read_text()
    hint = "rsprofile: saved; to see it: rsprofile show out.json\n"
    assert done.stderr == (hint if name == "out.json" else "")


def test_the_document_is_whole(shell):
    shell.write("app.py", LEAK)
    run(shell, "-o", "out.json", "app.py", "an argument")
    found = document(shell)
    assert found["run"]["command"] == ["app.py", "an argument"]
    (look,) = found["leaks"]
    (suspect,) = [one for one in look["suspects"] if one["kind"] == "Handler"]
    assert suspect["count"] == 200
    assert suspect["made"]["line"] == 5


def test_json_can_be_printed(shell):
    shell.write("app.py", LEAK)
    printed = run(shell, "--json", "app.py").stdout
    assert json.loads(printed.partition("\n")[2])["leaks"]


def test_options_of_the_look_are_taken(shell):
    shell.write("app.py", LEAK)
    look = ["--unit", "KiB", "--precision", "3", "--top", "1", "--verbose", "--color", "never"]
    done = run(shell, *look, "--by", "type", "--size", "own", "--stacks", "4", "app.py")
    assert done.stderr == ""
    assert " KiB" in done.stdout


def test_a_program_that_leaks_nothing_is_told_so(shell):
    done = run(shell, "--fail-on", "leak,growing,cycle,closure", "-c", "print('hello')")
    assert done.returncode == 0
    assert done.stdout.startswith("hello\n")
    assert "LEAK" not in done.stdout


def test_marks_are_in_the_document(shell):
    shell.write("app.py", "import rsprofile\n" + LEAK + "rsprofile.leaks.mark('all done')\n")
    run(shell, "-o", "out.json", "app.py")
    assert "all done" in (shell.folder / "out.json").read_text()


def test_a_mark_is_reported_at_once_if_asked_for(shell):
    shell.write(
        "app.py", "import rsprofile\n" + LEAK + "rsprofile.leaks.mark('m1')\nregistry.clear()\n"
    )
    done = run(shell, "--at-marks", "app.py")
    assert "at mark 'm1'" in done.stderr
    assert "Handler" in done.stderr
    assert "Handler" not in done.stdout


def test_the_programs_own_profile_is_known_and_measures_nothing(shell):
    shell.write(
        "app.py",
        """
        import memory_profiler
        @profile
        def work(): return 1
        work()
        """,
    )
    done = run(shell, "app.py")
    assert (done.stderr, done.returncode) == ("", 0)
    assert "Line #" not in done.stdout


# -- the end --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("sys.exit(3)", 3),
        ("1 / 0", 1),
        ("os._exit(7)", 7),
        ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(5)", -15),
        ("raise KeyboardInterrupt", -2),
    ],
)
def test_the_report_comes_however_the_program_ends_and_its_status_stays(shell, ending, status):
    shell.write("app.py", "import os, signal, time\n" + LEAK + ending)
    done = run(shell, "--fail-on", "leak", "-o", "out.txt", "app.py")
    assert done.returncode == status
    assert "Handler" in (shell.folder / "out.txt").read_text()


@pytest.mark.parametrize("ending", ["", "sys.exit()", "sys.exit(0)", "import os; os._exit(0)"])
def test_a_suspect_that_is_asked_for_ends_it_with_1(shell, ending):
    shell.write("app.py", LEAK + "import atexit; atexit.register(print, 'at exit')\n" + ending)
    done = run(shell, "--fail-on", "cycle,leak", "-o", "out.txt", "app.py")
    assert done.returncode == 1
    assert "rsprofile: --fail-on: 1 leak: status 1\n" in done.stderr
    assert ("at exit" in done.stdout) == ("_exit" not in ending)


def test_what_c_code_does_at_the_exit_is_done_though_the_status_is_ours(shell):
    shell.write(
        "app.py",
        LEAK
        + """
import ctypes
libc = ctypes.CDLL(None)
libc.strdup.restype = ctypes.c_void_p
libc.__cxa_atexit(libc.puts, ctypes.c_void_p(libc.strdup(b"from C")), None)
""",
    )
    done = run(shell, "--fail-on", "leak", "-o", "out.txt", "app.py")
    assert (done.returncode, done.stdout) == (1, "done\nfrom C\n")


def test_other_suspects_do_not_matter(shell):
    shell.write("app.py", LEAK)
    done = run(shell, "--fail-on", "cycle", "app.py")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_program_runs_and_ends_as_without_us(shell):
    shell.write(
        "app.py",
        """
        import sys, threading, traceback
        def work(): return 1 / 0
        print(__name__, sys.argv, sorted(globals()), threading.active_count())
        work()
        """,
    )
    plain = shell.python("app.py", "-x")
    ours = run(shell, "-o", "out.txt", "app.py", "-x")
    assert (ours.stdout, ours.stderr) == (plain.stdout, plain.stderr)
    assert ours.returncode == plain.returncode == 1


# -- before the end -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["err.txt", "out.txt", "out.json"])
def test_reports_come_at_intervals(shell, name):
    wait = f"""
import os, time
sys.stderr = open("err.txt", "w")
def reports():
    if not os.path.exists({name!r}): return 0
    with open({name!r}) as file: text = file.read()
    return text.count("-- every 0.1 s, ") + text.count('"taken"')
while reports() < 3: time.sleep(0.01)
"""
    shell.write("app.py", LEAK + wait)
    file = [] if name == "err.txt" else ["-o", name]
    done = run(shell, "--every", "0.1", *file, "app.py")
    assert done.returncode == 0
    if name == "out.json":
        looks = document(shell)["leaks"]
        assert len(looks) >= 4
        assert sorted(look["taken"] for look in looks) == [look["taken"] for look in looks]
        return
    text = (shell.folder / name).read_text()
    assert text.count("Handler") >= 3
    if name == "out.txt":
        assert text.rpartition("-- at the end --")[2].count("Handler") == 1


@pytest.mark.filterwarnings("error")
def test_a_program_that_forks_is_not_warned_of_our_thread(shell):
    shell.write(
        "app.py",
        """
        import os, warnings
        warnings.simplefilter("error")
        for _ in range(20):
            if not os.fork(): os._exit(0)
            os.wait()
        print("forked")
        """,
    )
    done = run(shell, "--every", "30", "-o", "out.txt", "app.py")
    assert (done.stdout, done.stderr) == ("forked\n", "")


def test_a_signal_has_a_report_and_the_programs_own_handler_is_called(shell):
    shell.write(
        "app.py",
        LEAK
        + """
import os, signal
os.kill(os.getpid(), signal.SIGUSR1)
def mine(*_): print("mine")
assert signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL
assert signal.signal(signal.SIGUSR1, mine) == signal.SIG_DFL
assert signal.getsignal(signal.SIGUSR1) is mine
os.kill(os.getpid(), signal.SIGUSR1)
assert signal.signal(signal.SIGUSR1, signal.SIG_IGN) is mine
os.kill(os.getpid(), signal.SIGUSR1)
try: signal.signal(signal.SIGUSR1, "no handler")
except TypeError: print("refused")
""",
    )
    done = run(shell, "--signal", "usr1", "-o", "out.txt", "app.py")
    assert (done.stdout, done.stderr, done.returncode) == ("done\nmine\nrefused\n", "", 0)
    assert (shell.folder / "out.txt").read_text().count("-- at SIGUSR1, ") == 3


# -- children -------------------------------------------------------------------------------------


def test_a_forked_child_has_its_own_look_and_only_what_it_made(shell):
    shell.write(
        "app.py",
        LEAK
        + """
import os
class Mine(Handler): pass
if not (child := os.fork()):
    mine = []
    def fill(): mine.append(Mine())
    for _ in range(100): fill()
    sys.exit()
os.waitpid(child, 0)
print(child)
""",
    )
    done = run(shell, "-o", "out.json", "app.py")
    parent, child = document(shell)["leaks"]
    assert child["pid"] == int(done.stdout.split()[-1])
    assert "Handler" in kinds(parent)
    assert "Mine" in kinds(child)
    assert "Handler" not in kinds(child)
    assert str(child["pid"]) in shell.rsprofile("show", "out.json").stdout
    assert shell.leftovers() == []


@pytest.mark.parametrize("method", METHODS)
def test_processes_of_multiprocessing_have_their_own_looks(shell, method):
    shell.write(
        "app.py",
        f"""
        import multiprocessing, os
        class Mine:
            def __init__(self): self.buffer = bytearray(10_000)
        mine = []
        def fill(): mine.append(Mine())
        def work():
            for _ in range(100): fill()
        if __name__ == "__main__":
            multiprocessing.set_start_method({method!r})
            process = multiprocessing.Process(target=work)
            process.start()
            process.join()
            print(process.pid, process.exitcode)
        """,
    )
    done = run(shell, "-o", "out.json", "app.py")
    child, status = done.stdout.split()
    assert status == "0", done.stderr
    looks = {look["pid"]: look for look in document(shell)["leaks"]}
    assert kinds(looks[int(child)])[0].endswith("Mine")
    assert next(iter(looks)) != int(child)
    assert shell.leftovers() == []


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "nothing to run"),
        (["--pid", "x", "app.py"], "'x' is not a number"),
        (["--pid", "1", "app.py"], "leave out --pid or app.py"),
        (["--pid", "1", "--every", "1"], "--every is of a program to run"),
        (["--pid", "1", "--at-marks"], "--at-marks is of a program to run"),
        (["--wait", "1", "app.py"], "add --pid N"),
        (["--every", "soon", "app.py"], "'soon' is not a number of seconds"),
        (["--every", "0", "app.py"], "--every 0 is out of range"),
        (["--every", "nan", "app.py"], "--every nan is out of range"),
        (["--signal", "KILL", "app.py"], "SIGKILL cannot be taken"),
        (["--signal", "NOPE", "app.py"], "unknown signal 'NOPE'"),
        (["--signal", "999", "app.py"], "unknown signal '999'"),
        (["--stacks", "0", "app.py"], "stacks 0 is out of range: 1 to 256"),
        (["--threshold", "big", "app.py"], "big"),
        (["--fail-on", "leek", "app.py"], "one of leak, growing, cycle, closure, held"),
        (["--unit", "acre", "app.py"], "acre"),
        (["--by", "colour", "app.py"], "colour"),
        (["--size", "own", "app.py"], "add --by"),
        (["--evry", "1", "app.py"], "near names: --every"),
        (["-o", "app.py", "app.py"], "the program itself"),
        (["nope.py"], "there is no file 'nope.py'"),
    ],
)
def test_what_means_nothing_is_refused_before_anything_runs(shell, arguments, text):
    shell.write("app.py", "print('ran')")
    done = run(shell, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert text in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_it_is_off_when_profiling_is(shell):
    done = run(shell, "-c", "print('ran')", RSPROFILE="0")
    assert (done.returncode, done.stdout) == (2, "")


def test_a_file_that_cannot_be_written_costs_no_report(shell):
    shell.write("app.py", LEAK)
    done = run(shell, "-o", "no/such/folder.txt", "app.py")
    assert "Handler" in done.stdout
    assert "cannot write" in done.stderr


@pytest.mark.parametrize("ending", ["sys.exit(0)", "sys.exit(3)", "sys.exit('bye')"])
def test_how_a_program_ends_leaves_no_cycle_of_ours(shell, ending):
    shell.write("app.py", f"import sys\ndef main(): {ending}\nmain()\n")
    assert re.search(r"^garbage +none$", run(shell, "app.py").stdout, re.MULTILINE)
