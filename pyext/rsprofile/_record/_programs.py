"""The program to record: how it is started so that it knows `profile`."""

from __future__ import annotations

import os
import re
import sys

from rsprofile._errors import UsageError

#: What starts a Python program under us.
_RUNNER = ("-m", "rsprofile._record")
#: Names of Python interpreters.
_PYTHON = re.compile(r"python[\d.]*$")
#: Options of the interpreter that take a value when it is not attached.
_VALUED = ("-W", "-X", "--check-hash-based-pycs")


class Program:
    """What to start.

    Attributes:
        command: The program and its arguments.
        label: What to call it.
        with_functions: Whether calls of decorated functions are to be recorded.
    """

    def __init__(self, command: list[str], label: list[str], *, with_functions: bool) -> None:
        self.command = command
        self.label = _line(label)
        self.with_functions = with_functions


def program(kind: str, what: str, arguments: list[str], *, with_functions: bool) -> Program:
    """Give what to start for a command line.

    Args:
        kind: `-m`, `-c`, `-` or `script`, as `_cli.split` says it.
        what: A module, code, or the name of a script or program.
        arguments: Those of the program.
        with_functions: Whether to record calls of decorated functions.

    Raises:
        UsageError: A script is not there.
    """
    if kind == "script" and not _is_script(what):
        return _named(what, arguments, with_functions)
    if kind == "script" and not os.path.exists(what):
        raise UsageError(f"there is no file {what!r}; name a script, -m MODULE or -c CODE")
    words = [*_words(kind, what), *arguments]
    run = [*_RUNNER, kind, what, *arguments] if with_functions else words
    command = [sys.executable, *_flags(), *run]
    return Program(command, [sys.executable, *words], with_functions=with_functions)


def _named(name: str, arguments: list[str], with_functions: bool) -> Program:
    """Give what to start for a program by its name: it may be an interpreter."""
    plain = [name, *arguments]
    at = _end_of_options(arguments)
    if not with_functions or not _is_this_python(name) or at == len(arguments):
        return Program(plain, plain, with_functions=with_functions)
    options, (word, *rest) = arguments[:at], arguments[at:]
    kind, what = "script", word
    if word[:2] in ("-m", "-c"):
        kind = word[:2]
        if len(word) > 2:
            what = word[2:]
        elif rest:
            what, *rest = rest
        else:
            return Program(plain, plain, with_functions=with_functions)
    elif word == "-":
        kind = "-"
    if kind == "-m" and what.partition(".")[0] == "rsprofile":
        # It has a `profile` of its own.
        return Program(plain, plain, with_functions=with_functions)
    command = [name, *options, *_RUNNER, kind, what, *rest]
    return Program(command, plain, with_functions=True)


def _words(kind: str, what: str) -> list[str]:
    return [what] if kind in ("script", "-") else [kind, what]


def _is_script(name: str) -> bool:
    """Whether this is for Python to run, and not for the system."""
    return name.endswith((".py", ".pyc", ".pyz")) or os.path.isdir(name)


def _end_of_options(arguments: list[str]) -> int:
    """Count the words that are options of the interpreter, up to what it is to run."""
    at = 0
    while at < len(arguments) and arguments[at].startswith("-") and arguments[at] != "-":
        if arguments[at].startswith(("-m", "-c")):
            break
        at += 2 if arguments[at] in _VALUED else 1
    return min(at, len(arguments))


def _is_this_python(name: str) -> bool:
    """Whether a command is the interpreter that runs here: another one may not have us."""
    if not _PYTHON.match(os.path.basename(name)):
        return False
    path = _found(name)
    try:
        return (
            path is not None
            and os.path.dirname(os.path.abspath(path)) == os.path.dirname(sys.executable)
            and os.path.samefile(path, sys.executable)
        )
    except OSError:
        return False


def _found(name: str) -> str | None:
    """Find a command as a shell does."""
    if "/" in name:
        return name
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    return None


def _flags() -> list[str]:
    """Give the options this interpreter was started with: they are meant for the program."""
    from subprocess import _args_from_interpreter_flags  # type: ignore[attr-defined]

    flags: list[str] = _args_from_interpreter_flags()
    return flags


def _line(words: list[str]) -> str:
    """Write a command as a shell takes it. What is no text is left out of it."""
    from shlex import join

    return join(words).encode("utf-8", "replace").decode()
