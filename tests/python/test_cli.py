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


def refused(done, *parts, status=2):
    """Check that a command was refused in one line that names these things."""
    assert done.returncode == status, done
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("rsprofile: ")
    for part in parts:
        assert part in lines[0]
    assert done.stdout == ""


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


def test_other_names_of_an_installed_memory_profiler_are_its_own(shell):
    shell.write("memory_profiler.py", "profile = 1\ndef memory_usage(): return [3]\n")
    shell.write(
        "prog.py", "from memory_profiler import memory_usage, profile\nprint(memory_usage())\n"
    )
    assert shell.rsprofile("prog.py").stdout.startswith("[3]\n")


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


# -- bad input ------------------------------------------------------------------------------------


def test_a_missing_script_is_refused_with_near_names(shell):
    shell.write("script.py", "")
    refused(shell.rsprofile("scirpt.py"), "scirpt.py", "near names: script.py")
    refused(shell.rsprofile("nothing/at/all"), "nothing/at/all", "-m MODULE")


def test_no_script_at_all_is_refused(shell):
    refused(shell.rsprofile(), "name a script")
    refused(shell.rsprofile("--all"), "name a script")
    refused(shell.rsprofile("-m"), "-m needs")
    refused(shell.rsprofile("-c"), "-c needs")
    refused(shell.rsprofile("--top"), "--top")


def test_a_directory_without_a_main_is_refused(shell):
    shell.write("folder/prog.py", "")
    refused(shell.rsprofile("folder"), "folder", "__main__.py")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_script_is_refused(shell):
    shell.write("prog.py", "").chmod(0)
    refused(shell.rsprofile("prog.py"), "prog.py", "permission")


def test_a_file_that_is_no_python_is_refused(shell):
    shell.write("prog", b"\x7fELF\x02\x01\0\0\0")
    refused(shell.rsprofile("prog"), "prog", "not Python source")
    refused(shell.rsprofile("prog.pyc"), "prog.pyc")
    shell.write("prog.pyc", b"nonsense")
    refused(shell.rsprofile("prog.pyc"), "prog.pyc", "run the source")


def test_text_that_is_not_utf8_is_refused_in_the_words_of_python(shell):
    shell.write("prog.py", b"x = '\xe9'\n")
    done = shell.rsprofile("prog.py")
    assert done.returncode == 1
    assert "SyntaxError" in done.stderr
    assert "rsprofile" not in done.stderr


def test_a_missing_module_is_refused(shell):
    refused(shell.rsprofile("-m", "no_such_module"), "no module named 'no_such_module'")
    refused(shell.rsprofile("-m", "json.nothing"), "no module named 'json.nothing'")
    refused(shell.rsprofile("-m", "logging"), "logging", "__main__")
    refused(shell.rsprofile("-m", "sys"), "sys")
    refused(shell.rsprofile("-m", ".x"), ".x")
    shell.write("prog.py", "")
    refused(shell.rsprofile("-m", "prog.py"), "without -m")


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--colums", "peak"], ["--colums", "near names: --columns"]),
        (["-x"], ["-x", "--help"]),
        (["--columns", "speed"], ["speed", "usage"]),
        (["--style", "ugly"], ["ugly", "rounded"]),
        (["--unit", "pound"], ["pound", "MiB"]),
        (["--sort", "speed"], ["speed", "increment"]),
        (["--precision", "-1"], ["-1"]),
        (["--precision", "99999999999999999999999"], ["99"]),
        (["--precision", "x"], ["--precision", "x"]),
        (["--top", "0"], ["0"]),
        (["--meter", "ruler"], ["ruler", "rss"]),
        (["--color", "pink"], ["pink", "always"]),
        (["-f", "a:"], ["a:", "module:function"]),
    ],
)
def test_an_option_that_means_nothing_is_refused_before_anything_runs(shell, options, parts):
    shell.write("prog.py", WORK)
    refused(shell.rsprofile(*options, "prog.py"), *parts)


def test_an_unwritable_file_sends_the_report_to_standard_output(shell):
    shell.write("prog.py", WORK)
    for path in ("no/such/folder/out.txt", "no/such/folder/out.json"):
        done = shell.rsprofile("-o", path, "prog.py")
        assert done.returncode == 0
        assert done.stderr.count("\n") == 1
        assert path in done.stderr
        assert "no such file or directory" in done.stderr
        assert "work" in done.stdout.partition("done\n")[2]


def test_a_full_disk_sends_the_report_to_standard_output(shell):
    shell.write("prog.py", WORK)
    done = shell.rsprofile("-o", "/dev/full", "prog.py")
    assert "no space left on device" in done.stderr
    assert HEADER in done.stdout


def test_a_full_standard_output_sends_the_report_to_standard_error(shell):
    shell.write("prog.py", "@profile\ndef work(): pass\nwork()\n")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "rsprofile", "prog.py"],
            cwd=shell.folder, env=shell.environment, stdout=full, stderr=subprocess.PIPE,
            text=True, check=False,
        )  # fmt: skip
    assert "no space left on device" in done.stderr
    assert HEADER in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 0


def test_a_closed_standard_output_sends_the_report_to_standard_error(shell):
    shell.write("prog.py", "@profile\ndef work(): pass\nwork()\nimport sys; sys.stdout.close()\n")
    done = shell.rsprofile("prog.py")
    assert HEADER in done.stderr
    assert done.returncode == 0


def test_a_program_that_takes_standard_output_for_itself_does_not_swallow_the_report(shell):
    shell.write(
        "prog.py",
        """
        import io, sys
        @profile
        def work(): pass
        work()
        sys.stdout = io.StringIO()
        """,
    )
    assert HEADER in shell.rsprofile("prog.py").stdout


def test_a_reader_that_goes_away_is_no_error(shell):
    shell.write("prog.py", "@profile\ndef work(): pass\nwork()\n")
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m rsprofile prog.py | true; echo ${{PIPESTATUS[0]}}"],
        cwd=shell.folder, env=shell.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_a_report_that_does_not_fit_the_encoding_is_escaped(shell):
    shell.write("prog.py", "@profile\ndef work():\n    x = 'h\xe9'\nwork()\n")
    done = shell.rsprofile("prog.py", PYTHONIOENCODING="ascii")
    assert "h\\xe9" in done.stdout


def test_a_file_that_is_no_profile_is_refused(shell):
    refused(shell.rsprofile("show", "missing.json"), "missing.json", "no such file")
    refused(shell.rsprofile("show"), "FILE")
    shell.write("bad.json", "{}")
    refused(shell.rsprofile("show", "bad.json"), "bad.json")
    shell.write("binary.json", b"\xff\xfe")
    refused(shell.rsprofile("show", "binary.json"), "binary.json")


def test_a_profile_of_a_newer_format_is_refused(shell):
    shell.write("prog.py", "@profile\ndef work(): pass\nwork()\n")
    shell.rsprofile("-o", "out.json", "prog.py")
    document = json.loads((shell.folder / "out.json").read_text())
    document["format"] += 1
    shell.write("new.json", json.dumps(document))
    refused(shell.rsprofile("show", "new.json"), "new.json", "format", "newer")


def test_rsprofile_0_refuses_to_run_a_program(shell):
    shell.write("prog.py", WORK)
    refused(shell.rsprofile("prog.py", RSPROFILE="0"), "RSPROFILE=0", "unset")


def without_proc(shell, *arguments):
    """Run Python where /proc is empty."""
    hide = 'mount -t tmpfs none /proc && exec "$@"'
    command = ["unshare", "--mount", "sh", "-c", hide, "sh", sys.executable, *arguments]
    done = subprocess.run(
        command,
        cwd=shell.folder,
        env=shell.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare:" in done.stderr or "mount:" in done.stderr:
        pytest.skip("may not hide /proc on this machine")
    return done


def test_a_hidden_proc_is_named_and_costs_a_plain_script_nothing_but_its_report(shell):
    shell.write(
        "prog.py",
        """
        from rsprofile import profile
        @profile
        def work(): return 1
        @profile(columns="peak")
        def more(): return 2
        with profile:
            print(work() + more())
        profile.report()
        """,
    )
    done = without_proc(shell, "prog.py")
    assert (done.stdout, done.returncode) == ("3\n", 0), done
    assert "/proc" in done.stderr
    assert "Traceback" not in done.stderr
    refused(without_proc(shell, "-m", "rsprofile", "prog.py"), "/proc")
