"""How the blocks of a line grew: at each mark their exact numbers, in a run of any length."""

from __future__ import annotations


def test_a_line_has_its_exact_blocks_at_each_mark(run):
    run("""
    def make():
        return bytes(1000)  # one block
    _core.heap_hold(1)
    kept = [make() for _ in range(7)]
    _core.growth_mark()
    for _ in range(100): make()
    _core.growth_mark()
    del kept[2:]
    _core.growth_mark()
    figures, history = _core.growth_history(kept[0])
    assert [(live, made) for _, live, made in history] == [(7, 7), (7, 107), (2, 107)], history
    assert figures == (107, 105, 2), figures
    assert _core.growth_history(int) is None
    """)


def test_what_appears_later_has_none_at_the_marks_before(run):
    run("""
    def early(): return bytes(1000)
    def late(): return bytes(1000)
    _core.heap_hold(1)
    one = early()
    for _ in range(3): _core.growth_mark()
    other = late()
    for _ in range(2): _core.growth_mark()
    seconds = [seconds for seconds, _ in _core.growth_moments()]
    for line, levels in (one, [(1, 1)] * 5), (other, [(0, 0)] * 3 + [(1, 1)] * 2):
        history = _core.growth_history(line)[1]
        assert [seconds for seconds, *_ in history] == seconds
        assert [(live, made) for _, live, made in history] == levels, history
    """)


def test_a_meter_that_begins_anew_has_marks_of_its_own(run):
    run("""
    def make(): return bytes(1000)
    hold = _core.heap_hold(1)
    one = make()
    _core.growth_mark("before")
    _core.heap_clear()
    two = make()
    _core.growth_mark("after")
    assert [name for _, name in _core.growth_moments()] == ["after"]
    assert _core.growth_history(one) is None
    assert [(live, made) for _, live, made in _core.growth_history(two)[1]] == [(1, 1)]
    """)


def test_a_thread_takes_marks_by_itself_and_as_many_in_a_long_run_as_in_a_short_one(run):
    run("""
    import time
    def make(): return bytes(1000)
    _core.heap_hold(1)
    _core.growth_start()
    kept = []
    end = time.monotonic() + 2
    while time.monotonic() < end:
        kept.append(make())
        time.sleep(0.001)
    _core.growth_stop()
    moments = [seconds for seconds, _ in _core.growth_moments()]
    assert 1 <= len(moments) <= 64 and moments == sorted(moments), moments
    figures, history = _core.growth_history(kept[0])
    live = [live for _, live, _ in history]
    assert live == sorted(live) and live[-1] <= len(kept), live
    assert len(_core.growth_moments()) == len(moments)
    assert not [name for name in os.listdir("/proc/self/task") if
                open(f"/proc/self/task/{name}/comm").read() == "rsprofile\\n"]
    """)


def test_the_marks_of_the_program_stay_beside_those_of_the_thread(run):
    run("""
    import time
    _core.heap_hold(1)
    _core.growth_start()
    for n in range(20):
        _core.growth_mark(f"round {n}")
        time.sleep(0.01)
    _core.growth_stop()
    names = [name for _, name in _core.growth_moments() if name]
    assert names == [f"round {n}" for n in range(20)], names
    for n in range(1000): _core.growth_mark(str(n))
    assert len(_core.growth_moments()) <= 64
    assert _core.growth_moments()[-1][1] == "999"
    """)


def test_marks_leave_nothing_in_the_figures(run):
    run("""
    _core.heap_hold(1)
    def spent(act):
        before = _core.heap_thread()
        for n in range(200): act(None)
        return [new - old for new, old in zip(_core.heap_thread(), before)]
    spent(_core.growth_mark), spent(bool)
    # Now and then a number of these figures needs a digit more than the time before.
    assert any(spent(_core.growth_mark) == spent(bool) for _ in range(3))
    """)


def test_a_child_goes_on_with_marks_of_its_own(run):
    run("""
    import time, warnings
    warnings.simplefilter("error")
    def make(): return bytes(1000)
    _core.heap_hold(1)
    _core.growth_start()
    kept = [make()]
    while not _core.growth_moments(): time.sleep(0.01)
    for _ in range(20):
        child = os.fork()
        if child == 0:
            kept.append(make())
            _core.growth_mark("child")
            count = len(_core.growth_moments())
            deadline = time.monotonic() + 20
            while len(_core.growth_moments()) == count and time.monotonic() < deadline:
                time.sleep(0.01)
            taken = len(_core.growth_moments()) != count
            history = _core.growth_history(kept[0])[1]
            os._exit(0 if taken and history[-1][1:] == (2, 2) else 1)
        _, status = os.waitpid(child, 0)
        assert status == 0
    count = len(_core.growth_moments())
    assert not any(name for _, name in _core.growth_moments())
    assert _core.growth_history(kept[0])[0] == (1, 0, 1)
    """)


def test_the_thread_does_not_outlive_a_program_that_forgets_to_stop_it(run):
    run("""
    _core.heap_hold(1)
    _core.growth_start()
    threads = [threading.Thread(target=bytes, args=(n,)) for n in range(20)]
    for thread in threads: thread.start()
    """)
