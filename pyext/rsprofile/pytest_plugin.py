"""The pytest plugin: what tests take, and what they leave behind.

    @pytest.mark.limit_memory("24 MiB")
    def test_load(): ...

    @pytest.mark.limit_leaks("100 KiB")
    def test_requests(client): ...

The first fails a test when it takes more, the second when each of its runs leaves more behind.
`--rsprofile` lists the tests that take most, `--rsprofile-leaks` looks for leaks in all tests.
Pytest loads this in every run: what is needed for it is loaded when it is asked for.
"""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from typing import Any

_MARKS = (
    "limit_memory(limit, *, children=False): fail when the test takes more memory than limit above "
    "its start, as '24 MiB' (rsprofile)",
    "limit_leaks(size, *, runs=5, warmup=2): fail when each run of the test leaves more than size "
    "behind, as '100 KiB'",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that begin with `--rsprofile`."""
    group = parser.getgroup("rsprofile", "memory (rsprofile)")
    group.addoption(
        "--rsprofile",
        action="store_true",
        default=False,
        dest="rsprofile",
        help="list the tests that take most memory and those that leave most",
    )
    group.addoption(
        "--rsprofile-top",
        type=_count,
        default=10,
        metavar="N",
        dest="rsprofile_top",
        help="how many each list of --rsprofile has (10)",
    )
    group.addoption(
        "--rsprofile-children",
        action="store_true",
        default=False,
        dest="rsprofile_children",
        help="count the memory of the processes that tests start",
    )
    group.addoption(
        "--rsprofile-json",
        default=None,
        metavar="FILE",
        dest="rsprofile_json",
        help="write what each test took to a file",
    )
    group.addoption(
        _LEAKS,
        nargs="?",
        const=_DEFAULT,
        default=None,
        metavar="SIZE",
        dest="rsprofile_leaks",
        help=f"loop each test; fail it when each run leaves more than SIZE behind ({_DEFAULT})",
    )


_LEAKS = "--rsprofile-leaks"
#: The limit where the option has none: what a run of an honest test may leave.
_DEFAULT = "1 KiB"


def _count(text: str) -> int:
    from argparse import ArgumentTypeError

    try:
        count = int(text)
    except ValueError:
        count = 0
    if count < 1:
        raise ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return count


def pytest_configure(config: pytest.Config) -> None:
    """Make the marks known, and refuse options that mean nothing."""
    for mark in () if has_memray(config) else _MARKS:
        config.addinivalue_line("markers", mark)
    if _is_measured(config):
        from rsprofile._pytest import _memory

        _memory.begin(config)
    if config.getoption("rsprofile_leaks", None) is not None:
        from rsprofile._pytest import _limit, _summary

        try:
            _limit.of_option(config)
        except ValueError as error:
            raise pytest.UsageError(f"{_LEAKS}: {error}") from None
        config.pluginmanager.register(_summary.Summary(), "rsprofile-summary")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse marks that mean nothing, before anything runs."""
    for item in items:
        try:
            if mark_of(item, "limit_memory") is not None:
                from rsprofile._pytest import _memory_limit

                _memory_limit.of_item(item)
            if mark_of(item, "limit_leaks") is not None:
                from rsprofile._pytest import _limit

                _limit.of_item(item)
        except ValueError as error:
            # A worker of xdist has nobody to tell: there the test fails.
            if not hasattr(item.config, "workerinput"):
                raise pytest.UsageError(f"{item.nodeid}: {error}") from None


def pytest_report_collectionfinish(
    config: pytest.Config, items: Sequence[pytest.Item]
) -> str | None:
    """Say who checks marks that two plugins have."""
    if not has_memray(config):
        return None
    names = [
        name
        for name in ("limit_memory", "limit_leaks")
        if any(item.get_closest_marker(name) is not None for item in items)
    ]
    if not names:
        return None
    verb = "is" if len(names) == 1 else "are"
    return f"rsprofile: {' and '.join(names)} {verb} left to pytest-memray (unless -p no:memray)"


# Innermost: what captures output and counts time is around all runs.
@pytest.hookimpl(hookwrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, None]:
    """Run a test, measured if that is asked for; if it is to be looped and has passed, loop it."""
    error = None
    if _is_measured(item.config) or mark_of(item, "limit_memory") is not None:
        from rsprofile._pytest import _memory

        outcome, error = yield from _memory.call(item)
    else:
        outcome = yield
    is_meant = (
        mark_of(item, "limit_leaks") is not None
        or item.config.getoption("rsprofile_leaks", None) is not None
    )
    if is_meant and error is None and outcome.excinfo is None:
        from rsprofile._pytest import _loop

        error = _loop.loop(item)
    if error is not None:
        outcome.force_exception(error)


def mark_of(item: pytest.Item, name: str) -> pytest.Mark | None:
    """Give the nearest mark of a name, unless it is pytest-memray's to check."""
    # Asked of each test of each run: names of marks are among the keywords, and those are quick.
    if name not in item.keywords or has_memray(item.config):
        return None
    return item.get_closest_marker(name)


def has_memray(config: pytest.Config) -> bool:
    """Whether pytest-memray is in this run: it has marks of the names of ours, and was first."""
    has = config.pluginmanager.has_plugin
    return has("memray") or has("pytest_memray.plugin")


def _is_measured(config: pytest.Config) -> bool:
    """Whether all tests are."""
    return bool(
        config.getoption("rsprofile", False) or config.getoption("rsprofile_json", None) is not None
    )
