"""`rsprofile --live script.py`: the program runs below this process, which shows it."""

from __future__ import annotations

import os
import select
import signal
import time

from rsprofile._errors import ProfileError
from rsprofile._live import _terminal
from rsprofile._live._asking import Asking
from rsprofile._live._child import Child, command_of
from rsprofile._live._options import interval_of, port_of
from rsprofile._live._process import Process
from rsprofile._live._relay import Relay
from rsprofile._live._screen import Screen
from rsprofile._live._signals import Signals
from rsprofile._live._view import ENDED, LEFT, READING, WANTED, View
from rsprofile._output import complain, reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from rsprofile._live._serve import Server

#: Signals that are handed on to the program.
_HANDED_ON = (
    signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2,
    signal.SIGALRM, signal.SIGWINCH,
)  # fmt: skip
#: Those of them that are not typed: the terminal sends the others to all.
_SENT_TO_US = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
#: What stops a program as a job of its terminal, all of which is stopped then.
_JOBS = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
_ALL = (*dict.fromkeys((*_HANDED_ON, *WANTED, signal.SIGCHLD)),)
#: Seconds that a program has to end in without the view being shown at all.
_AT_ONCE = 0.5
#: Seconds until it is looked whether the terminal has another size: only who is in the foreground
#: is told of that.
_RESIZED = 0.3
#: What is said before the program listens.
_STARTING = "waiting for the program to begin"


def main(options: argparse.Namespace, arguments: list[str], ours: list[str]) -> int | None:
    """Run a program and show it.

    Args:
        options: What was typed.
        arguments: All arguments of this process.
        ours: Those of them that are options, which come first.

    Returns:
        The exit status; None where there is nothing to show it on, and the program is to run here.

    Raises:
        UsageError: An option is wrong.
        ProfileError: The port cannot be used, or the program not be started.
    """
    import rsprofile

    interval = interval_of(options)
    command = command_of(arguments, ours)
    name = " ".join(arguments[len(ours) :])
    if options.serve is not None:
        rsprofile.disarm()
        return _serve(command, name, interval, port_of(options))
    terminal = _terminal.open_ours()
    if terminal is None:
        complain("no terminal to show the program on: it runs as without --live")
        return None
    rsprofile.disarm()
    try:
        return _show(command, name, interval, terminal)
    finally:
        os.close(terminal)


def _start(command: list[str], *, group: bool, **streams: object) -> Child:
    try:
        return Child(command, group=group, **streams)
    except OSError as error:
        raise ProfileError(f"cannot start {command[0]}: {reason(error)}") from None


def _show(command: list[str], name: str, interval: float, terminal: int) -> int:
    relay = Relay(terminal)
    with Signals(_ALL) as signals:
        child = _start(command, group=True, **relay.streams())
        relay.begun()
        try:
            _Shown(child, relay, signals, terminal).run(name, interval)
        finally:
            relay.drain()
            relay.release()
            relay.close()
            _take_back(terminal, child.pid)
    return child.exit()


class _Shown:
    """A program with its view, and afterwards without."""

    def __init__(self, child: Child, relay: Relay, signals: Signals, terminal: int) -> None:
        self.child = child
        self.relay = relay
        self.signals = signals
        self.terminal = terminal
        #: What can be read when the program prints, as long as it may.
        self.printing = [relay.descriptor]

    def run(self, name: str, interval: float) -> None:
        """Show it until the view is left, and then wait for its end."""
        if self._is_short():
            return
        try:
            process = Process(self.child.pid, name)
        except ProfileError:
            # It has ended in between.
            self._wait()
            return
        process.state.interval = interval
        asking = Asking(self.child.pid, interval, _STARTING)
        unicode = _terminal.shows_unicode(_terminal.started_with())
        colour = _terminal.wants_colour(os.environ)
        try:
            with Screen(self.terminal) as screen:
                view = View(process, asking, screen, self.signals, colour=colour, unicode=unicode)
                view.run(self._signal, self.printing, self._pass_on)
        except Exception as error:
            # The program is not to suffer from it.
            complain(f"the view has failed: {type(error).__name__}: {error}")
        finally:
            asking.end()
        self._wait()

    def _is_short(self) -> bool:
        """Wait for a moment; whether the program is over already, or does not want to be shown."""
        until = time.monotonic() + _AT_ONCE
        while (left := until - time.monotonic()) > 0:
            select.select([self.signals.descriptor], [], [], left)
            for number in self.signals.take():
                if self._signal(number) is not None:
                    self._wait()
                    return True
        return False

    def _signal(self, number: int) -> str | None:
        """Do what a signal says while the view is there; a reason to leave it, or None."""
        if number == signal.SIGCHLD:
            if self.child.look():
                return ENDED
            if self.child.stopped_by in (signal.SIGTTIN, signal.SIGTTOU):
                return LEFT
            return None
        if number == signal.SIGTSTP:
            self.child.send(signal.SIGTSTP)
        elif number == signal.SIGCONT:
            self.child.go_on()
        elif number == signal.SIGWINCH:
            self.relay.resize()
            self.child.send(number)
        elif number == signal.SIGINT:
            # Typed for the view: the program is not in the foreground.
            return LEFT
        else:
            self.child.send(number)
        return None

    def _pass_on(self) -> None:
        if not self.relay.pass_on():
            self.printing.clear()

    def _wait(self) -> None:
        """Let the program have the terminal, and see it to its end."""
        self.relay.release()
        self._foreground()
        while not self.child.look():
            if self.child.stopped_by in _JOBS:
                self._stop()
                continue
            wanted = [self.signals.descriptor, *self.printing]
            ready, _, _ = select.select(wanted, [], [], _RESIZED)
            if not ready and self.relay.resize():
                self.child.send(signal.SIGWINCH)
            if self.relay.descriptor in ready:
                self._pass_on()
            for number in self.signals.take():
                if number == signal.SIGCONT:
                    self._foreground()
                elif number != signal.SIGCHLD:
                    self.child.send(number)

    def _foreground(self) -> None:
        if _terminal.is_ours(self.terminal):
            _give(self.terminal, self.child.pid)
        self.child.go_on()

    def _stop(self) -> None:
        """Be stopped as the program is, so that the shell sees it; go on when it says so."""
        has_asked = self.child.stopped_by in (signal.SIGTTIN, signal.SIGTTOU)
        if has_asked and _terminal.is_ours(self.terminal):
            self._foreground()
            return
        self.relay.drain()
        _take_back(self.terminal, self.child.pid)
        self.signals.default(signal.SIGTSTP, group=True)
        self.signals.take()
        self._foreground()


def _take_back(terminal: int, group: int) -> None:
    """Have the terminal again, if a process group has it that it was given to."""
    try:
        is_theirs = os.tcgetpgrp(terminal) == group
    except OSError:
        return
    if is_theirs:
        _give(terminal, os.getpgrp())


def _give(terminal: int, group: int) -> None:
    """Let a process group have the terminal."""
    # A process in the background that does this is stopped, unless it ignores that.
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    try:
        os.tcsetpgrp(terminal, group)
    except OSError:
        pass
    finally:
        signal.signal(signal.SIGTTOU, before)


def _serve(command: list[str], name: str, interval: float, port: int) -> int:
    from rsprofile._live._serve import Server

    # Before the program begins: the port may be in use.
    server = Server(port, name)
    try:
        with Signals(_ALL) as signals:
            child = _start(command, group=False)
            complain(f"live at {server.address}")
            _keep(child, server, signals, name, interval)
    finally:
        server.close()
    return child.exit()


def _keep(child: Child, server: Server, signals: Signals, name: str, interval: float) -> None:
    """Serve what is known of a program until it ends."""
    from rsprofile._live._command import farewell

    try:
        process = Process(child.pid, name)
    except ProfileError:
        # It was very short.
        while not child.look():
            select.select([signals.descriptor], [], [], READING)
            signals.take()
        return
    process.state.interval = interval
    server.state = process.state
    asking = Asking(child.pid, interval, _STARTING)
    try:
        while not child.look():
            with server.lock:
                process.read()
                process.state.lines = asking.lines
            select.select([signals.descriptor], [], [], READING)
            for number in signals.take():
                # What is typed reaches the program by itself.
                if number in _SENT_TO_US:
                    child.send(number)
                elif number == signal.SIGTSTP:
                    signals.default(signal.SIGTSTP)
        process.state.ended = True
        farewell(server)
    finally:
        asking.end()
