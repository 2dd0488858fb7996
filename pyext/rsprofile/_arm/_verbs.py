"""What a process can be asked."""

from __future__ import annotations

import builtins
import sys

from rsprofile import _core
from rsprofile._arm._answer import Refusal, one_line
from rsprofile._place import FOLDER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

#: Lines given by each figure, at most.
_MOST_LINES = 1000


def leaks(_argument: str) -> str:
    """Look at what is alive; the answer is the document."""
    profile = _core.leaks_look(FOLDER)
    profile.set_run(command=[str(word) for word in getattr(sys, "argv", ())])
    return profile.dumps()


def live(count: str) -> str:
    """Give the lines that grew most so far, so many by each figure, as JSON."""
    try:
        number = int(count)
    except ValueError:
        raise Refusal(f"not a number of lines: {count[:20]!r}") from None
    session = sys.modules.get("rsprofile._session")
    earlier = None if session is None else session.session.set_aside_so_far()
    return _core.live(FOLDER, max(0, min(number, _MOST_LINES)), earlier)


def why(expression: str) -> str:
    """Say what keeps the value of an expression alive."""
    return _core.leaks_why(FOLDER, value_of(expression))


def value_of(expression: str) -> object:
    """Evaluate an expression with the names of `__main__` and of all modules that are loaded.

    Raises:
        Refusal: It is none, or raises something.
    """
    names: dict[str, object] = {"__builtins__": builtins}
    try:
        code = compile(expression.strip(), "<expression>", "eval", dont_inherit=True)
        names.update(_meant(code))
        return eval(code, names)
    except BaseException as error:
        if isinstance(error, SyntaxError):
            raise Refusal(f"not an expression: {error.msg}") from None
        raise Refusal(one_line(error)) from None
    finally:
        # Nothing of ours is to be found holding it.
        names.clear()


def _meant(code: CodeType) -> Iterator[tuple[str, object]]:
    """Give what names in an expression mean: a global of the program first, then a module."""
    main = vars(sys.modules["__main__"])
    for name in code.co_names:
        if name in main:
            yield name, main[name]
        elif name in sys.modules and name not in vars(builtins):
            yield name, sys.modules[name]
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            yield from _meant(constant)


#: By the word a request begins with.
VERBS = {"leaks": leaks, "live": live, "why": why}
