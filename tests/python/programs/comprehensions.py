"""Comprehensions: frames of their own before 3.12, part of the function since (PEP 709)."""


@profile  # calls 2
def one_line():
    a = [grow(1) for _ in range(3)]  # +6 x2
    b = {grow(2) for _ in range(3)}  # +12 x2
    c = {i: grow(3) for i in range(3)}  # +18 x2
    return a, b, c  # x2


@profile  # calls 1
def over_lines():
    return [
        grow(i)  # +3
        for i in range(4)
        if i != grow(0)
        if i != 3
    ]


@profile  # calls 1
def nested():
    rows = [[grow(1) for _ in range(3)] for _ in range(2)]  # +6
    return [
        [
            grow(10)  # +60
            for _ in range(3)
        ]
        for _ in rows
    ]


@profile  # calls 1
def calling():
    return [called(i) for i in range(3)]  # +3 own 0


@profile  # calls 3
def called(n):
    return grow(n)  # +3 x3


@profile  # calls 1
def raising():
    try:
        return [1 // grow_and_give(i) for i in (2, 1, 0, 1)]  # +3
    except ZeroDivisionError:
        grow(1)  # +1


def grow_and_give(n):
    grow(n)
    return n


@profile  # calls 1
def in_a_class():
    class Local:  # +2 own 0
        found = [grow(1) for _ in range(2)]  # +2

    return [grow(4) for _ in range(2)] + [grow(8) for _ in range(2)]  # +24


@profile  # calls 1
def closing_over():
    makers = [lambda: grow(i) for i in range(3)]  # +6
    for make in makers:  # x4
        make()  # +6 own 0 x3


one_line()
one_line()
over_lines()
nested()
calling()
raising()
in_a_class()
closing_over()
