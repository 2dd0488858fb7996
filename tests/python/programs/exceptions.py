"""Exceptions: the line that raises ends where it raises, the caller's line goes on to its handler."""


@profile  # calls 5
def raising():
    grow(10)  # +50 x5
    raise ValueError(grow(1))  # +5 x5


@profile  # calls 1
def catching():
    try:
        raising()  # +11 own 0
    except ValueError:
        grow(2)  # +2
    grow(3)  # +3


@profile  # calls 1
def reraising():
    try:
        raising()  # +11 own 0
    except ValueError:
        grow(4)  # +4
        raise


@profile  # calls 1
def raising_another():
    try:
        raising()  # +11 own 0
    except ValueError as error:
        raise KeyError(grow(5)) from error  # +5


@profile  # calls 1
def with_finally():
    try:
        raising()  # +11 own 0
    finally:
        grow(6)  # +6


@profile  # calls 1
def returning_in_finally():
    for _ in range(2):
        try:
            grow(1)  # +1
            return raising()  # +11 own 0
        finally:
            grow(7)  # +7
            return 1


@profile  # calls 1
def silent():
    try:
        int(grow(8) or "no")  # +8
    except ValueError:
        pass
    else:
        grow(9)  # never


@profile  # calls 1
def groups():
    try:
        raise ExceptionGroup("both", [ValueError(grow(1)), KeyError(grow(1))])  # +2
    except* ValueError:
        grow(2)  # +2
    except* KeyError:
        grow(3)  # +3


def expect(error, function):
    try:
        function()
    except error:
        return
    raise AssertionError(function)


catching()
expect(ValueError, reraising)
expect(KeyError, raising_another)
expect(ValueError, with_finally)
returning_in_finally()
silent()
groups()
