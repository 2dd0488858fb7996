"""What the code object of a module says about the functions in it, before any of it has run."""

from __future__ import annotations

from opcode import opmap
from types import CodeType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

#: `co_flags` of a code object with fast locals: functions have it, module and class bodies do not.
_OPTIMIZED = 0x1

#: Modules whose import means that the program decorates something itself.
_PROFILERS = frozenset({"rsprofile", "memory_profiler", "line_profiler"})


def name_of(code: CodeType) -> str:
    """Give the name a user types for a function: `Class.method`, `outer.inner`."""
    return code.co_qualname.replace(".<locals>", "")


def nested(code: CodeType) -> Iterator[CodeType]:
    """Go through the functions written directly in a body; type parameters are seen through."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_name.startswith("<generic parameters"):
                yield from nested(constant)
            else:
                yield constant


def is_class_body(code: CodeType) -> bool:
    """Whether this is the body of a `class` statement, given that it is not a whole module."""
    return not code.co_flags & _OPTIMIZED and not code.co_name.startswith("<")


def is_function(code: CodeType) -> bool:
    """Whether this is a function or lambda, not a comprehension or class body."""
    if not code.co_flags & _OPTIMIZED:
        return False
    return code.co_name == "<lambda>" or not code.co_name.startswith(("<", "__annotate"))


def functions_in(code: CodeType) -> Iterator[CodeType]:
    """Go through all functions in a module, at any depth, in the order of the source."""
    for inner in nested(code):
        if is_function(inner):
            yield inner
        yield from functions_in(inner)


def classes_in(code: CodeType) -> Iterator[CodeType]:
    """Go through the bodies of all classes in a module, at any depth."""
    for inner in nested(code):
        if is_class_body(inner):
            yield inner
        yield from classes_in(inner)


def outer_functions_in(code: CodeType) -> Iterator[CodeType]:
    """Go through the functions and methods that are not inside another function.

    Lambdas are left out: they belong to the body they stand in.
    """
    for inner in nested(code):
        if is_class_body(inner):
            yield from outer_functions_in(inner)
        elif is_function(inner) and inner.co_name != "<lambda>":
            yield inner


def uses_profile(code: CodeType) -> bool:
    """Whether a program seems to decorate something itself: it names `profile` or imports it."""
    mentions = "profile" in code.co_names or not _PROFILERS.isdisjoint(code.co_names)
    if mentions and _reads_profile(code):
        return True
    return any(uses_profile(inner) for inner in code.co_consts if isinstance(inner, CodeType))


def _reads_profile(code: CodeType) -> bool:
    """Tell the variable `profile` from an attribute `.profile`, by the instructions."""
    shifts = {opmap[name]: 0 for name in ("LOAD_NAME", "IMPORT_FROM")}
    shifts[opmap["LOAD_GLOBAL"]] = 1
    instructions = code.co_code
    argument = 0
    for at in range(0, len(instructions), 2):
        operation = instructions[at]
        argument = argument << 8 | instructions[at + 1]
        if operation == opmap["EXTENDED_ARG"]:
            continue
        if operation in shifts:
            found = code.co_names[argument >> shifts[operation]] == "profile"
        elif operation == opmap["IMPORT_NAME"]:
            found = code.co_names[argument].partition(".")[0] in _PROFILERS
        else:
            found = False
        if found:
            return True
        argument = 0
    return False
