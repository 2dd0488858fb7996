"""Generator expressions: part of the statement they stand in, wherever they are consumed."""


@profile  # calls 2
def consumed_at_once():
    return sum(grow_and_give(1) for _ in range(3))  # +6 x2


@profile  # calls 1
def consumed_later():
    later = (grow_and_give(1) for _ in range(3))  # +3
    grow(10)  # +10
    return sum(later)  # +3 own 0


@profile  # calls 1
def over_lines():
    return sum(  # +3 own 0
        grow_and_give(i)  # +3
        for i in range(3)
    )


@profile  # calls 1
def nested():
    return sum(sum(grow_and_give(1) for _ in range(2)) for _ in range(3))  # +6


@profile  # calls 1
def any_stops_early():
    found = any(grow_and_give(i) for i in range(5))  # +1
    grow(2)  # +2
    return found


def grow_and_give(n):
    grow(n)
    return n


consumed_at_once()
consumed_at_once()
consumed_later()
over_lines()
nested()
any_stops_early()
