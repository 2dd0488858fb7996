"""Leaks that released libraries had, each told by its project, in programs as their users write them.

The text of each program in `programs/` says what leaked and where it was told. What is expected here was
found by `gc`, `tracemalloc` and the source of the pinned version. Of the version that mended it, there
is nothing to report.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environment
import pytest

PROGRAMS = Path(__file__).with_name("programs")

LEAKING = (
    "transitions==0.8.3",
    "six==1.17.0",
    "prompt_toolkit==3.0.36",
    "wcwidth==0.2.13",
    "asgiref==3.2.7",
)
MENDED = (
    "transitions==0.8.4",
    "six==1.17.0",
    "prompt_toolkit==3.0.39",
    "wcwidth==0.2.13",
    "asgiref==3.2.8",
)


@dataclass(frozen=True)
class Known:
    """What is known of a leak.

    Attributes:
        verdict: How it is to be judged.
        kind: The type of what stays.
        count: How many of them.
        made: End of the file, function, and line or its text.
        path: The way to what holds them, as a regular expression.
        holder: Type and length of that.
        stored: File and function that put them there.
        per: The function each call of which leaves one.
    """

    verdict: str
    kind: str
    count: int
    made: tuple[str, str, int | str]
    path: str = ""
    holder: tuple[str, int | None] = ("", None)
    stored: tuple[str, str] = ("", "")
    per: str = ""


KNOWN = {
    "transitions": Known(
        verdict="growing",
        kind="Order",
        count=300,
        made=("leak_transitions.py", "handle", "order = Order(number)"),
        path=r".*\bAsyncMachine\.async_tasks",
        holder=("dict", 300),
        stored=("transitions/extensions/asyncio.py", "AsyncMachine.switch_model_context"),
        per="handle",
    ),
    "asgiref": Known(
        verdict="leak",
        kind="weakref.ReferenceType",
        count=20_000,
        made=("asgiref/local.py", "Local._get_storage", 86),
        path=r"leak_asgiref\.current\._context_refs",
        holder=("list", 20_000),
        stored=("asgiref/local.py", "Local._get_storage"),
        per="Local._get_storage",
    ),
    "prompt_toolkit": Known(
        verdict="leak",
        kind="PromptSession",
        count=20,
        made=("leak_prompt_toolkit.py", "greet", "session: PromptSession[str] = PromptSession("),
        path=r"prompt_toolkit\.filters\.base\._(and|or|invert)_cache\[.*\]\.func closure 'self'",
        holder=("cell", None),
        per="greet",
    ),
}


@pytest.fixture(scope="module")
def leaking(tmp_path_factory: pytest.TempPathFactory) -> environment.Client:
    return environment.client("leaking", *LEAKING, scratch=tmp_path_factory.mktemp("leaking"))


@pytest.fixture(scope="module")
def mended(tmp_path_factory: pytest.TempPathFactory) -> environment.Client:
    return environment.client("mended", *MENDED, scratch=tmp_path_factory.mktemp("mended"))


def suspects(client: environment.Client, folder: Path, *command: str) -> list[Any]:
    """Run a command under `leaks`; gives the suspects."""
    client.python(folder, "-m", "rsprofile", "leaks", "-o", "out.json", *command)
    (look,) = json.loads((folder / "out.json").read_text())["leaks"]
    found: list[Any] = look["suspects"]
    return found


@pytest.fixture(scope="module")
def found(
    leaking: environment.Client, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Any]]:
    """The suspects in each of the programs."""
    return {
        library: suspects(
            leaking, tmp_path_factory.mktemp(library), str(PROGRAMS / f"leak_{library}.py")
        )
        for library in KNOWN
    }


each = pytest.mark.parametrize("library", KNOWN)


@each
def test_one_suspect_is_named_with_its_type_and_number(
    found: dict[str, list[Any]], library: str
) -> None:
    known = KNOWN[library]
    (suspect,) = found[library]
    assert (suspect["kind"], suspect["count"]) == (known.kind, known.count)
    assert suspect["verdict"] == known.verdict


@each
def test_the_line_that_made_them_is_named(found: dict[str, list[Any]], library: str) -> None:
    file, function, line = KNOWN[library].made
    made = found[library][0]["made"]
    assert made["file"].endswith(f"/{file}")
    assert made["function"] == function
    if isinstance(line, str):
        lines = (PROGRAMS / file).read_text().splitlines()
        assert lines[made["line"] - 1].strip() == line
    else:
        assert made["line"] == line


@each
def test_what_holds_them_is_named(found: dict[str, list[Any]], library: str) -> None:
    known, held = KNOWN[library], found[library][0]["held"]
    assert re.fullmatch(known.path, held["path"])
    kind, length = known.holder
    if kind:
        assert (held["kind"], held["len"], held["bound"]) == (kind, length, None)


@pytest.mark.parametrize("library", [name for name, known in KNOWN.items() if known.stored[0]])
def test_the_line_that_put_them_there_is_named(found: dict[str, list[Any]], library: str) -> None:
    file, function = KNOWN[library].stored
    place = found[library][0]["stored"]["place"]
    assert place["file"].endswith(f"/{file}")
    assert place["function"] == function


@each
def test_each_call_leaves_one(found: dict[str, list[Any]], library: str) -> None:
    known, growth = KNOWN[library], found[library][0]["growth"]
    call = growth["per"]["call"]
    assert (call["function"], call["calls"]) == (known.per, known.count)
    assert (growth["objects"], growth["made"]) == (1.0, known.count)


@each
def test_of_the_version_that_mended_it_nothing_is_reported(
    mended: environment.Client, tmp_path: Path, library: str
) -> None:
    assert suspects(mended, tmp_path, str(PROGRAMS / f"leak_{library}.py")) == []
