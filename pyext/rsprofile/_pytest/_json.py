"""The file of `--rsprofile-json`: what each test took, for CI."""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from rsprofile._pytest._results import Result, Results

#: Changes when an old reader would misread a file.
_FORMAT = 1


class Json:
    """Writes the file when the run ends."""

    def __init__(self, results: Results, path: str, *, is_exact: bool) -> None:
        self._results = results
        self._path = path
        self._is_exact = is_exact

    # After all others: with xdist the last reports come in one of those.
    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write it; a file that cannot be written is told in one line."""
        import json

        from rsprofile import __version__
        from rsprofile._deliver import replace
        from rsprofile._output import complain, reason

        document = {
            "format": _FORMAT,
            "tool": "rsprofile",
            "version": __version__,
            "peaks": "kernel" if self._is_exact else "sampled",
            "tests": [_record(test) for test in self._results.tests()],
        }
        try:
            replace(self._path, json.dumps(document, indent=1) + "\n")
        except OSError as error:
            line = f"cannot write {self._path}: {reason(error)}"
            reporter = session.config.pluginmanager.get_plugin("terminalreporter")
            if reporter is None:
                complain(line)
            else:
                reporter.ensure_newline()
                reporter.write_line(f"rsprofile: {line}", yellow=True)


def _record(test: Result) -> dict[str, Any]:
    figures = test.figures()
    record: dict[str, Any] = {
        "nodeid": test.nodeid,
        "outcome": test.outcome,
        "duration": test.duration,
        # None where there was no call: the set-up failed or skipped the test.
        "peak": None if test.duration is None else figures.get("peak", 0),
        "increment": None if test.duration is None else figures.get("increment", 0),
        "limit": figures.get("limit"),
    }
    for phase in ("setup", "teardown"):
        record[phase] = {name: figures.get(f"{phase}_{name}", 0) for name in ("peak", "increment")}
    record["uncounted_children"] = "children" in figures
    return record
