"""The view in a browser: a page and its data, for this machine and who has the address only."""

from __future__ import annotations

import errno
import hmac
import json
import secrets
import threading
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from rsprofile import _core
from rsprofile._errors import ProfileError
from rsprofile._output import reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from rsprofile._live._history import Bucket
    from rsprofile._live._state import State

#: Nothing but this is listened at.
_HOST = "127.0.0.1"
#: Seconds that somebody may take to ask.
_PATIENCE = 10
#: What no answer is without. The page's own policy cannot say who may frame it.
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "frame-ancestors 'none'",
}


class Server:
    """Serves what is known of one process.

    Attributes:
        state: What is known of it; None until that is set.
        address: Where to look, with the secret that lets one in.
        lock: Held by who changes the state.
        has_told_end: Whether somebody was told that the process has ended.
    """

    def __init__(self, port: int, title: str, state: State | None = None) -> None:
        """Begin.

        Args:
            port: Where to listen; 0 for any port that is free.
            title: What the process is called.
            state: What is known of it.

        Raises:
            ProfileError: It is in use, or not ours to use.
        """
        self.state = state
        self.lock = threading.Lock()
        self.has_told_end = False
        self.token = secrets.token_urlsafe(24)
        self._page = _core.live_page(title).encode()
        try:
            self._server = _Listening((_HOST, port), _Handler)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                what = f"port {port} is in use"
            else:
                what = f"cannot listen at port {port}: {reason(error)}"
            raise ProfileError(
                f"{what}: name another one, or leave it out for one that is free"
            ) from None
        self._server.owner = self
        self.port: int = self._server.server_address[1]
        self.address = f"http://{_HOST}:{self.port}/{self.token}/"
        threading.Thread(target=self._server.serve_forever, name="serving", daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    def allows(self, host: str | None) -> bool:
        """Whether a request was meant for us: a page elsewhere may have its name lead here."""
        names = {f"{name}:{self.port}" for name in (_HOST, "localhost")}
        if self.port == 80:
            names |= {_HOST, "localhost"}
        return (host or "").lower() in names

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Give status, type and content for what was asked for."""
        token, slash, what = path.partition("?")[0].lstrip("/").partition("/")
        if not hmac.compare_digest(token.encode("utf-8", "replace"), self.token.encode()):
            return 403, "", b""
        if not slash:
            return 308, "", b""
        if what == "":
            return 200, "text/html; charset=utf-8", self._page
        if what == "data":
            with self.lock:
                if self.state is None:
                    return 503, "", b""
                found = document(self.state)
                self.has_told_end = self.state.ended
            return 200, "application/json", json.dumps(found).encode("utf-8", "replace")
        return 404, "", b""


def document(state: State) -> dict[str, Any]:
    """Give what the page shows, as plain values; times count from the start of the process."""
    return {
        "pid": state.pid,
        "state": "Stopped." if state.stopped else "",
        "ended": state.ended,
        "elapsed": state.time - state.started,
        "now": state.now,
        "peak": state.peak,
        "children": state.children,
        "children_bytes": state.children_bytes,
        "recent": _points(state.recent.buckets),
        "whole": _points(state.whole.buckets),
        "lines": {
            "message": state.lines.message,
            "count": state.lines.count,
            "heap": state.lines.heap,
            "rows": [asdict(row) for row in state.lines.rows],
        },
    }


def _points(buckets: list[Bucket]) -> list[tuple[float, int, int, int]]:
    return [(round(one.start, 3), one.low, one.high, one.family) for one in buckets]


class _Listening(ThreadingHTTPServer):
    daemon_threads = True
    # Two servers must not share a port: the second is told that it is in use.
    allow_reuse_port = False
    owner: Server

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: somebody went away in the middle of an answer."""


class _Handler(BaseHTTPRequestHandler):
    timeout = _PATIENCE
    server: _Listening

    def do_GET(self) -> None:
        """Answer."""
        owner = self.server.owner
        if not owner.allows(self.headers.get("Host")):
            self._send(403, "", b"")
            return
        status, kind, content = owner.answer(self.path)
        self._send(status, kind, content)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse, without a word."""
        # What this class knows no method for.
        self._send(405 if code == 501 else code, "", b"")

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the terminal shows something else, and addresses are secret."""

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.close_connection = True
        self.send_response_only(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if kind:
            self.send_header("Content-Type", kind)
        if status == 308:
            self.send_header("Location", f"/{self.server.owner.token}/")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
