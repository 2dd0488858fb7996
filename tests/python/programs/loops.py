"""Loops whose level goes up and down: signed sums, never a maximum."""


@profile  # calls 1
def up_and_down():
    for step in range(3):  # x4
        grow(10)  # +30 peak 20 use 20 x3
        grow(-5)  # -15 peak 20 use 15 x3


@profile  # calls 2
def ends_where_it_began():
    kept = []  # x2
    while len(kept) < 4:  # x10
        grow(100)  # +800 x8
        kept.append(1)  # x8
    grow(-400)  # -800 x2


@profile  # calls 1
def the_iterator_costs():
    for _ in produce():  # +6 x4
        grow(1)  # +3 x3
    else:
        grow(2)  # +2


def produce():
    for _ in range(3):
        grow(2)
        yield


@profile  # calls 1
def nested():
    for i in range(2):  # x3
        for j in range(3):  # x8
            if j == 1:  # x6
                continue  # x2
            grow(i)  # +2 x4
        grow(-1)  # -2 x2


@profile  # calls 1
def a_temporary():
    grow(50) or grow(-50)  # peak 70 use 20
    grow(1)  # +1 peak 21 use 21


up_and_down()
ends_where_it_began()
ends_where_it_began()
the_iterator_costs()
nested()
grow(20 - 15 - 11)
a_temporary()
