"""Where memory_profiler's backends get their numbers, and the memory of other processes.

All figures are MiB, as floats.
"""

from __future__ import annotations

import os
import time

from rsprofile import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

#: Bytes of a MiB.
TWO_20 = 1 << 20

#: The figure a backend reads. `ps`, which posix used to call, shows the resident set.
FIGURES = {
    "psutil": "rss",
    "rss": "rss",
    "posix": "rss",
    "psutil_pss": "pss",
    "pss": "pss",
    "psutil_uss": "uss",
    "uss": "uss",
    "tracemalloc": "tracemalloc",
}

#: The names memory_profiler knows.
BACKENDS = ("psutil", "psutil_pss", "psutil_uss", "posix", "tracemalloc")

#: The figures of `psutil.Process.memory_info` and `memory_full_info` by place and by name.
_METRICS: dict[object, str] = {
    0: "rss",
    "rss": "rss",
    7: "uss",
    "uss": "uss",
    8: "pss",
    "pss": "pss",
}


def choose_backend(new_backend: str | None = None) -> str:
    """Check the name of a backend.

    Args:
        new_backend: `psutil`, `psutil_pss`, `psutil_uss`, `posix` or `tracemalloc`; `rss`, `pss`
            and `uss` are short names of the first three. None means `psutil`.

    Returns:
        The name of the backend to use. Where the kernel does not give its figure that is `psutil`,
        with a `UserWarning`.

    Raises:
        KeyError: There is no such backend.
    """
    if new_backend is None:
        return "psutil"
    figure = FIGURES.get(new_backend) if isinstance(new_backend, str) else None
    if figure is None:
        raise KeyError(f"unknown backend {new_backend!r}: one of {', '.join(FIGURES)}")
    if figure in ("pss", "uss") and not _is_readable(figure):
        import warnings

        warnings.warn(f"{new_backend} can not be used, psutil used instead", stacklevel=2)
        return "psutil"
    return new_backend


def figure_of(backend: str | None) -> str:
    """Give the figure a backend reads: `rss`, `pss`, `uss` or `tracemalloc`.

    Raises:
        KeyError: There is no such backend.
    """
    return FIGURES[choose_backend(backend)]


def get_memory(
    pid: int,
    backend: str | None,
    timestamps: bool = False,
    include_children: bool = False,
    filename: str | None = None,
) -> Any:
    """Read the memory of a process once.

    Args:
        pid: The process; -1 is this one.
        backend: A backend of `choose_backend`.
        timestamps: Whether to give the time as well.
        include_children: Whether to add all processes below it.
        filename: Taken for compatibility: `tracemalloc` counts the blocks of all files.

    Returns:
        MiB, or a pair of MiB and Unix time. None for a process that is not ours to read.

    Raises:
        psutil.NoSuchProcess: There is no such process. Where psutil is not installed, an exception
            of that name which is a `ProcessLookupError`.
        ValueError: `tracemalloc` of another process.
    """
    figure = figure_of(backend)
    own = os.getpid() if pid == -1 else process_id(pid)
    if figure == "tracemalloc":
        memory = _traced(own)
    else:
        try:
            memory = _core.memory_of(own, figure) / TWO_20
        except ProcessLookupError:
            raise no_such_process(own) from None
        except PermissionError:
            return None
    if include_children:
        memory += sum(megabytes for _, megabytes in _below(own, figure))
    return (memory, time.time()) if timestamps else memory


def get_child_memory(
    process: Any, meminfo_attr: str | None = None, memory_metric: int | str = 0
) -> Iterator[tuple[int, float]]:
    """Read the memory of each process below one.

    Args:
        process: An id, -1 for this process, or anything with an attribute `pid`.
        meminfo_attr: Taken for compatibility: the metric says which figure it is.
        memory_metric: 0, `uss` or `pss`.

    Yields:
        The id of a process and its MiB.

    Raises:
        psutil.NoSuchProcess: As for `get_memory`.
    """
    pid = process if isinstance(process, int) else process.pid
    yield from _below(os.getpid() if pid == -1 else process_id(pid), _METRICS[memory_metric])


def process_id(pid: object) -> int:
    """Check an id.

    Raises:
        TypeError: It is no whole number.
        ValueError: It is a negative one.
    """
    if not isinstance(pid, int):
        raise TypeError(f"a process id is a whole number, not {pid!r}")
    if pid < 0:
        raise ValueError(f"a process id is positive, or -1 for this process: {pid}")
    if pid == 0 or pid >= 1 << 31:
        raise no_such_process(pid)
    return pid


def no_such_process(pid: int) -> Exception:
    """Make the exception for a process that is not there: psutil's, where that is installed."""
    try:
        import psutil  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        return NoProcess(pid)
    error: Exception = psutil.NoSuchProcess(pid)
    return error


def is_gone(error: BaseException) -> bool:
    """Whether an error says that there is no such process, psutil's or ours."""
    return isinstance(error, ProcessLookupError) or type(error).__name__ == "NoSuchProcess"


class NoProcess(ProcessLookupError):
    """Stands in for `psutil.NoSuchProcess`.

    Attributes:
        pid: The id nobody has.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(f"there is no process {pid}")
        self.pid = pid


NoProcess.__name__ = NoProcess.__qualname__ = "NoSuchProcess"


def _below(pid: int, figure: str) -> Iterator[tuple[int, float]]:
    try:
        children = _core.descendants(pid)
    except ProcessLookupError:
        raise no_such_process(pid) from None
    for child in children:
        try:
            yield (
                child,
                _core.memory_of(child, "rss" if figure == "tracemalloc" else figure) / TWO_20,
            )
        except OSError:
            # It ended meanwhile, or is another user's.
            yield child, 0.0


def _traced(pid: int) -> float:
    import tracemalloc

    if pid != os.getpid():
        raise ValueError(f"backend 'tracemalloc' sees this process only, not {pid}: use psutil")
    if not tracemalloc.is_tracing():
        tracemalloc.start()
    return tracemalloc.get_traced_memory()[0] / TWO_20


def _is_readable(figure: str) -> bool:
    try:
        _core.memory_of(os.getpid(), figure)
    except OSError:
        return False
    return True
