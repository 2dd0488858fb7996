"""Generators closed, thrown into and abandoned."""

import gc


@profile  # calls 7
def patient():
    grow(1)  # +7 x7
    try:
        while True:
            yield  # x9
            grow(10)  # +20 x2
    except KeyError:
        grow(100)  # +100
        yield
        grow(1000)  # never
    finally:
        grow(5)  # +35 x7


@profile  # calls 1
def closing():
    generator = patient()
    next(generator)  # +1 own 0
    generator.close()  # +5 own 0


@profile  # calls 1
def throwing():
    generator = patient()
    next(generator)  # +1 own 0
    generator.throw(KeyError)  # +100 own 0
    grow(3)  # +3
    generator.close()  # +5 own 0


@profile  # calls 1
def abandoning():
    generator = patient()
    next(generator)  # +1 own 0
    del generator  # +5 own 0
    grow(4)  # +4


@profile  # calls 1
def collected():
    generator = patient()
    cycle = [generator]
    cycle.append(cycle)
    next(generator)  # +1 own 0
    next(generator)  # +10 own 0
    del generator, cycle
    grow(7)  # +7
    gc.collect()  # +5 own 0


@profile  # calls 1
def failing():
    generator = patient()
    next(generator)  # +1 own 0
    try:
        generator.throw(ZeroDivisionError)  # +5 own 0
    except ZeroDivisionError:
        grow(1)  # +1


@profile  # calls 0
def never_started():
    yield


@profile  # calls 2
def simple():
    grow(2)  # +4 x2
    yield  # x2


gc.disable()
closing()
throwing()
abandoning()
collected()
failing()
never_started().close()
try:
    never_started().throw(KeyError)
except KeyError:
    pass
left = patient()
next(left)
next(left)
grow(77)
del left
other = patient()
next(other)
other.close()
one, two = simple(), simple()
next(one), next(two)
one.close()
grow(1)
del two
