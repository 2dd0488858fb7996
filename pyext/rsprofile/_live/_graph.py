"""A picture of memory over time, in characters."""

from __future__ import annotations

_BLOCKS = " ▁▂▃▄▅▆▇█"
#: The same for terminals that show ASCII only: nothing, the lower half, all.
_ASCII = " .#"


def graph(
    columns: list[tuple[int, int] | None], rows: int, top: int, *, unicode: bool
) -> list[list[tuple[str, bool]]]:
    """Draw columns that are as high as the highest value of each.

    Args:
        columns: Lowest and highest value of each, or None for one that nothing is known of.
        rows: How many lines the picture has.
        top: What its upper edge stands for; its lower one is 0.
        unicode: Whether there are other characters than those of ASCII.

    Returns:
        From the top, the cells of each line: the character, and whether memory was lower than that
        for a part of the time.
    """
    marks = _BLOCKS if unicode else _ASCII
    steps = len(marks) - 1
    picture: list[list[tuple[str, bool]]] = [[] for _ in range(rows)]
    for column in columns:
        low, high = column or (0, 0)
        filled = _steps(high, top, rows * steps)
        always = _steps(low, top, rows * steps)
        for row in range(rows):
            floor = (rows - 1 - row) * steps
            part = max(0, min(steps, filled - floor))
            picture[row].append((marks[part], part > 0 and always <= floor))
    return picture


def _steps(value: int, top: int, count: int) -> int:
    """Give how many steps a value is high, at least one where there is anything."""
    if value <= 0 or top <= 0:
        return 0
    return max(1, min(count, round(value * count / top)))
