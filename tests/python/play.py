"""Plays programs under the fake meter and prints what rsprofile counted.

    python play.py HOOK PROGRAM...

Each program runs in a child of its own, forked before anything is profiled, with `profile` and
`grow(bytes)` among its builtins and the memory level at 0. The output is one JSON object: for each
program the document of `rsprofile._core.snapshot()`, or the traceback it ended with as text.
"""

from __future__ import annotations

import builtins
import json
import os
import sys
import traceback
from pathlib import Path

from rsprofile import _core, profile

#: In the text of a program whose module level is to be profiled.
MODULE = "\n# profile: module\n"


def play(path: Path, hook: str) -> object:
    _core.configure(meter="fake", peak=True, hook=hook)
    builtins.profile = profile  # type: ignore[attr-defined]
    builtins.grow = _core.grow  # type: ignore[attr-defined]
    text = path.read_text()
    code = compile(text, str(path), "exec", dont_inherit=True)
    if MODULE in text:
        _core.register(code, "module")
        _core.start()
        _core.trace_thread()
        _core.trace_new_threads()
    try:
        exec(code, {"__name__": "__main__", "__file__": str(path)})
        return json.loads(_core.snapshot().dumps())
    except BaseException:
        return traceback.format_exc()


def in_a_child(path: Path, hook: str) -> object:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with open(writing, "w") as out:
            json.dump(play(path, hook), out)
        os._exit(0)
    os.close(writing)
    with open(reading) as played:
        text = played.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if text else f"died with status {status}"


if __name__ == "__main__":
    hook = sys.argv[1]
    print(json.dumps({name: in_a_child(Path(name), hook) for name in sys.argv[2:]}))
