"""Measuring the memory of tests, from the options on."""

from __future__ import annotations

import os

import pytest

from rsprofile._pytest import _memory_limit, _phases

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any


def begin(config: pytest.Config) -> None:
    """Set up what the options ask for.

    Raises:
        pytest.UsageError: Memory cannot be read here.
    """
    try:
        phases = config.stash[_PHASES] = _phases.Phases(config, measures_all=True)
    except OSError as error:
        raise pytest.UsageError(f"--rsprofile: {error}") from None
    register = config.pluginmanager.register
    register(phases, "rsprofile-phases")
    if hasattr(config, "workerinput"):
        # Of xdist: the reports come together in the controller.
        return
    from rsprofile._pytest._results import Results

    results = Results()
    register(results, "rsprofile-results")
    path = config.getoption("rsprofile_json", None)
    if path is not None:
        from rsprofile._pytest._json import Json

        # Tests may go to another folder.
        path = os.path.join(config.invocation_params.dir, path)
        register(Json(results, path, is_exact=phases.meter.is_exact), "rsprofile-json")
    if config.getoption("rsprofile", False):
        from rsprofile._pytest._memory_summary import Summary

        summary = Summary(results, config.getoption("rsprofile_top"), phases)
        register(summary, "rsprofile-memory-summary")


def call(item: pytest.Item) -> Generator[None, Any, tuple[Any, BaseException | None]]:
    """Measure the call of a test, which is where this yields.

    Returns:
        What came of the call, and what the test fails with, if so.
    """
    stash = item.config.stash
    phases = stash.get(_PHASES, None)
    if phases is None:
        # By its mark alone.
        try:
            phases = stash[_PHASES] = _phases.Phases(item.config)
        except OSError as error:
            return _refuse(f"{_memory_limit.MARK}: {error}")
    return phases.call(item)


def _refuse(text: str) -> Generator[None, Any, tuple[Any, BaseException | None]]:
    return (yield), _phases.failure(text)


_PHASES = pytest.StashKey[_phases.Phases]()
