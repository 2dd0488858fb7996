"""Recursion: a line counts inclusively only when its outermost visit ends, and always by itself."""

import sys


@profile  # calls 4
def down(n):
    grow(10)  # +40 x4
    if n:  # x4
        down(n - 1)  # +33 own 0 x3
    grow(1)  # +4 x4


@profile  # calls 3
def even(n):
    grow(1)  # +3 x3
    return n == 0 or odd(n - 1)  # +6 own 0 x3


@profile  # calls 2
def odd(n):
    grow(2)  # +4 x2
    return n != 0 and even(n - 1)  # +4 own 0 x2


@profile  # calls 901
def deep(n):
    grow(1)  # +901 x901
    return deep(n - 1) if n else 0  # +900 own 0 x901


@profile  # calls 3
def raises(n):
    grow(5)  # +15 x3
    if n == 0:  # x3
        raise KeyError
    raises(n - 1)  # +10 own 0 x2


@profile  # calls 7
def tree(n):
    if n == 0:  # x7
        return grow(1)  # +4 x4
    tree(n - 1)  # +3 own 0 x3
    tree(n - 1)  # +3 own 0 x3


sys.setrecursionlimit(2000)
down(3)
even(4)
deep(900)
try:
    raises(2)
except KeyError:
    pass
# Each of the two lines has an outermost visit in the first call (2) and, while the other line is open
# there, one in a second call (1).
tree(2)
