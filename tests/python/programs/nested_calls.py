"""A profiled function called by a profiled function: once on the caller's line, once on its own."""


@profile  # calls 4
def inner(n):
    grow(n)  # +44 x4
    return n  # x4


@profile  # calls 2
def middle():
    grow(1)  # +2 x2
    inner(20)  # +40 own 0 x2
    unprofiled()  # +6 own 0 x2


@profile  # calls 1
def outer():
    middle()  # +24 own 0 peak 24
    x = inner(4) + 1  # +4 own 0
    inner(0) or middle()  # +24 own 0 use 52
    grow(-52)  # -52


def unprofiled():
    leaf()


@profile  # calls 2
def leaf():
    grow(3)  # +6 x2


@profile  # calls 1
def peak_of_a_callee():
    grow(1)  # +1
    temporary()  # own 0 peak 1001 use 1


@profile  # calls 1
def temporary():
    grow(1000)  # +1000 peak 1001
    grow(-1000)  # -1000 peak 1001 use 1


outer()
peak_of_a_callee()
