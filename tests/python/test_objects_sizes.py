"""Own sizes of objects: what `sys.getsizeof` says, and where that is not all, what was allocated."""

from __future__ import annotations

from conftest import Run


def test_sizes_are_those_of_getsizeof(run: Run):
    run("""
        from walks import walk
        import array, collections, contextvars, ctypes, datetime, decimal, fractions, functools
        import io, itertools, re, threading, types, weakref

        class Slotted: __slots__ = ("a", "b")
        class Derived(Slotted): __slots__ = ()
        class List(list): __slots__ = ()
        class Dict(dict): __slots__ = ()
        class Int(int): __slots__ = ()
        class Float(float): __slots__ = ()
        class Set(set): __slots__ = ()
        class Bytes(bytes): __slots__ = ()
        class Meta(type): __slots__ = ()
        class Made(metaclass=Meta): __slots__ = ()
        def generator(a): yield a
        async def coroutine(): pass
        def frame(): return sys._getframe()
        def fails(): 1 / 0

        as_utf8 = ctypes.pythonapi.PyUnicode_AsUTF8
        as_utf8.restype, as_utf8.argtypes = ctypes.c_char_p, [ctypes.py_object]
        encoded = "\\xe9" * 5 + str(len(sys.argv))
        as_utf8(encoded)
        grown, shrunk, popped = [], {}, {1}
        for number in range(77):
            grown.append(number)
            shrunk[number] = number
            popped.add(number)
        for number in range(70):
            del shrunk[number]
            popped.discard(number)
        spare = bytearray(b"x" * 999)
        del spare[:500]
        written = io.BytesIO()
        written.write(b"x" * 5000)
        try:
            fails()
        except ZeroDivisionError as error:
            failed = error
        objects = [
            Slotted(), Derived(), List(), List([1, 2]), Dict(), Dict(a=1), Set("ab"), Int(), Int(5),
            Int(1 << 100), Float(2), Bytes(b"abc"), Made(), Meta, Made, Slotted, Int,
            0, 1, -1, 1 << 29, 1 << 30, (1 << 30) - 1, -(1 << 60), 1 << 1000, True, 1.5, 2j, None,
            "", "a", "abc" * 100, "\\xe9", "\\xe9" * 300, "\\u20ac" * 5, "\\U0001f600" * 7, encoded,
            b"", b"x", b"x" * 99, bytearray(), bytearray(50), spare,
            grown, shrunk, popped, shrunk.keys(), shrunk.items(), iter(grown), iter(shrunk),
            collections.OrderedDict(a=1), collections.Counter("abc"),
            collections.defaultdict(list, a=1), types.SimpleNamespace(a=1),
            generator(1), frame(), failed, failed.__traceback__, failed.__traceback__.tb_frame,
            generator, generator.__code__, len, [].append, str.join, functools.partial(generator, 1),
            functools.lru_cache(maxsize=3)(generator), property(), staticmethod(generator),
            classmethod(generator), slice(1), range(5), memoryview(b"abc"), object(), ...,
            weakref.ref(Meta), weakref.proxy(Meta), contextvars.copy_context(), threading.Lock(),
            threading.RLock(), threading.local(), datetime.datetime.now(), datetime.timedelta(1),
            datetime.datetime.now(datetime.timezone.utc), decimal.Decimal(1) / 3,
            fractions.Fraction(1, 3), re.compile("a+b"), re.match("a", "a"), written,
            io.StringIO("x" * 99), open(HERE, "rb", buffering=0), os, sys.flags, os.stat("/"),
            itertools.count(), enumerate([]), ValueError("x"), OSError(1, "x"), type, int, list,
            dict, object, types.FunctionType, collections.deque, types.GenericAlias(list, int),
        ]
        for count in 0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 30, 100, 1000, 10_000:
            numbers = range(count)
            objects += [
                list(numbers), tuple(numbers), set(numbers), frozenset(numbers),
                dict.fromkeys(numbers), dict.fromkeys(map(str, numbers)),
                collections.deque(numbers), array.array("d", numbers),
            ]
        try:
            import numpy
        except ImportError:
            pass
        else:
            zeros = numpy.zeros((30, 40))
            objects += [
                zeros, zeros[::2], zeros.T, zeros.dtype, numpy.float64(1), numpy.array([1, None]),
            ]
        walked = walk()
        for object in objects:
            node = walked.node(object)
            assert node is not None, object
            expected = size(object)
            if isinstance(object, type) and not object.__flags__ & 1 << 9:
                # No block holds a static type, and nothing stands before it.
                expected = type.__sizeof__(object)
            assert walked.size(node) == expected, (object, walked.size(node), expected)
        """)


def test_an_object_with_attributes_takes_up_what_was_allocated_for_it(run: Run):
    run("""
        from walks import walk

        names = [f"attribute{number}" for number in range(40)]
        class Few:
            def __init__(self): self.a = self.b = None
        class Many:
            def __init__(self):
                for name in names:
                    setattr(self, name, None)
        class Derived(Few): pass
        class Text(str): pass
        class Numbers(list): pass

        def asked():
            object = Few()
            object.__dict__
            return object
        def replaced():
            object = Few()
            object.__dict__ = dict.fromkeys(names)
            return object

        keep = [None] * 10
        # Keys that are shared are there before, and room is made for fewer values with each object.
        for _ in range(40):
            Few(), Many(), Derived(), asked(), replaced()
        _core.heap_start(20)
        # Objects that are kept for later are used up.
        spare = [({}, [], Few()) for _ in range(200)]
        keep[0] = Few()
        keep[1] = Many()
        keep[2] = Derived()
        keep[3] = asked()
        keep[4] = replaced()
        keep[5] = Text("abc")
        keep[6] = Numbers((None,) * 9)
        first = sys._getframe().f_lineno - 7
        allocated = {}
        for _, stack, live, *_ in _core.heap_snapshot():
            if stack and stack[-1][0] == HERE:
                line = stack[-1][3] - first
                allocated[line] = allocated.get(line, 0) + live
        _core.heap_stop()
        walked = walk()
        if sys.version_info < (3, 13):
            # The dict that is replaced is made first, and kept for later when it is freed.
            allocated[4] -= size({})
        for line, object in enumerate(keep[:7]):
            node = walked.node(object)
            own = [node, *(to for to in walked.edges_of(node) if walked.kind(to) == "dict")]
            assert sum(map(walked.size, own)) == allocated[line], (
                object, [(walked.kind(part), walked.size(part)) for part in own], allocated[line],
            )
        """)


def test_a_size_that_python_code_tells_is_not_asked_for(run: Run):
    run("""
        from walks import walk

        class Liar(list):
            __slots__ = ()
            def __sizeof__(self): raise SystemExit("asked")
        class Plain:
            __slots__ = ()
            def __sizeof__(self): raise SystemExit("asked")

        liar, plain, honest = Liar([1] * 50), Plain(), [1] * 50
        walked = walk()
        assert walked.size(walked.node(liar)) == size(honest)
        assert walked.size(walked.node(plain)) == object.__sizeof__(plain) + GC * gc.is_tracked(plain)
        """)
