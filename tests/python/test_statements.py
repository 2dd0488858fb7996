"""The statement cutter against Python's own parser, on the standard library.

Of the standard library's own tests each Python takes a third, and another one takes the next: that is
where the odd syntax is, and most of the time goes.
"""

from __future__ import annotations

import ast
import sys
import sysconfig
import tokenize
import warnings
from pathlib import Path

import pytest
from rsprofile import _core

STDLIB = Path(sysconfig.get_path("stdlib"))
#: Lines that begin a logical line and are no node of their own.
NO_NODE = ("else", "finally", "}", ")", "]")

Spans = dict[int, tuple[int, int, int]]


def files() -> list[Path]:
    found = [p for p in sorted(STDLIB.rglob("*.py")) if "site-packages" not in p.parts]
    share = sys.version_info.minor % 3
    return [p for n, p in enumerate(found) if "test" not in p.parts or n % 3 == share]


def parsed(path: Path) -> tuple[str, ast.Module] | None:
    """Give the text and tree of a file that this Python can parse."""
    try:
        with tokenize.open(path) as file:
            text = file.read()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return text, ast.parse(text)
    except (SyntaxError, UnicodeDecodeError, ValueError):
        return None


def begins(node: ast.AST) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


class Parsed:
    """The logical lines of a text after its syntax tree."""

    def __init__(self, text: str, tree: ast.Module) -> None:
        self.lines = text.split("\n")
        self.found: Spans = {}
        self.latest = 0
        self.block(tree.body)

    def block(self, nodes: list[ast.stmt]) -> None:
        for node in nodes:
            body = getattr(node, "body", None)
            if isinstance(node, ast.Match):
                self.header(node.lineno, begins_case(node.cases[0], self.lines), "")
                for case in node.cases:
                    self.compound(begins_case(case, self.lines), case.body)
            elif body:
                is_with = isinstance(node, (ast.With, ast.AsyncWith))
                self.compound(begins(node), body, node.end_lineno if is_with else 0)
                for handler in getattr(node, "handlers", []):
                    self.compound(handler.lineno, handler.body)
                self.block(getattr(node, "orelse", []))
                self.block(getattr(node, "finalbody", []))
            else:
                self.add(node.lineno, node.end_lineno)

    def compound(self, first: int, body: list[ast.stmt], with_end: int = 0) -> None:
        line = begins(body[0])
        before = self.lines[line - 1].encode()[: body[0].col_offset].decode()
        last = self.header(first, line, before.strip())
        if with_end > last:
            self.found[first] = (*self.found[first][:2], with_end)
        self.block(body)

    def header(self, first: int, body: int, before: str) -> int:
        """Add a header; its body begins in line `body`, where `before` stands before it."""
        last = body
        if before in ("", "@") and not self.goes_on(body - 1):
            last = body - 1
            while not self.has_code(last):
                last -= 1
        self.add(first, last)
        return last

    def has_code(self, line: int) -> bool:
        code = self.lines[line - 1].strip()
        return bool(code) and not code.startswith("#")

    def goes_on(self, line: int) -> bool:
        return self.lines[line - 1].endswith("\\") and self.has_code(line)

    def add(self, first: int, last: int) -> None:
        """Add lines, to the logical line that has the first of them already if there is one."""
        begin, end, with_end = self.found.get(self.latest, (0, 0, 0))
        if first <= end:
            self.found[begin] = (begin, max(end, last), with_end if end >= last else 0)
        else:
            self.found[first] = (first, last, 0)
            self.latest = first


def begins_case(case: ast.match_case, lines: list[str]) -> int:
    line = case.pattern.lineno
    while not lines[line - 1].lstrip().startswith("case"):
        line -= 1
    return line


def test_the_cutter_agrees_with_the_parser_on_the_standard_library() -> None:
    wrong, cut = [], 0
    for path in files():
        if not (found := parsed(path)):
            continue
        text, tree = found
        lines = text.split("\n")
        expected = Parsed(text, tree).found
        got = {first: (first, last, end) for first, last, end in _core.statements(text)}
        cut += len(got)
        for line in sorted(expected.keys() | got.keys()):
            if line not in expected and lines[line - 1].lstrip().startswith(NO_NODE):
                continue
            if expected.get(line) != got.get(line):
                wrong.append(f"{path}:{line}: {got.get(line)} instead of {expected.get(line)}")
                break
    assert cut > 100_000
    assert not wrong, "\n".join(wrong[:20])


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("x = 1; y = 2\n", [(1, 1, 0)]),
        ("x = 1; y = (\n2)\n", [(1, 2, 0)]),
        ("@d(\n1)\n# c\nasync def f(\n): pass\n", [(1, 5, 0)]),
        ("with a, \\\n     b:\n    x\n    y\n", [(1, 2, 4), (3, 3, 0), (4, 4, 0)]),
        ("with (\n  a as b,\n):\n    x\n", [(1, 3, 4), (4, 4, 0)]),
        ("f'''{\nx!r:{\ny}}\n'''\nz\n", [(1, 4, 0), (5, 5, 0)]),
        ("if a:\n    x\nelif (\nb):\n    y\n", [(1, 1, 0), (2, 2, 0), (3, 4, 0), (5, 5, 0)]),
    ],
)
def test_what_is_rare_in_the_standard_library(text: str, spans: list[tuple[int, int, int]]) -> None:
    assert _core.statements(text) == spans
