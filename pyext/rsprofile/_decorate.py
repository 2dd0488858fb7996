"""What `@profile` finds inside the object it is given.

A decorated object is never replaced and never wrapped: its functions are found and their code is
handed to the engine. So signature, pickling, docs and coroutine-ness stay what they were.
"""

from __future__ import annotations

from types import FunctionType, MethodType

#: Attributes under which callables and descriptors of the standard library keep what they call, in
#: the order tried: `functools.wraps`, method and class/static method, partial and cached property,
#: single dispatch, property.
_INSIDE = ("__wrapped__", "__func__", "func", "dispatcher", "fget", "fset", "fdel")


def functions_of(target: object) -> list[FunctionType]:
    """Find the Python functions that do the work of `target`.

    Args:
        target: A function, method, descriptor, partial, class or callable object, wrapped or not.

    Returns:
        The functions in the order found, each once. Empty for builtins, functions of C extensions
        and objects that cannot be called.
    """
    found: dict[int, FunctionType] = {}
    _collect(target, found, {})
    return list(found.values())


def _collect(target: object, found: dict[int, FunctionType], seen: dict[int, object]) -> None:
    if id(target) in seen:
        return
    # Kept alive, so that no later object gets the same id.
    seen[id(target)] = target
    if isinstance(target, type):
        _collect_class(target, found, seen)
        return
    before = len(found)
    is_function = isinstance(target, FunctionType)
    # Below a function only `__wrapped__` is followed, and then the wrapper is not the one meant.
    names = _INSIDE if _is_known(target) and not is_function else _INSIDE[:1]
    for name in names:
        inner = _attribute(target, name)
        if inner is not None:
            _collect(inner, found, seen)
    for implementation in _implementations(target):
        _collect(implementation, found, seen)
    if len(found) > before:
        return
    if isinstance(target, FunctionType):
        found[id(target)] = target
    elif type(target).__module__ != "builtins":
        call = _class_attribute(type(target), "__call__")
        if call is not None:
            _collect(call, found, seen)


def _collect_class(cls: type, found: dict[int, FunctionType], seen: dict[int, object]) -> None:
    """Add the methods in the body of `cls` and of the classes nested in it, no inherited ones."""
    for name, value in list(vars(cls).items()):
        if isinstance(value, type):
            if value.__qualname__ == f"{cls.__qualname__}.{name}":
                _collect(value, found, seen)
        elif _is_descriptor(value):
            inside: dict[int, FunctionType] = {}
            _collect(value, inside, seen)
            found.update((key, f) for key, f in inside.items() if _is_own(f, cls))


def _is_own(function: FunctionType, cls: type) -> bool:
    """Whether somebody wrote this method for this class.

    Enum copies methods of its own module into each class, and dataclasses makes some out of text:
    nobody wants their lines.
    """
    if function.__globals__.get("__name__") != cls.__module__:
        return False
    code = function.__code__
    return not code.co_filename.startswith("<") or code.co_qualname.endswith(
        f"{cls.__name__}.{code.co_name}"
    )


def _implementations(target: object) -> list[object]:
    """List what a `functools.singledispatch` function has registered so far."""
    registry = _attribute(target, "registry")
    if registry is None or _attribute(target, "dispatch") is None:
        return []
    try:
        values = list(registry.values())  # type: ignore[attr-defined]
    except Exception:
        return []
    return [value for value in values if not isinstance(value, type)]


def _is_descriptor(target: object) -> bool:
    """Whether `target` acts as a method or property when found on a class."""
    return hasattr(type(target), "__get__")


def _is_known(target: object) -> bool:
    """Whether the attributes in `_INSIDE` mean on `target` what we think they mean."""
    # By name through the type's own module: functools need not be imported for this, and who never
    # imported it cannot hold such an object. Bound methods of 3.11 are no descriptors.
    return (
        _is_descriptor(target)
        or isinstance(target, MethodType)
        or any(base.__module__ in ("functools", "_functools") for base in type(target).__mro__)
    )


def _class_attribute(cls: type, name: str) -> object:
    """Look `name` up as the interpreter does for an operator: on the class, unbound."""
    for base in cls.__mro__:
        if name in vars(base):
            return vars(base)[name]
    return None


def _attribute(target: object, name: str) -> object:
    """Read an attribute if it is really there: proxies and mocks answer to any name."""
    try:
        there = name in object.__getattribute__(target, "__dict__")
    except AttributeError:
        there = False
    if not there and _class_attribute(type(target), name) is None:
        return None
    try:
        return getattr(target, name, None)
    except Exception:
        return None
