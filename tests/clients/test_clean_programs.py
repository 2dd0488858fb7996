"""A large program that leaks nothing: networkx's own tests under pytest.

It keeps much for as long as it runs, the items above all, and none of that grows without end but what
the terminal's summary is made from.
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
PYTEST = ("pytest", "-p", "no:cacheprovider", "--pyargs")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> environment.Client:
    return environment.client(
        "clean-programs",
        "networkx==3.4.2",
        "pytest==8.3.4",
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
    assert leaks(client, tmp_path, *PYTEST, "-p", "no:terminal", *TESTS) == []


def test_the_reports_that_pytest_keeps_of_all_tests_are_all_that_grows(
    client: environment.Client, tmp_path: Path
) -> None:
    # As pytest-dev/pytest#10605 has it: memory grows with the number of tests.
    grown = leaks(client, tmp_path, *PYTEST, *TESTS)
    assert [suspect["kind"] for suspect in grown] == ["TestReport"]
    assert ".stats[" in grown[0]["held"]["path"]
