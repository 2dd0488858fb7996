"""Runs a test module of CPython's own, with all of its functions profiled or with none.

    python suite.py OUTPUT HOOK|none MODULE [CLASS...]

Writes a JSON object: the outcome of each test by its id, and the calls that were counted.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import json
import sys
import unittest
import warnings
from types import CodeType
from typing import Any

from rsprofile import _core

OPTIMIZED = 0x1


class Outcomes(unittest.TestResult):
    """Keeps one word for each test."""

    def __init__(self) -> None:
        super().__init__(stream=io.StringIO(), verbosity=0)
        self.words: dict[str, str] = {}

    def note(self, test: Any, word: str) -> None:
        """Keep the worst that is said of a test."""
        self.words[test.id()] = max(self.words.get(test.id(), ""), word)

    def addSuccess(self, test: Any) -> None:
        self.note(test, "1 passed")

    def addSkip(self, test: Any, reason: str) -> None:
        super().addSkip(test, reason)
        self.note(test, "2 skipped")

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        super().addExpectedFailure(test, err)
        self.note(test, "3 expected failure")

    def addUnexpectedSuccess(self, test: Any) -> None:
        super().addUnexpectedSuccess(test)
        self.note(test, "4 unexpected success")

    def addFailure(self, test: Any, err: Any) -> None:
        super().addFailure(test, err)
        self.note(test, "5 failed\n" + self._exc_info_to_string(err, test))

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        self.note(test, "6 error\n" + self._exc_info_to_string(err, test))

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.note(test, f"5 failed {subtest}\n" + self._exc_info_to_string(err, test))


def register_functions(code: CodeType) -> None:
    """Register each function in a code object, however deep."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            if inner.co_flags & OPTIMIZED and not inner.co_name.startswith("<"):
                _core.register(inner)
            register_functions(inner)


def profile(module: str, hook: str) -> None:
    """Have a module profiled, down to its innermost functions, when it is imported."""
    spec = importlib.util.find_spec(module)
    assert spec is not None

    def seen(code: CodeType) -> None:
        if code.co_filename == spec.origin:
            _core.register(code, "module")
            register_functions(code)

    _core.configure(meter="fake", hook=hook)
    _core.watch_modules(seen)
    _core.start()
    _core.trace_thread()
    _core.trace_new_threads()


def main() -> None:
    output, hook, name, *classes = sys.argv[1:]
    warnings.simplefilter("ignore")
    if hook != "none":
        profile(name, hook)
    module = importlib.import_module(name)
    loader = unittest.defaultTestLoader
    if classes:
        suite = loader.loadTestsFromNames(classes, module)
    else:
        suite = loader.loadTestsFromModule(module)
    outcomes = Outcomes()
    suite.run(outcomes)
    calls = sum(calls for *_, calls in _core.snapshot().functions)
    with open(output, "w") as file:
        json.dump({"outcomes": outcomes.words, "calls": calls}, file)


if __name__ == "__main__":
    main()
