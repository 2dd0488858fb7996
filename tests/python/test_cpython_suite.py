"""CPython's own tests as programs nobody here wrote: each function of a test module profiled, and each
test ends as it does without us.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from probe import HOOKS

RUNNER = Path(__file__).with_name("suite.py")
TIMEOUT = 300
#: The hook that is used on this Python unless told otherwise.
HOOK = HOOKS[0]

MODULES = [
    "test.test_asyncgen",
    "test.test_asyncio.test_tasks",
    "test.test_contextlib",
    "test.test_contextlib_async",
    "test.test_coroutines",
    "test.test_decorators",
    "test.test_descr",
    "test.test_exceptions",
    "test.test_functools",
    "test.test_gc",
    "test.test_generators",
    "test.test_listcomps",
    "test.test_raise",
    "test.test_scope",
    "test.test_threading",
    "test.test_weakref",
    "test.test_with",
    "test.test_yield_from",
]

#: Classes to run, of modules that wait or start interpreters most of their time.
CLASSES = {
    "test.test_asyncio.test_tasks": ["CTask_CFuture_Tests", "CoroutineGatherTests"],
    "test.test_threading": ["ThreadTests", "ExceptHookTests"],
    "test.test_weakref": ["ReferencesTestCase", "WeakMethodTestCase", "FinalizeTestCase"],
}


def start(module: str, hook: str, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(RUNNER), str(folder / f"{hook}.json"), hook, module]
    with open(folder / f"{hook}.log", "w") as output:
        return subprocess.Popen(
            [*command, *CLASSES.get(module, ())], cwd=folder, stdout=output, stderr=output
        )


def run(module: str, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run a module without us and with, at the same time in folders of their own."""
    started = []
    for hook in ("none", HOOK):
        (folder / hook).mkdir()
        started.append(start(module, hook, folder / hook))
    found = []
    for hook, process in zip(("none", HOOK), started, strict=True):
        process.wait(TIMEOUT)
        output = folder / hook / f"{hook}.json"
        assert output.exists(), (folder / hook / f"{hook}.log").read_text()
        found.append(json.loads(output.read_text()))
    return found[0], found[1]


@pytest.mark.parametrize("module", MODULES)
def test_each_test_ends_as_it_does_without_us(module: str, tmp_path: Path) -> None:
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None:
        pytest.skip("this Python comes without its tests")
    plain, profiled = run(module, tmp_path)
    assert plain["outcomes"]
    assert profiled["calls"] >= len(plain["outcomes"])
    assert profiled["outcomes"].keys() == plain["outcomes"].keys()
    wrong = [
        f"{test}: {profiled['outcomes'][test]}"
        for test, word in plain["outcomes"].items()
        if profiled["outcomes"][test].split("\n")[0] != word.split("\n")[0]
    ]
    assert not wrong, "\n\n".join(wrong)
