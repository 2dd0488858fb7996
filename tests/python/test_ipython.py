"""The magics in a terminal, under both names, and who loads IPython."""

from __future__ import annotations

import re

SESSION = """
%load_ext {module}
from rsprofile import _core
_core.configure(meter="fake")
_core.grow(100 << 20)
def work(n): return _core.grow(n << 20)

async def fetch(): return _core.grow(3 << 20)

%mprun -f work work(2)
%mprun -f fetch await fetch()
%memit await fetch()
%mprun await fetch()
%mprun -f missing work(1)
print("in the end", hasattr(__builtins__, "profile"))
"""


def ipython(shell, module: str, **environment: str) -> str:
    """Type a session into IPython; gives what it prints."""
    session = SESSION.format(module=module)
    done = shell.python(
        "-m",
        "IPython",
        "--simple-prompt",
        "--colors=NoColor",
        input=session,
        TERM="dumb",
        IPYTHONDIR=str(shell.folder / "ipython"),
        **environment,
    )
    return done.stdout + done.stderr


def check(text: str) -> None:
    reports = re.findall(r"Filename: <ipython-input-\S+>\n\nLine #  .*\n=+\n(.*)\n", text)
    assert reports == [
        "     1    102.0 MiB    102.0 MiB           1   def work(n): return _core.grow(n << 20)",
        "     1    105.0 MiB    105.0 MiB           1   async def fetch(): return _core.grow(3 << 20)",
        "     1    111.0 MiB    111.0 MiB           1   async def fetch(): return _core.grow(3 << 20)",
    ]
    assert len(re.findall(r"peak memory: [\d.]+ MiB, increment: -?[\d.]+ MiB\n", text)) == 1
    assert "UsageError: there is no function 'missing'" in text
    assert "in the end False" in text


def test_a_terminal_gets_the_text(shell):
    check(ipython(shell, "rsprofile"))


def test_memory_profilers_extension_is_ours_under_a_shim(shell):
    assert shell.rsprofile("shim", "shims").returncode == 0
    check(ipython(shell, "memory_profiler", PYTHONPATH=str(shell.folder / "shims")))


def test_memory_profilers_class_has_its_names(shell):
    program = """
from rsprofile.compat.memory_profiler import MemoryProfilerMagics, load_ipython_extension
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
MemoryProfilerMagics.register_magics(shell)
print(callable(MemoryProfilerMagics.mprun), callable(MemoryProfilerMagics.memit))
print(shell.find_line_magic("memit") is not None, shell.find_cell_magic("mprun") is not None)
"""
    done = shell.python("-c", program, IPYTHONDIR=str(shell.folder / "ipython"))
    assert (done.stdout, done.stderr) == ("True True\nTrue True\n", "")


def test_ipython_is_loaded_by_the_extension_only(shell):
    program = """
import sys, rsprofile
from rsprofile.compat import memory_profiler
from rsprofile.compat.memory_profiler import *
print("IPython" in sys.modules)
rsprofile.load_ipython_extension
print("IPython" in sys.modules)
"""
    done = shell.python("-c", program)
    assert (done.stdout, done.stderr) == ("False\nTrue\n", "")


def test_another_extensions_magics_are_left_alone(shell):
    program = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "rsprofile")
shell.register_magic_function(print, "line", "memit")
shell.run_line_magic("unload_ext", "rsprofile")
print(shell.find_line_magic("memit") is print, shell.find_line_magic("mprun"))
"""
    done = shell.python("-c", program, IPYTHONDIR=str(shell.folder / "ipython"))
    assert (done.stdout, done.stderr) == ("True None\n", "")
