"""The module level of a program."""
# profile: module

import functools

grow(1)  # +1
for _ in range(2):  # x3
    grow(10)  # +20 x2


def unprofiled():
    grow(100)  # never


@profile  # calls 2
def profiled():
    grow(200)  # +400 x2


unprofiled()  # +100
profiled()  # +200 own 0
found = [grow(3) for _ in range(2)]  # +6
later = lambda: grow(4)  # +4
later()  # +4 own 0


class Body:  # +205 own 0
    grow(5)  # +5

    @functools.cached_property
    def attribute(self):
        return grow(6)  # never

    values = [
        profiled(),  # +200 own 0
    ]


Body().attribute  # +6
try:
    with open("/nonexistent"):
        pass
except OSError:
    grow(7)  # +7
exec("grow(8)")  # +8
