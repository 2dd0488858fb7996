"""What a container holds and may hold, and on which line it last grew."""

from __future__ import annotations

import array
import collections
import functools
import sys
import weakref
from typing import Any

import pytest
from conftest import HEAD, Shell
from rsprofile import _core

container = _core.object_container


class Plain:
    """Has what a weak reference needs."""


def sizes(holder: object) -> tuple[int | None, int | None]:
    return container(holder)[:2]


def test_lengths() -> None:
    for number in (0, 1, 7, 8, 1000):
        items = range(number)
        assert sizes(list(items)) == (number, None)
        assert sizes(tuple(items)) == (number, None)
        assert sizes(dict.fromkeys(items)) == (number, None)
        assert sizes(set(items)) == (number, None)
        assert sizes(frozenset(items)) == (number, None)
        assert sizes(collections.deque(items)) == (number, None)
        assert sizes(bytearray(number)) == (number, None)
        assert sizes(array.array("q", items)) == (number, None)
        assert sizes(collections.OrderedDict.fromkeys(items)) == (number, None)
        assert sizes(collections.defaultdict(list, dict.fromkeys(items))) == (number, None)
        assert sizes(collections.Counter(items)) == (number, None)
        assert sizes(collections.UserDict(dict.fromkeys(items))) == (number, None)
        assert sizes(collections.UserList(items)) == (number, None)


def test_what_was_removed_is_not_counted() -> None:
    table = dict.fromkeys(range(100))
    members = set(range(100))
    queue = collections.deque(range(100))
    for number in range(99):
        del table[number]
        members.remove(number)
        queue.popleft()
    assert sizes(table) == sizes(members) == sizes(queue) == (1, None)


def test_weak_containers_are_those_inside() -> None:
    keep = [Plain() for _ in range(20)]
    assert sizes(weakref.WeakValueDictionary(enumerate(keep))) == (20, None)
    assert sizes(weakref.WeakKeyDictionary((one, 1) for one in keep)) == (20, None)
    assert sizes(weakref.WeakSet(keep)) == (20, None)


def test_a_container_inside_itself_ends() -> None:
    class Odd(collections.UserDict[Any, Any]):
        pass

    odd = Odd()
    odd.data = odd
    assert sizes(odd) == (None, None)


def test_bounds() -> None:
    assert sizes(collections.deque([1, 2, 3], 2)) == (2, 2)
    assert sizes(collections.deque(maxlen=0)) == (0, 0)

    def compute(value: int) -> int:
        return value

    for most, bound in ((None, None), (0, 0), (2, 2), (100, 100)):
        cached = functools.lru_cache(most)(compute)
        for value in range(10):
            cached(value)
        held = 10 if most is None else min(most, 10)
        assert sizes(cached) == (held, bound)


def test_what_is_no_container() -> None:
    for other in (1, "text", b"bytes", Plain, len, None, sys):
        assert sizes(other) == (None, None)


def test_the_shared_keys_of_a_class_are_not_the_block_of_an_instance() -> None:
    instances = [Plain() for _ in range(2)]
    for one in instances:
        one.a = 1  # type: ignore[attr-defined]
    blocks = {container(one.__dict__)[2] for one in instances}
    assert len(blocks) == 2 or blocks == {None}


GROWN = """
import array, collections, functools, weakref

class Plain:
    def __init__(self):
        self.kept = None

def grown(holder):
    address = _core.object_container(holder)[2]
    stack = address and _core.heap_site_at(address)
    return stack[0][3] if stack else None

def line(marker):
    with open(sys.argv[0]) as source:
        (found,) = [n for n, text in enumerate(source, 1) if text.rstrip().endswith("# " + marker)]
    return found

@functools.lru_cache(None)
def unlimited(value):
    return value

@functools.lru_cache(1000)
def limited(value):
    return value

_core.heap_start()
keep = [Plain() for _ in range(3000)]
items, table, members, queue, text = [], {}, set(), collections.deque(), bytearray()
ordered, default, numbers = collections.OrderedDict(), collections.defaultdict(int), array.array("q")
values, user, weak = weakref.WeakValueDictionary(), collections.UserDict(), weakref.WeakSet()
for number in range(2000):
    items.append(number) # items
    table[number] = number # table
    members.add(number) # members
    queue.append(number) # queue
    text += b"123456789" # text
    ordered[number] = number # ordered
    default[number] += 1 # default
    numbers.append(number) # numbers
    unlimited(number) # unlimited
    limited(number) # limited
values_data, user_data, weak_data = values.data, user.data, weak.data
for number, one in enumerate(keep):
    values_data[number] = weakref.KeyedRef(one, None, number) # values
    user_data[number] = number # user
    weak_data.add(weakref.ref(one)) # weak
for name in ("items", "table", "members", "queue", "text", "ordered", "default", "numbers",
             "unlimited", "limited", "values", "user", "weak"):
    assert grown(globals()[name]) == line(name), (name, grown(globals()[name]), line(name))
for small in ([], set(), {1, 2}, frozenset(), ()):
    assert grown(small) is None, small
print("same")
"""

INSTANCES = """
class Plain:
    def __init__(self):
        self.kept = None

class Other(dict):
    pass

_core.heap_start()
def grown(holder):
    address = _core.object_container(holder)[2]
    return address and _core.heap_site_at(address)[0][3]
one = Plain()
line = sys._getframe().f_lineno - 1
found = grown(one)
assert found in (None, line), found
assert (found is None) == (sys.version_info >= (3, 13)), found
one.__dict__
other = Plain()
for number in range(50):
    setattr(other, f"n{number}", number)
line = sys._getframe().f_lineno - 1
assert grown(other.__dict__) == line
assert grown(other) is None
print("same")
"""


@pytest.mark.parametrize("program", [GROWN, INSTANCES], ids=["containers", "instances"])
def test_the_line_on_which_it_last_grew(shell: Shell, program: str) -> None:
    shell.write("app.py", HEAD.replace("from heap import *\n", "") + program)
    done = shell.python("app.py")
    assert (done.stdout, done.stderr) == ("same\n", "")
