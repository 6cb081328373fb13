"""Serve a page to the browser of this machine: over HTTP, on the loopback address, for those who know the token."""

from __future__ import annotations

import hmac
import os
import re
import secrets
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs

from videmo.errors import Given, UsageError

HOST: Final = "127.0.0.1"
_NAMES: Final = (HOST, "localhost")
_MOST_BYTES: Final = 16 << 20
"""Of what a page may send."""
_LENGTH: Final = re.compile("[0-9]{1,9}")
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold what a page asks for."""

    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By name in small letters."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what a page gets."""

    body: bytes = b""
    kind: str = "text/plain; charset=utf-8"
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def page(page: str, policy: str) -> Answer:
        """Answer with a page, and its content security policy."""
        return Answer(page.encode(), "text/html; charset=utf-8", headers={"Content-Security-Policy": policy})


Route = Callable[[Asked], Answer]


class LoopbackServer:
    """Serve until it is closed.

    Args:
        routes: what answers each method and address below the token, such as ``("GET", "")`` for the page itself.
        port: 0 for any free one.

    Raises:
        UsageError: the port is taken or may not be used.
    """

    def __init__(self, routes: Mapping[tuple[str, str], Route], *, port: int = 0) -> None:
        self.token = secrets.token_urlsafe(24)
        try:
            self._server = _Server((HOST, port), _Handler)
        except OSError as exc:
            raise UsageError(
                Given("port", port),
                f"the port cannot be used ({exc.strerror})",
                advice="Choose another one, or 0 for any free port.",
            ) from exc
        self._server.routes, self._server.token = routes, self.token
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
    routes: Mapping[tuple[str, str], Route]
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
        self._handle(opens_page=self.headers.get("Sec-Fetch-Mode", "navigate") == "navigate")

    def do_POST(self) -> None:
        """Take what a page sends, where a route does."""
        if any(method == "POST" for method, _ in self.server.routes):
            self._handle(opens_page=False)
        else:
            self.send_error(HTTPStatus.NOT_IMPLEMENTED)

    def _handle(self, *, opens_page: bool) -> None:
        if self.server.closed:
            self.close_connection = True
            return
        if not self._from_this_machine(opens_page):
            self._answer(Answer(b"Forbidden\n", "text/plain", HTTPStatus.FORBIDDEN), last=True)
            return
        address, _, query = self.path.partition("?")
        token, slash, rest = address.removeprefix("/").partition("/")
        known = hmac.compare_digest(token.encode(), self.server.token.encode()) and slash
        route = self.server.routes.get((self.command, rest)) if known else None
        if route is None:
            self._answer(Answer(b"Not found\n", "text/plain", HTTPStatus.NOT_FOUND), last=True)
            return
        body = self._body()
        if body is None:
            self._answer(Answer(b"Bad request\n", "text/plain", HTTPStatus.BAD_REQUEST), last=True)
            return
        values = {name: values[0] for name, values in parse_qs(query).items()}
        self._answer(route(Asked(values, body, {name.lower(): value for name, value in self.headers.items()})))

    def _body(self) -> bytes | None:
        """Read what was sent; None if it broke off, or its length is not said or more than any page sends."""
        if self.command != "POST":
            return b""
        length = self.headers.get("Content-Length", "")
        if not _LENGTH.fullmatch(length) or int(length) > _MOST_BYTES:
            return None
        body = self.rfile.read(int(length))
        return body if len(body) == int(length) else None

    def _from_this_machine(self, opens_page: bool) -> bool:
        """Tell whether the page was asked for by its own name, and not by another page.

        A foreign page can make its own name point to this machine (DNS rebinding); its requests then carry that name.
        """
        port = self.server.server_address[1]
        own = [f"{name}:{port}" for name in _NAMES] + list(_NAMES if port == 80 else ())
        if self.headers.get("Host", "").lower() not in own:
            return False
        origin = self.headers.get("Origin", "")
        if origin and origin.removeprefix("http://").lower() not in own:
            return False
        return opens_page or self.headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none")

    def _answer(self, answer: Answer, *, last: bool = False) -> None:
        """Send an answer; the last one of a connection if what was sent with the request wasn't read."""
        self.close_connection |= last and self.command == "POST"
        self.send_response(answer.status)
        for name, value in {**_HEADERS, "Content-Type": answer.kind, **answer.headers}.items():
            self.send_header(name, value)
        if answer.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the terminal belongs to the user."""


def _has_display() -> bool:
    return os.name == "nt" or sys.platform == "darwin" or bool({"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ))


def open_file(page: Path) -> bool:
    """Open a page from its file in a graphical browser; return whether there is one."""
    if not _has_display():
        return False
    try:
        return webbrowser.open(page.absolute().as_uri())
    except (OSError, webbrowser.Error):
        return False


def open_in_browser(address: str) -> None:
    """Open the page where there is a graphical browser; do nothing elsewhere.

    The browser gets a file that redirects to the page: all users of a machine can read each other's command lines,
    and would find the token there.
    """
    if not _has_display():
        return

    def work() -> None:
        try:
            handle, path = tempfile.mkstemp(prefix="videmo-", suffix=".html")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(f'<!doctype html><meta http-equiv="refresh" content="0;url={escape(address)}">')
            webbrowser.open(Path(path).as_uri())
            timer = threading.Timer(20.0, lambda: Path(path).unlink(missing_ok=True))
            timer.daemon = True
            timer.start()
        except (OSError, webbrowser.Error):
            pass  # the address is on the terminal

    threading.Thread(target=work, name="videmo-browser", daemon=True).start()
