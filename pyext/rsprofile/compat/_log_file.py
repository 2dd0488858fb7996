"""`LogFile`: a stream whose lines go to `logging`."""

from __future__ import annotations

import logging
import re
import sys
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: A measured row of a report; the first group is its increment.
_ROW = re.compile(r"\s*\d+ +-?[\d.]+ MiB +(-?[\d.]+) MiB +\d+ ")


class LogFile:
    """A text stream that logs each line, without its end, when it is complete.

    Attributes:
        logger: Where the lines go.
        reportIncrementFlag: Whether to log of a report only its headings and the lines that gained
            memory.
    """

    def __init__(self, name: str | None = None, reportIncrementFlag: bool = False) -> None:
        self.logger = logging.getLogger(name)
        self.reportIncrementFlag = reportIncrementFlag
        self._own = _OfThread()

    def write(self, msg: str, level: int = logging.INFO) -> None:
        """Take text; what follows the last line break waits for more, or for `flush`.

        Args:
            msg: The text. Empty lines are left out.
            level: The level to log at.
        """
        *lines, rest = (self._own.pending + msg).split("\n")
        self._own.pending = rest
        for line in lines:
            self._log(line, level)

    def flush(self) -> None:
        """Log what waits, and flush the handlers."""
        rest, self._own.pending = self._own.pending, ""
        self._log(rest, logging.INFO)
        logger: logging.Logger | None = self.logger
        while logger is not None:
            for handler in logger.handlers:
                if getattr(handler, "stream", None) is not self:
                    handler.flush()
            logger = logger.parent if logger.propagate else None

    def _log(self, line: str, level: int) -> None:
        if not line.strip() or (self.reportIncrementFlag and not _is_wanted(line)):
            return
        if self._own.is_logging:
            # A handler that writes to us, where we are standard output: once is enough.
            if sys.__stdout__ is not None:
                sys.__stdout__.write(f"{line}\n")
            return
        self._own.is_logging = True
        try:
            self.logger.log(level, "%s", line)
        finally:
            self._own.is_logging = False


class _OfThread(threading.local):
    """The line a thread has begun, and whether it is in the middle of logging one."""

    pending = ""
    is_logging = False


def writable(stream: Any) -> Any:
    """Give something with `write()` for a logger or a handler of `logging`; else the stream."""
    if isinstance(stream, logging.Handler):
        logger = logging.Logger("memory_profiler", logging.INFO)
        logger.addHandler(stream)
    elif isinstance(stream, logging.Logger):
        logger = stream
    else:
        return stream
    lines = LogFile()
    lines.logger = logger
    return lines


def _is_wanted(line: str) -> bool:
    row = _ROW.match(line)
    if row is not None:
        return float(row[1]) > 0
    return line.startswith("Filename: ") or line.endswith("Line Contents")
