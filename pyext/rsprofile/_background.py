"""Threads of ours that wait for something, and are not there while the process forks.

They are started below `threading`, which need not be loaded and knows nothing of them. Python 3.12
warns of a fork while there are threads, and the program is not to be warned of ours: each of them
is woken to end before a fork, and started again after it.
"""

from __future__ import annotations

import _thread
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

#: How long a fork waits for one of them that is about to end, seconds.
_PATIENCE = 0.2
#: How long one pause is in which it is looked whether the system has ended a thread, seconds.
_PAUSE = 0.0002


class Background:
    """A thread that waits, and handles what came.

    A subclass says what it waits for in `wait`, how it is woken in `wake`, and what is done in
    `handle`.
    """

    def __init__(self) -> None:
        self._is_there = self._is_ending = self._is_busy = False
        self._identity = self._native = 0
        self._forget()

    def wait(self) -> object:
        """Wait, until something comes or `wake` is called."""
        raise NotImplementedError

    def wake(self) -> None:
        """Have `wait` return."""
        raise NotImplementedError

    def handle(self, what: Any) -> None:
        """Do something about what came; nothing may be raised."""
        raise NotImplementedError

    def keep(self, what: Any) -> None:
        """Take what came while the thread is to end: `wait` may give it when it runs again."""

    def forked(self) -> None:
        """Be in the child of a fork, where the thread is not."""
        self.stop()

    def start(self) -> bool:
        """Begin; nothing to do while it runs. Gives whether it runs: not at the very end."""
        with self._state:
            self._is_ending = False
            if not self._is_there:
                self._is_there = True
                self._gone = _thread.allocate_lock()
                self._gone.acquire()
                try:
                    _starter()(self._run, (self._gone,))
                except RuntimeError:
                    # There is no memory for a thread, or the interpreter ends.
                    self._is_there = False
        if self not in _running:
            _running.append(self)
        return self._is_there

    def stop(self) -> None:
        """End; what is being handled is not waited for."""
        if self in _running:
            _running.remove(self)
        self.pause()

    def pause(self) -> None:
        """End the thread until `start`, if that takes no time."""
        if not self._is_there or self._identity == _thread.get_ident():
            return
        with self._state:
            self._is_ending = True
        if self._is_busy:
            return
        self.wake()
        if self._gone.acquire(timeout=_PATIENCE):
            self._gone.release()
            _await_end(self._native)

    def _run(self, gone: Any) -> None:
        self._identity, self._native = _thread.get_ident(), _thread.get_native_id()
        try:
            while True:
                what = self.wait()
                with self._state:
                    if self._is_ending:
                        self.keep(what)
                        self._is_there = False
                        break
                    self._is_busy = True
                try:
                    self.handle(what)
                finally:
                    self._is_busy = False
                    del what
        except BaseException:
            self._is_there = False
            raise
        finally:
            gone.release()

    def _forget(self) -> None:
        self._state = _thread.allocate_lock()
        self._gone = _thread.allocate_lock()
        self._is_there = self._is_ending = self._is_busy = False
        self._identity = self._native = 0


_running: list[Background] = []


def _before_fork() -> None:
    for one in _running:
        one.pause()


def _after_fork_in_parent() -> None:
    for one in _running:
        one.start()


def _after_fork_in_child() -> None:
    for one in list(_running):
        one._forget()
        one.forked()


def _await_end(native: int) -> None:
    """Wait until the system has ended a thread that has nothing more to do."""
    for _ in range(100):
        if not os.path.exists(f"/proc/self/task/{native}"):
            return
        time.sleep(_PAUSE)


def _starter() -> Callable[..., object]:
    """Give what starts a real thread, though gevent may have put greenlets in its place.

    Raises:
        RuntimeError: Something else has.
    """
    start: Any = _thread.start_new_thread
    if type(start) is not type(len):
        monkey = sys.modules.get("gevent.monkey")
        if monkey is None:
            raise RuntimeError("threads are replaced by something unknown")
        start = monkey.get_original("_thread", "start_new_thread")
    return start  # type: ignore[no-any-return]


os.register_at_fork(
    before=_before_fork,
    after_in_parent=_after_fork_in_parent,
    after_in_child=_after_fork_in_child,
)
