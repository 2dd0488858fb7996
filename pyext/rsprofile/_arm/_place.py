"""Where a process listens: a socket named by its process id, in a folder of its user."""

from __future__ import annotations

import os
import stat
from _socket import AF_UNIX, SOCK_STREAM, socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: The longest address of a socket, bytes (unix(7)).
_LONGEST = 107
_ENDING = ".sock"


def folders(user: int, environment: Mapping[str, str]) -> list[str]:
    """Give where a process of a user may listen, in the order it is tried."""
    bases = (environment.get("XDG_RUNTIME_DIR"), environment.get("TMPDIR"), "/tmp", "/var/tmp")
    full = [base.rstrip("/") for base in bases if base is not None and os.path.isabs(base)]
    return list(dict.fromkeys(f"{base}/rsprofile-{user}" for base in full))


def address(folder: str, process: int) -> str:
    """Give the address of a process in a folder."""
    return f"{folder}/{process}{_ENDING}"


def fits(path: str) -> bool:
    """Whether a socket can have this address."""
    return len(os.fsencode(path)) <= _LONGEST


def make(folder: str) -> None:
    """Make a folder only this user can enter, or see that it is one.

    Raises:
        OSError: It cannot be made, or is somebody else's or open to others.
    """
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        found = os.lstat(folder)
        if not stat.S_ISDIR(found.st_mode):
            raise OSError(f"{folder} is no folder; remove it") from None
        if found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise OSError(f"{folder} is open to others; remove it") from None
    else:
        os.chmod(folder, 0o700)


def remove_stale(folder: str) -> None:
    """Remove the sockets of processes that have ended without doing so."""
    for name in os.listdir(folder):
        process, _, ending = name.rpartition(".")
        path = f"{folder}/{name}"
        if (
            f".{ending}" == _ENDING
            and process.isdigit()
            and not os.path.exists(f"/proc/{process}")
            and not is_listening(path)
        ):
            remove(path)


def is_listening(path: str) -> bool:
    """Whether somebody listens there."""
    caller = socket(AF_UNIX, SOCK_STREAM)
    try:
        caller.settimeout(1.0)
        caller.connect(path)
    except ConnectionRefusedError:
        return False
    except OSError:
        return True
    else:
        return True
    finally:
        caller.close()


def remove(path: str) -> None:
    """Remove a socket, if it is there."""
    try:
        os.unlink(path)
    except OSError:
        pass
