"""`with profile:` at module level."""

grow(100)  # never


def called():
    grow(1)  # never


for _ in range(2):
    with profile:
        grow(10)  # +20 x2
        called()  # +2 x2
        kept = [grow(1) for _ in range(2)]  # +4 x2
grow(200)  # never
with profile:
    grow(3)  # +3


class Body:
    grow(4)  # never
