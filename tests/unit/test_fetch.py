"""Fetching networks: a local server stands for the official address."""

from __future__ import annotations

import dataclasses
import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from runs import videmo
from videmo.errors import OutputError, UsageError, WeightsError
from videmo.faces.detector import detector_identity, make_detector
from videmo.settings import DetectorSettings
from videmo.weights.fetch import MODELS, Model, pull

CONTENT = bytes(range(256)) * 40


class _Server(http.server.BaseHTTPRequestHandler):
    """Gives the file, a wrong one, half of one, or an error, by the folder that is asked for."""

    def do_GET(self) -> None:
        kind = self.path.split("/")[1]
        if kind == "missing":
            self.send_error(404)
            return
        body = b"<html>log in first</html>" if kind == "proxy" else CONTENT
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if kind == "cut" else body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Address of a server on this machine."""
    serving = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=serving.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_address[1]}"
    serving.shutdown()
    thread.join()
    serving.server_close()


def model(server: str, kind: str) -> Model:
    """A network at an address of the local server."""
    return dataclasses.replace(
        MODELS["yunet"], address=f"{server}/{kind}/net.onnx", sha256=hashlib.sha256(CONTENT).hexdigest()
    )


def test_a_network_is_fetched_once_and_checked(server: str, tmp_path: Path) -> None:
    target = tmp_path / "cache" / "models"
    assert pull(model(server, "right"), target) is True
    assert (target / "net.onnx").read_bytes() == CONTENT
    assert pull(model("http://127.0.0.1:9", "gone"), target) is False, "it is there: no request is made"


def test_a_damaged_copy_is_fetched_again(server: str, tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(CONTENT[:100])
    assert pull(model(server, "right"), tmp_path) is True
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("kind", "message"), [("proxy", "is not yunet"), ("cut", "fetch it"), ("missing", "cannot be fetched.*404")]
)
def test_what_is_wrong_leaves_nothing_behind(server: str, tmp_path: Path, kind: str, message: str) -> None:
    with pytest.raises(WeightsError, match=f"/{kind}/net.onnx.*{message}"):
        pull(model(server, kind), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_offline_is_said_clearly(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"cannot be fetched .*Check that you are online"):
        pull(model("http://127.0.0.1:9", "right"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(server: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="file/models"):
        pull(model(server, "right"), tmp_path / "file" / "models")


def test_yunet_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEMO_MODELS", str(tmp_path))
    for ask in (make_detector, detector_identity):
        with pytest.raises(UsageError, match="videmo models pull yunet"):
            ask(DetectorSettings(name="yunet"))
    (tmp_path / MODELS["yunet"].file).write_bytes(b"no network")
    with pytest.raises(WeightsError, match="OpenCV cannot run it as YuNet"):
        make_detector(DetectorSettings(name="yunet"))


def test_the_pinned_hash_is_that_of_the_published_file(data: Path) -> None:
    published = data / "models" / MODELS["yunet"].file
    assert hashlib.sha256(published.read_bytes()).hexdigest() == MODELS["yunet"].sha256


@pytest.mark.slow
def test_the_command_lists_networks_and_refuses_others() -> None:
    listed = videmo("models", "list")
    assert listed.returncode == 0
    assert all(name in listed.stdout for name in ("videmo", "founding", "haar", "yunet"))
    refused = videmo("models", "pull", "everything")
    assert refused.returncode == 2
    assert "everything: not a network that can be fetched" in refused.stderr
