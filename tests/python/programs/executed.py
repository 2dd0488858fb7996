"""Code made by `exec` counts, with and without a source in `linecache`."""

import linecache

TEXT = """\
def made(n):
    found = give(
        n,
        grow(n),
    )
    return found


def give(*values):
    return values
"""


def make(name):
    namespace = {"grow": grow}
    exec(compile(TEXT, name, "exec"), namespace)
    return profile(namespace["made"])


@profile  # calls 3
def calling(function):
    function(10)  # +30 own 0 x3


linecache.cache["<made>"] = len(TEXT), None, TEXT.splitlines(True), "<made>"
known, unknown, on_disk = make("<made>"), make("<unknown>"), make("/nonexistent/made.py")
for function in (known, unknown, on_disk):
    calling(function)


def rows(name):
    import json

    from rsprofile import _core

    functions = json.loads(_core.snapshot().dumps())["functions"]
    (found,) = (f for f in functions if f["file"] == name)
    return found["source"], {
        row["line"]: (row["text"], row["measured"]["increment"], row["measured"]["occurrences"])
        for row in found["rows"]
        if row["measured"]
    }


assert rows("<made>") == (
    "unchanged",
    {
        1: ("def made(n):", 0, 0),
        2: ("    found = give(", 0, 1),
        3: ("        n,", 0, 1),
        4: ("        grow(n),", 10, 1),
        6: ("    return found", 0, 1),
    },
)
# Without a text each line is a statement of its own, and the call's first line is visited twice.
for name in ("<unknown>", "/nonexistent/made.py"):
    source, lines = rows(name)
    assert source == "missing"
    assert lines[4] == (None, 10, 1)
    assert lines[2] == (None, 0, 2)
