"""`rsprofile attach`: record the memory of a process that runs already."""

from __future__ import annotations

import os
import signal
import time

from rsprofile._errors import ProfileError, UsageError
from rsprofile._options import Parser
from rsprofile._output import reason
from rsprofile._proc import read
from rsprofile._record import _options
from rsprofile._record._following import follow, say_where, show

_USAGE = "rsprofile attach PID|NAME [options]"

_EXAMPLE = """\
examples:
  rsprofile attach 4711            until it ends, or Ctrl-C
  rsprofile attach gunicorn -C -t 60  for a minute, with its workers

The process is read from outside and does not notice.
"""

#: Processes that are listed where a name has several.
_LISTED = 8


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: What follows `attach`.

    Returns:
        The exit status.

    Raises:
        UsageError: An option is wrong.
        ProfileError: There is no such process, or it or the file is not ours.
    """
    parser = Parser(
        prog="rsprofile attach",
        usage=_USAGE,
        description="Record the memory of a process that runs already.",
        epilog=_EXAMPLE,
    )
    parser.add_argument("process", nargs="?", help="its id, or its name")
    _options.add(parser)
    options = parser.parse(arguments)
    if options.process is None:
        raise UsageError("nothing to attach to; give the id or the name of a process")
    _options.check(options)
    pid = _process(options.process)
    label = read(pid, "cmdline").replace("\0", " ").strip() or read(pid, "comm").strip()
    path, is_new = _options.file_of(options)
    try:
        recorder = _options.recorder(options, path, child=False)
    except OSError as error:
        raise ProfileError(f"cannot write {path}: {reason(error)}; name another file") from None
    try:
        recorder.start(pid, label)
    except OSError as error:
        recorder.discard()
        if is_new:
            os.remove(path)
        raise ProfileError(f"{error}; give the id or the name of one that runs") from None
    recorder.clear()
    show(recorder)
    begin = time.monotonic()
    what, number = follow(recorder, path)
    say_where(path, time.monotonic() - begin, recorder.peak)
    recorder.close()
    # Ctrl-C is the way to end it.
    return 128 + number if what == "asked" and number != signal.SIGINT else 0


def _process(name: str) -> int:
    """Find a process by its id or name.

    Raises:
        ProfileError: There is none, or more than one.
    """
    if name.isdecimal():
        if int(name) == os.getpid() or not os.path.isdir(f"/proc/{name}"):
            raise ProfileError(f"there is no process {name}; give the id or the name of one")
        return int(name)
    running = {
        pid: (read(pid, "comm").strip(), os.path.basename(read(pid, "cmdline").split("\0")[0]))
        for pid in sorted(int(entry) for entry in os.listdir("/proc") if entry.isdecimal())
        if pid != os.getpid()
    }
    found = [pid for pid, names in running.items() if name in names]
    found = found or [pid for pid, names in running.items() if any(name in own for own in names)]
    if not found:
        raise ProfileError(f"there is no process {name}; give the id or the name of one")
    if len(found) > 1:
        ids = ", ".join(map(str, found[:_LISTED])) + (", ..." if len(found) > _LISTED else "")
        raise ProfileError(f"{len(found)} processes are called {name}: {ids}; give the id of one")
    return found[0]
