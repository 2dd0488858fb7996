"""`memory_usage`: the memory of a function call, of this process or of another one over time."""

from __future__ import annotations

import time

from rsprofile import _core, _watching
from rsprofile.compat._backends import (
    TWO_20,
    figure_of,
    get_child_memory,
    get_memory,
    no_such_process,
    process_id,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import Popen
    from typing import Any

#: Lines written to a stream between two flushes, so that `tail -f` shows something.
_FLUSH_EVERY = 50

#: Samples that are enough where a caller asks for repetitions.
_ENOUGH = 5


def memory_usage(
    proc: Any = -1,
    interval: float = 0.1,
    timeout: float | None = None,
    timestamps: bool = False,
    include_children: bool = False,
    multiprocess: bool = False,
    max_usage: bool = False,
    retval: bool = False,
    stream: Any = None,
    backend: str | None = None,
    max_iterations: int | None = None,
) -> Any:
    """Watch memory while a function runs, or that of a process.

    Args:
        proc: A function, `(function, args)`, `(function, args, kwargs)`; a process id, -1 for this
            process; or a `subprocess.Popen`.
        interval: Seconds between two samples.
        timeout: Seconds after which to stop watching a process. A function runs to its end.
        timestamps: Whether a sample is a pair of MiB and Unix time.
        include_children: Whether to add the processes below.
        multiprocess: Whether a sample is a list of one figure for the process and for each below.
            Not for functions.
        max_usage: Whether to give the maximum only. For a function it is the true one: a peak
            between two samples is in it.
        retval: Whether to give what the function returned as well.
        stream: A text file to write `MEM <MiB> <time>` lines to instead of keeping the samples.
        backend: A backend of `choose_backend`.
        max_iterations: Let the function run again, this often at most, until there are five
            samples. By default it runs once.

    Returns:
        A list of samples or, with `max_usage`, one; None with `stream`. With `retval` a pair of
        that and what the function returned.

    Raises:
        ValueError: `proc` is a tuple that is no function with arguments, or `interval` no time.
        TypeError: `proc` is nothing that can be watched.
        KeyError: There is no such backend.
        psutil.NoSuchProcess: There is no such process.
    """
    if not interval >= 0:
        raise ValueError(f"interval {interval!r} is not a number of seconds")
    figure = figure_of(backend)
    if callable(proc) or isinstance(proc, (tuple, list)):
        function, args, kwargs = _call_of(proc)
        watch = _watcher(figure, interval, include_children, max_usage and not stream)
        pairs, returned = _run(lambda: function(*args, **kwargs), watch, max_iterations)
        samples = [(amount / TWO_20, at) for amount, at in pairs]
        result: Any = None
        if stream is not None:
            for sample in samples:
                stream.write("MEM {:.6f} {:.4f}\n".format(*sample))
        elif max_usage:
            highest = max(samples)
            result = highest if timestamps else highest[0]
        else:
            result = samples if timestamps else [memory for memory, _ in samples]
        return (result, returned) if retval else result
    record = _Record(timestamps, include_children, multiprocess, max_usage, stream, backend)
    if hasattr(proc, "poll") and hasattr(proc, "pid"):
        return _watch_process(proc, record, interval, timeout)
    pid = -1 if proc == -1 else process_id(proc)
    rounds = 1 if timeout is None else round(timeout / (interval or 1e-4))
    for _ in range(rounds):
        record.add(pid)
        if timeout is not None:
            time.sleep(interval)
    return record.result()


def _call_of(proc: Any) -> tuple[Callable[..., Any], Any, Any]:
    """Split what is to be called from its arguments."""
    if callable(proc):
        return proc, (), {}
    if not 1 <= len(proc) <= 3:
        raise ValueError(f"proc is (function, args, kwargs), not {len(proc)} things")
    function = proc[0]
    args = proc[1] if len(proc) > 1 else ()
    kwargs = proc[2] if len(proc) > 2 else {}
    if not callable(function):
        raise TypeError(f"cannot call {function!r}: proc is (function, args, kwargs)")
    return function, args, kwargs


def _run(
    call: Callable[[], Any], watch: Callable[[float], Any], rounds: int | None
) -> tuple[list[tuple[float, float]], Any]:
    """Run a function under a watch: once, or until there are samples enough."""
    if rounds is not None and rounds < 1:
        raise ValueError(f"max_iterations {rounds!r} is less than one run")
    scale = 1.0
    samples: list[tuple[float, float]] = []
    while True:
        watching = watch(scale)
        try:
            returned = call()
        finally:
            samples = watching.stop()
        rounds = (rounds or 1) - 1
        if rounds <= 0 or len(samples) >= _ENOUGH:
            return samples, returned
        scale /= 10


def _watcher(figure: str, interval: float, children: bool, highest: bool) -> Callable[[float], Any]:
    """Give what starts a watch, at a part of the interval."""
    if figure == "tracemalloc":
        return lambda _scale: _watching.Traced()
    return lambda scale: _watching.start(interval * scale, figure, children, highest)


class _Record:
    """The samples of a process that is watched from here."""

    def __init__(
        self,
        timestamps: bool,
        include_children: bool,
        multiprocess: bool,
        max_usage: bool,
        stream: Any,
        backend: str | None,
    ) -> None:
        self.timestamps = timestamps
        self.include_children = include_children
        self.multiprocess = multiprocess
        self.max_usage = max_usage
        self.stream = stream
        self.backend = backend
        self.metric: int | str = {"pss": "pss", "uss": "uss"}.get(figure_of(backend), 0)
        self.samples: list[Any] = []
        self.highest: Any = None
        self.written = 0

    def add(self, pid: int) -> None:
        """Take a sample."""
        memory = get_memory(pid, self.backend, include_children=self.include_children)
        if memory is None:
            return
        now = time.time()
        children = list(get_child_memory(pid, None, self.metric)) if self.multiprocess else []
        if self.stream is not None:
            self.stream.write(f"MEM {memory:.6f} {now:.4f}\n")
            for child, amount in children:
                self.stream.write(f"CHLD {child} {amount:.6f} {now:.4f}\n")
            self.written += 1
            if self.written % _FLUSH_EVERY == 0:
                self.stream.flush()
        elif self.max_usage:
            self.highest = memory if self.highest is None else max(self.highest, memory)
        else:
            parts = [memory, *(amount for _, amount in children)]
            values: list[Any] = [(part, now) for part in parts] if self.timestamps else parts
            self.samples.append(values if self.multiprocess else values[0])

    def see_highest(self, pid: int) -> None:
        """Take in the mark the kernel keeps of a process that we watch from its start."""
        if self.max_usage and self.stream is None and figure_of(self.backend) == "rss":
            try:
                mark = _core.memory_of(pid, "highest") / TWO_20
            except OSError:
                return
            if self.highest is None or mark > self.highest:
                self.highest = mark

    def result(self) -> Any:
        """Give what was recorded, as the caller asked for it."""
        if self.stream is not None:
            return None
        return self.highest if self.max_usage else self.samples


def _watch_process(
    proc: Popen[Any], record: _Record, interval: float, timeout: float | None
) -> Any:
    """Sample a process that this one started, until it ends."""
    if proc.poll() is not None:
        raise no_such_process(proc.pid)
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        record.see_highest(proc.pid)
        try:
            record.add(proc.pid)
        except Exception:
            # It ended between the question and the reading, and somebody waited for it.
            if proc.poll() is None:
                raise
        if end is not None and time.monotonic() + interval >= end:
            return record.result()
        if _has_ended(proc, interval):
            return record.result()


def _has_ended(proc: Popen[Any], seconds: float) -> bool:
    """Wait for a process at most this long; whether it has ended."""
    end = time.monotonic() + seconds
    while proc.poll() is None:
        left = end - time.monotonic()
        if left <= 0:
            return False
        # Its end must not be waited for a whole interval long: nobody could tell it was short.
        time.sleep(min(left, 0.01))
    return True
