"""The pytest plugin: a test fails when each of its runs leaves memory behind.

    @pytest.mark.limit_leaks("100 KiB")
    def test_requests(client): ...

`--rsprofile-leaks` does so for all tests. Pytest loads this in every run: what is needed for it is
loaded when a test is to be looped.
"""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

_MARK = (
    "limit_leaks(size, *, runs=5, warmup=2): fail when each run of the test leaves more than size "
    "behind, as '100 KiB'"
)
_OPTION = "--rsprofile-leaks"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--rsprofile-leaks`."""
    group = parser.getgroup("rsprofile", "memory leaks (rsprofile)")
    group.addoption(
        _OPTION,
        nargs="?",
        const=_DEFAULT,
        default=None,
        metavar="SIZE",
        dest="rsprofile_leaks",
        help=f"loop each test; fail it when each run leaves more than SIZE behind ({_DEFAULT})",
    )


#: The limit where the option has none: what a run of an honest test may leave.
_DEFAULT = "1 KiB"


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known, and refuse an option that means nothing."""
    config.addinivalue_line("markers", _MARK)
    if config.getoption("rsprofile_leaks", None) is not None:
        from rsprofile._pytest import _limit, _summary

        try:
            _limit.of_option(config)
        except ValueError as error:
            raise pytest.UsageError(f"{_OPTION}: {error}") from None
        config.pluginmanager.register(_summary.Summary(), "rsprofile-summary")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse marks that mean nothing, before anything runs."""
    for item in items:
        if item.get_closest_marker("limit_leaks") is not None:
            from rsprofile._pytest import _limit

            try:
                _limit.of_item(item)
            except ValueError as error:
                # A worker of xdist has nobody to tell: there the test fails.
                if not hasattr(item.config, "workerinput"):
                    raise pytest.UsageError(f"{item.nodeid}: {error}") from None


# Innermost: what captures output and counts time is around all runs.
@pytest.hookimpl(hookwrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, None]:
    """Run a test; if it is to be looped and has passed, loop it."""
    outcome = yield
    is_meant = (
        item.get_closest_marker("limit_leaks") is not None
        or item.config.getoption("rsprofile_leaks", None) is not None
    )
    if is_meant and outcome.excinfo is None:
        from rsprofile._pytest import _loop

        error = _loop.loop(item)
        if error is not None:
            outcome.force_exception(error)
