"""A class made for every table read, in attrs 19.2.0 to 21.2.0.

https://github.com/python-attrs/attrs/issues/826: the source of every method generated is put into
`linecache.cache` under a name of its own, and stays when the class is gone. Mended in 21.3.0 by
taking the entry of an equal class: https://github.com/python-attrs/attrs/pull/828.
"""

from __future__ import annotations

import gc

import attr

TABLES = 200
COLUMNS = [f"column_{number}" for number in range(40)]


def read_table() -> object:
    """Read a table of one row."""
    row = attr.make_class("Row", COLUMNS)
    return row(*range(len(COLUMNS)))


for _ in range(TABLES):
    read_table()
gc.collect()
