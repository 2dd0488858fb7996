"""Statements over several lines: each line once per execution, whatever the order of its visits.

The interpreter comes back to some lines, and in which visit a value is stored differs between
versions: no usage here, and what the calls grow stands on lines of its own.
"""


def give(*values, **named):
    return values or named


@profile  # calls 2
def calls():
    for _ in range(2):  # x6
        found = give(  # x4
            grow(1),  # +4 x4
            grow(10),  # +40 x4
            # A comment in between.
            give(  # x4
                grow(100)  # +400 x4
            ),
        )
    return found  # x2


@profile  # calls 1
def expressions():
    total = (
        give(grow(1))  # +1
        + give(grow(2))  # +2
        + give(grow(3))  # +3
    )
    return total


@profile  # calls 1
def dictionary():
    found = {
        "a": grow(1),  # +1
        "b": grow(2),  # +2
        "c": [
            grow(3),  # +3
        ],
    }
    return found


@profile  # calls 1
def chained():
    return (
        0
        < len(give(grow(1)))  # +1
        < len(give(grow(2), 0))  # +2
        < len(give(grow(3), 0, 0))  # +3
    )


@profile  # calls 1
def continued():
    x = give(1) and \
        give(grow(2))  # +2
    assert x, (
        grow(9)  # never
    )
    if (
        give(grow(4))  # +4
        and give(grow(5))  # +5
    ):
        grow(6)  # +6


@profile  # calls 2
def ternary(which):
    value = (
        grow(1) if which  # +1 x2
        else grow(2)  # +2
    )
    return value  # x2


calls()
calls()
expressions()
dictionary()
chained()
continued()
ternary(True)
ternary(False)
