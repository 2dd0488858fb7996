"""`rsprofile.heap.limit`: an exception, or a call, when the traced memory passes a limit."""

from __future__ import annotations

import inspect
import pickle
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Run
from rsprofile import heap

LARGE = 10_000_000
BLOCK = sys.getsizeof(bytes(LARGE))


def line_of(function, text: str) -> int:
    lines, first = inspect.getsourcelines(function)
    (offset,) = [number for number, line in enumerate(lines) if line.strip().endswith(text)]
    return first + offset


def grow_for_ever():
    kept = []
    while True:
        kept.append(bytes(LARGE))  # grows


@pytest.fixture(autouse=True)
def off_again():
    yield
    assert not heap.is_tracing()


def test_the_block_that_passes_it_raises_and_names_the_line():
    with pytest.raises(MemoryError) as caught, heap.limit("50 MB"):
        grow_for_ever()
    error = caught.value
    assert isinstance(error, heap.LimitExceeded)
    assert f"{heap.LimitExceeded.__module__}.{heap.LimitExceeded.__qualname__}" == (
        "rsprofile.heap.LimitExceeded"
    )
    assert (error.filename, error.function) == (__file__, "grow_for_ever")
    assert error.lineno == line_of(grow_for_ever, "# grows")
    assert error.limit == 50_000_000 < error.total < 50_000_000 + BLOCK
    place = f"{__file__}:{error.lineno} grow_for_ever"
    assert str(error) == (
        f"{error.total:,} bytes are allocated, the limit is 50,000,000, passed at {place}"
    )


def test_the_exception_comes_whole_out_of_another_process():
    with pytest.raises(heap.LimitExceeded) as caught, heap.limit(LARGE):
        grow_for_ever()
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is heap.LimitExceeded
    assert (str(copy), copy.total, copy.limit) == (
        str(caught.value),
        caught.value.total,
        LARGE,
    )


def test_exactly_the_limit_is_not_above_it():
    heap.start()
    try:
        live, _ = heap.get_traced_memory()
        with heap.limit(live + LARGE):
            kept = bytes(LARGE // 2)
        assert len(kept) == LARGE // 2
    finally:
        heap.stop()


def test_the_end_of_a_block_raises_what_had_no_time_to_arrive():
    for _ in range(100):
        with pytest.raises(heap.LimitExceeded) as caught, heap.limit(LARGE):
            kept = bytes(LARGE)
            del kept
        assert caught.value.lineno is not None


def test_nothing_arrives_after_the_end_of_a_block():
    for turn in range(300):
        kept = None
        try:
            with heap.limit(LARGE):
                kept = bytes(LARGE)
                for _ in range(turn * 20):
                    pass
        except heap.LimitExceeded:
            pass
        else:
            raise AssertionError
        del kept
        # Whatever were still on its way would be here soon.
        for _ in range(2000):
            pass


def test_the_programs_own_exception_goes_before():
    for _ in range(50):
        with pytest.raises((ZeroDivisionError, heap.LimitExceeded)), heap.limit(LARGE):
            kept = bytes(LARGE)
            kept[1 // 0]


def test_a_program_that_goes_on_is_told_again_when_it_passes_it_again():
    told = 0
    with heap.limit(LARGE):
        for _ in range(3):
            try:
                kept = bytes(LARGE)
                wait_for(lambda: False)
            except heap.LimitExceeded:
                told += 1
            kept = None
    assert told == 3
    assert kept is None


def wait_for(condition, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.001)
    return True


def test_a_callback_is_called_once_each_time_it_is_passed():
    calls = []
    with heap.limit(LARGE, calls.append):
        for turn in range(1, 4):
            kept = bytes(LARGE)  # passes
            assert wait_for(lambda n=turn: len(calls) == n)
            more = bytes(LARGE)
            del more
            del kept
    assert len(calls) == 3
    line = line_of(test_a_callback_is_called_once_each_time_it_is_passed, "# passes")
    assert {(call.filename, call.lineno) for call in calls} == {(__file__, line)}
    assert all(LARGE < call.total < LARGE + 10_000 for call in calls)


def test_a_callback_that_had_no_time_is_called_at_the_end():
    for _ in range(50):
        calls = []
        with heap.limit(LARGE, calls.append):
            kept = bytes(LARGE)
            del kept
        assert wait_for(lambda: calls)  # noqa: B023
        assert len(calls) == 1


def test_a_callback_that_raises_is_reported_and_called_again(monkeypatch: pytest.MonkeyPatch):
    reported = []
    monkeypatch.setattr(sys, "unraisablehook", lambda it: reported.append(it.exc_type))

    def call(event):
        raise KeyError(event.limit)

    with heap.limit(LARGE, call):
        for turn in range(1, 3):
            kept = bytes(LARGE)
            assert wait_for(lambda n=turn: len(reported) == n)
            del kept
    assert reported == [KeyError, KeyError]


def test_a_callback_may_end_its_limit_and_take_snapshots():
    found = []

    def call(event):
        found.append(heap.take_snapshot())
        limit.cancel()

    limit = heap.limit(LARGE, call)
    limit.start()
    kept = bytes(LARGE)
    assert wait_for(lambda: found and not heap.is_tracing())
    largest = max(found[0].statistics("lineno"), key=lambda one: one.size)
    assert largest.size >= len(kept)
    limit.cancel()


def test_what_a_callback_allocates_is_the_programs():
    kept = []
    heap.start()
    try:
        before = heap.get_traced_memory()[0]
        with heap.limit(before + LARGE, lambda _: kept.append(bytes(3 * LARGE))):
            mine = bytes(LARGE)
            assert wait_for(lambda: kept)
        assert heap.get_traced_memory()[0] - before > 4 * LARGE
        assert len(mine) == LARGE
    finally:
        heap.stop()


def test_a_limit_that_is_passed_already_says_so_at_once():
    heap.start()
    try:
        kept = bytes(LARGE)
        body = []
        with pytest.raises(heap.LimitExceeded) as caught, heap.limit(1000):
            body.append(1)
        assert body == []
        assert (caught.value.filename, caught.value.lineno) == (None, None)
        assert str(caught.value).endswith("bytes are allocated, the limit is 1,000")
        calls = []
        with heap.limit(1000, calls.append):
            assert len(calls) == 1
        assert len(calls) == 1
        assert heap.is_tracing()
        assert len(kept) == LARGE
    finally:
        heap.stop()


def test_of_nested_limits_each_speaks_for_itself():
    calls = []
    with heap.limit(3 * LARGE, calls.append):
        with pytest.raises(heap.LimitExceeded) as caught, heap.limit(LARGE):
            kept = bytes(LARGE)
            wait_for(lambda: False)
        assert caught.value.limit == LARGE
        assert calls == []
        more = bytes(2 * LARGE)
        assert wait_for(lambda: calls)
        assert heap.is_tracing()
    assert len(kept) + len(more) == 3 * LARGE
    assert [call.limit for call in calls] == [3 * LARGE]


def test_one_block_that_passes_two_limits_is_told_to_both():
    outer = []
    try:
        with heap.limit(LARGE):
            try:
                with heap.limit(LARGE // 2):
                    # It may come before the name is bound.
                    _kept = bytes(2 * LARGE)
                    wait_for(lambda: False)
            except heap.LimitExceeded as error:
                assert error.limit == LARGE // 2
                outer.append("inner")
    except heap.LimitExceeded as error:
        assert error.limit == LARGE
        outer.append("outer")
    assert outer == ["inner", "outer"]


def test_a_limit_that_waited_for_an_inner_one_comes_after_it_and_not_at_the_end():
    caught = []
    with pytest.raises(heap.LimitExceeded) as outer, heap.limit(LARGE):
        try:
            with heap.limit(LARGE // 2):
                kept = bytes(2 * LARGE)
                wait_for(lambda: False)
        except heap.LimitExceeded as error:
            caught.append(error.limit)
        wait_for(lambda: False)
        caught.append("went on")
    assert caught == [LARGE // 2]
    assert outer.value.limit == LARGE
    assert outer.value.lineno is not None
    assert len(kept) == 2 * LARGE


def test_the_thread_that_passes_it_is_the_one_that_is_stopped():
    with ThreadPoolExecutor(1) as pool, heap.limit(5 * LARGE):
        error = pool.submit(grow_for_ever).exception(timeout=60)
        assert isinstance(error, heap.LimitExceeded)
        assert error.function == "grow_for_ever"


def test_what_is_on_its_way_to_one_thread_is_taken_back_when_another_one_passes_the_limit():
    kept, ended = [], []
    gate = threading.Lock()
    gate.acquire()

    def work():
        try:
            kept.append(bytes(2 * LARGE))
            gate.acquire()
            for _ in range(10_000):
                pass
        except heap.LimitExceeded as error:
            ended.append(str(error))
        else:
            ended.append("went on")

    thread = threading.Thread(target=work)
    interval = sys.getswitchinterval()
    with pytest.raises(heap.LimitExceeded) as caught, heap.limit(LARGE):
        # Nobody else has a turn before the thread waits in C code, with the exception on its way.
        sys.setswitchinterval(10)
        try:
            thread.start()
            wait_for(lambda: False, 0.2)
            kept.clear()
        finally:
            sys.setswitchinterval(interval)
        mine = bytes(3 * LARGE)
        try:
            wait_for(lambda: False)
        finally:
            gate.release()
            thread.join()
    assert caught.value.total > len(mine) == 3 * LARGE
    assert ended == ["went on"]


def test_threads_have_limits_of_their_own():
    done = []

    def work(n: int):
        for _ in range(20):
            try:
                with heap.limit((n + 1) * LARGE):
                    kept = []
                    for _ in range(20):
                        kept.append(bytes(LARGE // 2))
                        del kept[: n + 1]
            except heap.LimitExceeded:
                pass
        # The block is over: nothing may come here.
        for _ in range(10_000):
            pass
        done.append(n)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, 1, 2, 3]


def test_without_a_block_it_is_started_and_ended_by_hand():
    limit = heap.limit(100 * LARGE)
    for _ in range(2):
        limit.start()
        assert heap.is_tracing()
        with pytest.raises(RuntimeError, match="this limit is open already: make another one"):
            limit.start()
        limit.cancel()
        assert not heap.is_tracing()
        limit.cancel()


def test_a_meter_that_is_stopped_in_the_block_stays_off():
    with heap.limit(LARGE):
        heap.stop()
        kept = bytes(2 * LARGE)
        assert not heap.is_tracing()
    assert len(kept) == 2 * LARGE


def test_blocks_of_two_threads_keep_the_meter_on_for_each_other():
    entered, leave = threading.Event(), threading.Event()

    def work():
        with heap.limit(100 * LARGE):
            entered.set()
            leave.wait()

    thread = threading.Thread(target=work)
    thread.start()
    entered.wait()
    with heap.trace() as block:
        leave.set()
        thread.join()
        assert heap.is_tracing()
        kept = bytes(LARGE)
    assert block.live > len(kept)


@pytest.mark.parametrize(
    "size", ["", "200", "200 parsec", "-1 MiB", "MiB", 0, -1, 1 << 63, 1.5, None, b"1 MiB"]
)
def test_what_is_no_size_is_refused_in_one_line(size):
    if size == "200":
        heap.limit(size)
        return
    with pytest.raises((ValueError, TypeError)) as caught:
        heap.limit(size)
    assert "\n" not in str(caught.value)
    kind = TypeError if isinstance(size, float | bytes) or size is None else ValueError
    assert caught.type is kind


def test_what_cannot_be_called_is_no_callback():
    with pytest.raises(TypeError, match="the callback cannot be called: a int"):
        heap.limit(1000, 7)


def test_there_can_be_so_many_at_once_and_no_more():
    limits = [heap.limit(100 * LARGE) for _ in range(65)]
    try:
        for limit in limits[:64]:
            limit.start()
        with pytest.raises(RuntimeError, match="too many limits at once: there can be 64"):
            limits[64].start()
    finally:
        for limit in limits:
            limit.cancel()


def test_memory_of_c_code_raises_when_it_returns(run: Run):
    run(
        """
        import ctypes
        from rsprofile import heap as meter
        python = ctypes.CDLL(None)
        python.PyMem_RawMalloc.restype = ctypes.c_void_p
        python.PyMem_RawMalloc.argtypes = [ctypes.c_size_t]
        python.PyMem_RawFree.argtypes = [ctypes.c_void_p]

        try:
            with meter.limit("50 MiB"):
                block = python.PyMem_RawMalloc(60 << 20)   # native
        except MemoryError as error:
            caught = error
        assert caught.total >= 60 << 20
        assert (caught.filename, caught.function) == (HERE, "<module>")
        """
    )


def test_a_child_of_a_fork_has_the_limit_and_no_thread_is_there_meanwhile(run: Run):
    run(
        """
        import time, warnings
        from rsprofile import heap as meter
        # What 3.12 says of a fork with threads.
        warnings.simplefilter("error")
        def passes(n):
            try:
                kept = bytes(n)
                for _ in range(20_000):
                    time.sleep(0.001)
            except meter.LimitExceeded as error:
                return error.limit
        with meter.limit("50 MB"):
            for _ in range(5):
                child = os.fork()
                if child == 0:
                    os._exit(0 if passes(60_000_000) == 50_000_000 else 1)
                assert os.waitpid(child, 0)[1] == 0
            assert passes(60_000_000) == 50_000_000
        child = os.fork()
        if child == 0:
            with meter.limit("50 MB"):
                assert passes(60_000_000) == 50_000_000
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        """
    )


def test_a_callback_may_fork(run: Run):
    run(
        """
        from rsprofile import heap as meter
        ended = []
        def call(event):
            child = os.fork()
            if child == 0:
                os._exit(7)
            ended.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        with meter.limit("50 MB", call):
            kept = bytes(60_000_000)
        import time
        while not ended:
            time.sleep(0.001)
        assert ended == [7]
        """,
        PYTHONWARNINGS="ignore::DeprecationWarning",
    )


def test_a_callback_may_wait_for_a_lock_that_the_fork_is_made_under(run: Run):
    run(
        """
        from rsprofile import heap as meter
        called, mine, told = threading.Event(), threading.Lock(), []
        def call(event):
            called.set()
            with mine:
                told.append(event.limit)
        def passes(n):
            kept = bytes(n)
            called.wait()
            called.clear()
        with mine, meter.limit("50 MB", call):
            passes(60_000_000)
            for _ in range(3):
                child = os.fork()
                if child == 0:
                    os._exit(0)
                assert os.waitpid(child, 0)[1] == 0
            with meter.limit("40 MB", call):
                passes(45_000_000)
        # The end of the process waits for them.
        import atexit
        atexit.register(lambda: [None for _ in iter(lambda: len(told) < 2, False)])
        """,
        PYTHONWARNINGS="ignore::DeprecationWarning",
    )


def test_a_process_ends_with_limits_open(run: Run):
    run(
        """
        import time
        from rsprofile import heap as meter
        limit = meter.limit("50 MB", lambda event: time.sleep(0.01))
        limit.start()
        def work():
            while True:
                kept = bytes(60_000_000)
                del kept
        for _ in range(3):
            threading.Thread(target=work, daemon=True).start()
        time.sleep(0.2)
        """
    )


def test_limits_come_and_go_under_load(run: Run):
    run(
        """
        from rsprofile import heap as meter
        done = False
        problems = []
        def work():
            while not done:
                try:
                    kept = [bytes(1000) for _ in range(100)]
                except BaseException as error:
                    problems.append(error)
        threads = [threading.Thread(target=work) for _ in range(3)]
        sys.setswitchinterval(0.0001)
        for thread in threads:
            thread.start()
        calls = []
        for turn in range(300):
            with meter.limit(20_000 + turn * 500, calls.append):
                [bytes(1000) for _ in range(200)]
        done = True
        for thread in threads:
            thread.join()
        assert not problems, problems
        assert calls
        assert not meter.is_tracing()
        """
    )
