"""Asking another process."""

from __future__ import annotations

import os
import time
from _socket import AF_UNIX, MSG_NOSIGNAL, SOCK_STREAM, socket

from rsprofile._arm import _place
from rsprofile._arm._answer import HEARD, LONGEST, peer_of
from rsprofile._errors import ProfileError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

#: How long a look may take, seconds.
_LOOKING = 600.0
#: The longest answer, bytes.
_MOST = 1 << 30


def ask(process: int, request: str, wait: float) -> str:
    """Have a process do something, and give its answer.

    Args:
        process: Its id.
        request: A line as `rsprofile._arm._answer` describes it.
        wait: For how long it may not listen, seconds.

    Raises:
        UsageError: There is no such process, or the request is no line.
        ProfileError: It cannot be reached, does not answer, or refuses.
    """
    _check(process, request)
    connection = _connect(process, wait)
    if connection is None:
        from rsprofile._arm import _remote

        _remote.arm(process)
        connection = _await(process, wait)
    return _answer_of(connection, process, request, wait)


def ask_listening(process: int, request: str, wait: float) -> str | None:
    """Ask a process as it is: None if it does not listen, and errors as in `ask`."""
    _check(process, request)
    connection = _connect(process, wait)
    return None if connection is None else _answer_of(connection, process, request, wait)


def _check(process: int, request: str) -> None:
    if not os.path.exists(f"/proc/{process}"):
        raise UsageError(f"there is no process {process}")
    if _state(process) in "ZX":
        raise UsageError(f"process {process} has ended")
    if "\n" in request or len(request.encode()) > LONGEST:
        raise UsageError(f"the request must be one line of {LONGEST} bytes at most")


def _answer_of(connection: socket, process: int, request: str, wait: float) -> str:
    try:
        return _talk(connection, process, request, wait)
    except ConnectionError:
        raise ProfileError(f"process {process} ended before it answered") from None
    except OSError as error:
        raise ProfileError(f"cannot ask process {process}: {error}") from None
    finally:
        connection.close()


def _talk(connection: socket, process: int, request: str, wait: float) -> str:
    peer, _ = peer_of(connection)
    if peer != process:
        raise ProfileError(f"process {peer} answers for {process}; remove its socket")
    connection.settimeout(wait)
    try:
        connection.sendall(f"{request}\n".encode(), MSG_NOSIGNAL)
        heard = _line(connection)
    except TimeoutError:
        raise ProfileError(
            f"process {process} does not answer within {wait:g} s: {_busy(process)}; ask again, "
            "or with a longer --wait"
        ) from None
    if heard != HEARD:
        raise ProfileError(f"process {process} has another version of rsprofile")
    connection.settimeout(_LOOKING)
    try:
        status, _, length = _line(connection).decode().partition(" ")
        text = _exactly(connection, min(int(length), _MOST)).decode()
    except TimeoutError:
        raise ProfileError(f"process {process} does not come to an end of its answer") from None
    if status != "ok":
        raise ProfileError(f"process {process}: {text}")
    return text


def _connect(process: int, wait: float = 0.0) -> socket | None:
    """Connect to a process; None if it does not listen.

    Raises:
        ProfileError: It does, but not for us, or too many ask already.
    """
    deadline = time.monotonic() + wait
    is_closed = False
    for path in _addresses(process):
        connection = socket(AF_UNIX, SOCK_STREAM)
        try:
            connection.settimeout(5.0)
            while not _is_connected(connection, path):
                if time.monotonic() > deadline:
                    raise ProfileError(f"process {process} is being asked by too many; ask again")
                time.sleep(0.05)
            return connection
        except PermissionError:
            is_closed = True
        except OSError:
            pass
        connection.close()
    if is_closed:
        raise ProfileError(f"process {process} is another user's: ask it as that user, or as root")
    return None


def _is_connected(connection: socket, path: str) -> bool:
    """Connect; gives False where so many wait already that there is no place."""
    try:
        connection.connect(path)
    except BlockingIOError:
        return False
    return True


def _await(process: int, wait: float) -> socket:
    """Connect to a process that is about to listen."""
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        connection = _connect(process)
        if connection is not None:
            return connection
        time.sleep(0.05)
    raise ProfileError(f"process {process} was asked to listen and does not: {_busy(process)}")


def _addresses(process: int) -> Iterator[str]:
    """Give where a process may listen: by what its environment says, and by what is listened at."""
    for user in _users(process):
        for environment in (_environment(process), os.environ):
            for folder in _place.folders(user, environment):
                path = _place.address(folder, process)
                if _place.fits(path) and os.path.lexists(path):
                    yield path
    try:
        with open("/proc/net/unix", encoding="utf-8", errors="surrogateescape") as file:
            bound = [line.split(maxsplit=7)[-1].rstrip("\n") for line in file]
    except OSError:
        return
    ending = _place.address("", process)
    for path in bound:
        if path.endswith(ending) and "/rsprofile-" in path and _place.fits(path):
            yield path


def _users(process: int) -> list[int]:
    """Give the users a process runs as, the one that counts first."""
    try:
        with open(f"/proc/{process}/status", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith("Uid:"):
                    real, effective, *_ = map(int, line.split()[1:])
                    return list({effective: None, real: None})
    except (OSError, ValueError):
        pass
    return [os.geteuid()]


def _environment(process: int) -> dict[str, str]:
    """Give the environment a process was started with, if it can be read."""
    try:
        with open(f"/proc/{process}/environ", "rb") as file:
            words = os.fsdecode(file.read()).split("\0")
    except OSError:
        return {}
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def _busy(process: int) -> str:
    """Say why a process may be silent."""
    state = _state(process)
    if state in "ZX":
        return "it has ended"
    if state in "Tt":
        return "it is stopped"
    return "it is in a long call of C code, or answers somebody else"


def _state(process: int) -> str:
    """Give the letter the system has for what a process does; `X` for one that is gone."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return "X"


def _line(connection: socket) -> bytes:
    line = b""
    while not line.endswith(b"\n") and len(line) < 64:
        line += _exactly(connection, 1)
    return line


def _exactly(connection: socket, count: int) -> bytes:
    parts: list[bytes] = []
    while count > 0:
        part = connection.recv(min(count, 1 << 20))
        if not part:
            raise ConnectionError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
