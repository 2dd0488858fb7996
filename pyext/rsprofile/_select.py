"""Which functions `-f` and `--all` mean.

A name without a colon is looked up in the script before it runs. `module:function` waits for the
module to be imported; the colon's left side is compared with the end of the module's file name.
"""

from __future__ import annotations

import sys
from fnmatch import fnmatchcase
from importlib.machinery import BuiltinImporter, ExtensionFileLoader
from types import CodeType, FunctionType, ModuleType

from rsprofile import _codes
from rsprofile._errors import UsageError
from rsprofile._layout import Layout
from rsprofile._session import session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Selection:
    """The functions a command line asks for.

    Attributes:
        everything: Whether `--all` is given or meant.
        patterns: What was given to `-f`.
        names: Patterns of functions in the script.
        targets: Patterns of functions in modules, as pairs of module and function.
        script: `co_filename` of the script; its code is met again in spawned processes.
    """

    def __init__(self, patterns: list[str], *, everything: bool = False) -> None:
        self.everything = everything
        self.patterns = patterns
        self.names = [pattern for pattern in patterns if ":" not in pattern]
        self.targets = [
            (module, function)
            for module, colon, function in (pattern.partition(":") for pattern in patterns)
            if colon
        ]
        for module, function in self.targets:
            if not module or not function:
                raise UsageError(f"-f {module}:{function}: write it as module:function")
        self.script = ""
        self._met_modules: dict[str, list[str]] = {}
        self._met_targets: set[tuple[str, str]] = set()

    def as_ticket(self) -> dict[str, object]:
        """Give a plain value from which another process can make the same selection."""
        return {"patterns": self.patterns, "everything": self.everything, "script": self.script}

    @classmethod
    def from_ticket(cls, ticket: dict[str, Any]) -> Selection:
        """Make the selection `as_ticket` described."""
        selection = cls(ticket["patterns"], everything=ticket["everything"])
        selection.script = ticket["script"]
        return selection

    def is_empty(self) -> bool:
        """Whether nothing was asked for: the program has to decorate something itself."""
        return not (self.everything or self.patterns)

    def pick_script(self, code: CodeType, *, strict: bool = True) -> None:
        """Register what is meant in the script.

        Args:
            code: The script's module code.
            strict: Whether a name that means nothing is an error.

        Raises:
            UsageError: A name matches nothing; near names are in the message.
        """
        self.script = code.co_filename
        chosen: list[CodeType] = []
        for pattern in self.names:
            found = matches(pattern, code)
            if not found and strict:
                raise UsageError(_no_match(pattern, code))
            chosen.extend(found)
        if self.everything:
            session.register(code, "module", Layout())
            chosen.extend(_codes.outer_functions_in(code))
        for function in _in_source_order(chosen):
            session.register(function, "function", Layout())
        self.pick_module(code)

    def pick_module(self, code: CodeType) -> None:
        """Register what is meant in a module that is about to run."""
        for target in self.targets:
            module, pattern = target
            if _is_file_of(code.co_filename, module):
                found = matches(pattern, code)
                self._met(target, [_codes.name_of(f) for f in _codes.functions_in(code)], found)

    def pick_imported(self) -> None:
        """Register what is meant in modules that were imported before the program began."""
        for target in self.targets:
            module = sys.modules.get(target[0])
            if module is not None:
                codes = _codes_of_module(vars(module), target[0])
                found = [code for code in codes if fnmatchcase(_codes.name_of(code), target[1])]
                self._met(target, [_codes.name_of(code) for code in codes], found)

    def see(self, code: CodeType) -> None:
        """Take note of a module about to be executed, in any process but the first."""
        if code.co_filename == self.script:
            self.pick_script(code, strict=False)
        else:
            self.pick_module(code)

    def see_measured(self, file: str, name: str) -> None:
        """Take note of a function that another process has measured."""
        name = name.replace(".<locals>", "")
        for target in self.targets:
            module, pattern = target
            is_meant = fnmatchcase(name, pattern) or fnmatchcase(name.rpartition(".")[2], pattern)
            if is_meant and _is_file_of(file, module):
                self._met_targets.add(target)

    def misses(self) -> list[str]:
        """Say of each target that was never met what is wrong, one line each."""
        lines = []
        for target in self.targets:
            if target in self._met_targets:
                continue
            module, pattern = target
            if _is_no_python(sys.modules.get(module)):
                lines.append(f"-f {module}:{pattern}: module {module!r} is not Python code")
            elif module in self._met_modules:
                near = _near(pattern, self._met_modules[module])
                lines.append(f"-f {module}:{pattern} matches nothing in module {module!r}{near}")
            else:
                lines.append(f"-f {module}:{pattern}: no module {module!r} was imported")
        return lines

    def _met(self, target: tuple[str, str], names: list[str], found: list[CodeType]) -> None:
        self._met_modules[target[0]] = names
        for function in found:
            self._met_targets.add(target)
            session.register(function, "function", Layout())


def matches(pattern: str, code: CodeType) -> list[CodeType]:
    """Find what a name or glob means in a module.

    A qualified name goes first, then a class, meaning its methods, then the last part of a name.
    """
    functions = list(_codes.functions_in(code))
    found = [f for f in functions if fnmatchcase(_codes.name_of(f), pattern)]
    for body in _codes.classes_in(code):
        if fnmatchcase(_codes.name_of(body), pattern):
            found.extend(_codes.outer_functions_in(body))
    return found or [f for f in functions if fnmatchcase(f.co_name, pattern)]


def _in_source_order(codes: list[CodeType]) -> list[CodeType]:
    """Drop what was chosen twice. By identity: twin functions have equal code."""
    unique = {id(code): code for code in codes}
    return sorted(unique.values(), key=lambda code: code.co_firstlineno)


def _no_match(pattern: str, code: CodeType) -> str:
    names = [_codes.name_of(function) for function in _codes.functions_in(code)]
    if not names:
        return f"-f {pattern} matches nothing: the script defines no functions; try --all"
    return f"-f {pattern} matches no function of the script{_near(pattern, names)}"


def _near(pattern: str, names: list[str]) -> str:
    """Name what may have been meant, ready to be put behind a message."""
    from difflib import get_close_matches

    by_last_part = {name.rpartition(".")[2]: name for name in reversed(names)}
    close = get_close_matches(pattern, names, n=3) or [
        by_last_part[part] for part in get_close_matches(pattern, by_last_part, n=3)
    ]
    if close:
        return f"; near names: {', '.join(close)}"
    some = ", ".join(dict.fromkeys(names[:5]))
    return f"; it has: {some}{', ...' if len(names) > 5 else ''}" if some else ""


def _is_no_python(module: ModuleType | None) -> bool:
    """Whether a module is built in or a C extension: it has no lines to measure."""
    loader = getattr(getattr(module, "__spec__", None), "loader", None)
    return loader is BuiltinImporter or isinstance(loader, ExtensionFileLoader)


def _is_file_of(filename: str, module: str) -> bool:
    """Whether a module name or glob fits a file: `a.b` fits `a/b.py` and `a/b/__init__.py`."""
    tail = module.replace(".", "/")
    path = "/" + filename.lstrip("/")
    return any(fnmatchcase(path, f"*/{tail}{ending}") for ending in (".py", "/__init__.py"))


def _codes_of_module(namespace: dict[str, object], module: str) -> list[CodeType]:
    """Find the functions and methods of a module that is loaded already."""
    from rsprofile._decorate import functions_of

    found = {}
    for value in list(namespace.values()):
        if getattr(value, "__module__", None) == module:
            for function in functions_of(value):
                if isinstance(function, FunctionType) and function.__module__ == module:
                    found[id(function.__code__)] = function.__code__
    return list(found.values())
