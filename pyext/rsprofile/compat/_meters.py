"""Which meter the engine reads while profilers of one backend are enabled.

There is one engine, and it reads one meter at a time: the first profiler decides.
"""

from __future__ import annotations

from rsprofile import _core
from rsprofile.compat._backends import FIGURES

#: How many profilers use another meter than the engine's own.
users = 0
#: The meter to go back to after them, and whether tracemalloc is ours.
_before = "rss"
_tracing = False


def name_of(backend: str, include_children: bool) -> str:
    """Give the name of the engine's meter for a backend."""
    figure = FIGURES[backend]
    return f"{figure}+children" if include_children and figure != "tracemalloc" else figure


def take(meter: str) -> None:
    """Have the engine read a meter; where it reads another already, a `UserWarning` says so."""
    global _before, users, _tracing
    current = _core.settings()["meter"]
    if current != meter:
        try:
            _core.configure(meter=meter)
        except (RuntimeError, ValueError, OSError) as error:
            _warn(meter, current, str(error))
    if users == 0:
        _before = current
    users += 1
    if meter == "tracemalloc" and _core.settings()["meter"] == meter:
        import tracemalloc

        if not tracemalloc.is_tracing():
            tracemalloc.start()
            _tracing = True


def expect_own() -> None:
    """Warn where the engine does not read its own meter, for the sake of other profilers."""
    current = _core.settings()["meter"]
    if current != "rss":
        _warn("rss", current, "another profiler is enabled")


def give_back() -> None:
    """Go back to the meter of before, with the last profiler that took another."""
    global users, _tracing
    users -= 1
    if users > 0:
        return
    if _tracing:
        import tracemalloc

        tracemalloc.stop()
        _tracing = False
    if _core.settings()["meter"] != _before:
        try:
            _core.configure(meter=_before)
        except RuntimeError:
            # Something else is being profiled now, with the meter it found.
            pass


def _warn(wanted: str, current: str, why: str) -> None:
    import warnings

    warnings.warn(f"{wanted} can not be used, {current} used instead: {why}", stacklevel=5)
