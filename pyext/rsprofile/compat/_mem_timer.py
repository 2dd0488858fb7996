"""`MemTimer`: samples the memory of a process while something else runs."""

from __future__ import annotations

import threading

from rsprofile.compat._backends import get_memory, is_gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class MemTimer(threading.Thread):
    """Samples memory until a message comes through a pipe.

    It has the interface of a `multiprocessing.Process`, and is a thread: a process would double the
    memory, and take part in what is measured. Started, it sends 0 when it is ready; at the end it
    sends the samples and how many readings it took.

    Attributes:
        monitor_pid: The process; -1 is this one.
        interval: Seconds between two samples.
        pipe: A `multiprocessing.Connection`.
        cont: Taken for compatibility.
        backend: Where the numbers come from.
        max_usage: Whether to keep the highest sample only.
        n_measurements: Readings taken.
        timestamps: Whether a sample is a pair of MiB and Unix time.
        include_children: Whether to add the processes below.
        mem_usage: The samples, MiB.
    """

    def __init__(
        self,
        monitor_pid: int,
        interval: float,
        pipe: Any,
        backend: str,
        max_usage: bool = False,
        *args: Any,
        **kw: Any,
    ) -> None:
        self.monitor_pid = monitor_pid
        self.interval = interval
        self.pipe = pipe
        self.cont = True
        self.backend = backend
        self.max_usage = max_usage
        self.n_measurements = 1
        self.timestamps = kw.pop("timestamps", False)
        self.include_children = kw.pop("include_children", False)
        self.mem_usage = [self._read()]
        self._is_terminated = False
        # One that is never told to stop must not keep the program from ending.
        kw.setdefault("daemon", True)
        super().__init__(*args, **kw)

    def run(self) -> None:
        """Sample until a message comes, or nobody can send one any more."""
        self.pipe.send(0)
        is_last = False
        while True:
            try:
                self._add(self._read())
            except Exception as error:
                if not is_gone(error):
                    raise
                is_last = True
            if is_last or self._is_terminated:
                break
            is_last = self._has_message()
        try:
            self.pipe.send(self.mem_usage)
            self.pipe.send(self.n_measurements)
        except OSError:
            # Nobody wants them.
            pass

    def terminate(self) -> None:
        """End it after the sample it is taking."""
        self._is_terminated = True

    kill = terminate

    def close(self) -> None:
        """Take no notice: there is nothing to release."""

    @property
    def exitcode(self) -> int | None:
        """None while it runs, or was not started, then 0."""
        return None if self.ident is None or self.is_alive() else 0

    def _add(self, sample: Any) -> None:
        self.n_measurements += 1
        if not self.max_usage:
            self.mem_usage.append(sample)
        elif sample is not None:
            self.mem_usage[0] = max(sample, self.mem_usage[0])

    def _has_message(self) -> bool:
        try:
            return bool(self.pipe.poll(self.interval))
        except (OSError, EOFError):
            return True

    def _read(self) -> Any:
        return get_memory(
            self.monitor_pid,
            self.backend,
            timestamps=self.timestamps,
            include_children=self.include_children,
        )
