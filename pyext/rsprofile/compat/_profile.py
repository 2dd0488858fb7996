"""`profile`: a profiler for each call of a function, and its report when the call has ended."""

from __future__ import annotations

from _thread import get_ident
from types import FunctionType

from rsprofile.compat import _rounds
from rsprofile.compat._backends import choose_backend
from rsprofile.compat._line_profiler import LineProfiler
from rsprofile.compat._locks import writing
from rsprofile.compat._show import show_results

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
    backend = choose_backend(backend)
    if func is None:
        return lambda func: profile(func, stream, precision, backend)
    if isinstance(func, type):
        for name, value in list(vars(func).items()):
            if isinstance(value, (FunctionType, staticmethod, classmethod, property)):
                setattr(func, name, profile(value, stream, precision, backend))
        return func
    if isinstance(func, (staticmethod, classmethod)):
        return type(func)(profile(func.__func__, stream, precision, backend))
    if isinstance(func, property):
        fget, fset, fdel = (
            part and profile(part, stream, precision, backend)
            for part in (func.fget, func.fset, func.fdel)
        )
        return property(fget, fset, fdel, func.__doc__)
    return _per_call(func, stream, precision, backend)


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
        return measured

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        key = (get_ident(), id(wrapper))
        if key in _running:
            return func(*args, **kwargs)
        _running.add(key)
        try:
            return measured(*args, **kwargs)
        finally:
            _running.discard(key)

    return _rounds.dress(wrapper, func)
