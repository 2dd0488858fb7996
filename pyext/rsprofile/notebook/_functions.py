"""Which code `%mprun` measures."""

from __future__ import annotations

import ast
import inspect

from IPython.core.error import UsageError

from rsprofile._codes import functions_in, name_of
from rsprofile._decorate import functions_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

    from rsprofile.notebook._statement import Statement


def codes_to_measure(statement: Statement, names: list[str], *, is_cell: bool) -> list[CodeType]:
    """Find the code to measure.

    Args:
        statement: What will run.
        names: What the user named with `-f`.
        is_cell: Whether it is a cell: without names, that means all its lines.

    Raises:
        UsageError: There is no such function, or no name is given and none is called.
    """
    if names:
        return [code for name in names for code in _named(statement, name)]
    if is_cell:
        return [statement.code]
    called = _called(statement)
    if not called:
        raise UsageError(
            f"no Python function is called by name in {statement.text!r}: name one with -f"
        )
    return called


def _named(statement: Statement, name: str) -> list[CodeType]:
    # Before what is in the namespace: that may be left over from the last run of this very cell.
    own = [code for code in functions_in(statement.code) if name_of(code) == name]
    if own:
        return own
    try:
        target = eval(name, statement.shell.user_global_ns, statement.namespace)
    except Exception as error:
        raise UsageError(
            f"there is no function {name!r}: {type(error).__name__}: {error}"
        ) from None
    functions = functions_of(target)
    if not functions:
        raise UsageError(f"-f {name}: {target!r} is not a Python function")
    return [function.__code__ for function in functions]


def _called(statement: Statement) -> list[CodeType]:
    calls = [node.func for node in ast.walk(statement.tree) if isinstance(node, ast.Call)]
    targets = [_value(node, statement) for node in calls]
    return [function.__code__ for target in targets for function in functions_of(target)]


def _value(node: ast.expr, statement: Statement) -> object:
    """Look up `name` or `name.attribute`; nothing of the program runs for it."""
    if isinstance(node, ast.Name):
        return statement.namespace.get(node.id)
    if isinstance(node, ast.Attribute):
        return inspect.getattr_static(_value(node.value, statement), node.attr, None)
    return None
