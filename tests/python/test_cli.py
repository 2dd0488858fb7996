"""The command line: what it takes, what it refuses, where its report goes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

WORK = """
@profile
def work():
    x = bytearray(20 << 20)
    return len(x)
work()
print("done")
"""
HEADER = "Line #    Mem usage    Increment  Occurrences   Line Contents\n" + "=" * 61 + "\n"


# -- what it takes --------------------------------------------------------------------------------


def test_options_behind_the_script_are_the_scripts(shell):
    shell.write("prog.py", "import sys; print(sys.argv[1:])")
    for before in ([], ["--"]):
        done = shell.rsprofile("--all", *before, "prog.py", "--all", "-f", "x", "--", "-o")
        assert done.stdout.startswith("['--all', '-f', 'x', '--', '-o']\n")


def test_a_module_may_be_glued_to_its_option(shell):
    shell.write("mod.py", "import sys; print(sys.argv[1:])")
    assert shell.rsprofile("-mmod", "--all").stdout.startswith("['--all']\n")


def test_the_console_script_is_the_same_command(shell):
    shell.write("prog.py", WORK + "import sys; print(sys.path[0])")
    command = os.path.join(os.path.dirname(sys.executable), "rsprofile")
    if not os.path.exists(command):
        pytest.skip("rsprofile is on the path but not installed")
    done = subprocess.run(
        [command, "prog.py"], cwd=shell.folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"done\n{shell.folder}\nFilename: ")


def test_the_help_has_an_example(shell):
    done = shell.rsprofile("--help")
    assert done.returncode == 0
    assert "rsprofile -f app.db:query -m app" in done.stdout
    assert shell.rsprofile("show", "--help").returncode == 0


def test_the_version_is_printed(shell):
    assert shell.rsprofile("--version").stdout.startswith("rsprofile 0.")


def test_profile_is_a_builtin_and_what_memory_profiler_exports(shell):
    shell.write(
        "prog.py",
        """
        import memory_profiler, rsprofile
        from memory_profiler import profile as theirs
        @theirs
        def one():
            x = 1
        @theirs(precision=4, backend="psutil")
        def two():
            x = 2
        @profile
        def three():
            x = 3
        one(); two(); three()
        try:
            memory_profiler.no_such_name
        except AttributeError as error:
            print("AttributeError")
        """,
    )
    done = shell.rsprofile("prog.py")
    assert done.stdout.startswith("AttributeError\n")
    assert done.stdout.count("Filename:") == 3
    assert done.stderr == ""


def test_names_of_memory_profiler_that_we_lack_are_the_installed_ones(shell):
    shell.write("memory_profiler.py", "profile = memory_usage = 1\ndef graph(): return [3]\n")
    shell.write(
        "prog.py",
        """
        from memory_profiler import graph, memory_usage, profile
        print(graph(), len(memory_usage()), memory_usage.__module__, callable(profile))
        """,
    )
    done = shell.rsprofile("prog.py")
    assert done.stdout.startswith("[3] 1 rsprofile.compat._usage True\n")


# -- what goes out --------------------------------------------------------------------------------


def test_the_default_report_has_the_layout_of_memory_profiler(shell):
    path = shell.write("prog.py", WORK)
    done = shell.rsprofile("prog.py")
    assert done.stdout.startswith(f"done\nFilename: {path}\n\n{HEADER}")
    assert done.stdout.endswith("\n\n\n")
    assert done.stderr == ""


@pytest.mark.parametrize("name", ["out.txt", "out.log", "out"])
def test_a_report_goes_to_a_file_as_text(shell, name):
    shell.write("prog.py", WORK)
    done = shell.rsprofile("-o", name, "prog.py")
    assert (done.stdout, done.stderr) == ("done\n", "")
    assert HEADER in (shell.folder / name).read_text()


def test_a_report_goes_to_a_file_as_json_and_can_be_shown(shell):
    shell.write("prog.py", WORK)
    direct = shell.rsprofile("-o", "out.json", "prog.py", "an argument")
    assert direct.stdout == "done\n"
    assert direct.stderr == "rsprofile: saved; to see it: rsprofile show out.json\n"
    document = json.loads((shell.folder / "out.json").read_text())
    assert document["run"]["command"] == ["prog.py", "an argument"]
    shown = shell.rsprofile("show", "out.json")
    assert HEADER in shown.stdout
    assert shown.returncode == 0


def test_saved_profiles_add_up(shell, occurrences):
    shell.write("prog.py", WORK)
    shell.rsprofile("-o", "a.json", "prog.py")
    shell.rsprofile("-o", "b.json", "prog.py")
    shown = shell.rsprofile("show", "a.json", "b.json")
    assert occurrences(shown.stdout)["return len(x)"] == 2
    merged = shell.rsprofile("show", "a.json", "b.json", "-o", "c.json")
    assert merged.returncode == 0
    assert json.loads((shell.folder / "c.json").read_text())["functions"][0]["calls"] == 2


def test_a_report_goes_to_a_file_as_markdown(shell):
    shell.write("prog.py", WORK)
    shell.rsprofile("-o", "out.md", "prog.py")
    assert "|" in (shell.folder / "out.md").read_text()


def test_a_relative_file_stays_where_the_run_began(shell):
    shell.write("prog.py", "import os; os.mkdir('sub'); os.chdir('sub')\n" + WORK)
    shell.rsprofile("-o", "out.txt", "prog.py")
    assert (shell.folder / "out.txt").exists()


def test_json_goes_to_standard_output(shell):
    shell.write("prog.py", "@profile\ndef work(): pass\nwork()\n")
    assert json.loads(shell.rsprofile("--json", "prog.py").stdout)["functions"][0]["name"] == "work"


def test_peak_and_own_are_columns_to_ask_for(shell):
    shell.write("prog.py", WORK)
    assert "Peak" in shell.rsprofile("--peak", "prog.py").stdout
    both = shell.rsprofile("--columns", "peak,own", "prog.py").stdout
    assert all(word in both for word in ("Mem usage", "Increment", "Occurrences", "Peak", "Own"))
    only = shell.rsprofile("--columns", "increment,peak", "prog.py").stdout
    assert "Mem usage" not in only


def test_colour_is_for_terminals_unless_asked_for(shell):
    shell.write("prog.py", WORK)
    assert "\x1b[" not in shell.rsprofile("prog.py").stdout
    assert "\x1b[" in shell.rsprofile("--color", "always", "prog.py").stdout
    assert "\x1b[" in shell.rsprofile("--color=always", "prog.py", NO_COLOR="1").stdout


def test_the_options_of_a_decorator_count_for_its_function(shell):
    shell.write(
        "prog.py",
        """
        import sys
        @profile(precision=4, stream=sys.stderr)
        def one(): pass
        @profile
        def two(): pass
        @profile(report="call")
        def three(): pass
        @profile(columns="own", precision=3)
        def four(): pass
        for f in (one, two, three, three, four): f()
        print("end")
        """,
    )
    done = shell.rsprofile("--precision", "2", "prog.py")
    assert done.stderr.count("Filename:") == 1
    assert "def one" in done.stderr
    assert len(done.stderr.split("MiB")[0].split()[-1].split(".")[1]) == 4
    before, _, after = done.stdout.partition("end\n")
    assert before.count("def three") == 2
    assert "def three" not in after
    assert "def two" in after
    assert after.count("Own") == 1
    saved = json.loads(shell.rsprofile("--json", "prog.py").stdout.partition("end\n")[2])
    calls = {function["name"]: function["calls"] for function in saved["functions"]}
    assert calls == {"one": 1, "two": 1, "three": 2, "four": 1}
    assert {function["processes"] for function in saved["functions"]} == {1}


# -- never an empty output ------------------------------------------------------------------------


def test_a_script_with_nothing_decorated_gets_all_and_one_line_saying_so(shell, occurrences):
    shell.write(
        "prog.py",
        """
        class User: pass
        user = User()
        user.profile = "an attribute"
        def work():
            x = 1
        work()
        """,
    )
    done = shell.rsprofile("prog.py")
    assert done.stderr.count("\n") == 1
    assert "--all" in done.stderr
    found = occurrences(done.stdout)
    assert found["x = 1"] == found["user = User()"] == 1


def test_functions_decorated_in_other_modules_are_in_the_report_too(shell, occurrences):
    shell.write("lib.py", "@profile\ndef work():\n    y = 2\n")
    shell.write("prog.py", "import lib\nlib.work()\n")
    found = occurrences(shell.rsprofile("prog.py").stdout)
    assert found["y = 2"] == found["lib.work()"] == 1


def test_a_run_that_measured_nothing_says_what_to_do(shell):
    shell.write("prog.py", "@profile\ndef work(): pass\nprint('done')\n")
    done = shell.rsprofile("prog.py")
    assert (done.stdout, done.returncode) == ("done\n", 0)
    assert done.stderr.count("\n") == 1
    assert "--all or -f" in done.stderr


def test_what_minus_f_names_is_named_when_nothing_came_of_it(shell):
    shell.write(
        "prog.py",
        """
        import os, signal
        def work(): os.kill(os.getpid(), signal.SIGKILL)
        def other(): pass
        if os.fork() == 0:
            work()
        os.wait()
        """,
    )
    done = shell.rsprofile("-f", "work", "-f", "o*r", "prog.py")
    assert (done.stdout, done.returncode) == ("", 0)
    assert done.stderr == (
        "rsprofile: nothing was measured: no numbers of work, o*r reached the end of the run;"
        " try --all\n"
    )
