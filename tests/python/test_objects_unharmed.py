"""A walk leaves the program as it was, whatever that is made of, and whenever it comes."""

from __future__ import annotations

from conftest import Run, Shell


def test_nothing_of_the_program_is_called(run: Run):
    run("""
        from walks import walk

        class Refuses(type):
            def refuse(*arguments, **options): os._exit(3)
            __getattribute__ = __getattr__ = __repr__ = __eq__ = __hash__ = refuse
            __instancecheck__ = __subclasscheck__ = __dir__ = __sizeof__ = mro_ = refuse

        def refuse(*arguments, **options): os._exit(4)
        names = ["repr", "str", "eq", "ne", "hash", "sizeof", "getattr", "getattribute", "del", "len"]
        names += ["iter", "next", "contains", "getitem", "bool", "index", "int", "call", "get", "dir"]
        space = {f"__{name}__": refuse for name in names}
        space["__class__"] = property(refuse)
        hostile = type.__call__(Refuses, "Hostile", (), dict(space))
        kinds = [hostile]
        for base in list, dict, set, tuple, int, str, Exception:
            kinds.append(type.__call__(Refuses, "Derived", (base,), dict(space)))
        kept = [type.__call__(kind) for kind in kinds]
        # Also as keys: of the same hash as names that are looked for.
        space["__hash__"] = lambda self: hash("__sizeof__")
        key = type.__call__(Refuses, "Key", (), dict(space))
        import warnings
        warnings.simplefilter("ignore")
        class Odd:
            locals()[type.__call__(key)] = 1
        odd = Odd()
        walked = walk()
        assert all(walked.node(one) for one in kept)
        os._exit = exit_ = os._exit
        print("reached the end", flush=True)
        exit_(0)
        """)


def test_no_count_changes_and_nothing_is_left(run: Run):
    run("""
        from walks import walk
        class Plain: pass
        made = [Plain() for _ in range(100)]
        for number, one in enumerate(made):
            one.number, one.text = number, f"text {number}"
        sample = [None, True, 5, "walks", int, Plain, made, made[0], made[0].text, os, walk, len, _core]
        def state():
            gc.collect()
            return [sys.getrefcount(one) for one in sample], len(gc.get_objects())
        def blocks(act):
            before = sys.getallocatedblocks()
            act()
            return sys.getallocatedblocks() - before
        before = None
        for _ in range(3):
            before = state()
        # The one list that is made comes from those kept for that.
        blocks(walk)
        assert blocks(walk) == blocks(lambda: None)
        assert state() == before
        """)


def test_no_dict_is_made_for_attributes(run: Run):
    run("""
        from walks import walk
        class Plain:
            def __init__(self, number): self.number = number
        made = [Plain(number) for number in range(100_000)]
        before = sys.getallocatedblocks()
        walked = walk()
        assert sys.getallocatedblocks() - before < 100
        node = walked.node(made[5])
        assert [walked.kind(to) for to in walked.edges_of(node)].count("dict") == 0
        """)


def test_the_collector_is_as_it_was(run: Run):
    run("""
        from walks import walk
        gc.enable()
        walk()
        assert gc.isenabled()
        gc.disable()
        walk()
        assert not gc.isenabled()
        """)


def test_a_walk_is_possible_at_any_moment(run: Run):
    run("""
        from walks import walk
        import signal, weakref, contextlib

        seen = []
        def look(*_):
            seen.append(walk().len)
        class Dies:
            def __del__(self): look()
        # While it dies, by its count and by a collection.
        Dies()
        one, other = Dies(), Dies()
        one.other, other.other = other, one
        del one, other
        gc.collect()
        assert len(seen) == 3
        # While a collection begins and ends.
        gc.callbacks.append(look)
        gc.collect()
        gc.callbacks.remove(look)
        assert len(seen) == 5
        signal.signal(signal.SIGUSR1, look)
        signal.raise_signal(signal.SIGUSR1)
        gone = Dies.__base__ and type("Gone", (), {})()
        watch = weakref.ref(gone, look)
        del gone
        assert len(seen) == 7
        # While a dict and a list are searched.
        class Key:
            def __hash__(self): return 1
            def __eq__(self, other):
                look()
                return True
        {Key(): 1}[Key()]
        [Key()].index(Key())
        sorted([3, 1, 2], key=lambda _: look() or 0)
        assert len(seen) == 12
        threads = [threading.Thread(target=look) for _ in range(8)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        assert len(seen) == 20
        def deep(levels):
            return deep(levels - 1) if levels else look()
        sys.setrecursionlimit(20_000)
        deep(10_000)
        assert all(count > 5000 for count in seen)
        """)


def test_an_object_whose_init_has_not_run_is_walked(run: Run):
    run("""
        from walks import walk
        import array, collections, io, itertools, mmap, re, struct, types, zlib
        kept = []
        for module in (array, collections, io, itertools, mmap, re, struct, types, zlib):
            for kind in vars(module).values():
                if isinstance(kind, type):
                    try:
                        kept.append(kind.__new__(kind))
                        kept.append((derived := type("Derived", (kind,), {})).__new__(derived))
                    except TypeError:
                        pass
        assert any(isinstance(one, struct.Struct) for one in kept)
        found = walk()
        assert found.len > 5000
        """)


def test_a_walk_while_the_interpreter_ends_harms_nothing(shell: Shell):
    shell.write(
        "prog.py",
        """
        import atexit, os, sys
        from rsprofile import _core

        class Late:
            def __init__(self, name):
                self.walk, self.name, self.write = _core.objects_walk, name, os.write
            def __del__(self):
                self.write(1, f"{self.name} {self.walk('').len > 1000}\\n".encode())

        late = Late("global")
        cycle = Late("cycle")
        cycle.itself = cycle
        sys.late = Late("sys")
        atexit.register(Late, "atexit")
        """,
    )
    done = shell.python("prog.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.splitlines()) == [
        f"{name} True" for name in ("atexit", "cycle", "global", "sys")
    ]


def test_long_chains_and_wide_objects_take_no_stack(run: Run):
    run("""
        from walks import walk
        chain = None
        for _ in range(300_000):
            chain = [chain]
        wide = [[] for _ in range(300_000)]
        walked = walk()
        assert walked.len > 600_000
        assert len(walked.edges_of(walked.node(wide))) == 300_000
        # The end of a chain frees it link by link; this has it done without a stack of calls.
        while chain:
            chain = chain[0]
        """)


def test_a_graph_for_which_there_is_no_memory_is_an_error(run: Run):
    run("""
        from walks import walk
        import resource
        kept = [[number] for number in range(300_000, 900_000)]
        with open("/proc/self/statm") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
        refused = 0
        for spare in range(2, 80, 6):
            resource.setrlimit(resource.RLIMIT_AS, (used + (spare << 20), resource.RLIM_INFINITY))
            try:
                walk()
            except MemoryError as error:
                refused += 1
                assert str(error) in (
                    "", "no memory for the graph of all objects: look while fewer are alive"
                ), error
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert 3 < refused
        assert walk().len > 1_200_000
        """)
