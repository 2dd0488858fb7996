"""The functions of the project under test: those whose lines are worth a table."""

from __future__ import annotations

import os
import sys
from types import FunctionType

import pytest

from rsprofile._decorate import functions_of
from rsprofile._place import FOLDER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, ModuleType

#: Folders of code that is somebody else's, though they may be below the project's.
_FOREIGN = ("site-packages", "dist-packages")
#: What a wrapper of the standard library is made by: others are left alone.
_WRAPPERS = ("functools", "_functools", "contextlib")


class Project:
    """Finds functions in the modules that are imported, each module once."""

    def __init__(self, config: pytest.Config) -> None:
        self._root = str(config.rootpath) + os.sep
        self._seen: set[int] = set()

    def new_functions(self, item: pytest.Item) -> list[FunctionType]:
        """Give the functions of the project that were not given before, a test's own first."""
        found = {id(function): function for function in functions_of_test(item)}
        own = getattr(item, "module", None)
        for module in (own, *list(sys.modules.values())):
            if module is None or id(module) in self._seen:
                continue
            self._seen.add(id(module))
            if module is own or self._is_ours(module):
                found.update((id(function), function) for function in _functions_in(module))
        return list(found.values())

    def _is_ours(self, module: ModuleType) -> bool:
        file = _file_of(module)
        return (
            file.startswith(self._root)
            and not file.startswith((FOLDER + os.sep, sys.prefix + os.sep))
            and not any(part in file for part in _FOREIGN)
        )


def functions_of_test(item: pytest.Item) -> list[FunctionType]:
    """Give the functions that a test is written as."""
    target = getattr(item, "obj", None)
    # What hypothesis calls with its examples.
    inner = getattr(getattr(target, "hypothesis", None), "inner_test", None)
    return functions_of(inner or target)


def names_of(code: CodeType) -> tuple[str, str, int]:
    """Give what a function is known by in a document."""
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _functions_in(module: ModuleType) -> Iterator[FunctionType]:
    file = _file_of(module)
    for value in list(vars(module).values()):
        if isinstance(value, type):
            if value.__module__ != module.__name__:
                continue
        elif not isinstance(value, FunctionType) and type(value).__module__ not in _WRAPPERS:
            continue
        for function in functions_of(value):
            # What is imported from elsewhere is found there.
            if function.__code__.co_filename == file:
                yield function


def _file_of(module: ModuleType) -> str:
    # Read past the module's own ways to answer: some import others when they are asked.
    try:
        file = object.__getattribute__(module, "__dict__").get("__file__")
    except AttributeError:
        return ""
    return file if isinstance(file, str) else ""
