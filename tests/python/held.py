"""Holds a thing in every way that Python knows, and prints the way from a root to each as JSON."""

from __future__ import annotations

import collections
import contextvars
import functools
import gc
import json
import sys
import threading
import types
import weakref

from walks import Ways, thing, walk

try:
    import numpy
except ImportError:
    numpy = None


class Plain: ...


class Slotted:
    __slots__ = ("item",)


class Meta(type): ...


class Derived(metaclass=Meta): ...


class Classy:
    item = thing("class attribute")

    def method(self): ...


class Dictlike(dict): ...


def with_attribute(holder, name):
    holder.item = thing(name)
    return holder


def closure(item):
    return lambda: item


def default(item=thing("default argument"), *, other=thing("keyword default")): ...  # noqa: B008


@functools.cache
def cached(name):
    return thing(name)


@functools.lru_cache(maxsize=10)
def cached_some(name):
    return thing(name)


def generator(item):
    yield item


class Pause:
    def __await__(self):
        yield


async def coroutine(item):
    await Pause()
    del item


async def agenerator(item):
    yield item


def raises(item):
    raise ValueError


def begun(suspended):
    suspended.send(None)
    return suspended


def caught(name):
    try:
        raises(thing(name))
    except ValueError as error:
        return error


def in_context(name):
    context = contextvars.copy_context()
    context.run(contextvars.ContextVar("variable").set, thing(name))
    return context


global_thing = thing("module global")
in_list = [thing("list")]
in_dict = {"key": thing("dict value")}
in_dict_key = {thing("dict key"): 1}
in_derived_dict = Dictlike(key=thing("dict subclass"))
in_set = {thing("set")}
in_deque = collections.deque([thing("deque")])
in_tuple = (thing("tuple"),)
in_attribute = with_attribute(Plain(), "attribute")
in_dict_of_attributes = with_attribute(Plain(), "attribute with a dict")
vars(in_dict_of_attributes)
in_own_dict = Plain()
in_own_dict.__dict__ = {"item": thing("dict that replaced the attributes")}
in_slot = with_attribute(Slotted(), "slot")
Meta.item = thing("metaclass attribute")
in_closure = closure(thing("closure"))
cached("lru_cache")
cached_some("bounded lru_cache")
in_generator = begun(generator(thing("generator")))
in_coroutine = begun(coroutine(thing("coroutine")))
in_agenerator = agenerator(thing("async generator"))
in_traceback = caught("traceback")
in_method = types.MethodType(lambda self: self, thing("method"))
in_partial = functools.partial(print, thing("partial"))
in_context_ = in_context("context variable")
in_local = threading.local()
in_local.item = thing("thread local")
in_namespace = types.SimpleNamespace(item=thing("namespace"))
in_module = types.ModuleType("made")
in_module.item = thing("module made by hand")
in_weak = weakref.WeakValueDictionary(key=thing("weak value"))
weak_list = [thing("held beside a weak value")]
in_weak["other"] = weak_list[0]
in_chain = iter([thing("iterator")])
in_property = property(closure(thing("property")))
if numpy:
    in_array = numpy.array([None, thing("object array")], dtype=object)
    in_view = numpy.array([[thing("array seen by a view"), 1]], dtype=object)[:, :1]
gc.collect()
gc.freeze()
frozen = [thing("made after a freeze")]


def frames(ready, end):
    local = thing("local of a thread")
    numbers = [number * number for number in range(3)]
    ready.set()
    end.wait()
    del local, numbers


def storage(ready, end):
    in_local.item = thing("thread local of a thread")
    ready.set()
    end.wait()


def cells(end):
    captured = thing("captured local")

    def inner():
        return walk() if captured else None

    return inner()


def run_in_generator(item):
    yield walk() if item else None


def run_all():
    local = thing("local")
    end = threading.Event()
    for function in frames, storage:
        ready = threading.Event()
        threading.Thread(target=function, args=(ready, end), daemon=True).start()
        ready.wait()
    # Frames that are there for this walk: a closure, a generator, and a handled exception.
    try:
        raises(thing("handled"))
    except ValueError:
        walked = [cells(end), next(run_in_generator(thing("running generator"))), walk()]
    end.set()
    del local
    return walked


def ways(walked):
    ways = Ways(walked)
    return {name: ways.to(node) for name, node in ways.things().items()}


if __name__ == "__main__":
    sys.setswitchinterval(10)
    by_closure, by_generator, walked = run_all()
    found = {
        **ways(walked),
        **{f"{name}, by a closure": way for name, way in ways(by_closure).items()},
        **{f"{name}, by a generator": way for name, way in ways(by_generator).items()},
    }
    print(json.dumps(found))
