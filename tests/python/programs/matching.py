"""`match`: each `case` that is tried is a line."""


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


def growing(n):
    grow(n)
    return True


@profile  # calls 5
def sort(subject):
    match subject:  # x5
        case 0:  # x5
            grow(1)  # +1
        case [a, b] if growing(10):  # +10 x4
            grow(2)  # +2
        case Point(0, y):  # x3
            return grow(y)  # +3
        case {"key": value}:  # x2
            grow(value)  # +4
        case _:
            grow(5)  # +5
    grow(100)  # +400 x4


for subject in (0, [1, 2], Point(0, 3), {"key": 4}, "other"):
    sort(subject)
