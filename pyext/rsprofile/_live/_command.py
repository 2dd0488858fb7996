"""`rsprofile top PID`."""

from __future__ import annotations

import os
import signal
import time

from rsprofile._errors import UsageError
from rsprofile._live import _terminal
from rsprofile._live._asking import Asking
from rsprofile._live._frame import last_frame
from rsprofile._live._lines import follow, say
from rsprofile._live._options import interval_of, port_of
from rsprofile._live._process import Process
from rsprofile._live._screen import Screen
from rsprofile._live._signals import Signals, die_of
from rsprofile._live._view import ENDED, LEFT, READING, WANTED, View
from rsprofile._options import Parser, add_live_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rsprofile._live._serve import Server

_EXAMPLE = """\
example:
  rsprofile top 4711               the memory of a process, in the terminal
  rsprofile top 4711 --serve       the same in a browser, on this machine only
  rsprofile top 4711 | tee log     a line a second

The lines that grew most are those of a process that is armed: started with --live, with
RSPROFILE_ARM=1 and `import rsprofile`, or by rsprofile.arm(). Keys: q leaves and the process goes
on, s sorts by the next figure, p pauses, + and - change the interval.
"""

#: How long a page that is open is waited for after the end, seconds.
_FAREWELL = 2.5


def main(arguments: list[str]) -> int:
    """Run `rsprofile top`.

    Args:
        arguments: What follows `top`.

    Returns:
        The exit status.

    Raises:
        UsageError: An option is wrong, or there is no such process.
        ProfileError: The process cannot be read, or the port cannot be used.
    """
    import rsprofile

    parser = Parser(
        prog="rsprofile top",
        description="Show the memory of a running process, and the lines that grew most.",
        epilog=_EXAMPLE,
    )
    parser.add_argument("pid", metavar="PID", nargs="?", help="the process to look at")
    add_live_options(parser)
    options = parser.parse(arguments)
    # The environment may have armed this process as well.
    rsprofile.disarm()
    interval = interval_of(options)
    process = Process(_number(options.pid))
    process.state.interval = interval
    if options.serve is not None:
        return _serve(process, port_of(options))
    asking = Asking(process.state.pid, interval)
    try:
        return _show(process, asking)
    finally:
        asking.end()


def _number(text: str | None) -> int:
    if text is None:
        raise UsageError("PID is missing: name the process to look at; see --help")
    try:
        number = int(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a process id: give a number") from None
    if not 0 < number < 1 << 31:
        raise UsageError(f"there is no process {number}")
    return number


def _show(process: Process, asking: Asking) -> int:
    unicode = _terminal.shows_unicode(_terminal.started_with())
    colour = _terminal.wants_colour(os.environ)
    terminal = _terminal.open_ours() if _terminal.has_output() else None
    with Signals(WANTED) as signals:
        if terminal is None:
            why = follow(process, asking, signals, _act, unicode=unicode)
        else:
            with Screen(terminal) as screen:
                view = View(process, asking, screen, signals, colour=colour, unicode=unicode)
                why = view.run(_act)
    if why == ENDED:
        _say_last(process, asking, terminal, colour=colour, unicode=unicode)
    elif why.isdigit():
        die_of(int(why))
    return 0


def _act(number: int) -> str | None:
    """Do something about a signal: what ends other programs ends the view."""
    if number == signal.SIGINT:
        return LEFT
    if number == signal.SIGTSTP:
        return None
    return None if number in (signal.SIGCONT, signal.SIGWINCH) else str(number)


def _say_last(
    process: Process, asking: Asking, terminal: int | None, *, colour: bool, unicode: bool
) -> None:
    """Leave what was seen last where it can be read."""
    lines = asking.lines
    # That it cannot be asked any more is no news.
    lines.message = "" if lines.rows else lines.message
    process.state.lines = lines
    if terminal is None:
        return
    columns, _ = _terminal.size_of(terminal)
    try:
        for line in last_frame(process.state, columns, colour=colour, unicode=unicode):
            say(line)
    except OSError:
        pass


def _serve(process: Process, port: int) -> int:
    from rsprofile._live._serve import Server

    state = process.state
    server = Server(port, state.command or f"process {state.pid}", state)
    asking = Asking(process.state.pid, process.state.interval)
    try:
        say(f"rsprofile: live at {server.address}")
        with Signals(WANTED) as signals:
            why = keep(process, asking, server, signals)
    finally:
        asking.end()
        server.close()
    if why.isdigit() and int(why) != signal.SIGINT:
        die_of(int(why))
    return 0


def keep(process: Process, asking: Asking, server: Server, signals: Signals) -> str:
    """Keep what is served as new as it can be until the process ends, or a signal comes."""
    import select

    while True:
        with server.lock:
            is_there = process.read()
            process.state.lines = asking.lines
        if not is_there:
            farewell(server)
            return ENDED
        select.select([signals.descriptor], [], [], READING)
        for number in signals.take():
            if number == signal.SIGTSTP:
                signals.default(signal.SIGTSTP)
            elif number not in (signal.SIGCONT, signal.SIGWINCH):
                return str(number)


def farewell(server: Server) -> None:
    """Let a page that is open hear that the process has ended."""
    until = time.monotonic() + _FAREWELL
    while not server.has_told_end and time.monotonic() < until:
        time.sleep(0.05)
