"""Functions, methods and lambdas of one line: no LINE event on 3.13 for some."""


@profile  # calls 2
def two_lines(n):
    return grow(n)  # +5 x2


def one_line(n): return grow(n)  # +30 x3 calls 3


one_lambda = lambda n: grow(n)  # +300 x2 calls 2
profile(one_line)
profile(one_lambda)


class Methods:
    @profile
    def method(self): grow(1)  # +2 x2

    @property
    @profile
    def attribute(self): return grow(2)  # +2

    @staticmethod
    @profile
    def static(): grow(3)  # +3

    @profile
    @classmethod
    def of_class(cls): grow(4)  # +4


def generator(): yield grow(5)  # +5 calls 1


async def coroutine(): grow(6)  # +6 calls 1


profile(generator)
profile(coroutine)


@profile  # calls 1
def calling():
    pick = lambda n: grow(n)  # +2
    pick(1)  # +1 own 0
    pick(1)  # +1 own 0
    (lambda: grow(9))()  # +9
    (lambda: [grow(1) for _ in range(2)])()  # +2


two_lines(2)
two_lines(3)
for _ in range(3):
    one_line(10)
one_lambda(100)
one_lambda(200)
methods = Methods()
methods.method()
methods.method()
methods.attribute
methods.static()
methods.of_class()
list(generator())
try:
    coroutine().send(None)
except StopIteration:
    pass
calling()
