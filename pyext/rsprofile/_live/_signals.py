"""Signals as something that can be waited for beside keys and output."""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType
    from typing import Any


class Signals:
    """Some signals, taken as long as a `with` block lasts; `descriptor` can be read when one came.

    A signal that this process was started to ignore stays ignored.
    """

    def __init__(self, wanted: Iterable[signal.Signals]) -> None:
        self._wanted = [one for one in wanted if signal.getsignal(one) is not signal.SIG_IGN]
        self._before: dict[signal.Signals, Any] = {}
        self._came: list[int] = []

    def __enter__(self) -> Signals:
        self.descriptor, self._end = os.pipe()
        for descriptor in (self.descriptor, self._end):
            os.set_blocking(descriptor, False)
        self._old = signal.set_wakeup_fd(self._end, warn_on_full_buffer=False)
        for one in self._wanted:
            self._before[one] = signal.signal(one, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for one, before in self._before.items():
            signal.signal(one, signal.SIG_DFL if before is None else before)
        signal.set_wakeup_fd(self._old)
        os.close(self.descriptor)
        os.close(self._end)

    def take(self) -> list[int]:
        """Give those that came since, each as often as it did."""
        try:
            while os.read(self.descriptor, 512):
                pass
        except BlockingIOError:
            pass
        came, self._came = self._came, []
        return came

    def default(self, one: signal.Signals, *, group: bool = False) -> None:
        """Have the system do about a signal what it does by default; then go on.

        Args:
            one: The signal.
            group: Whether it is for all of our process group.
        """
        ours = signal.signal(one, signal.SIG_DFL)
        os.kill(0 if group else os.getpid(), one)
        signal.signal(one, ours)

    def _note(self, number: int, _frame: object) -> None:
        self._came.append(number)


def die_of(number: int) -> None:
    """End this process as a signal ends one; returns where the system does not do that."""
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
    os.kill(os.getpid(), number)
