"""What a program expects of its own lines, in the comment at the end of each.

    # [+N] [own N] [peak N] [use N] [xN] [calls N] [~]
    # never

`+30` (or `-30`) is the increment, `own` the own increment (the increment if left out), `peak` and
`use` the highest memory inside a visit and at the end of one (not compared if left out), `x3` the
occurrences (1 if left out), `calls 2` the calls of the function that begins here, `~` that another
thread may have a part. `never` is for a line that is not measured. A measured line without a
comment must have increment 0 and own 0; a comment on a line of its own is just a comment.

Where two functions share a line (the `def` of a nested one, say), their figures are added.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TOKENS = re.compile(
    r"(?P<never>never)|(?P<increment>[+-]\d+)|own (?P<own>-?\d+)|peak (?P<peak>-?\d+)"
    r"|use (?P<usage>-?\d+)|x(?P<occurrences>\d+)|calls (?P<calls>\d+)|(?P<shared>~)"
)


@dataclass
class Expected:
    """The figures of one line; `None` is not compared."""

    increment: int = 0
    own: int = 0
    peak: int | None = None
    usage: int | None = None
    occurrences: int | None = None
    calls: int | None = None
    shared: bool | None = None
    never: bool = False


def read(path: Path) -> dict[int, Expected]:
    """Read the expectations of a program by line number."""
    found = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        code, hash_, comment = line.rpartition("# ")
        if hash_ and code.strip():
            found[number] = _parse(comment, f"{path.name}:{number}")
    return found


def _parse(comment: str, where: str) -> Expected:
    given: dict[str, Any] = {}
    at = 0
    while at < len(comment):
        token = _TOKENS.match(comment, at)
        assert token, f"{where}: what is {comment[at:]!r}?"
        name, text = next((n, t) for n, t in token.groupdict().items() if t is not None)
        assert name not in given, f"{where}: {name} twice"
        given[name] = True if name in ("shared", "never") else int(text)
        at = token.end() + len(comment[token.end() :]) - len(comment[token.end() :].lstrip())
    given.setdefault("own", given.get("increment", 0))
    if "calls" not in given and "never" not in given:
        given.setdefault("occurrences", 1)
    return Expected(**given)


def measured(document: dict[str, Any], path: Path) -> dict[int, Expected]:
    """Give the figures of a program's lines in the same form."""
    found: dict[int, Expected] = {}
    for function in document["functions"]:
        if function["file"] != str(path):
            continue
        if function["kind"] == "function":
            first = found.setdefault(function["first_line"], Expected(never=True))
            first.calls = (first.calls or 0) + function["calls"]
        for row in function["rows"]:
            if row["measured"]:
                _add(found.setdefault(row["line"], Expected(never=True)), row["measured"])
    return found


def _add(line: Expected, figures: dict[str, Any]) -> None:
    line.never = False
    line.increment += figures["increment"]
    line.own += figures["own"]
    line.occurrences = (line.occurrences or 0) + figures["occurrences"]
    line.peak = max(figures["peak"], figures["peak"] if line.peak is None else line.peak)
    line.usage = max(figures["usage"], figures["usage"] if line.usage is None else line.usage)
    line.shared = bool(line.shared) or figures["shared"]


def differences(path: Path, document: dict[str, Any]) -> list[str]:
    """Say for each line what was expected and what was measured instead."""
    expected, got = read(path), measured(document, path)
    text = path.read_text().splitlines()
    found = []
    for number in sorted(expected.keys() | got.keys()):
        want = expected.get(number, Expected())
        have = got.get(number, Expected(never=True))
        wrong = [
            f"{name} {getattr(have, name)} instead of {value}"
            for name, value in vars(want).items()
            if value is not None and name != "never" and getattr(have, name) != value
        ]
        if number in expected and want.never != have.never:
            wrong.append("measured" if want.never else "never measured")
        if wrong:
            found.append(
                f"{path.name}:{number}: {', '.join(wrong)}\n    {text[number - 1].strip()}"
            )
    return found
