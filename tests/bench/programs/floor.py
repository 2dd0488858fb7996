"""What a profiled line costs beside a hook in the same process that only counts events."""

from _clock import nanoseconds, publish
from _loop import LINES, compiled
from _tools import decorator

bare = nanoseconds(compiled())
profiled = decorator("rsprofile")(compiled())
full = nanoseconds(profiled)

from rsprofile import _core  # noqa: E402 - only now: the bare loop ran in a bare process

_core.count_only(True)
count = nanoseconds(profiled)
_core.count_only(False)
publish(full=(full - bare) / LINES, count=(count - bare) / LINES)
