"""`profile`: a profiler for each call of a function, and its report when the call has ended."""

from __future__ import annotations

import os
from _thread import get_ident

from rsprofile.compat import _parts, _rounds
from rsprofile.compat._backends import choose_backend
from rsprofile.compat._line_profiler import LineProfiler
from rsprofile.compat._locks import writing
from rsprofile.compat._show import show_results

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

#: Decorates each decorated function once more; a run with time stamps sets it.
recorder: Callable[[Any], Any] | None = None

#: Threads in a call of a decorated function, with the wrapper's key.
_running: set[tuple[int, int]] = set()


def profile(
    func: Any = None, stream: Any = None, precision: int = 1, backend: str = "psutil"
) -> Any:
    """Profile a function; each call writes a report when it ends, by an exception too.

    A recursion is one call. Generators and coroutines are measured while they run. Methods,
    properties, classes and partial objects stay what they are; of a class all methods are profiled.

    Args:
        func: The function. Left out, the result is a decorator.
        stream: Where the report goes; standard output, as it is then, by default.
        precision: Digits behind the decimal point.
        backend: A backend of `choose_backend`.

    Returns:
        A function of the same kind.
    """
    if "RSPROFILE_RECORD" in os.environ:
        # Memory is recorded over time: calls are, and no lines.
        from rsprofile._record._spans import profile as spans

        return spans(func)
    backend = choose_backend(backend)
    if func is None:
        return lambda func: profile(func, stream, precision, backend)
    return _parts.decorate(func, lambda func: _per_call(func, stream, precision, backend))


def _per_call(func: Any, stream: Any, precision: int, backend: str) -> Any:
    def start() -> LineProfiler:
        profiler = LineProfiler(backend=backend)
        profiler.add_function(func)
        return profiler

    def done(profiler: LineProfiler) -> None:
        with writing():
            show_results(profiler, stream=stream, precision=precision)

    measured = _rounds.wrap(func, start, done)
    if _rounds.suspends(func):
        return _recorded(measured)

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        key = (get_ident(), id(wrapper))
        if key in _running:
            return func(*args, **kwargs)
        _running.add(key)
        try:
            return measured(*args, **kwargs)
        finally:
            _running.discard(key)

    return _recorded(_rounds.dress(wrapper, func))


def _recorded(func: Any) -> Any:
    return func if recorder is None else recorder(func)
