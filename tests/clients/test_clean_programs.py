"""Large programs that leak nothing: networkx's own tests under pytest, and pylint over some of its code.

Both keep much for as long as they run: pytest its items and their reports, pylint the syntax trees.
None of that grows without end.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import environment
import pytest

pytestmark = pytest.mark.slow

#: What 20 s of plain Python run: 1906 tests.
TESTS = ("networkx.classes", "networkx.generators")
MODULES = ("graph", "digraph", "multigraph", "multidigraph", "function", "reportviews")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> environment.Client:
    return environment.client(
        "clean-programs",
        "networkx==3.4.2",
        "pytest==8.3.4",
        "pylint==3.3.4",
        scratch=tmp_path_factory.mktemp("clean-programs"),
    )


def leaks(client: environment.Client, folder: Path, *command: str) -> list[Any]:
    """Run a module under `leaks`; gives the suspects that are judged LEAK."""
    client.python(folder, "-m", "rsprofile", "leaks", "-o", "out.json", "-m", *command)
    (look,) = json.loads((folder / "out.json").read_text())["leaks"]
    assert look["objects"] > 100_000
    return [suspect for suspect in look["suspects"] if suspect["verdict"] == "leak"]


def test_a_run_of_pytest_over_a_large_library_has_no_leak(
    client: environment.Client, tmp_path: Path
) -> None:
    pytest_run = ("pytest", "-q", "-p", "no:cacheprovider", "--pyargs", *TESTS)
    assert leaks(client, tmp_path, *pytest_run) == []


def test_a_run_of_pylint_has_no_leak(client: environment.Client, tmp_path: Path) -> None:
    modules = [f"networkx.classes.{module}" for module in MODULES]
    assert leaks(client, tmp_path, "pylint", "--exit-zero", "--score=n", *modules) == []
