"""Running a test again and again, and looking at what each run leaves behind."""

from __future__ import annotations

import gc
import warnings
from contextlib import ExitStack, contextmanager

import pytest

from rsprofile import _core
from rsprofile._place import FOLDER
from rsprofile._pytest import _limit
from rsprofile.leaks._meter import needs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

#: Fixtures that take in what a test prints: a run must not find what the one before has printed.
_CAPTURES = ("capsys", "capfd", "capsysbinary", "capfdbinary", "capteesys")

#: What a summary is to know, and under which name it comes from workers of xdist.
PROPERTY = "rsprofile_leaks"


def loop(item: pytest.Item) -> BaseException | None:
    """Loop a test that has just passed; give what it fails with, if so."""
    try:
        limit = _limit.of_item(item)
    except ValueError as error:
        # A mark that came while the test ran.
        return _failure(str(error))
    if limit is None or not _can_loop(item, limit) or getattr(item, "_excinfo", None):
        return None
    try:
        needs.hold(1)
    except RuntimeError as error:
        return _failure(f"limit_leaks: {error}") if limit.is_marked else None
    try:
        return _judge(item, limit)
    finally:
        needs.release()


def _judge(item: pytest.Item, limit: _limit.Limit) -> BaseException | None:
    error = _run(item, limit.warmup - 1)
    if error is None:
        gc.collect()
        since = _core.leaks_baseline(FOLDER)
        error = _run(item, limit.runs)
    if error is not None:
        if limit.is_marked:
            return error
        item.user_properties.append((PROPERTY, -1))
        return None
    gc.collect()
    found = _core.leaks_look(FOLDER, since=since, runs=limit.runs, threshold=1)
    suspects = found.suspects()
    each = sum(suspect.bytes for suspect in suspects) / limit.runs
    item.user_properties.append((PROPERTY, each))
    assert limit.bytes is not None
    if each <= limit.bytes:
        return None
    head = f"each of {limit.runs} runs leaves {each:,.0f} bytes behind, the limit is {limit.text}"
    return _failure("\n\n".join((head, *map(str, suspects))))


def _run(item: pytest.Item, count: int) -> BaseException | None:
    """Run it so many times more; give what it raised."""
    _tidy(item)
    for _ in range(count):
        try:
            with _apart(item):
                item.runtest()
        except (KeyboardInterrupt, pytest.exit.Exception):
            raise
        except BaseException as error:
            return _noted(error)
        found = getattr(item, "_excinfo", None)
        if found:
            # Of a unittest.TestCase, whose runs raise nothing.
            return _noted(found.pop(0).value)
        _tidy(item)
    return None


@contextmanager
def _apart(item: pytest.Item) -> Generator[None]:
    """Have what pytest keeps of a run until the end of the test go with the run."""
    fixtures = getattr(item, "funcargs", {})
    with ExitStack() as stack:
        # Pytest keeps warnings; in each run they are to come anew.
        stack.enter_context(warnings.catch_warnings(record="recwarn" not in fixtures))
        if "monkeypatch" in fixtures:
            # It keeps what it has replaced.
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            stack.callback(fixtures.__setitem__, "monkeypatch", fixtures["monkeypatch"])
            fixtures["monkeypatch"] = patch
        yield


def _tidy(item: pytest.Item) -> None:
    """Forget what pytest has taken in of a run: log records, warnings and output."""
    logging = item.config.pluginmanager.getplugin("logging-plugin")
    for name in ("caplog_handler", "report_handler"):
        reset = getattr(getattr(logging, name, None), "reset", None)
        if reset is not None:
            reset()
    fixtures = getattr(item, "funcargs", {})
    if "recwarn" in fixtures:
        fixtures["recwarn"].clear()
    for name in _CAPTURES:
        if name in fixtures:
            fixtures[name].readouterr()


def _can_loop(item: pytest.Item, limit: _limit.Limit) -> bool:
    """Whether it is a function; one that hypothesis calls with its examples only if marked."""
    if not isinstance(item, pytest.Function):
        return False
    return limit.is_marked or not getattr(item.obj, "is_hypothesis_test", False)


def _noted(error: BaseException) -> BaseException:
    error.add_note("in a further run of the test, for limit_leaks: it has to be repeatable")
    return error


def _failure(text: str) -> BaseException:
    return pytest.fail.Exception(text, pytrace=False)
