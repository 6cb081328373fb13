"""A proxy before object storage as networks are at their worst: slow, busy, and now and then cut off."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_OF_A_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "expect", "server", "date"})
_BUSY = b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


@dataclass
class Flaky:
    """How bad it is, and what it has done."""

    behind: str
    """Address of the storage."""
    seed: int
    busy: float = 0.2
    """Share of the requests that are answered with 503."""
    cut: float = 0.05
    """Share of bodies, in either direction, of which half arrives before the connection is closed."""
    delay_s: float = 0.2
    """Before each answer."""
    address: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _number: int = 0

    def fate(self, *, has_body: bool) -> str:
        """Decide what becomes of a request; which one meets which fate depends on their order."""
        with self._lock:
            self._number += 1
            chance = random.Random(f"{self.seed}/{self._number}").random()
            fate = "answered with 503" if chance < self.busy else "passed on"
            if fate == "passed on" and random.Random(f"{self.seed}/{self._number}/cut").random() < self.cut:
                fate = "cut while sent" if has_body else "cut while answered"
            self.counts["requests"] += 1
        return fate

    def note(self, fate: str) -> None:
        """Count what has become of a request."""
        with self._lock:
            self.counts[fate] += 1


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    flaky: Flaky

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        fate = self.flaky.fate(has_body=length > 0)
        time.sleep(self.flaky.delay_s)
        if fate == "cut while sent":
            self.rfile.read(length // 2)
            self._hang_up(fate)
            return
        body = self.rfile.read(length)
        if fate == "answered with 503":
            self.flaky.note(fate)
            self._answer(503, [("Content-Type", "application/xml")], _BUSY)
            return
        there = urlsplit(self.flaky.behind)
        asking = http.client.HTTPConnection(there.hostname or "", there.port)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_A_HOP}
            asking.request(self.command, self.path, body, headers)
            answer = asking.getresponse()
            content = answer.read()
        finally:
            asking.close()
        if fate == "cut while answered" and content:
            self._answer(answer.status, answer.getheaders(), content[: len(content) // 2], len(content))
            self._hang_up(fate)
            return
        self.flaky.note("passed on")
        self._answer(answer.status, answer.getheaders(), content)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _serve

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes, length: int | None = None) -> None:
        self.send_response_only(status)
        told = False
        for name, value in headers:
            if name.lower() in _OF_A_HOP or (name.lower() == "content-length" and self.command != "HEAD"):
                continue
            told = told or name.lower() == "content-length"
            self.send_header(name, value)
        if not told:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
            self.wfile.flush()

    def _hang_up(self, fate: str) -> None:
        self.flaky.note(fate)
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(2)

    def handle(self) -> None:
        with suppress(ConnectionError):  # the other end was killed
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def flaky(behind: str, seed: int, **how: float) -> Iterator[Flaky]:
    """Run such a proxy for a while."""
    told = Flaky(behind, seed, **how)
    handler = type("Handler", (_Handler,), {"flaky": told})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    told.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
