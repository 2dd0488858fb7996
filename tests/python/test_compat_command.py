"""`python -m memory_profiler` as ours: programs end as they do alone, and the report is exact."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time

import pytest

MODULE = ("-m", "rsprofile.compat.memory_profiler")

PROGRAM = """
@profile
def work(n):
    block = "x" * n
#
    return len(block)

def other():
    pass

@profile(precision=1)
def later():
    return work(1)

if __name__ == "__main__":
    later()
    work(2)
"""

#: A report, its amounts replaced by their width and digits.
REPORT = """\
Filename: prog.py

Line #    Mem usage    Increment  Occurrences   Line Contents
=============================================================
     1{mem}{mem}           2   @profile
     2                                         def work(n):
     3{mem}{mem}           2       block = "x" * n
     4                                         #
     5{mem}{mem}           2       return len(block)


Filename: prog.py

Line #    Mem usage    Increment  Occurrences   Line Contents
=============================================================
    10{mem}{mem}           1   @profile(precision=1)
    11                                         def later():
    12{mem}{mem}           1       return work(1)


"""


def expected(digits=3):
    """Give the report of `PROGRAM`."""
    return REPORT.format(mem=f"<{max(13, digits + 9)}:{digits}>")


def masked(report):
    """Replace the amounts in a report."""

    def mask(match):
        return f"<{len(match[0])}:{len(match[1] or '.') - 1}>"

    return re.sub(r" +-?\d+(\.\d+)? MiB", mask, report)


@pytest.fixture
def run(shell):
    return lambda *arguments, **options: shell.python(*MODULE, *arguments, **options)


def rows(report):
    """Give the occurrences of each measured line by its text."""
    found = {}
    for line in report.splitlines():
        parts = line[:46].split()
        if len(parts) == 6 and parts[2] == parts[4] == "MiB":
            found.setdefault(line[46:].strip(), []).append(int(parts[5]))
    return found


# -- the report -----------------------------------------------------------------------------------


def test_the_layout_is_memory_profilers_to_the_character(run, shell):
    shell.write("prog.py", PROGRAM)
    done = run("prog.py")
    assert masked(done.stdout) == expected()
    assert (done.stderr, done.returncode) == ("", 0)
    assert shell.leftovers() == []


def test_a_file_has_the_name_that_was_given(run, shell):
    path = shell.write("folder/helper.py", PROGRAM.partition("if __name__")[0])
    script = shell.write(
        "folder/prog.py", "import helper\nhelper.later()\n@profile\ndef f(): pass\nf()"
    )
    for name in ("folder/prog.py", "./folder/../folder/prog.py", str(script)):
        files = re.findall("Filename: (.*)", run(name).stdout)
        assert files == [str(path), str(path), name]


@pytest.mark.parametrize("digits", [0, 1, 6])
def test_the_precision_is_that_of_the_command_line(run, shell, digits):
    shell.write("prog.py", PROGRAM)
    done = run("--precision", str(digits), "prog.py")
    assert masked(done.stdout) == expected(digits)


def test_a_file_is_added_to(run, shell):
    shell.write("prog.py", PROGRAM + "import os; os.chdir('/'); print('theirs')")
    for _ in range(2):
        done = run("-o", "out.txt", "prog.py")
        assert (done.stdout, done.stderr) == ("theirs\n", "")
    assert masked((shell.folder / "out.txt").read_text()) == expected() * 2


def test_a_program_without_profiled_functions_has_an_empty_report(run, shell):
    shell.write("prog.py", "print('done')")
    assert run("prog.py").stdout == "done\n"
    assert run("-o", "out.txt", "prog.py").returncode == 0
    assert (shell.folder / "out.txt").read_text() == ""


@pytest.mark.parametrize("name", ["missing/out.txt", ".", "/dev/full"])
def test_a_file_that_cannot_be_written_costs_no_numbers(run, shell, name):
    shell.write("prog.py", PROGRAM)
    done = run("-o", name, "prog.py")
    assert masked(done.stdout) == expected()
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"rsprofile: cannot write {os.path.abspath(shell.folder / name)}: ")
    assert line.endswith(": the report goes to standard output")
    assert done.returncode == 0


def test_it_goes_to_standard_output_as_the_program_left_it(run, shell):
    shell.write(
        "prog.py",
        """
        import logging, sys
        from memory_profiler import LogFile
        logging.basicConfig(filename="log.txt", level=logging.INFO, format="%(message)s")
        sys.stdout = LogFile("x", reportIncrementFlag=True)
        @profile
        def work():
            x = bytearray(8 << 20)
            del x
        work()
        """,
    )
    done = run("prog.py")
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    logged = (shell.folder / "log.txt").read_text().splitlines()
    assert [line.split()[0] for line in logged] == ["Filename:", "Line", "5", "7"]


# -- how programs end -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ending",
    [
        "pass",
        "sys.exit()",
        "sys.exit(3)",
        "sys.exit('a message')",
        "1 / 0",
        "raise KeyboardInterrupt",
        "raise RuntimeError('outer') from ValueError('inner')",
        "raise ExceptionGroup('many', [ValueError(1), TypeError(2)])",
        "os.kill(os.getpid(), signal.SIGTERM); time.sleep(5)",
        "os.kill(os.getpid(), signal.SIGINT); time.sleep(5)",
        "os._exit(7)",
    ],
)
def test_a_program_ends_as_alone_and_its_report_is_there(run, shell, ending):
    text = f"""
        import atexit, os, signal, sys, time
        profile = profile_or_none
        @profile
        def work():
            {ending}
        atexit.register(print, "at exit")
        print("begun", flush=True)
        work()
        """
    shell.write("prog.py", text.replace("profile_or_none", "lambda function: function"))
    plain = shell.python("prog.py")
    shell.write("prog.py", text.replace("profile_or_none", "profile"))
    done = run("-o", "out.txt", "prog.py")
    assert (done.stdout, done.returncode) == (plain.stdout, plain.returncode)
    assert done.stderr == plain.stderr
    report = (shell.folder / "out.txt").read_text()
    assert rows(report)["@profile"] == [1]


def test_threads_that_go_on_are_waited_for(run, shell):
    shell.write(
        "prog.py",
        """
        import threading
        done = threading.Event()
        @profile
        def work():
            done.wait()
            x = 1
        threading.Thread(target=work).start()
        threading.Timer(0.2, done.set).start()
        """,
    )
    assert rows(run("prog.py").stdout)["x = 1"] == [1]


def test_the_program_cannot_tell(run, shell):
    text = """
        import sys, __main__
        print(__name__, __doc__, __file__, __spec__ and __spec__.name, __package__, type(__loader__).__name__)
        print(sys.argv, sys.path[0], __main__ is sys.modules["__main__"])
        print(sorted(vars(__main__)), "theirs" in dir(__main__))
        theirs = 1
        """
    shell.write("prog.py", text)
    plain, ours = shell.python("prog.py", "-o", "x"), run("prog.py", "-o", "x")
    assert (ours.stdout, ours.stderr) == (plain.stdout, plain.stderr)
    shell.write("pkg/__init__.py", "")
    shell.write("pkg/__main__.py", text)
    plain, ours = shell.python("-m", "pkg", "a"), run("pkg", "a")
    assert (ours.stdout, ours.stderr) == (plain.stdout, plain.stderr)


def test_modules_of_the_program_do_not_take_the_place_of_ours(run, shell):
    for name in ("argparse", "json", "logging", "linecache", "pdb"):
        shell.write(f"{name}.py", "raise ImportError('mine')")
    shell.write("prog.py", PROGRAM)
    done = run("-o", "out.txt", "prog.py")
    assert (done.stdout, done.stderr) == ("", "")
    assert masked((shell.folder / "out.txt").read_text()) == expected()


def test_a_syntax_error_is_shown_as_python_shows_it(run, shell):
    shell.write("prog.py", "x = = 1\n")
    plain, done = shell.python("prog.py"), run("prog.py")
    assert (done.stdout, done.stderr, done.returncode) == ("", plain.stderr, 1)


# -- what is run ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["prog", "bin/my-prog", "./prog", "my-prog"])
def test_a_script_needs_no_ending(run, shell, name):
    shell.write(name, PROGRAM)
    assert rows(run(name).stdout)["return work(1)"] == [1]


def test_scripts_are_found_on_the_path(run, shell):
    shell.write("bin/tool.py", PROGRAM)
    shell.write("bin/other-tool", PROGRAM)
    for name in ("tool.py", "other-tool"):
        assert rows(run(name, PATH=f"{shell.folder}/bin").stdout)["return work(1)"] == [1]


def test_a_script_here_goes_before_a_module_elsewhere(run, shell):
    for name in ("json", "test"):
        shell.write(name, "print('mine')")
        assert run(name).stdout == "mine\n"


def test_a_folder_with_a_main_is_run(run, shell):
    shell.write("my-folder/__main__.py", "import sys; print(sys.path[0])")
    assert run("my-folder").stdout == f"{shell.folder}/my-folder\n"


def test_a_module_here_goes_before_a_script_of_its_name(run, shell):
    shell.write("prog", "print('script')")
    assert run("prog").stdout == "script\n"
    shell.write("prog.py", "print('module')")
    assert run("prog").stdout == "module\n"


def test_a_module_in_a_package_may_import_relatively(run, shell):
    shell.write("pkg/__init__.py", "")
    shell.write("pkg/inner.py", PROGRAM)
    shell.write("pkg/start.py", "from . import inner\ninner.later()")
    assert rows(run("pkg.start").stdout)["return work(1)"] == [1]


@pytest.mark.parametrize(
    ("arguments", "message", "status"),
    [
        (["none.py"], "Could not find script none.py", 1),
        (["no-such-program"], "Could not find script no-such-program", 1),
        (["nomodule"], "rsprofile: no module named 'nomodule'; check its name and sys.path", 1),
        ([], "A program to run must be provided. Use -h for help", 1),
        (["--precision", "x", "prog.py"], "rsprofile: argument --precision: 'x' is not a number", 2),
        (["--precision", "-1", "prog.py"], "rsprofile: argument --precision: -1 is not between 0 and 100", 2),
        (["--pdb-mmem", "x", "prog.py"], "rsprofile: argument --pdb-mmem: invalid float value: 'x'", 2),
        (["--nothing", "prog.py"], "rsprofile: unknown option --nothing; see python -m memory_profiler --help", 2),
        (["-o"], "rsprofile: argument -o: expected one argument", 2),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_said_in_a_line(run, arguments, message, status):
    done = run(*arguments)
    assert (done.stdout, done.stderr, done.returncode) == ("", f"{message}\n", status)


def test_an_unknown_backend_is_refused(run):
    done = run("--backend", "nope", "prog.py")
    assert done.returncode == 2 and "psutil_pss" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_version_and_the_help(run):
    assert run("--version").stdout == "0.61.0\n"
    assert "--pdb-mmem" in run("--help").stdout


def test_profiling_that_is_turned_off_is_said(run, shell):
    shell.write("prog.py", "print(1)")
    done = run("prog.py", RSPROFILE="0")
    assert (done.stdout, done.returncode) == ("", 2)


# -- the builtin and the import -------------------------------------------------------------------

USES = """
import builtins
assert builtins.profile is profile

@profile
def one():
    x = 1

@profile()
def two():
    x = 2

@profile(precision=5)
def three():
    x = 3

with profile:
    one()
with profile.timestamp("a block"):
    two()
profile.enable_by_count()
three()
profile.disable_by_count()
"""


@pytest.mark.parametrize("options", [[], ["--timestamp"]])
def test_the_builtin_has_all_uses_in_both_modes(run, shell, options):
    shell.write("prog.py", USES)
    done = run(*options, "prog.py")
    assert (done.stderr, done.returncode) == ("", 0)
    if options:
        names = [line.split()[1] for line in done.stdout.splitlines()]
        main = ["__main__.one", "__main__.two", "__main__.three"]
        assert names == [*main, ".<block>", ".a_block", ".<block>"]
    else:
        found = rows(done.stdout)
        assert [found[f"x = {n}"] for n in (1, 2, 3)] == [[1], [1], [1]]


IMPORTS = """
from memory_profiler import profile
import memory_profiler

@profile
def work(n):
    return n

class Shape:
    @profile(precision=4)
    def area(self):
        return work(2)

print(Shape().area(), memory_profiler.__name__)
"""


def test_an_imported_profile_reports_each_call(run, shell):
    shell.write("prog.py", IMPORTS)
    done = run("-o", "out.txt", "prog.py")
    assert rows(done.stdout)["return n"] == [1]
    assert "\n2 rsprofile.compat.memory_profiler\n" in done.stdout
    assert (shell.folder / "out.txt").read_text() == ""


def test_an_imported_profile_is_stamped_too(run, shell):
    shell.write("prog.py", IMPORTS)
    done = run("--timestamp", "-o", "out.txt", "prog.py")
    assert rows(done.stdout)["return n"] == [1]
    lines = (shell.folder / "out.txt").read_text().splitlines()
    assert sorted((line.split()[1], line.split()[6]) for line in lines) == [
        ("__main__.area", "0"),
        ("__main__.work", "1"),
    ]


def test_imported_coroutines_and_generators_are_stamped_as_a_whole(run, shell):
    shell.write(
        "prog.py",
        """
        import asyncio
        from memory_profiler import profile
        @profile
        async def work(n):
            await asyncio.sleep(0)
            return n
        @profile
        def items():
            yield 1
        async def main():
            return await asyncio.gather(work(1), work(2))
        print(asyncio.run(main()), list(items()))
        """,
    )
    done = run("--timestamp", "-o", "out.txt", "prog.py")
    assert done.stderr == "" and "\n[1, 2] [1]\n" in done.stdout
    lines = (shell.folder / "out.txt").read_text().splitlines()
    assert sorted((line.split()[1], line.split()[6]) for line in lines) == [
        ("__main__.items", "0"),
        ("__main__.work", "0"),
        ("__main__.work", "0"),
    ]


def test_what_rsprofile_itself_profiles_is_shown_too(run, shell):
    shell.write(
        "prog.py",
        """
        import rsprofile
        @rsprofile.profile
        def ours():
            y = 2
        ours()
        """,
    )
    assert rows(run("prog.py").stdout)["y = 2"] == [1]


@pytest.mark.parametrize("backend", ["psutil_pss", "psutil_uss", "posix", "tracemalloc"])
@pytest.mark.parametrize("options", [[], ["--timestamp"]])
def test_each_backend_gives_numbers(run, shell, backend, options):
    shell.write("prog.py", PROGRAM)
    done = run("--backend", backend, *options, "prog.py")
    assert done.stderr == ""
    if options:
        assert [line.split()[0] for line in done.stdout.splitlines()] == ["FUNC"] * 3
    else:
        assert masked(done.stdout) == expected()


def test_children_are_added_in_the_line_profiler(run, shell):
    shell.write(
        "prog.py",
        """
        import subprocess, sys
        @profile
        def work():
            child = subprocess.Popen(
                [sys.executable, "-c", "x = b'x' * (80 << 20); print(flush=True); input()"],
                stdin=-1, stdout=-1)
            child.stdout.readline()
            child.communicate(b"\\n")
        work()
        """,
    )
    done = run("--include-children", "prog.py")
    (line,) = [line for line in done.stdout.splitlines() if "readline()" in line]
    # The child itself has some MiB before.
    assert 70 < float(line.split()[3]) < 120


# -- processes ------------------------------------------------------------------------------------

POOL = """
import multiprocessing, sys

@profile
def work(n):
    return n * n

class Thing:
    pass

def plain(thing):
    return type(thing).__name__

if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        print(pool.map(work, range(4)), pool.map(plain, [Thing()]))
        pool.close()
        pool.join()
    work(9)
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_worker_processes_of_the_program_are_in_the_report(run, shell, method):
    shell.write("prog.py", POOL)
    done = run("prog.py", method)
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.startswith("[0, 1, 4, 9] ['Thing']\n")
    assert rows(done.stdout)["return n * n"] == [5]
    assert shell.leftovers() == []


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_worker_processes_run_under_time_stamps(run, shell, method):
    shell.write("prog.py", POOL)
    done = run("--timestamp", "prog.py", method)
    assert (done.stderr, done.returncode) == ("", 0)
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:]] == [
        ["FUNC", "__main__.work"]
    ]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_what_several_children_alone_have_loaded_is_added_up(run, shell, method):
    shell.write("late.py", "@profile\ndef work(n):\n    return n * n\n")
    shell.write(
        "prog.py",
        """
        import multiprocessing, sys

        def load(n):
            import late
            late.work(n)

        if __name__ == "__main__":
            context = multiprocessing.get_context(sys.argv[1])
            children = [context.Process(target=load, args=(n,)) for n in range(3)]
            for child in children:
                child.start()
                child.join()
        """,
    )
    done = run("prog.py", method)
    assert (done.stderr, done.returncode) == ("", 0)
    assert rows(done.stdout)["return n * n"] == [3]


def test_a_forked_child_prints_nothing(run, shell):
    shell.write(
        "prog.py",
        """
        import os
        @profile
        def work():
            x = 1
        @profile
        def forks():
            return os.fork()
        work()
        child = forks()
        work()
        if child:
            os.waitpid(child, 0)
        """,
    )
    done = run("prog.py")
    assert done.stderr == ""
    found = rows(done.stdout)
    assert (found["x = 1"], done.stdout.count("Filename: ")) == ([3], 2)
    assert shell.leftovers() == []


def test_ctrl_c_leaves_a_report(shell):
    shell.write(
        "prog.py",
        """
        import time
        @profile
        def work():
            print("begun", flush=True)
            time.sleep(60)
        work()
        """,
    )
    process = subprocess.Popen(
        [sys.executable, *MODULE, "-o", "out.txt", "prog.py"],
        cwd=shell.folder,
        env=shell.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert errors.endswith("KeyboardInterrupt\n") and "rsprofile/" not in errors
    assert rows((shell.folder / "out.txt").read_text())["time.sleep(60)"] == [1]


# -- the debugger ---------------------------------------------------------------------------------

GROWS = """
n = 0
@profile
def work():
    global n
    n += 1
    block = bytearray(80 << 20)
    n += 10
    n += 100
    return n
print(work())
print(work())
"""


def test_the_debugger_stops_at_the_line_and_nothing_runs_twice(run, shell):
    shell.write("prog.py", GROWS)
    done = run("--pdb-mmem", "75", "prog.py", input="p n\nn\np n\nc\n")
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    message = r"Current memory \d+\.\d\d MiB exceeded the maximum of 75\.00 MiB"
    assert re.fullmatch(message, lines[0])
    assert lines[1] == "Stepping into the debugger "
    path = shell.folder / "prog.py"
    assert lines[2:][:8] == [
        f"> {path}(7)work()",
        "-> n += 10",
        "(Pdb) 1",
        f"(Pdb) > {path}(8)work()",
        "-> n += 100",
        "(Pdb) 11",
        # It stops once.
        "(Pdb) 111",
        "222",
    ]
    found = rows(done.stdout)
    assert (found["n += 1"], found["n += 10"], found["return n"]) == ([2], [2], [2])


def test_the_last_line_is_stopped_at_when_it_returns(run, shell):
    shell.write("prog.py", "@profile\ndef work():\n    return bytes(80 << 20).find(b'x')\nwork()\n")
    shell.write(
        "prog.py",
        "@profile\ndef work():\n    global x; x = b'x' * (80 << 20)\nwork()\nprint('end')\n",
    )
    done = run("--pdb-mmem", "75", "prog.py", input="c\n")
    assert "--Return--" in done.stdout
    assert rows(done.stdout)["global x; x = b'x' * (80 << 20)"] == [1]
    assert done.returncode == 0 and "(Pdb) end" in done.stdout


def test_leaving_the_debugger_leaves_a_report(run, shell):
    shell.write("prog.py", GROWS)
    done = run("--pdb-mmem", "75", "prog.py", input="q\n")
    assert done.stderr.endswith("bdb.BdbQuit\n") and done.returncode == 1
    assert rows(done.stdout)["n += 1"] == [1]


def test_a_limit_that_is_not_reached_changes_nothing(run, shell):
    shell.write("prog.py", PROGRAM)
    done = run("--pdb-mmem", "100000", "prog.py")
    assert masked(done.stdout) == expected()


def test_a_child_does_not_stop_in_the_debugger(run, shell):
    shell.write(
        "prog.py",
        """
        import os
        @profile
        def work():
            x = b"x" * (80 << 20)
            return len(x)
        child = os.fork()
        if not child:
            work()
            os._exit(0)
        print(os.waitpid(child, 0)[1])
        """,
    )
    done = run("--pdb-mmem", "75", "prog.py", input="")
    assert done.stderr == "" and done.stdout.startswith("0\nFilename: ")
    assert rows(done.stdout)["return len(x)"] == [1]


def test_the_debugger_stops_from_code_beside_another_tracer(shell):
    shell.write(
        "prog.py",
        """
        import sys
        from rsprofile.compat.memory_profiler import LineProfiler, show_results
        seen = []
        def tracer(frame, event, arg):
            seen.append((frame.f_code.co_name, event))
            return tracer
        def helper():
            return 1
        profiler = LineProfiler(max_mem=75)
        @profiler
        def work(n):
            helper()
            block = b"x" * (n << 20)
            return len(block) >> 20
        sys.settrace(tracer)
        work(1)
        assert sys.gettrace() is tracer
        sys.settrace(None)
        own = [event for name, event in seen if name in ("work", "helper")]
        assert own == ["call", "line", "call", "line", "return", "line", "line", "return"], own
        print(work(80))
        assert sys.gettrace() is None
        show_results(profiler)
        """,
    )
    done = shell.python("prog.py", input="p n\nc\n")
    assert (done.stderr, done.returncode) == ("", 0)
    assert "(Pdb) 80\n(Pdb) 80\n" in done.stdout
    assert rows(done.stdout)['block = b"x" * (n << 20)'] == [2]
