"""`while True`: the header is visited once for each turn, and so is a body of one statement."""


@profile  # calls 1
def counting():
    n = 0
    while True:  # x3
        n += 1  # x3
        grow(1)  # +3 x3
        if n == 3:  # x3
            return


@profile  # calls 1
def one_statement():
    while True:  # x4
        yield grow(1)  # +4 x4


@profile  # calls 1
def one_statement_over_lines():
    while 1:  # x4
        yield (  # x4
            grow(10)  # +40 x4
        )


@profile  # calls 1
def one_line():
    while True: yield grow(100)  # +400


for generator in (one_statement(), one_statement_over_lines(), one_line()):
    for _, _ in zip(range(4), generator): pass
    generator.close()
counting()
