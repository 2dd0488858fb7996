"""How one object holds another, read from memory: every kind of holder, and nobody asked."""

from __future__ import annotations

import array
import collections
import contextlib
import functools
import gc
import sys
import types
import weakref
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from rsprofile import _core

edge = _core.object_edge


class Plain:
    """Its instances have their attributes in place."""

    def __init__(self, **attributes: object) -> None:
        for name, value in attributes.items():
            setattr(self, name, value)


class Slots:
    __slots__ = ("__weakref__", "first", "second")


class MoreSlots(Slots):
    __slots__ = ("__dict__", "third")


class Hostile:
    """Counts every method of it that is called."""

    calls = 0

    @staticmethod
    def count(*_: object) -> Any:
        Hostile.calls += 1
        raise AssertionError("called")

    def __hash__(self) -> int:
        Hostile.calls += 1
        return 1

    def __eq__(self, _other: object) -> bool:
        Hostile.calls += 1
        return False

    __repr__ = __str__ = __len__ = __bool__ = __iter__ = __sizeof__ = __getattr__ = count

    def __getattribute__(self, name: str) -> Any:
        Hostile.calls += 1
        return object.__getattribute__(self, name)


@contextlib.contextmanager
def untouched(*objects: object) -> Iterator[None]:
    """Check that no reference is counted, no method called and no dictionary made."""

    def state() -> tuple[object, ...]:
        counts = [sys.getrefcount(one) for one in objects]
        tracked = [one for one in gc.get_objects() if type(one) is dict]
        return counts, len(tracked), Hostile.calls

    gc.disable()
    before = state()
    yield
    assert state() == before
    gc.enable()


# ------------------------------------------------------------------------------------- dictionaries


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("key", "['key']"),
        ("it's", '["it\'s"]'),
        ("a\"b'c", "['a\"b\\'c']"),
        ("two\nlines\\", "['two\\nlines\\\\']"),
        ("\x07", "['\\x07']"),
        ("ключ €", "['ключ €']"),
        ("🙂", "['🙂']"),
        ("\ud800", "['\N{REPLACEMENT CHARACTER}']"),
        ("", "['']"),
        (3, "[3]"),
        (-(2**63), "[-9223372036854775808]"),
        (2**63, "[<int key>]"),
        (True, "[True]"),
        (None, "[None]"),
        (1.5, "[1.5]"),
        (1e16, "[1e+16]"),
        (1.5e-7, "[1.5e-07]"),
        (float("inf"), "[inf]"),
        (b"ab'\xff\n", "[b'ab\\'\\xff\\n']"),
        ((), "[()]"),
        ((1,), "[(1,)]"),
        (("a", 2.5, None, (b"x",)), "[('a', 2.5, None, (b'x',))]"),
        (((((1,),),),), "[(((<tuple key>,),),)]"),
        (Plain, "[test_object_names.Plain]"),
        (int, "[int]"),
        (frozenset(), "[<frozenset key>]"),
        (len, "[<builtin_function_or_method key>]"),
    ],
)
def test_a_key_is_shown_as_people_write_it(key: Any, shown: str) -> None:
    value = [1]
    assert edge({0: [0], key: value} if key != 0 else {key: value}, value) == shown


def test_numbers_are_shown_as_python_shows_them() -> None:
    for power in range(-330, 310):
        value: list[int] = []
        key = float(f"1.7e{power}")
        assert edge({key: value}, value) == f"[{key!r}]"
        key = float(f"-1e{power}")
        assert edge({key: value}, value) == f"[{key!r}]"


def test_long_keys_are_cut() -> None:
    for key in ("x" * 10**6, b"x" * 10**6, tuple(range(10**6)), ("é" * 100,)):
        value: list[int] = []
        shown = edge({key: value}, value)
        assert shown is not None
        assert len(shown) == 42
        assert shown.endswith("…]")


def test_a_key_itself_is_told_from_a_value() -> None:
    key = ("a", 1)
    assert edge({key: 1}, key) == "[key ('a', 1)]"
    assert edge({key: 1, "later": key}, key) == "['later']"
    hostile = Hostile()
    assert edge({hostile: 1}, hostile) == "[key <test_object_names.Hostile key>]"


def test_of_several_keys_the_first_is_told() -> None:
    value = [1]
    assert edge({"a": 0, "b": value, "c": value}, value) == "['b']"


def test_dictionaries_with_deleted_entries_are_read_on() -> None:
    value = [1]
    table: dict[Any, Any] = {number: [number] for number in range(100)}
    table["last"] = value
    for number in range(100):
        del table[number]
    assert edge(table, value) == "['last']"


def test_the_last_of_a_million_is_found() -> None:
    last = [1]
    assert edge([None] * 999_999 + [last], last) == "[999999]"
    assert edge((None,) * 999_999 + (last,), last) == "[999999]"
    table: dict[int, Any] = dict.fromkeys(range(999_999))
    table[999_999] = last
    assert edge(table, last) == "[999999]"
    assert edge(collections.deque([None] * 999_999 + [last]), last) == "[999999]"
    item = Plain()
    assert edge({*range(999_999), item}, item) == "{item}"


def test_what_is_derived_from_a_container_is_one() -> None:
    class Table(dict[Any, Any]):
        pass

    class Row(list[Any]):
        __slots__ = ("note",)

    value, note = [1], [2]
    for table in (Table(), collections.OrderedDict(), collections.defaultdict(list)):
        table["k"] = value
        assert edge(table, value) == "['k']"
    table = Table(k=value)
    table.note = note
    assert edge(table, note) == ".note"
    row = Row([0, value])
    row.note = note
    assert edge(row, value) == "[1]"
    assert edge(row, note) == ".note"
    pair = collections.namedtuple("pair", "a b")(1, value)
    assert edge(pair, value) == "[1]"
    assert edge(collections.defaultdict(value.copy), value) is None


def test_sets_and_deques() -> None:
    item = Plain()
    for holder in ({item}, frozenset([item]), {1, 2, "x", item, *range(100)}):
        assert edge(holder, item) == "{item}"
        assert edge(holder, Plain()) is None
    removed = {item, 1}
    removed.remove(item)
    assert edge(removed, item) is None
    assert edge(set(), item) is None

    queue = collections.deque([0] * 200)
    for place in (0, 1, 63, 64, 65, 130, 199):
        value = [place]
        queue[place] = value
        assert edge(queue, value) == f"[{place}]"
    queue.clear()
    assert edge(queue, item) is None
    for number in range(500):
        queue.appendleft([number])
        queue.append([number])
        if number % 3:
            queue.popleft()
        at = len(queue) // 3
        assert edge(queue, queue[at]) == f"[{at}]"


def test_an_array_of_objects() -> None:
    numpy = pytest.importorskip("numpy")
    value = [1]
    flat = numpy.empty(10, dtype=object)
    flat[7] = value
    assert edge(flat, value) == "[7]"
    square = numpy.empty((3, 3), dtype=object)
    square[1, 1] = value
    assert edge(square, value) == " element"
    assert edge(square, Plain()) is None
    assert edge(flat[::-1], value) == " element"
    view = flat[2:]
    assert edge(view, flat) == ".base"
    assert edge(view, value) == "[5]"
    assert edge(numpy.zeros(3), value) is None


# --------------------------------------------------------------------------------------- attributes


def test_attributes_in_place() -> None:
    a, b = [1], [2]
    instance = Plain(a=a, b=b)
    with untouched(instance, a, b, Plain):
        assert edge(instance, a) == ".a"
        assert edge(instance, b) == ".b"
        assert edge(instance, Plain) == ".__class__"
        assert edge(instance, "other") is None
        assert _core.object_container(instance)[0] is None
        assert _core.object_expression("x", [instance, b])[0] == "x.b"


def test_a_dictionary_that_is_made_would_be_seen() -> None:
    instance = Plain(a=[1])
    with pytest.raises(AssertionError), untouched(instance):
        assert instance.__dict__


def test_attributes_come_and_go() -> None:
    value = [1]
    instance = Plain(a=value, b=[2])
    del instance.a
    assert edge(instance, value) is None
    for number in range(100):
        other = Plain(**{f"n{number}": value})
        assert edge(other, value) == f".n{number}"
    many = Plain(**{f"n{number}": [number] for number in range(100)})
    many.last = value
    assert edge(many, value) == ".last"


def test_attributes_in_a_dictionary() -> None:
    value = [1]
    instance = Plain(a=value)
    attributes = instance.__dict__
    assert edge(instance, value) == ".a"
    assert edge(instance, attributes) == ".__dict__"
    assert edge(attributes, value) == "['a']"
    instance.later = later = [2]
    assert edge(instance, later) == ".later"
    assert edge(attributes, later) == "['later']"
    attributes["no name"] = odd = [3]
    assert edge(instance, odd) == ".__dict__['no name']"
    instance.__dict__ = {"other": later}
    assert edge(instance, later) == ".other"
    assert edge(instance, value) is None
    attributes.clear()
    assert edge(attributes, value) is None


@pytest.mark.parametrize("base", [int, float, str, bytes, tuple, list, dict, set, Exception, type])
def test_attributes_of_what_is_derived_from(base: type) -> None:
    kind: Any = type("Kind", (base,), {})
    arguments = {int: (2**100,), tuple: ((1, 2, 3),), type: ("Inner", (), {})}
    instance = kind(*arguments.get(base, ()))
    instance.note = value = [1]
    assert edge(instance, value) == ".note"
    assert edge(instance, [1]) is None


def test_slots() -> None:
    holder = MoreSlots()
    holder.first, holder.third, holder.free = first, third, free = [1], [3], [4]
    assert edge(holder, first) == ".first"
    assert edge(holder, third) == ".third"
    assert edge(holder, free) == ".free"
    del holder.first
    assert edge(holder, first) is None
    assert edge(Slots(), first) is None


def test_modules_and_classes() -> None:
    module = types.ModuleType("app")
    module.registry = registry = [1]
    assert edge(module, module.__dict__) == ".__dict__"
    assert edge(module, registry) == ".registry"
    assert edge(module.__dict__, registry) == "['registry']"

    class Meta(type):
        pass

    class Service(Plain, metaclass=Meta):
        cache: dict[int, int] = {1: 2}  # noqa: RUF012

    assert edge(Service, Service.cache) == ".cache"
    assert edge(Service, Meta) == ".__class__"
    assert edge(Service, Plain) == ".__base__"
    assert edge(Service, Service.__mro__) == ".__mro__"
    assert edge(Service, Service.__bases__) == ".__bases__"
    assert edge(Service.__mro__, Plain) == "[1]"
    assert edge(Service, Service()) is None
    assert edge(Service(), Service.cache) is None
    space = types.SimpleNamespace(a=registry)
    assert edge(space, registry) == ".a"


# ---------------------------------------------------------------------------------------- functions


def make() -> tuple[Callable[..., object], list[object]]:
    data, other = [1], [2]

    def callback(a: object, b: object = data.copy(), *, c: object = other.copy()) -> object:
        local = a
        return local, data, other, (lambda: local)

    callback.note = [3]  # type: ignore[attr-defined]
    return callback, data


def test_a_function_and_its_closure() -> None:
    function, data = make()
    cell = function.__closure__[0]
    with untouched(function, data, cell, function.__closure__):
        assert edge(function, function.__closure__) == ".__closure__"
        assert edge(function, cell) == "{cell 'data'}"
        assert edge(function, function.__closure__[1]) == "{cell 'other'}"
        assert edge(function, data) == " closure 'data'"
        assert edge(function.__closure__, cell) == "[0]"
        assert edge(cell, data) == ".cell_contents"
        assert edge(function, function.__defaults__) == ".__defaults__"
        assert edge(function, function.__defaults__[0]) == " default 'b'"
        assert edge(function, function.__kwdefaults__) == ".__kwdefaults__"
        assert edge(function, function.__kwdefaults__["c"]) == " default 'c'"
        assert edge(function, function.__globals__) == ".__globals__"
        assert edge(function, function.__code__) == ".__code__"
        assert edge(function, function.__annotations__) == ".__annotations__"
        assert edge(function, function.note) == ".note"
        assert edge(function, function.__dict__) == ".__dict__"
        assert edge(function.__code__, function.__code__.co_consts) == ".co_consts"
    closure = [(name, address) for name, address in _core.object_closure(function)]
    assert closure == [("data", id(data)), ("other", id(function.__closure__[1].cell_contents))]
    assert _core.object_closure(make) == []
    assert _core.object_closure(1) == []


def test_an_empty_cell_holds_nothing() -> None:
    def outer() -> Callable[[], object]:
        def inner() -> object:
            return late

        if not outer:
            late = 1
        return inner

    inner = outer()
    assert _core.object_closure(inner) == [("late", 0)]
    assert edge(inner.__closure__[0], 1) is None


def test_methods_and_what_wraps_functions() -> None:
    class Holder:
        def method(self) -> None: ...

    holder = Holder()
    bound = holder.method
    assert edge(bound, holder) == ".__self__"
    assert edge(bound, Holder.method) == ".__func__"
    queue: list[int] = []
    assert edge(queue.append, queue) == ".__self__"
    partial = functools.partial(make, queue, key=holder)
    assert edge(partial, make) == ".func"
    assert edge(partial, partial.args) == ".args"
    assert edge(partial, partial.keywords) == ".keywords"
    assert edge(property(make), make) == ".fget"
    assert edge(property(None, make), make) == ".fset"
    assert edge(staticmethod(make), make) == ".__func__"
    assert edge(classmethod(make), make) == ".__func__"

    class Child(Holder):
        def method(self) -> Any:
            return super()

    child = Child()
    assert edge(child.method(), child) == ".__self__"


@pytest.mark.parametrize("most", [None, 2, 1000])
def test_results_that_a_cache_keeps(most: int | None) -> None:
    @functools.lru_cache(most)
    def compute(*arguments: object) -> list[object]:
        return list(arguments)

    first, pair = compute(1), compute("a", 2)
    assert edge(compute, first) == ".cache[1]"
    assert edge(compute, pair) is not None
    assert edge(compute, compute.__wrapped__) == ".__wrapped__"
    (cache,) = (
        one for one in gc.get_referents(compute) if type(one) is dict and "__wrapped__" not in one
    )
    assert edge(compute, cache) == ".cache"
    shown = _core.object_expression("app.compute", [compute, first])[0]
    assert shown == "app.compute.cache[1]"
    (kept, *_) = (one for one in gc.get_referents(cache) if type(one) is not int)
    way = [compute, cache, kept] if kept is first else [compute, cache, kept, first]
    assert _core.object_expression("app.compute", way)[0] == "app.compute.cache[1]"
    compute.cache_clear()
    assert edge(compute, first) is None


def test_an_attribute_of_a_cached_function_is_no_result() -> None:
    @functools.lru_cache
    def compute() -> None: ...

    compute.note = value = [1]  # type: ignore[attr-defined]
    assert edge(compute, value) == ".note"


# ------------------------------------------------------------------------------ frames, exceptions


def generate(argument: object) -> Generator[Any, object, None]:
    local = [argument]
    captured = [argument]

    def inner() -> object:
        return captured

    for item in [[1], [2]]:
        yield local, captured, item, inner


def test_variables_of_a_generator_that_waits() -> None:
    argument = [0]
    generator = generate(argument)
    assert edge(generator, argument) == " local 'argument'"
    local, captured, item, inner = next(generator)
    cell = inner.__closure__[0]
    with untouched(generator, argument, local, item, inner, cell):
        assert edge(generator, argument) == " local 'argument'"
        assert edge(generator, local) == " local 'local'"
        assert edge(generator, item) == " local 'item'"
        assert edge(generator, cell) == " local 'captured'"
        assert edge(generator, inner) == " local 'inner'"
        shown, edges = _core.object_expression("g", [generator, cell, captured])
        assert shown == "g local 'captured'"
        assert edges == [" local 'captured'", ".cell_contents"]
    iterators = [
        one for one in gc.get_referents(generator) if type(one).__name__.endswith("iterator")
    ]
    assert [edge(generator, one) for one in iterators] == [" stack"] * len(iterators)
    assert edge(generator, generator.gi_code) in (".gi_code", ".__qualname__")
    generator.close()
    assert edge(generator, local) is None


def test_variables_of_coroutines() -> None:
    @types.coroutine
    def pause() -> Iterator[None]:
        yield

    async def wait(value: object) -> object:
        await pause()
        return value

    async def produce(value: object) -> Any:
        await pause()
        yield value

    value = [1]
    coroutine = wait(value)
    coroutine.send(None)
    assert edge(coroutine, value) == " local 'value'"
    coroutine.close()
    producer = produce(value)
    step = producer.asend(None)
    step.send(None)
    assert edge(producer, value) == " local 'value'"
    assert edge(step, producer) == " reference"
    step.close()


def test_what_a_variable_has_belongs_to_its_name() -> None:
    thing = Plain()
    thing.kept = [[1]]
    path = [thing, thing.kept, thing.kept[0]]
    shown = _core.object_expression("local 'thing' of main() at a.py:3", path)[0]
    assert shown == "local 'thing.kept[0]' of main() at a.py:3"
    assert _core.object_expression("the 'it' of main()", path)[0] == "the 'it' of main().kept[0]"


def test_variables_of_awaited_coroutines_are_those_of_a_function() -> None:
    @types.coroutine
    def pause() -> Iterator[None]:
        yield

    async def inner(value: list[object]) -> None:
        await pause()

    async def outer(value: list[object]) -> None:
        await inner(value[0])

    value: Any = [[[1]]]
    coroutine = outer(value)
    coroutine.send(None)
    (awaited,) = [one for one in gc.get_referents(coroutine) if type(one) is type(coroutine)]
    path = [coroutine, awaited, value[0], value[0][0]]
    name = test_variables_of_awaited_coroutines_are_those_of_a_function.__name__
    shown, edges = _core.object_expression("app.coroutine", path)
    assert shown == f"local 'value[0]' of {name}.<locals>.inner()"
    assert edges == [" stack", " local 'value'", "[0]"]
    # One that nobody awaits is an object like any other.
    assert _core.object_expression("app.it", [coroutine, value])[0] == "app.it local 'value'"
    coroutine.close()


def test_variables_of_frames() -> None:
    def run(value: object) -> list[str | None]:
        # Without a name: that would be told first.
        return [
            edge(sys._getframe(), value),
            edge(sys._getframe(), run.__code__),
            edge(sys._getframe(), Plain),
        ]

    assert run([1]) == [" local 'value'", ".f_code", None]
    other = Plain()

    def fail(argument: object) -> None:
        inside = [argument]
        assert not inside

    with pytest.raises(AssertionError) as caught:
        fail(other)
    error = caught.value
    traceback = error.__traceback__
    assert traceback is not None
    assert traceback.tb_next is not None
    assert edge(error, traceback) == ".__traceback__"
    assert edge(traceback, traceback.tb_next) == ".tb_next"
    assert edge(traceback, traceback.tb_frame) == ".tb_frame"
    last = traceback.tb_next.tb_frame
    assert edge(last, other) == " local 'argument'"
    assert edge(last, last.f_back) == ".f_back"
    path = [error, traceback, traceback.tb_next, last, other]
    shown = _core.object_expression("app.error", path)[0]
    assert shown == "app.error.__traceback__.tb_next.tb_frame local 'argument'"
    last.clear()
    assert edge(last, other) is None


def test_exceptions_and_weak_references() -> None:
    value, other = [1], [2]
    try:
        try:
            raise KeyError(value)
        except KeyError as first:
            inner = first
            raise OSError(1, other) from first
    except OSError as second:
        error = second
    assert edge(error, inner) == ".__cause__"
    assert edge(inner, inner.args) == ".args"
    assert edge(error, other) == ".strerror"
    error.__cause__ = None
    assert edge(error, inner) == ".__context__"
    error.add_note("x")
    assert edge(error, error.__notes__) == ".__notes__"
    target = Plain()
    callback = Plain().__eq__
    reference = weakref.ref(target, callback)
    assert edge(reference, callback) == ".__callback__"
    assert edge(reference, target) is None


def test_what_has_no_name_is_a_reference() -> None:
    items = [[1], [2]]
    for holder in (iter(items), reversed(items), memoryview(bytearray(1))):
        assert [edge(holder, one) for one in gc.get_referents(holder)] == [" reference"]
    iterator = iter(items)
    for holder in (enumerate(iterator), filter(None, iterator)):
        assert edge(holder, iterator) == " reference"
        assert edge(holder, items) is None
    assert edge(zip(items), items) is None
    assert edge(types.MappingProxyType({"a": 1}), items) is None
    table = {"a": items}
    assert edge(types.MappingProxyType(table), table) == " reference"
    assert edge(1, 2) is None
    assert edge(array.array("i", [1]), items) is None


# ------------------------------------------------------------------------------------------- safety


def test_no_method_is_called_and_nothing_counted() -> None:
    hostile, value = Hostile(), [1]
    kind = type("Odd", (Hostile,), {"__module__": hostile, "__slots__": ("inner",)})
    odd = kind()
    odd.inner = value
    table = {hostile: odd, odd: value}
    objects = [hostile, odd, value, table, kind]
    holders: list[Any] = [
        table,
        {hostile, odd},
        [hostile, odd],
        collections.deque([odd]),
        odd,
        kind,
    ]
    with untouched(*objects):
        for holder in holders:
            for one in objects:
                edge(holder, one)
                _core.object_expression("root", [holder, one, hostile])
            _core.object_container(holder)
        del holder, one
        assert edge(table, odd) == "[<test_object_names.Hostile key>]"
        assert edge(table, value) == "[<Odd key>]"
        assert edge(odd, value) == ".inner"
    assert Hostile.calls > 0, "the dictionary has hashed them"


def test_all_that_the_collector_sees_is_told() -> None:
    pairs = 0
    for holder in gc.get_objects():
        _core.object_container(holder)
        referents = gc.get_referents(holder)
        for one in referents[:20] + referents[20:][-20:]:
            assert edge(holder, one) is not None, (type(holder), type(one))
            pairs += 1
    assert pairs > 50_000


def test_names_that_pretend() -> None:
    fake = type("collections.deque", (), {"__slots__": ("a",)})
    assert _core.object_container(fake()) == (None, None, None)
    assert edge(fake(), 1) is None
    fake = type("functools._lru_cache_wrapper", (), {})
    assert edge(fake(), 1) is None


def test_types_have_the_names_people_use() -> None:
    class Local:
        pass

    assert _core.object_type(int) == ("builtins", "int")
    assert _core.object_type(collections.deque) == ("collections", "collections.deque")
    assert _core.object_type(collections.Counter) == ("collections", "collections.Counter")
    assert _core.object_type(type(make)) == ("builtins", "function")
    here = "test_object_names"
    local = f"{here}.test_types_have_the_names_people_use.<locals>.Local"
    assert _core.object_type(Local) == (here, local)
    main = type("Handler", (), {"__module__": "__main__"})
    assert _core.object_type(main) == ("__main__", "Handler")
    assert _core.object_type(type("Odd", (), {"__module__": 3})) == ("", "Odd")
    long = _core.object_type(type("x" * 1000, (), {}))
    assert long is not None
    assert len(long[1]) == len(here) + 1 + 200
    assert _core.object_type(1) is None


# -------------------------------------------------------------------------------------- expressions


def test_a_way_is_written_as_people_write_it() -> None:
    expression = _core.object_expression
    app = types.ModuleType("app")
    server = Plain(sessions={"a": [Plain(buf=bytearray(3))]})
    server_of_dict = Plain(sessions=[1])
    assert server_of_dict.__dict__
    function, data = make()
    callbacks = [function] * 8
    app.server, app.callbacks, app.other = server, callbacks, server_of_dict
    names = app.__dict__
    sessions = server.sessions
    buf = sessions["a"][0].buf
    path = [app, names, server, sessions, sessions["a"], sessions["a"][0], buf]
    assert expression("app", path) == (
        "app.server.sessions['a'][0].buf",
        [".__dict__", "['server']", ".sessions", "['a']", "[0]", ".buf"],
    )
    assert expression("app", path[1:])[0] == "app.server.sessions['a'][0].buf"
    assert expression("app", [app])[0] == "app"
    assert expression("app", [app, names])[0] == "app"
    cell = function.__closure__[0]
    whole = [app, names, callbacks, function, function.__closure__, cell, data]
    assert expression("app", whole)[0] == "app.callbacks[0] closure 'data'"
    assert expression("app", whole[:-1])[0] == "app.callbacks[0] closure 'data'"
    assert expression("app", whole[:-2])[0] == "app.callbacks[0].__closure__"
    other = [app, names, server_of_dict, server_of_dict.__dict__, server_of_dict.sessions]
    assert expression("app", other)[0] == "app.other.sessions"
    assert expression("app", other[:-1])[0] == "app.other.__dict__"
    default = [function, function.__defaults__, function.__defaults__[0]]
    assert expression("f", default)[0] == "f default 'b'"
    default = [function, function.__kwdefaults__, function.__kwdefaults__["c"]]
    assert expression("f", default)[0] == "f default 'c'"
    assert expression("f", [function, data, [1]])[0] == "f closure 'data' reference"
    assert expression("f", [])[0] == "f"


def test_variables_of_a_class_and_a_module_have_no_dictionary() -> None:
    class Service:
        cache: dict[str, list[int]] = {"a": [1]}  # noqa: RUF012

    way = [Service, _class_dict(Service), Service.cache, Service.cache["a"]]
    assert _core.object_expression("Service", way)[0] == "Service.cache['a']"
    names = sys.modules[__name__].__dict__
    assert _core.object_expression("tests", [names, make])[0] == "tests.make"
    assert _core.object_expression("table", [{"make": make}, make])[0] == "table['make']"


def _class_dict(kind: type) -> object:
    (found,) = (one for one in gc.get_referents(kind) if type(one) is dict)
    return found


def test_the_table_of_modules_is_left_out() -> None:
    way = [
        sys,
        sys.__dict__,
        sys.modules,
        sys.modules[__name__],
        sys.modules[__name__].__dict__,
        make,
    ]
    assert _core.object_expression("sys", way)[0] == f"{__name__}.make"
    assert _core.object_expression("?", way[2:])[0] == f"{__name__}.make"


def test_a_long_way_is_cut_in_the_middle() -> None:
    head = last = Plain()
    way: list[object] = [head]
    for _ in range(1000):
        last.next = Plain()
        last = last.next
        way.append(last)
    last.value = [1]
    way.append(last.value)
    shown, edges = _core.object_expression("app.head", way)
    assert len(edges) == 1001
    assert len(shown) <= 120
    assert shown.startswith("app.head.next.next")
    assert shown.endswith(".next.value")
    assert shown.count("…") == 1
    wide = Plain(**{"x" * 300: [1]})
    assert len(_core.object_expression("a", [wide, getattr(wide, "x" * 300)])[0]) < 250
