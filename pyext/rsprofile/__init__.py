"""A line-by-line memory profiler for Python.

`profile` is the whole interface: decorate with it, or use it as a context manager. With
`RSPROFILE=0` in the environment it does nothing at all, not even load the extension.

There is a plugin for pytest in it, which would warn where this is loaded before that is found:
PYTEST_DONT_REWRITE says that there is nothing to rewrite.
"""

from __future__ import annotations

import os as _os
import sys as _sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rsprofile import heap as heap
    from rsprofile import leaks as leaks
    from rsprofile._profile import profile as profile

__all__ = ["__version__", "arm", "disarm", "install_as_memory_profiler", "profile"]


def arm(*, meter: bool = True) -> None:
    """Let `rsprofile leaks --pid` and `rsprofile why` ask this process from now on.

    `RSPROFILE_ARM=1` in the environment does so where rsprofile is imported, `RSPROFILE_ARM=listen`
    without the meter. Children of a fork are asked by their own process ids.

    Args:
        meter: Whether to record which line makes what and how it grows. Without that the process
            runs as fast as ever.

    Raises:
        RuntimeError: There is no place to listen at, with the reason.
    """
    if not _is_off():
        from rsprofile import _arm

        _arm.arm(meter=meter)


def disarm() -> None:
    """Be asked no more, and record no more. Nothing to do where that is not done."""
    if "rsprofile._arm" in _sys.modules:
        from rsprofile import _arm

        _arm.disarm()


def install_as_memory_profiler() -> None:
    """Have `import memory_profiler` and `import mprof` give ours, in this process."""
    from rsprofile.compat import _install

    _install.install_as_memory_profiler()


def __getattr__(name: str) -> object:
    """Give what is loaded when it is used: nothing of it is needed to have pytest find a plugin."""
    if name == "profile":
        value = globals()[name] = _what_profile_is()
        return value
    if name == "__version__":
        # Only the extension knows it.
        from rsprofile import _core

        return _core.__version__
    if name in ("heap", "leaks"):
        from importlib import import_module

        return import_module(f"rsprofile.{name}")
    if name in ("load_ipython_extension", "unload_ipython_extension"):
        # What `%load_ext rsprofile` calls.
        from rsprofile import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module 'rsprofile' has no attribute {name!r}")


def _is_off() -> bool:
    return _os.environ.get("RSPROFILE") == "0"


def _what_profile_is() -> object:
    if _is_off():
        from rsprofile._off import profile as off

        return off
    # The extension first: it takes its first reading when it is loaded, before anything of ours
    # has allocated.
    from rsprofile import _core as _core

    if "RSPROFILE_RECORD" in _os.environ:
        from rsprofile._record._spans import profile as spans

        return spans
    from rsprofile._profile import profile

    return profile


if _os.environ.get("RSPROFILE_ARM") and not _is_off():
    from rsprofile import _core as _core
    from rsprofile._arm import arm_as_environment_says as _arm_as_environment_says

    _arm_as_environment_says()
