"""The program to run: found, read and compiled, with the `__main__` it expects.

Each kind of target is prepared as `python` itself would: same module attributes, `sys.argv`,
`sys.path[0]` and code, which the tests compare.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import BuiltinImporter, PathFinder, SourceFileLoader, SourcelessFileLoader
from types import CodeType, ModuleType

from rsprofile._errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec


class Target:
    """A program ready to run.

    Attributes:
        code: Its module code.
        main: The module to be `__main__`.
        label: What to call it in a message.
        source: Its text if no file holds it, else None.
    """

    def __init__(
        self, code: CodeType, main: ModuleType, label: str, source: str | None = None
    ) -> None:
        self.code = code
        self.main = main
        self.label = label
        self.source = source


def prepare(kind: str, what: str, arguments: list[str]) -> Target:
    """Prepare the program of a command line; errors are those of its kind.

    Args:
        kind: `-m`, `-c`, `-` or `script`.
        what: Its name or code.
        arguments: Its arguments.
    """
    if kind == "-m":
        return module(what, arguments)
    if kind == "-c":
        return command(what, arguments)
    if kind == "-":
        return standard_input(arguments)
    return script(what, arguments)


def script(path: str, arguments: list[str]) -> Target:
    """Prepare a script, a compiled one, or a directory or zip file that has a `__main__`.

    Raises:
        UsageError: It cannot be read or is no Python program.
        SyntaxError: It has one.
    """
    sys.argv = [path, *arguments]
    if os.path.isdir(path) or _is_zip(path):
        return _container(path)
    data = _read(path)
    full = _absolute(path)
    _set_path0(os.path.dirname(os.path.realpath(path)))
    main = _main_module(full)
    if path.endswith(".pyc"):
        loader = SourcelessFileLoader("__main__", full)
        main.__loader__ = loader
        try:
            code = loader.get_code("__main__")
        except (ImportError, EOFError, ValueError) as error:
            raise UsageError(f"cannot run {path!r}: {error}; run the source instead") from None
        assert code is not None
        return Target(code, main, path)
    main.__loader__ = SourceFileLoader("__main__", full)
    if b"\0" in data:
        raise UsageError(f"cannot run {path!r}: it is not Python source; name a .py file")
    return Target(_compile(data, full), main, path)


def command(source: str, arguments: list[str]) -> Target:
    """Prepare the code given to `-c`.

    Raises:
        SyntaxError: It has one.
    """
    sys.argv = ["-c", *arguments]
    _set_path0("")
    main = _main_module(None)
    return Target(_compile_text(source, "<string>"), main, "the code of -c", source)


def standard_input(arguments: list[str]) -> Target:
    """Prepare the program on standard input.

    Raises:
        UsageError: It is no Python program.
        SyntaxError: It has one.
    """
    sys.argv = ["-", *arguments]
    if sys.stdin is None:
        raise UsageError("cannot read standard input: it is closed; name a script")
    data = sys.stdin.buffer.read()
    if b"\0" in data:
        raise UsageError("standard input is not Python source")
    from importlib.util import decode_source

    try:
        source = decode_source(data)
    except (SyntaxError, UnicodeDecodeError):
        source = None
    _set_path0("")
    return Target(_compile(data, "<stdin>"), _main_module("<stdin>"), "standard input", source)


def module(name: str, arguments: list[str]) -> Target:
    """Prepare a module as `-m` runs it; its parent packages are imported for that.

    Raises:
        UsageError: There is no such module, or it cannot be run.
        SyntaxError: It has one.
    """
    from importlib.util import find_spec

    sys.argv = ["-m", *arguments]
    try:
        _set_path0(os.getcwd())
    except FileNotFoundError:
        _set_path0(None)
    if name.startswith("."):
        raise UsageError(f"cannot run module {name!r}: relative names do not work with -m")
    full = name
    try:
        spec = find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            full = f"{name}.__main__"
            spec = find_spec(full)
            if spec is None:
                raise UsageError(
                    f"cannot run package {name!r}: it has no __main__; name a module in it"
                )
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        spec = None
    except ValueError as error:
        raise UsageError(f"cannot run module {name!r}: {error}") from None
    if spec is None:
        hint = f"; did you mean {name!r} without -m?" if os.path.exists(name) else ""
        raise UsageError(f"no module named {name!r}{hint or '; check its name and sys.path'}")
    sys.argv[0] = spec.origin or name
    return _from_spec(spec, spec.parent, f"module {name}")


def _container(path: str) -> Target:
    full = _absolute(path)
    spec = PathFinder.find_spec("__main__", [full])
    if spec is None:
        raise UsageError(
            f"cannot run directory {path!r}: it has no __main__.py; name a script in it"
        )
    _set_path0(full)
    return _from_spec(spec, "", path)


def _from_spec(spec: ModuleSpec, package: str | None, label: str) -> Target:
    loader = spec.loader
    code = loader.get_code(spec.name) if loader is not None else None  # type: ignore[attr-defined]
    if code is None:
        raise UsageError(f"cannot run {label}: there is no code for it; name a Python module")
    main = _main_module(spec.origin)
    main.__loader__ = loader
    main.__spec__ = spec
    main.__package__ = package
    vars(main)["__cached__"] = spec.cached
    return Target(code, main, label)


def _main_module(file: str | None) -> ModuleType:
    """Make a `__main__` with the attributes the interpreter gives it, in its order."""
    main = ModuleType("__main__")
    main.__loader__ = BuiltinImporter
    namespace = vars(main)
    if sys.version_info < (3, 14):
        namespace["__annotations__"] = {}
    namespace["__builtins__"] = sys.modules["builtins"]
    if file is not None:
        namespace["__file__"] = file
        namespace["__cached__"] = None
    return main


def _absolute(path: str) -> str:
    """Complete a path as the interpreter does: nothing in it is resolved."""
    return path if os.path.isabs(path) else f"{os.getcwd()}/{path}"


def _set_path0(folder: str | None) -> None:
    """Put the program's folder, if it has one, where ours stands; with `-P` neither is there."""
    if not sys.flags.safe_path:
        sys.path[:1] = [] if folder is None else [folder]


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise UsageError(_missing(path)) from None
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise UsageError(f"cannot read {path!r}: {why}; check its permissions") from None


def _missing(path: str) -> str:
    from difflib import get_close_matches

    folder, name = os.path.split(path)
    try:
        near = get_close_matches(name, os.listdir(folder or "."), n=3)
    except OSError:
        near = []
    if near:
        names = ", ".join(os.path.join(folder, n) for n in near)
        return f"there is no file {path!r}; near names: {names}"
    return f"there is no file {path!r}; name a script, or use -m MODULE or -c CODE"


def _is_zip(path: str) -> bool:
    """Whether the file is an archive the interpreter could run."""
    if not os.path.isfile(path) or path.endswith((".py", ".pyc")):
        return False
    from zipfile import is_zipfile

    return is_zipfile(path)


def _compile(data: bytes, filename: str) -> CodeType:
    code = compile(data, filename, "exec", dont_inherit=True)
    assert isinstance(code, CodeType)
    return code


def _compile_text(source: str, filename: str) -> CodeType:
    code = compile(source, filename, "exec", dont_inherit=True)
    assert isinstance(code, CodeType)
    return code
