"""What a profiled line costs beside a hook in the same process that only counts events."""

from _clock import bare_and_profiled, publish
from _loop import LINES, compiled
from _tools import Tool
from rsprofile import _core

tool = Tool("rsprofile")
bare, recording = compiled(), tool.decorate(compiled())


def counting(amount):
    """The same function under the same hook, with the engine cut off behind it."""
    _core.count_only(True)
    recording(amount)
    _core.count_only(False)


_, count = bare_and_profiled(bare, counting, tool)
bare, full = bare_and_profiled(bare, recording, tool)
publish(full=(full - bare) / LINES, count=(count - bare) / LINES)
