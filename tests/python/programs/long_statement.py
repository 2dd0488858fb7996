"""A statement of more than 64 lines: each of its lines once per execution."""


def give(*values):
    return values


@profile  # calls 1
def long():
    for _ in range(2):  # x3
        give(  # x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
            grow(0),  # +0 x2
            grow(1),  # +2 x2
            grow(2),  # +4 x2
            grow(3),  # +6 x2
            grow(4),  # +8 x2
        )


@profile  # calls 1
def jumping():
    return give(
        give(
            grow(1),  # +1
        ),
        0,
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        10,
        11,
        12,
        13,
        14,
        15,
        16,
        17,
        18,
        19,
        20,
        21,
        22,
        23,
        24,
        25,
        26,
        27,
        28,
        29,
        30,
        31,
        32,
        33,
        34,
        35,
        36,
        37,
        38,
        39,
        40,
        41,
        42,
        43,
        44,
        45,
        46,
        47,
        48,
        49,
        50,
        51,
        52,
        53,
        54,
        55,
        56,
        57,
        58,
        59,
        60,
        61,
        62,
        63,
        64,
        65,
        66,
        67,
        68,
        69,
        70,
        71,
        72,
        73,
        74,
        75,
        76,
        77,
        78,
        79,
        give(
            grow(2),  # +2
            give(
                grow(3),  # +3
            ),
        ),
    )


long()
jumping()
