"""Profiling switched off and on in the middle of profiled functions."""


@profile  # calls 1
def switching():
    grow(1)  # +1
    profile.disable()
    grow(2)  # never
    profile.enable()
    grow(4)  # +4
    for _ in range(2):  # x3
        called()  # +16 own 0 x2


@profile  # calls 3
def called():
    grow(8)  # +24 x3


@profile  # calls 1
def off_in_a_callee():
    grow(1)  # +1
    off()  # +16 own 0
    grow(2)  # never
    on()  # never
    grow(4)  # +4


@profile  # calls 1
def off():
    grow(16)  # +16
    profile.disable()
    grow(32)  # never


def on():
    profile.enable()


@profile  # calls 3
def recursive(n):
    if n == 0:  # x3
        profile.disable()
        profile.enable()
        return grow(100)  # +100
    recursive(n - 1)  # x2
    grow(1)  # +2 x2


@profile  # calls 1
def generating():
    yield grow(1)  # +1
    grow(2)  # +2
    yield


switching()
off_in_a_callee()
recursive(2)
one, two = generating(), generating()
next(one)
profile.disable()
called()
next(one)
next(two)
profile.enable()
called()
next(two)
