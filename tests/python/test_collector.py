"""What the collector of cycles does and who sets it, with nothing changed for the program."""

from __future__ import annotations


def test_collections_are_counted_by_generation_with_their_time(run):
    run("""
    gc.collect()
    _core.collector_start()
    for n in 0, 0, 0, 1, 1, 2: gc.collect(n)
    gc.collect()
    counts, seconds = _core.collector_times()
    assert counts == [3, 2, 2], counts
    assert all(0 < part < 60 for part in seconds), seconds
    record = _core.collector_record()
    assert record["seconds"] == sum(seconds) < record["watched"]
    _core.collector_stop()
    stopped = _core.collector_record()
    gc.collect()
    assert _core.collector_times() == (counts, seconds)
    assert _core.collector_record()["watched"] == stopped["watched"] >= record["watched"]
    _core.collector_start()
    assert _core.collector_times() == ([0] * 3, [0.0] * 3) and not _core.collector_notes()
    """)


def test_automatic_collections_are_counted_in_all_threads(run):
    run("""
    gc.set_threshold(100, 5, 5)
    def work(): keep.append([[] for _ in range(1000)])
    keep = []
    _core.collector_start()
    before = [n["collections"] for n in gc.get_stats()]
    gc.enable()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    gc.disable()
    after = [n["collections"] for n in gc.get_stats()]
    counts, _ = _core.collector_times()
    assert counts == [new - old for old, new in zip(before, after)] and sum(counts) > 3, counts
    assert _core.collector_record()["collections"] == after
    """)


def test_how_it_is_set_is_what_the_interpreter_says(run):
    run("""
    class Node: pass
    def cycle():
        node = Node()
        node.self = node
    gc.collect()
    _core.collector_start()
    gc.set_threshold(123, 45, 6)
    for _ in range(10): cycle()
    before = _core.collector_record()
    gc.collect()
    after = _core.collector_record()
    assert after["thresholds"] == list(gc.get_threshold())
    assert after["enabled"] is False is gc.isenabled()
    assert [n["collected"] for n in gc.get_stats()] == after["collected"]
    assert after["collected"][2] - before["collected"][2] >= 10
    assert after["uncollectable"] == [0, 0, 0]
    """)


def test_the_line_that_turned_it_off_is_known_until_it_is_on(run):
    run("""
    gc.enable()
    _core.collector_start()
    assert _core.collector_record()["disabled_at"] is None
    def off():
        pass
        gc.disable()
    off()
    file, function, first, line = _core.collector_record()["disabled_at"]
    assert (file, function, line - first) == (HERE, "off", 2)
    gc.enable()
    assert _core.collector_record()["disabled_at"] is None
    # By ways that are not seen.
    saved = gc.disable
    _core.collector_stop()
    gc.disable()
    assert _core.collector_record()["enabled"] is False
    assert _core.collector_record()["disabled_at"] is None
    gc.enable()
    _core.collector_start()
    class Off:
        saved()
    assert _core.collector_record()["disabled_at"][1] == "Off"
    """)


def test_each_function_notes_its_callers_and_how_often(run):
    run("""
    _core.collector_start()
    def calls():
        for _ in range(3): gc.collect()
        gc.collect(0); gc.collect(generation=1)
        gc.freeze()
        gc.unfreeze()
        gc.set_threshold(700, 10)
        gc.enable()
        gc.disable()
    calls()
    from gc import collect
    collect()
    first = calls.__code__.co_firstlineno
    found = {}
    for name, place, count in _core.collector_notes():
        assert place[0] == HERE
        found[name, place[1], place[3] - first if place[1] == "calls" else None] = count
    assert found == {
        ("collect", "calls", 1): 3, ("collect", "calls", 2): 2, ("freeze", "calls", 3): 1,
        ("unfreeze", "calls", 4): 1, ("set_threshold", "calls", 5): 1, ("enable", "calls", 6): 1,
        ("disable", "calls", 7): 1, ("collect", "<module>", None): 1,
    }, found
    """)


def test_many_callers_are_bounded(run):
    run("""
    _core.collector_start()
    for n in range(1000): exec(compile(chr(10) * n + "gc.enable()", "many.py", "exec"))
    notes = _core.collector_notes()
    assert len(notes) == 257, len(notes)
    assert sum(count for *_, count in notes) == 1000
    assert [count for _, place, count in notes if place is None] == [744]
    """)


def test_the_functions_look_and_act_like_those_of_the_module(run):
    run("""
    import copy, inspect, pickle
    names = ["disable", "enable", "freeze", "unfreeze", "set_threshold", "collect"]
    def told():
        found = []
        for name in names:
            f = getattr(gc, name)
            try: signature = str(inspect.signature(f))
            except ValueError as error: signature = str(error).split(" at 0x")[0]
            found.append((
                f.__name__, f.__qualname__, f.__module__, f.__doc__, f.__text_signature__, signature,
                type(f), f.__self__, repr(f).split(" at 0x")[0], pickle.loads(pickle.dumps(f)) is f,
                copy.deepcopy(f) is f, inspect.isbuiltin(f), f == getattr(gc, name),
            ))
        for act in (lambda: gc.disable(1), lambda: gc.collect(9), lambda: gc.collect(generation="a"),
                    lambda: gc.collect(a=1), lambda: gc.set_threshold(), lambda: gc.set_threshold("a"),
                    lambda: gc.enable(x=1), lambda: gc.collect(*range(3))):
            try: act()
            except Exception as error: found.append((type(error), str(error)))
            else: found.append(None)
        return found
    originals = [getattr(gc, name) for name in names]
    plain = told()
    _core.collector_start()
    ours = [getattr(gc, name) for name in names]
    assert not set(map(id, ours)) & set(map(id, originals))
    assert told() == plain
    # What was not done is not noted.
    assert not _core.collector_notes(), _core.collector_notes()
    _core.collector_start()
    _core.collector_stop()
    _core.collector_stop()
    assert all(getattr(gc, name) is original for name, original in zip(names, originals))
    # Who has kept one of ours can call it.
    for f in ours[:4] + ours[5:]: f()
    assert not _core.collector_notes()
    """)


def test_another_tool_s_function_is_left_alone(run):
    run("""
    original = gc.freeze
    def theirs(): return original()
    gc.freeze = theirs
    _core.collector_start()
    assert gc.freeze is theirs
    gc.unfreeze = later = lambda: None
    _core.collector_stop()
    assert (gc.freeze, gc.unfreeze) == (theirs, later)
    """)


def test_callbacks_of_the_program_are_called_as_without_us(run):
    run("""
    seen = []
    gc.callbacks.append(lambda phase, info: seen.append((phase, info["generation"])))
    _core.collector_start()
    gc.callbacks.insert(0, lambda phase, info: 1 / 0 if phase == "never" else None)
    gc.collect(1)
    assert seen == [("start", 1), ("stop", 1)]
    assert _core.collector_times()[0] == [0, 1, 0]
    _core.collector_stop()
    assert len(gc.callbacks) == 2
    """)


def test_a_program_that_clears_the_callbacks_loses_the_times_alone(run):
    run("""
    _core.collector_start()
    gc.collect(0)
    ours = gc.callbacks[:]
    gc.callbacks.clear()
    gc.collect(0)
    gc.disable()
    assert _core.collector_times()[0] == [1, 0, 0]
    assert _core.collector_record()["disabled_at"]
    _core.collector_stop()
    gc.callbacks.extend(ours)
    gc.collect(0)
    # It can be called by anybody, with anything.
    for arguments in (), (1,), (1, 2), ("stop", {}), ("start", {}), ("stop", {"generation": "x"}):
        assert ours[0](*arguments) is None
    _core.collector_start()
    for arguments in ("stop", {}), ("start", {}), ("stop", {"generation": 7}), ("x", {}):
        assert ours[0](*arguments) is None
    assert _core.collector_times()[0] == [0, 0, 1]
    del gc.callbacks
    _core.collector_stop()
    """)


def test_nothing_is_kept_alive(run):
    run("""
    import weakref
    class Node: pass
    _core.collector_start()
    node = Node()
    node.self = node
    dead = weakref.ref(node)
    def frame():
        local = Node()
        gc.disable()
        return weakref.ref(local)
    gone = frame()
    assert gone() is None
    del node
    gc.collect()
    assert dead() is None
    """)


def test_the_heap_meter_sees_nothing_of_it(run):
    program = """
    import gc
    START
    keep = []
    def leak():
        for n in range(5000):
            keep.append([n])  # leak
    def churn():
        for n in range(5000):
            node = [n]  # churn
            node.append(node)
    _core.heap_hold(1)
    leak()
    churn()
    # The interpreter keeps some of these for later use.
    # A full collection throws those away.
    gc.set_threshold(50, 10, 1 << 30)
    gc.collect()
    [{"key": 1} for _ in range(100)]
    gc.enable()
    leak()
    churn()
    gc.disable()
    gc.collect()
    print(all_at("leak"), all_at("churn"))
    """
    plain = run(program.replace("START", "pass"))
    assert run(program.replace("START", "_core.collector_start()")) == plain


def test_a_child_watches_on(run):
    run("""
    _core.collector_start()
    gc.collect()
    child = os.fork()
    gc.collect()
    if child == 0:
        gc.collect()
        counts = _core.collector_times()[0]
        _core.collector_stop()
        os._exit(0 if counts == [0, 0, 3] else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert _core.collector_times()[0] == [0, 0, 2]
    """)


def test_finalizers_that_raise_or_stop_it_do_no_harm(shell):
    shell.write(
        "prog.py",
        """
        import gc
        from rsprofile import _core
        class Stops:
            def __del__(self): _core.collector_stop()
        class Raises:
            def __del__(self): raise KeyError("mine")
        for kind in Raises, Stops:
            _core.collector_start()
            node = kind()
            node.self = node
            del node
            gc.collect()
            print(_core.collector_times()[0], len(gc.callbacks))
        _core.collector_start()
        print("end")
        """,
    )
    done = shell.python("prog.py")
    assert done.returncode == 0
    assert done.stdout == "[0, 0, 1] 1\n[0, 0, 1] 0\nend\n"
    assert done.stderr.count("KeyError: 'mine'") == 1 and done.stderr.count("Traceback") == 1
