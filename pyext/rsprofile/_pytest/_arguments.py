"""The arguments of marks."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any


def first(
    mark: str,
    name: str,
    others: Collection[str],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    need: str,
    use: str,
) -> object:
    """Take the one argument that a mark must have, which may be named.

    Args:
        mark: The name of the mark.
        name: That of the argument.
        others: The names of those it may have beside it.
        args: What was written.
        kwargs: The same with names; the argument is taken out.
        need: What is missing without it.
        use: How the mark is written.

    Raises:
        ValueError: It is not there, or there is more than a mark takes.
    """
    unknown = sorted(set(kwargs) - {name, *others})
    if unknown:
        raise ValueError(f"{mark} takes no {unknown[0]}; {use}")
    if len(args) > 1:
        raise ValueError(f"{mark} takes one {name}, not {len(args)} arguments; {use}")
    if bool(args) == (name in kwargs):
        raise ValueError(f"{mark} needs {need}; {use}")
    value = args[0] if args else kwargs.pop(name)
    if value is None:
        raise ValueError(f"{mark} needs {need}; {use}")
    return value
