"""Class bodies in a profiled function are part of it; a profiled class is its methods."""


@profile  # calls 2
def maker(n):
    class Local:  # +17 own 0 x2
        grow(n)  # +11 x2
        values = [n for _ in range(3) if not grow(1)]  # +6 x2

        def method(self):  # x2
            return grow(100)  # +200 x2

    grow(2)  # +4 x2
    return Local  # x2


@profile
class Profiled:
    grow(1000)

    def __init__(self):  # calls 2
        grow(3)  # +6 x2

    @staticmethod
    def static():
        grow(4)  # +4

    @property
    def attribute(self):
        return grow(5)  # +5

    class Nested:
        def method(self):  # calls 1
            grow(6)  # +6


class Child(Profiled):
    def other(self):
        grow(7)


maker(1)().method()
maker(10)().method()
Profiled().attribute
Child().other()
Profiled.static()
Profiled.Nested().method()
