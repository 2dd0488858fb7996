"""Closures called after the profiled function that made them has returned."""


@profile  # calls 2
def make(n):
    grow(1)  # +2 x2

    def closure():  # x2
        grow(n)  # +21 x3

    return closure  # x2


@profile  # calls 1
def make_lambda():
    return lambda: grow(5)  # +10


@profile  # calls 1
def make_generator():
    return (grow(7) for _ in range(2))  # +14


@profile  # calls 1
def user(call):
    call()  # +1 own 0
    grow(1000)  # +1000


ten, one = make(10), make(1)
ten()
ten()
grow(-500)
user(one)
call = make_lambda()
call()
call()
list(make_generator())
