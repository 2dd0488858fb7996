"""memory_profiler's interface, on the engine of rsprofile.

Programs and libraries written for memory_profiler find its names here, with its signatures and
formats: `from rsprofile.compat.memory_profiler import memory_usage`.
"""

from __future__ import annotations

from rsprofile.compat._backends import TWO_20 as _TWO_20
from rsprofile.compat._backends import choose_backend
from rsprofile.compat._backends import get_child_memory as _get_child_memory
from rsprofile.compat._backends import get_memory as _get_memory
from rsprofile.compat._code_map import CodeMap
from rsprofile.compat._line_profiler import LineProfiler
from rsprofile.compat._profile import profile
from rsprofile.compat._show import show_results
from rsprofile.compat._usage import memory_usage

#: The version whose interface this is.
__version__ = "0.61.0"

has_tracemalloc = True

__all__ = [
    "_TWO_20",
    "CodeMap",
    "LineProfiler",
    "_get_child_memory",
    "_get_memory",
    "choose_backend",
    "has_tracemalloc",
    "memory_usage",
    "profile",
    "show_results",
]


def __getattr__(name: str) -> object:
    """Give what is for IPython, and loads IPython."""
    if name in ("MemoryProfilerMagics", "load_ipython_extension", "unload_ipython_extension"):
        from rsprofile import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


if __name__ == "__main__":
    import sys

    print(
        "rsprofile: no command line under this name: use python -m rsprofile script.py",
        file=sys.stderr,
    )
    sys.exit(2)
