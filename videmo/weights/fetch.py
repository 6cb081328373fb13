"""Fetch networks that don't ship with videmo: once, checked against a pinned hash, kept in the user's cache."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from videmo.errors import UsageError, WeightsError
from videmo.files import unwritable

TIMEOUT_S = 30.0
FOLDER_VARIABLE = "VIDEMO_MODELS"
"""Names another folder to keep them in."""


@dataclass(frozen=True, slots=True)
class Model:
    """A network that can be fetched."""

    name: str
    address: str
    sha256: str
    size: int
    """In bytes."""
    terms: Mapping[str, str]
    """Licence or terms, by what it learned from."""
    about: str

    @property
    def file(self) -> str:
        """Return the name of its file."""
        return self.address.rsplit("/", 1)[-1]


MODELS = {
    "yunet": Model(
        name="yunet",
        address=(
            "https://github.com/opencv/opencv_zoo/raw/main/models/face_detection_yunet/"
            "face_detection_yunet_2023mar.onnx"
        ),
        sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
        size=232_589,
        terms={"the network": "MIT", "WIDER FACE": "research use"},
        about="From OpenCV's model zoo (Wu et al., 2023).",
    )
}


def folder() -> Path:
    """Return the folder of fetched networks: ``$VIDEMO_MODELS``, else the user's cache."""
    import platformdirs

    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen) if chosen else platformdirs.user_cache_path("videmo") / "models"


def fetched(name: str) -> Path:
    """Return the path of a network that was fetched before.

    Raises:
        UsageError: it was not.
    """
    path = folder() / MODELS[name].file
    if not path.is_file():
        found = f"not on this machine ({path})"
        advice = f"Fetch it once with 'videmo models pull {name}', or choose the path of {MODELS[name].file}."
        raise UsageError(name, found, advice=advice)
    return path


def pull(model: Model, target: Path) -> bool:
    """Download a network into a folder, unless it lies there already.

    It is written beside its place, checked, and moved: what lies there is always whole and right.

    Args:
        model: what to fetch.
        target: folder to put it in; made if missing.

    Returns:
        True if it was downloaded, False if it was there already.

    Raises:
        WeightsError: it can't be reached, or the download is something else.
        OutputError: it can't be written.
    """
    import pooch
    import requests

    path = target / model.file
    pooch.get_logger().setLevel("ERROR")
    if path.is_file() and pooch.file_hash(str(path)) == model.sha256:
        return False
    try:
        target.mkdir(parents=True, exist_ok=True)
        pooch.retrieve(
            model.address,
            known_hash=f"sha256:{model.sha256}",
            fname=model.file,
            path=target,
            downloader=pooch.HTTPDownloader(timeout=TIMEOUT_S),
        )
    except requests.RequestException as exc:
        advice = "Check that you are online, or fetch it on another machine and choose its path as the detector."
        raise WeightsError(model.address, f"cannot be fetched ({exc})", advice=advice) from exc
    except ValueError as exc:
        found = f"the download is not {model.name}: its sha256 is not {model.sha256[:12]}…"
        advice = "A proxy may have answered instead: fetch it by other means, and choose its path as the detector."
        raise WeightsError(model.address, found, advice=advice) from exc
    except OSError as exc:
        raise unwritable(path, exc) from exc
    return True
