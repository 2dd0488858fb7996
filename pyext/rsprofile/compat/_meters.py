"""Which meter the engine reads while profilers of one backend are enabled.

There is one engine, and it reads one meter at a time: the first profiler decides.
"""

from __future__ import annotations

from rsprofile import _core
from rsprofile.compat._backends import FIGURES

#: The meter to go back to, how many profilers use another one, and whether tracemalloc is ours.
_before = "rss"
_users = 0
_tracing = False


def name_of(backend: str, include_children: bool) -> str:
    """Give the name of the engine's meter for a backend."""
    figure = FIGURES[backend]
    return f"{figure}+children" if include_children and figure != "tracemalloc" else figure


def take(meter: str) -> None:
    """Have the engine read a meter; where it reads another already, a `UserWarning` says so."""
    global _before, _users, _tracing
    current = _core.settings()["meter"]
    if current != meter:
        try:
            _core.configure(meter=meter)
        except (RuntimeError, ValueError, OSError) as error:
            import warnings

            warnings.warn(f"{meter} can not be used, {current} used instead: {error}", stacklevel=4)
    if _users == 0:
        _before = current
    _users += 1
    if meter == "tracemalloc":
        import tracemalloc

        if not tracemalloc.is_tracing():
            tracemalloc.start()
            _tracing = True


def give_back() -> None:
    """Go back to the meter of before, with the last profiler that took another."""
    global _users, _tracing
    _users -= 1
    if _users > 0:
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
