"""Bad input and faults: one line that names the thing and the remedy, nothing of the user's lost."""

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


def test_a_report_does_not_replace_the_program(shell):
    script = shell.write("prog.py", WORK)
    (shell.folder / "link.py").symlink_to("prog.py")
    for output in ("prog.py", "./prog.py", str(script), "link.py"):
        refused(shell.rsprofile("-o", output, "prog.py"), f"-o {output}", "another file")
        refused(shell.rsprofile("-o", output, "-m", "prog"), f"-o {output}", "another file")
    refused(shell.rsprofile("-o", "prog.py", "link.py"), "-o prog.py", "another file")
    assert script.read_text() == WORK.lstrip("\n")


@pytest.mark.parametrize("program", ["{0}/prog.py", "-c pass", "-m this"])
def test_a_deleted_current_directory_is_no_hindrance(shell, program):
    shell.write("prog.py", "x = 1\n")
    run = f"{sys.executable} -m rsprofile --all -o {{0}}/out.json {program}".format(shell.folder)
    gone = f"mkdir gone && cd gone && rmdir ../gone && {run}"
    done = subprocess.run(
        ["bash", "-c", gone],
        cwd=shell.folder, env=shell.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done
    saved = f"rsprofile: saved; to see it: rsprofile show {shell.folder}/out.json\n"
    assert done.stderr == saved
    done = subprocess.run(
        ["bash", "-c", gone.replace(f"{shell.folder}/out.json", "out.json")],
        cwd=shell.folder, env=shell.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done
    assert done.stderr.startswith("rsprofile: cannot write out.json: no such file")
    assert done.stderr.count("\n") == 1


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
