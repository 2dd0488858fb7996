"""What a profiled line costs beside a hook in the same process that only counts events."""

from _clock import nanoseconds, publish
from _loop import LINES, compiled
from _tools import decorator
from rsprofile import _core

profiled = decorator("rsprofile")(compiled())


def counted(amount):
    """The same function with the engine cut off behind the hook."""
    _core.count_only(True)
    try:
        profiled(amount)
    finally:
        _core.count_only(False)


best = nanoseconds({"bare": compiled(), "full": profiled, "count": counted})
publish(
    full=(best["full"] - best["bare"]) / LINES,
    count=(best["count"] - best["bare"]) / LINES,
)
