"""Generators: what happens while they are suspended is not theirs; calls are starts."""


@profile  # calls 2
def numbers(step):
    grow(step)  # +11 x2
    for i in range(3):  # x7
        got = yield i  # x6
        grow(step)  # +23 x5
    grow(100)  # +100


@profile  # calls 1
def interleaving():
    one, ten = numbers(1), numbers(10)
    for _ in range(3):  # x4
        next(one)  # +3 own 0 x3
        grow(1000)  # +3000 x3
        next(ten)  # +30 own 0 x3
    grow(-3033)  # -3033
    for _ in one:  # +101 own 0
        grow(9)  # never
    ten.close()


@profile  # calls 1
def working_while_yielding():
    yield grow(1) or (yield grow(2)) or (yield grow(4))  # +7
    value = yield  # peak 108 use 108
    grow(value)  # +5


interleaving()
generator = working_while_yielding()
next(generator)
grow(0)
next(generator)
next(generator)
# 108 now. What goes up and down while it is suspended is not in its peak.
next(generator)
grow(500)
grow(-500)
try:
    generator.send(5)
except StopIteration:
    pass
