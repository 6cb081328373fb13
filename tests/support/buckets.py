"""Object storage on this machine that speaks S3, counts what it is asked, and can be made to fail."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

BUCKET = "videmo-test"
SECRETS = ("AKIAVIDEMOTESTKEY", "a-secret-that-is-nowhere-written", "a-token-that-is-nowhere-written")
Asked = Mapping[str, Any]
Refused = tuple[str, bytes]


def installed() -> None:
    """Skip where the libraries are not installed."""
    pytest.importorskip("s3fs", reason="the extra 'cloud' is not installed")
    pytest.importorskip("moto.server", reason="moto is not installed, or flask")


@dataclass
class Bucket:
    """A server with one empty bucket."""

    address: str
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and range of each request."""
    sent_bytes: int = 0
    """Bytes of all answers."""
    refuse: Callable[[Asked], Refused | None] = lambda asked: None
    """Returns status and body of the answer to a request that is not to be carried out."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find it."""
        key, secret, token = SECRETS
        return {
            "AWS_ENDPOINT_URL": self.address, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_SESSION_TOKEN": token, "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }  # fmt: skip

    def location(self, key: str = "") -> Path:
        """Return the location of a file or folder."""
        return Path(f"s3://{BUCKET}/{key}")

    def reset(self) -> None:
        """Count from zero, and refuse nothing."""
        self.requests.clear()
        self.sent_bytes, self.refuse = 0, lambda asked: None

    def counts(self) -> Counter[str]:
        """Count the requests by method."""
        return Counter(method for method, _, _ in self.requests)

    def note(self, asked: Asked) -> Refused | None:
        with self._lock:
            self.requests.append((asked["REQUEST_METHOD"], asked["PATH_INFO"], asked.get("HTTP_RANGE", "")))
            return self.refuse(asked)

    def sent(self, content: Iterable[bytes]) -> Iterator[bytes]:
        for piece in content:
            with self._lock:
                self.sent_bytes += len(piece)
            yield piece


@contextmanager
def serving() -> Iterator[Bucket]:
    """Start a server with an empty bucket, and stop it at the end."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    backend = DomainDispatcherApplication(create_backend_app)
    bucket = Bucket("")

    def application(asked: Any, start: Any) -> Iterable[bytes]:
        refused = bucket.note(asked)
        if refused:
            asked["wsgi.input"].read(int(asked.get("CONTENT_LENGTH") or 0))
            start(refused[0], [("Content-Type", "application/xml"), ("Content-Length", str(len(refused[1])))])
            return [] if asked["REQUEST_METHOD"] == "HEAD" else [refused[1]]
        return bucket.sent(backend(asked, start))

    server = make_server("127.0.0.1", 0, application, threaded=True)
    bucket.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in bucket.environment.items():
                patch.setenv(name, value)
            from videmo.store.s3_calls import Calls, _client

            _client.cache_clear()
            Calls(f"s3://{BUCKET}")("create_bucket", Bucket=BUCKET)
            bucket.reset()
            yield bucket
            _client.cache_clear()
    finally:
        server.shutdown()
        thread.join()


def refusal(code: str, status: str) -> Refused:
    """Make an answer that refuses a request."""
    body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>No {SECRETS[1]}</Message></Error>'
    return status, body.encode()
