"""The header of a `with` counts once, however its block is left; leaving costs on the header."""

from contextlib import ExitStack, contextmanager


@contextmanager
def manager(n=0):
    grow(n)
    try:
        yield n
    finally:
        grow(-n)


class Quiet:
    def __enter__(self):
        grow(1)

    def __exit__(self, *error):
        grow(1)
        return True


@profile  # calls 2
def normal():
    with manager(100):  # use 103 x2
        grow(1)  # +2 use 104 x2
    grow(2)  # +4 x2


@profile  # calls 1
def with_exception():
    with Quiet():  # +2
        grow(3)  # +3
        raise ValueError
    grow(4)  # +4


@profile  # calls 1
def with_return():
    with manager(10):
        return grow(5)  # +5


@profile  # calls 1
def in_loop():
    for i in range(5):  # x5
        with Quiet():  # +10 x5
            if i == 1:  # x5
                continue
            grow(6)  # +24 x4
            if i == 4:  # x4
                break
            grow(7)  # +21 x3


@profile  # calls 1
def several():
    with Quiet(), Quiet():  # +4
        grow(8)  # +8
    with (
        manager(1),
        manager(2),
    ):
        grow(9)  # +9


@profile  # calls 1
def nested():
    for _ in range(2):  # x3
        with Quiet():  # +4 x2
            with Quiet():  # +4 x2
                grow(1)  # +2 x2
            for _ in range(2):  # x6
                with Quiet():  # +8 x4
                    grow(1)  # +4 x4


@profile  # calls 1
def forever():
    n = 0
    while True:
        with Quiet():  # +6 x3
            n += 1  # x3
            if n == 3:  # x3
                break


@profile  # calls 1
def on_one_line():
    for _ in range(2):  # x3
        with Quiet(): grow(10)  # +24 x2


@profile  # calls 1
def stack():
    with ExitStack() as exits:  # +2
        exits.enter_context(Quiet())  # +1
        exits.callback(grow, 1)
        grow(3)  # +3


@profile  # calls 1
def a_body_without_lines():
    with Quiet():  # +2
        pass


normal()
normal()
with_exception()
with_return()
in_loop()
several()
nested()
forever()
on_one_line()
stack()
a_body_without_lines()
