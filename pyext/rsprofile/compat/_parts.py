"""Decorating what is not a plain function: each function in it, and the rest stays what it is."""

from __future__ import annotations

from types import FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def decorate(target: Any, wrap: Callable[[Any], Any]) -> Any:
    """Decorate a callable, or the functions in a class, property, static or class method.

    Args:
        target: What a decorator was given.
        wrap: Decorates a function or another callable.

    Returns:
        An object of the kind of `target`; a class is changed in place.
    """
    if isinstance(target, type):
        for name, value in list(vars(target).items()):
            if isinstance(value, (FunctionType, staticmethod, classmethod, property)):
                setattr(target, name, decorate(value, wrap))
        return target
    if isinstance(target, (staticmethod, classmethod)):
        return type(target)(decorate(target.__func__, wrap))
    if isinstance(target, property):
        fget, fset, fdel = (
            part and decorate(part, wrap) for part in (target.fget, target.fset, target.fdel)
        )
        return property(fget, fset, fdel, target.__doc__)
    return wrap(target)
