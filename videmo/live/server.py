"""Serve the page over HTTP: on this machine only, and only to those who know the token.

There are two addresses: the page, and whatever is newer than what it already has. Nothing can be changed through them.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs, urlsplit

from videmo.errors import Given, UsageError
from videmo.live.board import Board

HOST: Final = "127.0.0.1"
_NAMES: Final = (HOST, "localhost")
_WAIT_S: Final = 5.0
"""A page that asks for a newer view is answered after this long even if there is none."""
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class LiveServer:
    """Serve one board until it is closed.

    Args:
        board: what to show.
        page: the page, and its content security policy.
        port: 0 for any free one.

    Raises:
        UsageError: the port is taken or may not be used.
    """

    def __init__(self, board: Board, page: tuple[str, str], *, port: int = 0) -> None:
        self.token = secrets.token_urlsafe(24)
        try:
            self._server = _Server((HOST, port), _Handler)
        except OSError as exc:
            raise UsageError(
                Given("port", port),
                f"the port cannot be used ({exc.strerror})",
                advice="Choose another one, or 0 for any free port.",
            ) from exc
        self._server.board, self._server.page, self._server.token = board, page, self.token
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="videmo-server", daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        """Return the address of the page."""
        return f"http://{HOST}:{self.port}/{self.token}/"

    def close(self) -> None:
        """Stop answering."""
        self._server.closed = True
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    # On Windows this option would let another program listen on the same port.
    allow_reuse_address = os.name != "nt"
    closed = False
    """Connections that are kept open outlive the socket that they came through."""
    board: Board
    page: tuple[str, str]
    token: str

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a browser that goes away in the middle of an answer."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "videmo", ""
    timeout: ClassVar[float] = 30.0
    # Headers and body in one piece, and at once: else the body waits 40 ms until the headers are acknowledged.
    wbufsize = -1
    disable_nagle_algorithm = True
    error_content_type = "text/plain; charset=utf-8"
    error_message_format = "%(message)s\n"
    server: _Server

    def do_GET(self) -> None:
        """Answer, or refuse without a hint of what there is."""
        if self.server.closed:
            self.close_connection = True
            return
        if not self._from_this_machine():
            self._answer(HTTPStatus.FORBIDDEN, "text/plain", b"Forbidden\n")
            return
        asked = urlsplit(self.path)
        token, _, rest = asked.path.removeprefix("/").partition("/")
        if not hmac.compare_digest(token.encode(), self.server.token.encode()):
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"Not found\n")
        elif rest == "" and asked.path.endswith("/"):
            page, policy = self.server.page
            self._answer(HTTPStatus.OK, "text/html; charset=utf-8", page.encode(), {"Content-Security-Policy": policy})
        elif rest == "next":
            self._next({name: values[0] for name, values in parse_qs(asked.query).items()})
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"Not found\n")

    def _from_this_machine(self) -> bool:
        """Tell whether the page was asked for by its own name, and not by another page.

        A foreign page can make its own name point to this machine (DNS rebinding); its requests then carry that name.
        """
        port = self.server.server_address[1]
        own = [f"{name}:{port}" for name in _NAMES] + list(_NAMES if port == 80 else ())
        if self.headers.get("Host", "").lower() not in own:
            return False
        opens_page = self.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        return opens_page or self.headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none")

    def _next(self, query: dict[str, str]) -> None:
        """Send a newer view: the length of the numbers, the numbers as JSON, the picture as JPEG."""
        try:
            after, since = int(query.get("after", "0")), int(query.get("since", "0"))
        except ValueError:
            self._answer(HTTPStatus.BAD_REQUEST, "text/plain", b"Bad request\n")
            return
        view = self.server.board.newer(after, _WAIT_S)
        if view is None:
            self._answer(HTTPStatus.NO_CONTENT, "text/plain", b"")
            return
        numbers = json.dumps(self.server.board.as_json(view, since), separators=(",", ":")).encode()
        picture = view.picture.jpeg() if view.picture else b""
        body = len(numbers).to_bytes(4, "big") + numbers + picture
        self._answer(HTTPStatus.OK, "application/octet-stream", body)

    def _answer(self, status: HTTPStatus, kind: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Type": kind, **(headers or {})}.items():
            self.send_header(name, value)
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the terminal belongs to the user."""
