"""Functions defined in functions: decorated ones stand for themselves, others are part of their maker."""

import functools


def plain(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments)

    return wrapper


@profile  # calls 2
def maker():
    grow(1)  # +2 x2

    def part(n):  # x2
        grow(n)  # +40 x2

    @plain  # x2
    def decorated(n):  # x2
        return grow(n)  # +400 x2

    part(20)  # +40 own 0 x2
    decorated(200)  # +400 own 0 x2
    return part  # x2


@profile  # calls 2
def with_profiled_inside():
    @profile
    def inner():
        grow(3)  # +6 x2

    grow(4)  # +8 x2
    inner()  # +6 own 0 x2


@profile  # calls 1
@plain
def below_a_wrapper():
    grow(5)  # +5


def counter():
    total = 0

    @profile
    def count(n):
        nonlocal total
        total += n  # x6
        grow(n)  # +21 x6
        return total  # x6

    return count


maker()
maker()
with_profiled_inside()
with_profiled_inside()
below_a_wrapper()
# Closures share their code: two makers, one table; called after their maker has returned.
one, two = counter(), counter()
assert [one(1), two(2), one(3), two(4), one(5), two(6)] == [1, 2, 4, 6, 9, 12]
