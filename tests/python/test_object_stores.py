"""Which lines set a variable: in code as the interpreter has written it over while it ran."""

from __future__ import annotations

import dis
import gc
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any

import pytest
from rsprofile import _core

stores = _core.object_stores

OPCODES = {
    "global": ("STORE_GLOBAL", "STORE_NAME"),
    "attribute": ("STORE_ATTR",),
    "cell": ("STORE_DEREF",),
}


def expected(code: CodeType) -> dict[tuple[str, str], list[int]]:
    """What `dis` says of the code as it was compiled."""
    found: dict[tuple[str, str], set[int]] = {}
    for instruction in dis.get_instructions(code):
        for kind, opcodes in OPCODES.items():
            if instruction.opname in opcodes:
                lines = found.setdefault((kind, instruction.argval), set())
                line = instruction.positions and instruction.positions.lineno
                if line:
                    lines.add(line)
    # An argument that is never set again is set on the first line.
    for instruction in dis.get_instructions(code):
        if instruction.opname == "MAKE_CELL" and not found.get(("cell", instruction.argval)):
            found["cell", instruction.argval] = {code.co_firstlineno}
    return {key: sorted(lines) for key, lines in found.items()}


def check(code: CodeType) -> int:
    found = expected(code)
    for (kind, name), lines in found.items():
        assert stores(code, kind, name) == lines, (code, kind, name)
    for name in {*code.co_names, *code.co_varnames, *code.co_cellvars}:
        for kind in OPCODES:
            assert (kind, name) in found or stores(code, kind, name) == [], (code, kind, name)
    return len(found)


def nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from nested(constant)


class Box:
    __slots__ = ("slot",)


class Open:
    def __init__(self) -> None:
        self.attribute = 0
        self.other = self.attribute = 1


def work(box: Any, item: Any) -> Callable[[], int]:
    global total
    total = 1
    counter = 0
    box.slot = [
        counter,
        item,
    ]
    item.attribute = {"a": 1}
    item.deep = item.attribute

    def add() -> int:
        nonlocal counter
        counter += item.attribute["a"]
        return counter

    counter = total + 1
    for total in range(3):
        add() - total
    return add


total = 0
FIRST = work.__code__.co_firstlineno


def lines_of_work() -> dict[str, list[int]]:
    code = work.__code__
    return {
        "total": [line - FIRST for line in stores(code, "global", "total")],
        "slot": [line - FIRST for line in stores(code, "attribute", "slot")],
        "attribute": [line - FIRST for line in stores(code, "attribute", "attribute")],
        "counter": [line - FIRST for line in stores(code, "cell", "counter")],
        "item": [line - FIRST for line in stores(code, "cell", "item")],
    }


LINES = {"total": [2, 17], "slot": [4], "attribute": [8], "counter": [3, 16], "item": [0]}


def test_the_lines_that_set_a_name() -> None:
    assert lines_of_work() == LINES
    assert stores(Open.__init__.__code__, "attribute", "attribute") == [
        Open.__init__.__code__.co_firstlineno + 1,
        Open.__init__.__code__.co_firstlineno + 2,
    ]
    with pytest.raises(ValueError, match="other"):
        stores(work.__code__, "other", "total")
    for kind in OPCODES:
        assert stores(1, kind, "total") == []
        assert stores(work, kind, "total") == []


def test_specialised_code_is_read_as_it_was_compiled() -> None:
    for number in range(10_000):
        work(Box(), Open())
        if number % 1000 == 0:
            assert lines_of_work() == LINES
    specialised = [one.opname for one in dis.get_instructions(work.__code__, adaptive=True)]
    assert any(name.startswith("STORE_ATTR_") for name in specialised)
    assert lines_of_work() == LINES
    assert check(work.__code__) == 6


def test_arguments_of_more_than_a_byte() -> None:
    names = [f"name{number}" for number in range(66_000)]
    text = "\n".join(f"{name} = box.{name} = 1" for name in names)
    code = compile(text, "long.py", "exec")
    box = Open()
    exec(code, {"box": box})
    for number in (0, 100, 254, 255, 256, 65_534, 65_535, 65_536, 65_999):
        assert stores(code, "global", names[number]) == [number + 1]
        assert stores(code, "attribute", names[number]) == [number + 1]


def test_module_and_class_code() -> None:
    code = compile("import os\nclass A:\n    x = 1\n    def f(self): self.x = 2\n", "a.py", "exec")
    body = next(one for one in code.co_consts if isinstance(one, CodeType))
    assert stores(code, "global", "os") == [1]
    assert stores(code, "global", "A") == [2]
    assert stores(body, "global", "x") == [3]
    assert _core.object_place(body) == ("a.py", "A", 2)
    assert _core.object_place(work) == (__file__, "work", FIRST)
    assert _core.object_place(1) is None


def test_the_first_line_of_functions_and_classes() -> None:
    @staticmethod
    def decorated() -> None: ...

    first = _core.object_first_line
    assert first(work) == FIRST
    assert first(decorated.__func__) == decorated.__func__.__code__.co_firstlineno
    assert first(Open().__init__) == Open.__init__.__code__.co_firstlineno
    assert first(Open) == Open.__dict__.get("__firstlineno__")
    assert (first(Open) is None) == (sys.version_info < (3, 13))
    for odd in (-1, 2**70, "1", None):
        assert first(type("Odd", (), {"__firstlineno__": odd})) is None
    assert first(int) is first(1) is None


def all_code() -> list[CodeType]:
    functions = [one for one in gc.get_objects() if isinstance(one, FunctionType)]
    codes = {id(code): code for one in functions for code in nested(one.__code__)}
    return list(codes.values())


def test_code_of_all_that_is_loaded_is_read_as_dis_reads_it() -> None:
    codes = all_code()[::5]
    assert len(codes) > 600
    assert sum(map(check, codes)) > 200


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with 3.12")
@pytest.mark.parametrize("events", ["LINE", "INSTRUCTION", "LINE|INSTRUCTION", "all"])
def test_monitored_code_is_read_as_it_was_compiled(events: str) -> None:
    monitoring = sys.monitoring
    codes = [work.__code__, Open.__init__.__code__, *all_code()[::20]]
    before = [expected(code) for code in codes]
    tool = next(number for number in range(6) if monitoring.get_tool(number) is None)
    monitoring.use_tool_id(tool, "test")
    wanted = {"LINE|INSTRUCTION": monitoring.events.LINE | monitoring.events.INSTRUCTION}
    mask = wanted.get(events) or getattr(monitoring.events, events, 0)
    if events == "all":
        names = (
            "PY_START PY_RESUME PY_RETURN PY_YIELD CALL LINE INSTRUCTION JUMP BRANCH STOP_ITERATION"
        )
        for name in names.split():
            mask |= getattr(monitoring.events, name)
    try:
        for code in codes:
            monitoring.set_local_events(tool, code, mask)
        for _ in range(100):
            work(Box(), Open())
        opcodes = set(work.__code__._co_code_adaptive[::2])  # type: ignore[attr-defined]
        line, instruction = 254, 253 if sys.version_info < (3, 13) else 247
        assert (instruction if events == "INSTRUCTION" else line) in opcodes
        assert lines_of_work() == LINES
        for code, found in zip(codes, before, strict=True):
            for (kind, name), lines in found.items():
                assert stores(code, kind, name) == lines, (code, kind, name)
    finally:
        for code in codes:
            monitoring.set_local_events(tool, code, 0)
        monitoring.free_tool_id(tool)
    assert lines_of_work() == LINES
