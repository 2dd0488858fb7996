"""rsprofile in IPython and Jupyter: `%load_ext rsprofile` gives `%mprun` and `%memit`.

Importing this package imports IPython, so nothing else of rsprofile imports it.
"""

from __future__ import annotations

from rsprofile.notebook._magics import (
    MemoryProfilerMagics,
    load_ipython_extension,
    unload_ipython_extension,
)

__all__ = ["MemoryProfilerMagics", "load_ipython_extension", "unload_ipython_extension"]
