"""Putting our modules under the name of memory_profiler."""

from __future__ import annotations

import os
import sys

from rsprofile._errors import UsageError

_SHIM = '''\
"""memory_profiler's name for rsprofile's stand-in, written by `rsprofile shim`."""

if __name__ == "__main__":
    import runpy

    runpy.run_module("rsprofile.compat.memory_profiler", run_name="__main__", alter_sys=True)
else:
    import sys

    from rsprofile.compat import memory_profiler

    sys.modules[__name__] = memory_profiler
'''


def install_as_memory_profiler() -> None:
    """Have `import memory_profiler` give `rsprofile.compat.memory_profiler`, in this process.

    Call it before anything imports memory_profiler. For the processes a program starts as well,
    use `rsprofile shim`.
    """
    from rsprofile.compat import memory_profiler

    sys.modules["memory_profiler"] = memory_profiler


def write_shim(folder: str) -> str:
    """Write a module `memory_profiler` into a folder for `PYTHONPATH`.

    Args:
        folder: Where to write; made if it is not there.

    Returns:
        The path of the module.

    Raises:
        UsageError: The folder cannot be written to, or has a module of that name that is not ours.
    """
    path = os.path.join(folder, "memory_profiler.py")
    try:
        os.makedirs(folder, exist_ok=True)
        if os.path.exists(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                if "rsprofile" not in file.readline():
                    raise UsageError(f"{path} is there and is not ours; name another folder")
        with open(path, "w", encoding="utf-8") as file:
            file.write(_SHIM)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}; name another folder") from None
    return path


def main(arguments: list[str]) -> int:
    """Run `rsprofile shim DIR`.

    Returns:
        The exit status.
    """
    if len(arguments) != 1 or arguments[0].startswith("-"):
        raise UsageError("shim takes one folder: rsprofile shim DIR, then PYTHONPATH=DIR")
    print(write_shim(arguments[0]))
    return 0
