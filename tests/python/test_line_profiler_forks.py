"""Profilers of memory_profiler's interface in processes that fork."""

from __future__ import annotations


def test_a_child_goes_on_with_what_was_measured_before(shell):
    shell.write(
        "prog.py",
        """
        import os, threading, warnings
        from rsprofile import _core
        from rsprofile.compat.memory_profiler import LineProfiler

        warnings.simplefilter("ignore", DeprecationWarning)
        _core.configure(meter="fake")
        inside, go_on = threading.Event(), threading.Event()

        def work(times):
            for _ in range(times):
                _core.grow(1 << 20)

        def figures(profiler):
            return profiler.code_map[work.__code__][work.__code__.co_firstlineno + 2][::2]

        def wait():
            with other:
                work(50)
                inside.set()
                go_on.wait()

        one, other = LineProfiler(), LineProfiler()
        one.add_function(work)
        other.add_function(work)
        thread = threading.Thread(target=wait)
        thread.start()
        inside.wait()
        with one:
            work(2)
            child = os.fork()
            if child == 0:
                work(3)
                one.disable_by_count()
                own = LineProfiler()
                own(work)(4)
                print(figures(one), figures(own), figures(other), flush=True)
                os._exit(0)
            os.waitpid(child, 0)
            work(10)
        go_on.set()
        thread.join()
        print(figures(one), figures(other))
        """,
    )
    done = shell.python("prog.py")
    assert not done.stderr
    assert done.stdout.splitlines() == [
        "(5.0, 5) (4.0, 4) (50.0, 50)",
        "(12.0, 12) (50.0, 50)",
    ]


def test_a_child_reads_its_own_memory(shell):
    shell.write(
        "prog.py",
        """
        import os
        from rsprofile.compat.memory_profiler import LineProfiler

        def allocate():
            return b"x" * (64 << 20)

        def increment(profiler):
            code = allocate.__code__
            return profiler.code_map[code][code.co_firstlineno + 1][0]

        before = LineProfiler()
        before(allocate)()
        child = os.fork()
        if child == 0:
            inside = LineProfiler()
            inside(allocate)()
            print(60 < increment(inside) < 70, flush=True)
            os._exit(0)
        os.waitpid(child, 0)
        """,
    )
    assert shell.python("prog.py").stdout == "True\n"
