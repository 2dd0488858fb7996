"""The thread that waits to be asked, and its socket.

What a program may do to it: fork, where the child gets a socket of its own; close all descriptors,
and open files under their numbers; have its folder for temporary files cleaned up. The socket is
looked after each time before it is waited at, and once a minute.
"""

from __future__ import annotations

import os
import sys
from _socket import AF_UNIX, SHUT_RDWR, SO_RCVTIMEO, SOCK_STREAM, SOL_SOCKET, socket

from rsprofile._arm import _place
from rsprofile._arm._answer import answer, peer_of
from rsprofile._background import Background
from rsprofile._output import complain, reason

#: How often the socket is looked after, seconds.
_MINUTE = 60
#: How many may wait to be served.
_WAITING = 16


class Listener(Background):
    """Serves who asks, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._socket: socket | None = None
        # Device and number of the socket: what tells it from a file under its descriptor.
        self._is: tuple[int, int] | None = None
        self._address = ""
        # The one that is answered, and one that came when there was no time for it.
        self._connection: socket | None = None
        self._kept: socket | None = None

    def open(self) -> None:
        """Make the socket.

        Raises:
            RuntimeError: There is no place for one, with the reason.
        """
        why = "no folder for temporary files has a short name"
        for folder in _place.folders(os.geteuid(), os.environ):
            path = _place.address(folder, os.getpid())
            if _place.fits(path):
                try:
                    self._bind(folder, path)
                    return
                except OSError as error:
                    why = reason(error)
        raise RuntimeError(f"cannot listen for who asks: {why}; set TMPDIR to another folder")

    def close(self) -> None:
        """End the thread, and remove the socket."""
        self.stop()
        self._drop()
        _close(self._kept)
        self._kept = None
        _place.remove(self._address)
        try:
            os.rmdir(os.path.dirname(self._address))
        except OSError:
            # Others listen there.
            pass

    def wait(self) -> object:
        """Wait for somebody; give the connection, or None where nobody came for a minute."""
        kept, self._kept = self._kept, None
        if kept is not None:
            return kept
        try:
            if not (self._is_whole() and os.path.exists(self._address)):
                self._drop()
                self.open()
            assert self._socket is not None
            number, _ = self._socket._accept()  # type: ignore[attr-defined]
        except BlockingIOError:
            return None
        except (OSError, RuntimeError):
            self._rest()
            return None
        return socket(AF_UNIX, SOCK_STREAM, 0, fileno=number)

    def wake(self) -> None:
        """Have `wait` return, by asking nothing."""
        _place.is_listening(self._address)

    def keep(self, what: socket | None) -> None:
        """Answer it later, unless it is only what `wake` has sent."""
        if what is not None and peer_of(what)[0] == os.getpid():
            what.close()
        else:
            self._kept = what

    def handle(self, what: socket | None) -> None:
        """Answer."""
        if what is None:
            return
        self._connection = what
        try:
            answer(what)
        except Exception as error:
            complain(f"a request was not answered: {reason(error)}")
        finally:
            self._connection = None
            what.close()

    def forked(self) -> None:
        """Listen for this process. Who asks the parent is not to be answered by its child."""
        self._drop(is_shared=True)
        _close(self._connection)
        self._connection = None
        _close(self._kept)
        self._kept = None
        try:
            self.open()
        except RuntimeError:
            self.stop()
        else:
            self.start()

    def _bind(self, folder: str, path: str) -> None:
        _place.make(folder)
        _place.remove_stale(folder)
        _place.remove(path)
        listening = socket(AF_UNIX, SOCK_STREAM)
        try:
            listening.settimeout(None)
            # Its own way to wait would ask for the descriptor twice, and it may be another by then.
            listening.setsockopt(SOL_SOCKET, SO_RCVTIMEO, _timeval(_MINUTE))
            listening.bind(path)
            listening.listen(_WAITING)
            status = os.fstat(listening.fileno())
        except BaseException:
            listening.close()
            raise
        self._socket, self._address = listening, path
        self._is = (status.st_dev, status.st_ino)

    def _is_whole(self) -> bool:
        """Whether the descriptor is still that of the socket."""
        if self._socket is None:
            return False
        try:
            status = os.fstat(self._socket.fileno())
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == self._is

    def _drop(self, *, is_shared: bool = False) -> None:
        """Close the socket, unless its descriptor is somebody else's by now."""
        is_whole = self._is_whole()
        listening, self._socket = self._socket, None
        if listening is None:
            return
        if not is_whole:
            listening.detach()
            return
        if not is_shared:
            try:
                listening.shutdown(SHUT_RDWR)
            except OSError:
                pass
        listening.close()

    def _rest(self) -> None:
        """Do not run in circles where there is no place to listen at."""
        if not self._is_ending:
            import time

            time.sleep(1.0)


def _close(connection: socket | None) -> None:
    if connection is not None:
        connection.close()


def _timeval(seconds: int) -> bytes:
    """Give a time as the system call wants it."""
    word = 8 if sys.maxsize > 1 << 32 else 4
    return seconds.to_bytes(word, sys.byteorder) + bytes(word)
