"""A line-by-line memory profiler for Python.

`profile` is the whole interface: decorate with it, or use it as a context manager. With
`RSPROFILE=0` in the environment it does nothing at all, not even load the extension.
"""

from __future__ import annotations

import os as _os

if _os.environ.get("RSPROFILE") != "0":
    # The extension first: it takes its first reading when it is loaded, before anything of ours
    # has allocated.
    from rsprofile import _core as _core
    from rsprofile._profile import profile
else:
    from rsprofile._off import profile  # type: ignore[assignment]

__all__ = ["__version__", "install_as_memory_profiler", "profile"]


def install_as_memory_profiler() -> None:
    """Have `import memory_profiler` and `import mprof` give ours, in this process."""
    from rsprofile.compat import _install

    _install.install_as_memory_profiler()


def __getattr__(name: str) -> object:
    """Give the version, which only the extension knows, and what `%load_ext rsprofile` calls."""
    if name == "__version__":
        from rsprofile import _core

        return _core.__version__
    if name in ("load_ipython_extension", "unload_ipython_extension"):
        from rsprofile import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module 'rsprofile' has no attribute {name!r}")
