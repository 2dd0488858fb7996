"""Child processes take part in the run, and only one process prints."""

from __future__ import annotations

import pytest

METHODS = ["fork", "spawn", "forkserver"]


def count(report: str, text: str, occurrences) -> int:
    """Occurrences of a line, which must be measured in one table only."""
    measured = [line for line in report.splitlines() if line.endswith(text) and " MiB " in line]
    assert len(measured) == 1, report
    return occurrences(report)[text]


def test_a_forked_child_is_added_and_marked(shell, occurrences):
    shell.write(
        "prog.py",
        """
        import os
        @profile
        def work():
            x = 1
        work()
        child = os.fork()
        work()
        if child:
            os.waitpid(child, 0)
        """,
    )
    done = shell.rsprofile("prog.py")
    assert (done.stderr, done.returncode) == ("", 0)
    # The call before the fork is the parent's alone.
    assert count(done.stdout, "x = 1", occurrences) == 3
    assert shell.leftovers() == []


def test_a_child_that_leaves_by_os_exit_is_added(shell, occurrences):
    shell.write(
        "prog.py",
        """
        import os
        @profile
        def work():
            x = 1
        child = os.fork()
        if not child:
            work()
            os._exit(0)
        os.waitpid(child, 0)
        """,
    )
    assert count(shell.rsprofile("prog.py").stdout, "x = 1", occurrences) == 1


def test_grandchildren_are_added(shell, occurrences):
    shell.write(
        "prog.py",
        """
        import os
        @profile
        def work():
            x = 1
        for _ in range(3):
            if child := os.fork():
                os.waitpid(child, 0)
                break
        work()
        """,
    )
    assert count(shell.rsprofile("prog.py").stdout, "x = 1", occurrences) == 4


def test_a_child_killed_at_once_loses_only_its_own_numbers(shell, occurrences):
    shell.write(
        "prog.py",
        """
        import os, signal
        @profile
        def work():
            x = 1
        child = os.fork()
        work()
        if not child:
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
        """,
    )
    assert count(shell.rsprofile("prog.py").stdout, "x = 1", occurrences) == 1
    assert shell.leftovers() == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("choice", ["decorated", "-f", "imported", "--all", "module"])
def test_processes_of_multiprocessing_are_added(shell, occurrences, method, choice):
    decorator = {"decorated": "@profile", "imported": "@own"}.get(choice, "")
    shell.write("helper.py", "def inner():\n    y = 2\n")
    shell.write(
        "prog.py",
        f"""
        import multiprocessing
        from memory_profiler import profile as own
        {decorator}
        def work(n):
            x = n
            import helper
            helper.inner()
            return x
        if __name__ == "__main__":
            multiprocessing.set_start_method({method!r})
            process = multiprocessing.Process(target=work, args=(1,))
            process.start()
            process.join()
            print("status", process.exitcode)
        """,
    )
    options = {"-f": ["-f", "work"], "--all": ["--all"], "module": ["-f", "helper:inner"]}
    done = shell.rsprofile(*options.get(choice, []), "prog.py")
    assert "status 0\n" in done.stdout, done
    line = "y = 2" if choice == "module" else "x = n"
    assert count(done.stdout, line, occurrences) == 1
    assert (done.stderr, done.returncode) == ("", 0)
    assert shell.leftovers() == []


@pytest.mark.parametrize("method", METHODS)
def test_the_workers_of_a_pool_are_added_though_it_is_terminated(shell, occurrences, method):
    shell.write(
        "prog.py",
        f"""
        import multiprocessing
        class Thing:
            def __init__(self, n): self.n = n
        @profile
        def work(n):
            x = n
            return Thing(x)
        if __name__ == "__main__":
            with multiprocessing.get_context({method!r}).Pool(2) as pool:
                print(sum(thing.n for thing in pool.map(work, range(10))))
        """,
    )
    done = shell.rsprofile("prog.py")
    assert done.stdout.startswith("45\n"), done
    assert done.stderr == ""
    assert count(done.stdout, "x = n", occurrences) == 10


@pytest.mark.parametrize("method", METHODS)
def test_the_workers_of_an_executor_are_added(shell, occurrences, method):
    shell.write(
        "prog.py",
        f"""
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        @profile
        def work(n):
            x = n
            return x
        if __name__ == "__main__":
            context = multiprocessing.get_context({method!r})
            with ProcessPoolExecutor(2, mp_context=context) as pool:
                print(sum(pool.map(work, range(10))))
        """,
    )
    done = shell.rsprofile("prog.py")
    assert done.stdout.startswith("45\n"), done
    assert done.stderr == ""
    assert count(done.stdout, "x = n", occurrences) == 10


@pytest.mark.parametrize("method", METHODS)
def test_a_module_run_with_m_finds_its_workers_again(shell, occurrences, method):
    shell.write("pkg/__init__.py", "")
    shell.write(
        "pkg/prog.py",
        f"""
        import multiprocessing
        def work(n):
            x = n
            return x
        if __name__ == "__main__":
            with multiprocessing.get_context({method!r}).Pool(2) as pool:
                print(sum(pool.map(work, range(10))))
        """,
    )
    done = shell.rsprofile("-f", "work", "-m", "pkg.prog")
    assert done.stdout.startswith("45\n"), done
    assert count(done.stdout, "x = n", occurrences) == 10


@pytest.mark.parametrize("method", METHODS)
def test_children_of_a_plain_script_are_added_too(shell, occurrences, method):
    shell.write(
        "prog.py",
        f"""
        import multiprocessing
        from rsprofile import profile
        @profile
        def work(n):
            x = n
            return x
        if __name__ == "__main__":
            work(0)
            with multiprocessing.get_context({method!r}).Pool(2) as pool:
                print(sum(pool.map(work, range(10))))
        """,
    )
    done = shell.python("prog.py")
    assert done.stdout.startswith("45\n"), done
    assert done.stderr == ""
    assert count(done.stdout, "x = n", occurrences) == 11
    assert shell.leftovers() == []


def test_a_process_without_profiled_calls_leaves_nothing(shell):
    shell.write(
        "prog.py",
        """
        import subprocess, sys
        @profile
        def work():
            subprocess.run([sys.executable, "-c", "print('other')"], preexec_fn=lambda: None)
        work()
        """,
    )
    done = shell.rsprofile("prog.py")
    assert done.stdout.startswith("other\n")
    assert done.stderr == ""
    assert shell.leftovers() == []


def test_output_the_parent_had_not_flushed_is_not_printed_twice(shell):
    shell.write(
        "prog.py",
        """
        import os
        @profile
        def work(): pass
        print("once", end=" ")
        child = os.fork()
        if not child:
            work()
            os._exit(0)
        os.waitpid(child, 0)
        """,
    )
    assert shell.rsprofile("prog.py").stdout.count("once") == 1
