"""Our modules under the name of memory_profiler."""

from __future__ import annotations

import subprocess

USER = """
import memory_profiler, multiprocessing, sys
from memory_profiler import LineProfiler, memory_usage, profile

def name(_):
    return memory_profiler.__name__

if __name__ == "__main__":
    print(name(0), memory_profiler.__version__, len(memory_usage()))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(name, [0]))
"""


def test_it_can_be_installed_in_a_process(shell):
    program = "import rsprofile; rsprofile.install_as_memory_profiler(); from memory_profiler import memory_usage; print(memory_usage.__module__)"
    assert shell.python("-c", program).stdout == "rsprofile.compat._usage\n"


def test_mprof_is_installed_with_it_and_imported_when_it_is_used(shell):
    shell.write(
        "prog.py",
        """
        import sys
        import rsprofile

        rsprofile.install_as_memory_profiler()
        rsprofile.install_as_memory_profiler()
        print("subprocess" in sys.modules)
        import mprof
        print(mprof.__name__, mprof is sys.modules["mprof"], mprof.__spec__.name)
        """,
    )
    done = shell.python("prog.py")
    ours = "rsprofile.compat.mprof"
    assert (done.stdout, done.stderr) == (f"False\n{ours} True {ours}\n", "")


def test_a_profiled_program_has_its_own_mprof(shell):
    shell.write("mprof.py", "theirs = 1\n")
    shell.write("prog.py", "import mprof, memory_profiler\nprint(mprof.theirs)\n")
    done = shell.python("-m", "rsprofile.compat.memory_profiler", "prog.py")
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_a_shim_reaches_worker_processes(shell):
    done = shell.rsprofile("shim", "shims")
    assert (done.stdout, done.returncode) == (
        "".join(f"shims/{name}\n" for name in ("memory_profiler.py", "mprof.py", "mprof")),
        0,
    )
    assert shell.rsprofile("shim", "shims").returncode == 0
    shell.write("user.py", USER)
    done = shell.python("user.py", PYTHONPATH=str(shell.folder / "shims"))
    ours = "rsprofile.compat.memory_profiler"
    assert (done.stdout, done.stderr) == (f"{ours} 0.61.0 1\n['{ours}']\n", "")


def test_a_module_that_is_not_ours_stays(shell):
    shell.write("shims/memory_profiler.py", "theirs = 1\n")
    done = shell.rsprofile("shim", "shims")
    assert done.returncode == 2
    assert done.stderr == (
        "rsprofile: shims/memory_profiler.py is there and is not ours; name another folder\n"
    )
    assert (shell.folder / "shims/memory_profiler.py").read_text() == "theirs = 1\n"


def test_a_shim_needs_a_folder(shell):
    for arguments in ([], ["a", "b"], ["--help"]):
        done = shell.rsprofile("shim", *arguments)
        assert done.returncode == 2 and done.stderr.count("\n") == 1


PROGRAM = """
@profile
def work():
    return 1

work()
"""


def test_modules_run_under_their_names(shell):
    shell.rsprofile("shim", "shims")
    shims = str(shell.folder / "shims")
    shell.write("prog.py", PROGRAM)
    # It is in the current directory, which must not take the place of the standard library for us.
    shell.write("argparse.py", "raise ImportError")
    done = shell.python("-m", "memory_profiler", "prog.py", PYTHONPATH=shims)
    assert done.stderr == ""
    assert done.stdout.startswith("Filename: prog.py\n\nLine #")
    done = shell.python("-m", "mprof", "run", "-o", "x.dat", "prog.py", PYTHONPATH=shims)
    assert (done.stderr, done.returncode) == ("", 0)
    assert "\nFUNC __main__.work " in (shell.folder / "x.dat").read_text()
    names = "import mprof, memory_profiler; print(mprof.__name__, mprof.mp is memory_profiler)"
    (shell.folder / "argparse.py").unlink()
    assert shell.python("-c", names, PYTHONPATH=shims).stdout == "rsprofile.compat.mprof True\n"


def test_mprof_is_a_command(shell):
    shell.rsprofile("shim", "shims")
    shell.write("x.dat", "MEM 2.0 1.0\n")
    done = subprocess.run(
        ["mprof", "peak", "x.dat"],
        cwd=shell.folder,
        env={**shell.environment, "PATH": f"{shell.folder}/shims:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("x.dat\t2.000 MiB\n", "")


def test_the_folder_must_be_writable(shell):
    shell.write("file", "")
    done = shell.rsprofile("shim", "file/shims")
    assert done.returncode == 2
    assert done.stderr == (
        "rsprofile: cannot write file/shims/memory_profiler.py: Not a directory; "
        "name another folder\n"
    )


def test_nothing_is_written_where_one_file_is_not_ours(shell):
    shell.write("shims/mprof", "#!/bin/sh\n")
    assert shell.rsprofile("shim", "shims").returncode == 2
    assert [path.name for path in (shell.folder / "shims").iterdir()] == ["mprof"]
