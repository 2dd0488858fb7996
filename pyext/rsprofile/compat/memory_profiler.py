"""memory_profiler's interface, on the engine of rsprofile.

Programs and libraries written for memory_profiler find its names here, with its signatures and
formats: `from rsprofile.compat.memory_profiler import memory_usage`. Run as a module it is its
command line: `python -m rsprofile.compat.memory_profiler script.py`.
"""

from __future__ import annotations

if __name__ == "__main__":
    from rsprofile._place import library_first

    library_first()

from rsprofile.compat._backends import TWO_20 as _TWO_20
from rsprofile.compat._backends import choose_backend
from rsprofile.compat._backends import get_child_memory as _get_child_memory
from rsprofile.compat._backends import get_memory as _get_memory
from rsprofile.compat._code_map import CodeMap
from rsprofile.compat._line_profiler import LineProfiler
from rsprofile.compat._memit import MemitResult
from rsprofile.compat._profile import profile
from rsprofile.compat._programs import CLEAN_GLOBALS as _CLEAN_GLOBALS
from rsprofile.compat._programs import exec_with_profiler, run_module_with_profiler
from rsprofile.compat._programs import find_script as _find_script
from rsprofile.compat._programs import func_exec as _func_exec
from rsprofile.compat._show import show_results
from rsprofile.compat._time_stamper import TimeStamper, _TimeStamperCM
from rsprofile.compat._usage import memory_usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from rsprofile.compat._log_file import LogFile
    from rsprofile.compat._mem_timer import MemTimer

#: The version whose interface this is.
__version__ = "0.61.0"

has_tracemalloc = True

#: What is loaded when somebody asks for it: modules that a profiled process may do without.
_LAZY = {
    "LogFile": ("rsprofile.compat._log_file", "LogFile"),
    "MemTimer": ("rsprofile.compat._mem_timer", "MemTimer"),
    "MemoryProfilerMagics": ("rsprofile.notebook", "MemoryProfilerMagics"),
    "load_ipython_extension": ("rsprofile.notebook", "load_ipython_extension"),
    "unload_ipython_extension": ("rsprofile.notebook", "unload_ipython_extension"),
    "psutil": ("psutil", None),
}

# What is not in every environment is not among them.
__all__ = [
    "_CLEAN_GLOBALS",
    "_TWO_20",
    "CodeMap",
    "LineProfiler",
    "LogFile",
    "MemTimer",
    "MemitResult",
    "TimeStamper",
    "_TimeStamperCM",
    "_find_script",
    "_func_exec",
    "_get_child_memory",
    "_get_memory",
    "choose_backend",
    "exec_with_profiler",
    "has_tracemalloc",
    "memory_usage",
    "profile",
    "run_module_with_profiler",
    "show_results",
]


def __getattr__(name: str) -> Any:
    """Load what is loaded late."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _LAZY[name]
    try:
        found: Any = import_module(module)
    except ImportError as error:
        package = error.name or module
        raise AttributeError(f"{name} is not to be had: {error}; install {package}") from None
    if attribute is not None:
        found = getattr(found, attribute)
    globals()[name] = found
    return found


if __name__ == "__main__":
    import sys

    from rsprofile.compat import _command

    sys.exit(_command.main())
