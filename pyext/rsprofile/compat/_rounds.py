"""Enabling a profiler while a function runs: a call, or each round of a generator or coroutine."""

from __future__ import annotations

import sys
from functools import WRAPPER_ASSIGNMENTS, wraps
from types import CoroutineType, FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator
    from types import CodeType
    from typing import Any

    Factory = Callable[[], Any]
    Done = Callable[[Any], None]

#: Whether functions have type parameters, as from Python 3.12 on.
_TYPED = "__type_params__" in WRAPPER_ASSIGNMENTS

_GENERATOR = 0x20
_COROUTINE = 0x80
_ASYNC_GENERATOR = 0x200
_SUSPENDS = _GENERATOR | _COROUTINE | _ASYNC_GENERATOR


def wrap(func: Any, profiler: Factory, done: Done | None = None) -> Any:
    """Wrap a function so that a profiler is enabled while it runs.

    Args:
        func: A function of any kind, or another callable. The wrapper is of the same kind.
        profiler: Gives the profiler of a call.
        done: Called with the profiler when the call has ended, by an exception too.
    """
    flags = _flags(func)
    if flags & _COROUTINE:
        kind = _coroutine
    elif flags & _ASYNC_GENERATOR:
        kind = _async_generator
    elif flags & _GENERATOR:
        kind = _generator
    else:
        kind = _call
    return dress(kind(func, profiler, done or _nothing), func)


def enabled(func: Any, profiler: Any) -> Any:
    """Wrap a function so that one profiler is enabled during its calls."""
    flags = func.__code__.co_flags if type(func) is FunctionType else _SUSPENDS
    if flags & _SUSPENDS:
        return wrap(func, lambda: profiler)

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        profiler.enable_by_count()
        try:
            return func(*args, **kwargs)
        finally:
            profiler.disable_by_count()

    return dress(wrapper, func)


def _call(func: Any, profiler: Factory, done: Done) -> Any:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        own = profiler()
        own.enable_by_count()
        try:
            return func(*args, **kwargs)
        finally:
            own.disable_by_count()
            done(own)

    return wrapper


def _generator(func: Any, profiler: Factory, done: Done) -> Any:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        own = profiler()
        try:
            return (yield from _rounds(own, func(*args, **kwargs)))
        finally:
            done(own)

    return wrapper


def _coroutine(func: Any, profiler: Factory, done: Done) -> Any:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        own = profiler()
        try:
            return await _Rounds(own, func(*args, **kwargs))
        finally:
            done(own)

    return wrapper


def _async_generator(func: Any, profiler: Factory, done: Done) -> Any:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        own = profiler()
        inner = func(*args, **kwargs)
        step, sent = inner.asend, None
        try:
            while True:
                try:
                    item = await _Rounds(own, step(sent))
                except StopAsyncIteration:
                    return
                step = inner.asend
                try:
                    sent = yield item
                except GeneratorExit:
                    await _Rounds(own, inner.aclose())
                    raise
                except BaseException as error:
                    step, sent = inner.athrow, error
        finally:
            done(own)

    return wrapper


def dress(wrapper: Any, func: Any) -> Any:
    """Give a wrapper the name, docs and signature of what it wraps."""
    if type(func) is not FunctionType:
        return wraps(func)(wrapper)
    # A wrapper may be made for each call, and this takes a third of the time.
    wrapper.__module__ = func.__module__
    wrapper.__name__ = func.__name__
    wrapper.__qualname__ = func.__qualname__
    wrapper.__doc__ = func.__doc__
    if func.__annotations__:
        wrapper.__annotations__ = func.__annotations__
    if _TYPED and (parameters := func.__type_params__):  # type: ignore[attr-defined,unused-ignore]
        wrapper.__type_params__ = parameters
    if func.__dict__:
        wrapper.__dict__.update(func.__dict__)
    wrapper.__wrapped__ = func
    return wrapper


def suspends(func: Any) -> bool:
    """Whether a call of `func` gives a generator or coroutine."""
    return bool(_flags(func) & _SUSPENDS)


class _Rounds:
    """An awaitable that enables a profiler for each round of another."""

    def __init__(self, profiler: Any, inner: Awaitable[Any]) -> None:
        self._profiler = profiler
        self._inner = inner

    def __await__(self) -> Generator[Any, Any, Any]:
        inner = self._inner
        steps = inner if isinstance(inner, CoroutineType) else inner.__await__()
        return (yield from _rounds(self._profiler, steps))


def _rounds(profiler: Any, steps: Any) -> Generator[Any, Any, Any]:
    """Run a generator or coroutine; the profiler is enabled while it runs."""
    step: Any = steps.send
    argument: Any = None
    while True:
        profiler.enable_by_count()
        try:
            item = step(argument)
        except StopIteration as stop:
            return stop.value
        finally:
            profiler.disable_by_count()
        try:
            argument = yield item
            step = steps.send
        except GeneratorExit:
            if sys.is_finalizing():
                # Nothing can be enabled any more: modules are being taken apart.
                steps.close()
                raise
            profiler.enable_by_count()
            try:
                steps.close()
            finally:
                profiler.disable_by_count()
            raise
        except BaseException as error:
            step, argument = steps.throw, error


def _flags(func: Any) -> int:
    """Give the flags of the code a call of `func` runs."""
    while not isinstance(func, FunctionType):
        inner = getattr(func, "__func__", None) or getattr(func, "func", None)
        if inner is None:
            return 0
        func = inner
    code: CodeType = func.__code__
    return code.co_flags


def _nothing(_profiler: Any) -> None:
    """Do nothing at the end of a call."""
