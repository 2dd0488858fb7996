"""Getting text out at the end of a program, whatever state its streams are in.

Nothing here raises for a stream that is closed, full or gone: the report goes to the next place
that takes it, and one line says so.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


def complain(message: str) -> None:
    """Say one line on standard error, or nothing if there is none."""
    stream = _first_open(sys.stderr, sys.__stderr__)
    if stream is not None:
        try:
            stream.write(f"rsprofile: {message}\n")
            stream.flush()
        except (OSError, ValueError):
            pass


def print_report(text: str, stream: TextIO | None = None) -> None:
    """Write a report to standard output, or to standard error if that does not take it.

    Args:
        text: The report.
        stream: What to use as standard output; by default `sys.stdout` as it is now.
    """
    output = _first_open(stream, sys.stdout, sys.__stdout__)
    if output is not None:
        try:
            _write(output, text)
            return
        except BrokenPipeError:
            discard(output)
            return
        except (OSError, ValueError) as error:
            complain(f"cannot write the report to standard output: {reason(error)}")
            discard(output)
    fallback = _first_open(sys.stderr, sys.__stderr__)
    if fallback is not None:
        try:
            _write(fallback, text)
        except (OSError, ValueError):
            discard(fallback)


def print_program_output() -> None:
    """Flush what the program has printed so far, so that a report comes after it."""
    for stream in (sys.stdout, sys.__stdout__, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except (OSError, ValueError, AttributeError):
            pass


def reason(error: Exception) -> str:
    """Say in a few words, lower case, why an operation failed."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text[:1].lower() + text[1:]


def discard(stream: TextIO) -> None:
    """Point a stream that takes no more at nothing: else the interpreter fails to flush it."""
    import os

    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
    except (OSError, ValueError, AttributeError):
        pass


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = getattr(stream, "encoding", None) or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def _first_open(*streams: TextIO | None) -> TextIO | None:
    for stream in streams:
        if stream is not None and not getattr(stream, "closed", False):
            return stream
    return None
