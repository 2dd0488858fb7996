"""Watches that run, and what becomes of them when the program forks."""

from __future__ import annotations

import os
import time
from _thread import RLock

from rsprofile import _core

#: The watches that run. A fork finds none of their threads: it would copy one thread of many, and
#: Python 3.12 warns of such a fork.
_running: list[_core.Watch] = []
#: Held while a watch begins or ends, and while the program forks: either takes a lock of the core's
#: without the interpreter's, and a child that came along in the middle of it would wait for ever.
_changing = RLock()


class Running:
    """A watch that samples in a thread."""

    def __init__(self, watch: _core.Watch) -> None:
        self._watch = watch

    def stop(self) -> list[tuple[int, float]]:
        """End it; its samples."""
        with _changing:
            if self._watch in _running:
                _running.remove(self._watch)
            return self._watch.stop()

    def stop_into(self, profile: _core.Profile) -> None:
        """End it; its samples become the memory over time of a profile."""
        with _changing:
            if self._watch in _running:
                _running.remove(self._watch)
            self._watch.stop_into(profile)


def start(interval: float, figure: str, children: bool, highest: bool) -> Running:
    """Watch this process.

    Args:
        interval: Seconds between two samples.
        figure: `rss`, `pss` or `uss`.
        children: Whether to add the processes below.
        highest: Whether to keep the highest sample only.
    """
    with _changing:
        watch = _core.Watch(interval, figure, children=children, highest=highest)
        _running.append(watch)
        return Running(watch)


class Traced:
    """A watch of what tracemalloc counts: the start, the peak and the end. It needs no thread."""

    def __init__(self) -> None:
        import tracemalloc

        self._was_tracing = tracemalloc.is_tracing()
        if not self._was_tracing:
            tracemalloc.start()
        self._start = (tracemalloc.get_traced_memory()[0], time.time())
        tracemalloc.reset_peak()

    def stop(self) -> list[tuple[int, float]]:
        """End it; its samples."""
        import tracemalloc

        now, peak = tracemalloc.get_traced_memory()
        if not self._was_tracing:
            tracemalloc.stop()
        at = time.time()
        return [self._start, (peak, at), (now, at)]


def _pause() -> None:
    _changing.acquire()
    for watch in _running:
        watch.pause()


def _resume() -> None:
    for watch in _running:
        watch.resume()
    _changing.release()


def _forked() -> None:
    for watch in _running:
        watch.forked()
    _changing.release()


os.register_at_fork(before=_pause, after_in_parent=_resume, after_in_child=_forked)
