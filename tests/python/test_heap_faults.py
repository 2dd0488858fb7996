"""The heap meter beside forks, threads, other tracers, and the end of the process."""

from __future__ import annotations

from conftest import Run


def test_a_child_of_a_fork_goes_on_with_the_figures_it_had(run: Run):
    run(
        """
        _core.heap_start()
        keep = bytearray(1_000_000)            # parent
        parent = at("parent")
        child = os.fork()
        if child == 0:
            assert _core.heap_is_tracing()
            assert at("parent") == parent
            more = bytearray(500_000)          # child
            assert at("child")[0] == 500_000 + size(bytearray()) + 1
            del keep
            assert at("parent") == (0, 0)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert at("parent") == parent and at("child") == (0, 0)
        """
    )


def test_forks_while_threads_allocate_leave_no_lock_taken(run: Run):
    run(
        """
        _core.heap_start()
        done = False
        def work(n):
            while not done:
                exec(compile("\\n" * n + "x = [bytearray(i) for i in range(30)]", f"<{n}>", "exec"), {})
        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for i in range(60):
            child = os.fork()
            if child == 0:
                exec(compile("y = [bytearray(i) for i in range(30)]", f"<child {i}>", "exec"), {})
                _core.heap_snapshot()
                _core.heap_stop()
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
        done = True
        for thread in threads:
            thread.join()
        """,
        PYTHONWARNINGS="ignore::DeprecationWarning",
    )


def test_starting_and_stopping_under_load_does_no_harm(run: Run):
    run(
        """
        done = False
        problems = []
        def work(n):
            try:
                while not done:
                    kept = [[bytearray(i), {i: str(i)}, (i, i), float(i)] for i in range(200)]
                    kept = sorted(kept, key=lambda item: -item[3])
            except BaseException as error:
                problems.append(error)
        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        sys.setswitchinterval(0.0001)
        for thread in threads:
            thread.start()
        for i in range(300):
            _core.heap_start(1 + i % 3)
            if i % 5 == 0:
                _core.heap_clear()
            live, peak = _core.heap_totals()
            assert 0 <= live <= peak, (live, peak)
            for row in _core.heap_snapshot():
                assert min(row[2:]) >= 0, row
            _core.heap_stop()
            assert _core.heap_totals() == (0, 0)
        done = True
        for thread in threads:
            thread.join()
        assert not problems, problems
        assert _core.heap_own()[1] == 0
        """
    )


def test_starts_and_stops_leave_no_memory_behind(run: Run):
    run(
        """
        def round(n):
            for i in range(n):
                _core.heap_start()
                for line in range(20):
                    eval("\\n" * line + "bytearray(100)")
                _core.heap_stop()
        round(100)
        own = _core.heap_own()[0]
        round(2000)
        assert _core.heap_own()[0] - own < 500_000, (own, _core.heap_own())
        """
    )


def test_threads_that_end_leave_nothing_behind(run: Run):
    run(
        """
        _core.heap_start()
        def work():
            local.value = bytearray(100_000)
        local = threading.local()
        def round(n):
            for _ in range(n):
                thread = threading.Thread(target=work)
                thread.start()
                thread.join()
            gc.collect()
        round(5)
        live, own = _core.heap_totals()[0], _core.heap_own()[0]
        round(300)
        assert _core.heap_totals()[0] - live < 100_000
        assert _core.heap_own()[0] - own < 500_000
        """
    )


def test_the_end_of_the_process_comes_whole(shell):
    for end in ("os._exit(3)", "sys.exit(3)", "raise SystemExit(3)"):
        shell.write(
            "prog.py",
            f"""
            import os, sys, threading, time
            from rsprofile import _core
            _core.heap_start(5)
            def work():
                while True:
                    [bytes(i) for i in range(100)]
                    time.sleep(0)
            for _ in range(3):
                threading.Thread(target=work, daemon=True).start()
            class Late:
                def __del__(self):
                    [bytes(100) for _ in range(100)]
            late = Late()
            keep = [late, [late]]
            {end}
            """,
        )
        for _ in range(3):
            done = shell.python("prog.py")
            assert done.returncode == 3, done.stderr


def test_a_process_that_runs_out_of_memory_goes_on(run: Run):
    run(
        """
        import resource
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        before = resource.getrlimit(resource.RLIMIT_AS)
        _core.heap_start()
        for _ in range(3):
            kept = []
            resource.setrlimit(resource.RLIMIT_AS, (used + (300 << 20), before[1]))
            try:
                while True:
                    kept.append(bytes(300_000))    # kept
            except MemoryError:
                pass
            # What follows needs memory of its own.
            resource.setrlimit(resource.RLIMIT_AS, before)
            count = len(kept)
            assert count > 100
            # There may have been no memory to note a block down, either.
            assert at("kept")[1] + _core.heap_own()[1] >= count
            kept = None
            assert at("kept")[1] <= 1
        """
    )


def test_frozen_objects_keep_their_line(run: Run):
    run(
        """
        _core.heap_start()
        keep = [[i] for i in range(1000)]      # lists
        before = at("lists")
        gc.collect(), gc.freeze()
        assert at("lists") == before
        gc.unfreeze()
        assert at("lists") == before
        """
    )


def test_tracemalloc_started_after_is_called_through(run: Run):
    run(
        """
        import tracemalloc
        _core.heap_start()
        tracemalloc.start()
        keep = bytes(1_000_000)                # both
        # What it notes down for itself goes through ours too.
        assert size(keep) <= at("both")[0] < size(keep) + 1000, at("both")
        assert tracemalloc.get_traced_memory()[0] >= 1_000_000
        # Not in front: it stays and passes on.
        _core.heap_stop()
        more = bytes(1_000_000)
        assert _core.heap_totals() == (0, 0)
        _core.heap_start()
        third = bytes(1_000_000)               # third
        assert size(third) <= at("third")[0] < size(third) + 1000, at("third")
        tracemalloc.stop()
        fourth = bytes(1_000_000)              # fourth
        assert at("fourth") == (size(fourth), 1)
        del keep, more, third, fourth
        assert at("third")[0] < 1000 and at("fourth") == (0, 0)
        _core.heap_stop()
        """
    )


def test_tracemalloc_started_before_may_take_itself_away(run: Run):
    run(
        """
        import tracemalloc
        tracemalloc.start()
        _core.heap_start()
        keep = bytes(1_000_000)                # both
        assert at("both") == (size(keep), 1)
        # Takes us away with it; the next reading puts us back.
        tracemalloc.stop()
        _core.heap_totals()
        more = bytes(1_000_000)                # more
        assert at("more") == (size(more), 1)
        del more
        assert at("more") == (0, 0)
        _core.heap_stop()
        _core.heap_start()
        again = bytes(1_000_000)               # again
        assert at("again") == (size(again), 1)
        _core.heap_stop()
        """
    )


def test_a_signal_handler_that_allocates_is_recorded_like_other_code(run: Run):
    run(
        """
        import signal
        caught = []
        def handler(*_):
            caught.append(bytearray(1000))     # caught
        signal.signal(signal.SIGALRM, handler)
        _core.heap_start()
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        while len(caught) < 50:
            [str(i) for i in range(100)]
        signal.setitimer(signal.ITIMER_REAL, 0)
        assert at("caught")[0] >= len(caught) * 1000
        """
    )


def test_memory_of_a_released_lock_is_booked_on_the_line(run: Run):
    run(
        """
        import ctypes
        # CDLL releases the interpreter lock.
        python = ctypes.CDLL(None)
        python.PyMem_RawMalloc.restype = ctypes.c_void_p
        python.PyMem_RawFree.argtypes = [ctypes.c_void_p]
        python.PyMem_RawRealloc.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
        python.PyMem_RawRealloc.restype = ctypes.c_void_p
        python.PyMem_RawMalloc.argtypes = [ctypes.c_size_t]
        python.PyMem_RawFree(python.PyMem_RawRealloc(python.PyMem_RawMalloc(1), 100))
        _core.heap_start()
        block = python.PyMem_RawMalloc(7_000_000)          # made
        assert at("made")[0] in range(7_000_000, 7_000_200), at("made")
        grown = python.PyMem_RawRealloc(block, 90_000_000) # grown
        assert at("made")[0] < 200
        assert at("grown")[0] in range(90_000_000, 90_000_200), at("grown")
        failed = python.PyMem_RawRealloc(grown, 1 << 62)
        assert failed is None
        assert at("grown")[0] in range(90_000_000, 90_000_200), at("grown")
        python.PyMem_RawFree(grown)
        assert at("grown")[0] < 200
        """
    )
