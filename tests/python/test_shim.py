"""Our modules under the name of memory_profiler."""

from __future__ import annotations

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
