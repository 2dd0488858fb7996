"""Putting our modules under the name of memory_profiler."""

from __future__ import annotations

import os
import sys

from rsprofile._errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from typing import Any

_SHIM = '''\
"""{name}'s name for rsprofile's stand-in, written by `rsprofile shim`."""

import sys

if __name__ == "__main__":
    from rsprofile._place import library_first

    library_first()

    from rsprofile.compat.{command} import main

    sys.exit(main())
else:
    from rsprofile.compat import {name}

    sys.modules[__name__] = {name}
'''

_SCRIPT = """\
#!{python}
# mprof as a command, written by `rsprofile shim`.
import sys

from rsprofile.compat.mprof import main

sys.exit(main())
"""


def install_as_memory_profiler() -> None:
    """Have `import memory_profiler` and `import mprof` give our modules of `rsprofile.compat`.

    Call it in the process, before anything imports memory_profiler. For the processes a program
    starts as well, use `rsprofile shim`.
    """
    replace_memory_profiler()
    sys.modules.pop("mprof", None)
    if _Mprof not in sys.meta_path:
        sys.meta_path.insert(0, _Mprof)


def replace_memory_profiler() -> None:
    """Have `import memory_profiler` give ours; what else is called mprof stays."""
    from rsprofile.compat import memory_profiler

    sys.modules["memory_profiler"] = memory_profiler


class _Mprof:
    """Finds and loads `mprof`: when it is imported, since it needs much that programs do not."""

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Say how to import a module; None for all but one."""
        if name != "mprof":
            return None
        from importlib.machinery import ModuleSpec

        return ModuleSpec(name, cls)  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        """Have Python make a module, for the time of the import."""

    @staticmethod
    def exec_module(module: Any) -> None:
        """Put ours in its place."""
        from rsprofile.compat import mprof

        sys.modules["mprof"] = mprof


def write_shim(folder: str) -> list[str]:
    """Write modules `memory_profiler` and `mprof`, and a command `mprof`, into a folder.

    With the folder in `PYTHONPATH` Python finds the modules, in `PATH` a shell finds the command.

    Args:
        folder: Where to write; made if it is not there.

    Returns:
        The paths of what was written.

    Raises:
        UsageError: The folder cannot be written to, or has a file of these names that is not ours.
    """
    files = {
        "memory_profiler.py": _SHIM.format(name="memory_profiler", command="_command"),
        "mprof.py": _SHIM.format(name="mprof", command="mprof"),
        "mprof": _SCRIPT.format(python=sys.executable),
    }
    paths = {os.path.join(folder, name): text for name, text in files.items()}
    for path in paths:
        _check_ours(path)
    for path, text in paths.items():
        try:
            os.makedirs(folder, exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            if not path.endswith(".py"):
                os.chmod(path, os.stat(path).st_mode | 0o111)
        except OSError as error:
            raise UsageError(
                f"cannot write {path}: {error.strerror}; name another folder"
            ) from None
    return list(paths)


def main(arguments: list[str]) -> int:
    """Run `rsprofile shim DIR`.

    Returns:
        The exit status.
    """
    if len(arguments) != 1 or arguments[0].startswith("-"):
        raise UsageError("shim takes one folder: rsprofile shim DIR, then PYTHONPATH=DIR")
    print("\n".join(write_shim(arguments[0])))
    return 0


def _check_ours(path: str) -> None:
    """Refuse to write over what somebody else has written."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            is_ours = "rsprofile" in file.readline() + file.readline()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; name another folder") from None
    if not is_ours:
        raise UsageError(f"{path} is there and is not ours; name another folder")
