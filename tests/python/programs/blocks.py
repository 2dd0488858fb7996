"""`with profile:` measures the lines inside it, and no others of the function."""


def around(n):
    grow(1000)  # never
    with profile:
        grow(n)  # +11 x2
        inside(n)  # +11 x2
    grow(2000)  # never
    return sum(grow_and_give(1) for _ in range(3))  # never


def inside(n):
    grow(n)  # never


def grow_and_give(n):
    grow(n)
    return n


@profile  # calls 3
def profiled(n):
    grow(n)  # +21 x3


def calling():
    profiled(1)
    with profile:
        profiled(10)  # +10 own 0
        found = [grow(1) for _ in range(2)]  # +2
        sum(grow_and_give(1) for _ in range(3))  # +3
        for _ in range(2):  # x3
            (lambda: grow(1))()  # +2 x2
    found = [grow(1) for _ in range(2)]  # never
    later = (grow_and_give(1) for _ in range(3))  # never
    sum(later)
    (lambda: grow(1))()  # never
    profiled(10)


def raising():
    try:
        with profile:
            grow(1)  # +1
            raise KeyError
    except KeyError:
        grow(2)  # never


def leaving():
    for i in range(4):
        with profile:
            if i == 1:  # x4
                continue
            grow(3)  # +9 x3
            if i == 3:  # x3
                return grow(4)  # +4


def nested():
    grow(1)  # never
    with profile:
        grow(2)  # +2
        with profile:
            grow(3)  # +3
        grow(4)  # +4
    grow(5)  # never


def recursive(n):
    grow(1)  # never
    with profile:
        grow(10)  # +30 x3
        if n:  # x3
            recursive(n - 1)  # +26 own 6 x2
    grow(2)  # never


@profile  # calls 1
def a_block_in_a_profiled_function():
    grow(1)  # +1
    with profile:
        grow(2)  # +2
    grow(3)  # +3


around(1)
around(10)
calling()
raising()
leaving()
nested()
recursive(2)
a_block_in_a_profiled_function()
