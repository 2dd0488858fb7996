"""Delegation: the delegating line holds what the inner generator grows, and not what goes on outside."""


@profile  # calls 1
def inner():
    grow(1)  # +1
    got = yield 1
    grow(got)  # +10
    yield 2
    return grow(100)  # +100


@profile  # calls 1
def outer():
    grow(2)  # +2
    result = yield from inner()  # +111 own 0
    grow(3)  # +3


@profile  # calls 1
def from_a_list():
    yield from [1, 2, 3]
    grow(1)  # +1


generator = outer()
next(generator)
grow(5000)
assert generator.send(10) == 2
grow(-5000)
assert list(generator) == []
assert list(from_a_list()) == [1, 2, 3]
