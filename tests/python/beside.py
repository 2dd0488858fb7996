"""Runs a program that uses another tool three times: without profiling, with profiling begun before that
tool is switched on, and after. What it prints must be the same, and what is profiled counted.
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

HEAD = """
import os, sys
from rsprofile import _core
from probe import *

WHEN, HOOK = {when!r}, {hook!r}

def leaf(n):
    grow(n)
    return n

def generator():
    for n in range(2):
        yield leaf(n)

def raising():
    raise KeyError

def work():
    total = 0
    for n in generator():
        total += n
    try:
        raising()
    except KeyError:
        total += 1
    return [m for m in range(total)]

def unprofiled():
    return work()

def begin_if(when):
    if when == WHEN:
        begin(HOOK)
        for function in (leaf, generator, raising, work):
            profile(function)

if not WHEN:
    _core.configure(meter="fake")
ours = {{"leaf", "generator", "raising", "work", "unprofiled"}}
runs = 0
"""
TAIL = """
if WHEN:
    assert document()["run"]["lost"] == 0
    counted = lines("leaf").get("grow(n)", (0, 0))
    assert counted == (runs, 2 * runs), (counted, runs)
    _core.close()
if sys.version_info >= (3, 12):
    assert not any(sys.monitoring.get_tool(n) == "rsprofile" for n in range(6))
assert "rsprofile" not in repr(sys.gettrace())
"""


def same_with_us(shell: Any, hook: str, program: str, **environment: str) -> str:
    """Run a program in the three ways; what it prints."""
    printed = []
    for when in ("", "before", "after"):
        text = HEAD.format(when=when, hook=hook) + textwrap.dedent(program)
        shell.write("prog.py", text + TAIL)
        here = str(Path(__file__).parent)
        done = shell.python("prog.py", PYTHONPATH=here, **environment)
        assert (done.returncode, done.stderr) == (0, ""), f"{when}:\n{done.stdout}\n{done.stderr}"
        printed.append(done.stdout)
    assert printed[1] == printed[0]
    assert printed[2] == printed[0]
    assert printed[0]
    return printed[0]
