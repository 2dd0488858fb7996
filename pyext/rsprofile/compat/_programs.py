"""Running a script or module with a profiler as the builtin `profile`."""

from __future__ import annotations

import builtins
import os
import sys

from rsprofile import _core, _target
from rsprofile._errors import UsageError
from rsprofile.compat._backends import choose_backend

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

#: What a module has before any of it has run.
CLEAN_GLOBALS: dict[str, Any] = {
    "__name__": "__main__",
    "__doc__": None,
    "__package__": None,
    "__loader__": None,
    "__spec__": None,
    "__builtins__": builtins,
}


def exec_with_profiler(
    filename: str,
    profiler: Any,
    backend: str,
    passed_args: list[str] = [],  # noqa: B006
) -> None:
    """Run a script as `__main__`; afterwards everything is as it was.

    Args:
        filename: The script.
        profiler: What `profile` is in it, and in all it imports.
        backend: A backend of `choose_backend`.
        passed_args: Its arguments.

    Raises:
        OSError: The script cannot be read.
        ValueError: It is no Python program.
    """
    with open(filename, "rb"):
        # The program's own errors come from the line below.
        pass
    try:
        _visit(lambda: _target.script(filename, list(passed_args)), profiler, backend)
    except UsageError as error:
        raise ValueError(str(error)) from None


def run_module_with_profiler(
    module: str,
    profiler: Any,
    backend: str,
    passed_args: list[str] = [],  # noqa: B006
) -> None:
    """Run a module as `python -m` does; afterwards everything is as it was.

    Args:
        module: Its name.
        profiler: What `profile` is in it, and in all it imports.
        backend: A backend of `choose_backend`.
        passed_args: Its arguments.

    Raises:
        ImportError: There is no such module, or it cannot be run.
    """
    try:
        _visit(lambda: _target.module(module, list(passed_args)), profiler, backend)
    except UsageError as error:
        raise ImportError(str(error)) from None


def find_script(script_name: str) -> str:
    """Find a script: here, or in a folder of `PATH`.

    Raises:
        SystemExit: It is nowhere; a line on standard error says so.
    """
    path = search_script(script_name)
    if path is None:
        print(f"Could not find script {script_name}", file=sys.stderr)
        raise SystemExit(1)
    return path


def search_script(script_name: str) -> str | None:
    """Give the path of a script here or in a folder of `PATH`, or None."""
    if os.path.isfile(script_name):
        return script_name
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, script_name)
        if folder and os.path.isfile(path):
            return path
    return None


def func_exec(stmt: Any, ns: dict[str, Any]) -> None:
    """Execute a statement in a namespace."""
    exec(stmt, ns)


class Builtin:
    """`profile` among the builtins, for a while; a tracemalloc backend traces meanwhile."""

    def __init__(self, profiler: Any, backend: str) -> None:
        self._profiler = profiler
        self._traces = backend == "tracemalloc"
        self._before: list[Any] = []

    def __enter__(self) -> None:
        self._before = [vars(builtins)["profile"]] if hasattr(builtins, "profile") else []
        builtins.profile = self._profiler  # type: ignore[attr-defined]
        if self._traces:
            import tracemalloc

            self._traces = not tracemalloc.is_tracing()
            tracemalloc.start()

    def __exit__(self, *_exception: object) -> None:
        if vars(builtins).get("profile") is self._profiler:
            if self._before:
                builtins.profile = self._before[0]  # type: ignore[attr-defined]
            else:
                del builtins.profile  # type: ignore[attr-defined]
        if self._traces:
            import tracemalloc

            tracemalloc.stop()


def _visit(prepare: Callable[[], _target.Target], profiler: Any, backend: str) -> None:
    backend = choose_backend(backend)
    arguments, path, main = sys.argv, list(sys.path), sys.modules["__main__"]
    if not sys.flags.safe_path:
        # The place of the program's folder.
        sys.path.insert(0, "")
    try:
        target = prepare()
        sys.modules["__main__"] = target.main
        with Builtin(profiler, backend):
            _core.run(target.code, vars(target.main))
    finally:
        sys.argv, sys.path[:], sys.modules["__main__"] = arguments, path, main
