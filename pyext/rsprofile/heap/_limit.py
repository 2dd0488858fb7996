"""What a limit of the traced memory raises."""

from __future__ import annotations

from rsprofile import _core


class LimitExceeded(MemoryError):
    """A limit of `rsprofile.heap.limit` was passed.

    Attributes:
        total: Bytes that were alive then.
        limit: The limit, in bytes.
        filename: Where the block was made that passed it; None where no Python code ran, and where
            the limit was passed before it began.
        lineno: The line there.
        function: The function there.
    """

    # The name it is known by, in tracebacks too.
    __module__ = "rsprofile.heap"

    total: int = 0
    limit: int = 0
    filename: str | None = None
    lineno: int | None = None
    function: str | None = None

    # No Python code runs where the interpreter makes one of these in a thread.
    __new__ = _core.heap_limit_exceeded  # type: ignore[assignment]

    def __str__(self) -> str:
        text = f"{self.total:,} bytes are allocated, the limit is {self.limit:,}"
        if self.filename is None:
            return text
        return f"{text}, passed at {self.filename}:{self.lineno} {self.function}"
