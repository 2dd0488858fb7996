"""What a program run by `rsprofile` gets when it imports memory_profiler.

`profile` is the run's own: its figures are in the one report at the end, or its calls in the
recording. Everything else is as in `rsprofile.compat.memory_profiler`; a name that is not there is
the installed package's.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_installed: ModuleType | None = None


def profile(
    func: Any = None, stream: Any = None, precision: int | None = None, backend: str = "psutil"
) -> Any:
    """Profile a function, with or without options, as `memory_profiler.profile` takes them.

    Args:
        func: What to profile.
        stream: Where its report goes.
        precision: Digits behind the decimal point.
        backend: Accepted and left aside: the meter is chosen on the command line.

    Returns:
        `func` itself, or a decorator.
    """
    from rsprofile import profile

    decorate: Any = profile(stream=stream, precision=precision)
    return decorate if func is None else decorate(func)


def __getattr__(name: str) -> Any:
    """Pass on what this module does not have itself."""
    if name.startswith("__") and name != "__version__":
        raise AttributeError(name)
    from rsprofile.compat import memory_profiler

    if hasattr(memory_profiler, name):
        return getattr(memory_profiler, name)
    return getattr(_load_installed(), name)


def _load_installed() -> ModuleType:
    global _installed
    if _installed is None:
        from importlib.machinery import PathFinder
        from importlib.util import module_from_spec

        spec = PathFinder.find_spec("memory_profiler")
        if spec is None or spec.loader is None:
            raise AttributeError("memory_profiler is not installed: it may have this name")
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        _installed = module
    return _installed
