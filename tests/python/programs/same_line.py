"""Several statements and whole loops on one line: one execution of the line."""


@profile  # calls 2
def loops():
    for _ in range(3): grow(1)  # +6 x2
    n = 0  # x2
    while n < 3: n += 1; grow(10)  # +60 x2
    grow(1); grow(2); grow(3)  # +12 x2


@profile  # calls 2
def conditions(which):
    if which: grow(1)  # +1 x2
    else: grow(2)  # +2
    try: grow(3)  # +6 x2
    finally: grow(4)  # +8 x2


@profile  # calls 1
def in_a_loop():
    for _ in range(2):  # x3
        for _ in range(2): grow(1)  # +4 x2


loops()
loops()
conditions(True)
conditions(False)
in_a_loop()
