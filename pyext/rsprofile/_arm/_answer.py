"""One request and its answer.

A request is a line, `VERB ARGUMENT`. The first line that comes back says that it was heard, before
anything is done; then come a line `ok LENGTH` or `error LENGTH` and so many bytes of UTF-8.
"""

from __future__ import annotations

import os
import time
from _socket import MSG_NOSIGNAL, SO_PEERCRED, SOL_SOCKET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from collections.abc import Callable

#: What is said first: who it is, and which way of asking is understood.
HEARD = b"rsprofile 1\n"
#: The longest request, bytes.
LONGEST = 1 << 16

#: How long somebody may take to send a request, and to take in an answer, seconds.
_ASKING, _READING = 5.0, 60.0


class Refusal(Exception):
    """A request that cannot be answered, in one line."""


def answer(connection: socket) -> None:
    """Serve one that has connected; who goes away or says nothing is let go."""
    try:
        _, user = peer_of(connection)
        request = _read(connection)
        if request is None:
            return
        _send(connection, HEARD, _ASKING)
        try:
            if user not in (0, os.geteuid()):
                raise Refusal("another user's process is not asked")
            status, text = "ok", _do(request)
        except Refusal as refusal:
            status, text = "error", str(refusal)
        data = text.encode("utf-8", "backslashreplace")
        _send(connection, f"{status} {len(data)}\n".encode() + data, _READING)
    except OSError:
        # It has gone, or does not read.
        pass


def peer_of(connection: socket) -> tuple[int, int]:
    """Give the process and the user at the other end."""
    import sys

    data = connection.getsockopt(SOL_SOCKET, SO_PEERCRED, 12)
    return int.from_bytes(data[:4], sys.byteorder), int.from_bytes(data[4:8], sys.byteorder)


def one_line(error: BaseException) -> str:
    """Say an exception in one line, whatever its own text does."""
    name = type(error).__name__
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = ""
    return f"{name}: {text}" if text else name


def _read(connection: socket) -> bytes | None:
    """Read a request; None if there is none."""
    deadline = time.monotonic() + _ASKING
    request = b""
    while b"\n" not in request and len(request) <= LONGEST:
        connection.settimeout(max(deadline - time.monotonic(), 0.001))
        more = connection.recv(4096)
        if not more:
            return None
        request += more
    return request


def _send(connection: socket, data: bytes, seconds: float) -> None:
    connection.settimeout(seconds)
    connection.sendall(data, MSG_NOSIGNAL)


def _do(request: bytes) -> str:
    line, end, _ = request.partition(b"\n")
    if not end or len(line) > LONGEST:
        raise Refusal(f"the request is too long: {LONGEST} bytes at most")
    try:
        verb, _, argument = line.decode("utf-8").partition(" ")
    except UnicodeDecodeError:
        raise Refusal("the request is no text") from None
    do = _verbs().get(verb)
    if do is None:
        raise Refusal(f"unknown request {verb[:40]!r}: one of {', '.join(_verbs())}")
    try:
        return do(argument)
    except Refusal:
        raise
    except Exception as error:
        raise Refusal(one_line(error)) from None


def _verbs() -> dict[str, Callable[[str], str]]:
    from rsprofile._arm import _verbs

    return _verbs.VERBS
