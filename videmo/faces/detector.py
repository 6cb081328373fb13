"""What a face detector is, and how one is chosen: a new one is one file and one line in `make_detector`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Protocol

from videmo.config import DetectorSettings
from videmo.errors import UsageError
from videmo.records import Detection
from videmo.video.luma import Luma


class FaceDetector(Protocol):
    """Finds the faces in one frame. Must give the same answer for the same pixels, whatever came before."""

    def detect(self, luma: Luma) -> list[Detection]:
        """Return the faces in displayed pixels of ``luma``, largest first; an empty list if there are none."""
        ...


def make_detector(settings: DetectorSettings) -> FaceDetector:
    """Build the detector that the settings name: ``haar`` or the path of a cascade file.

    Raises:
        UsageError: no detector has that name and no file stands there.
        WeightsError: the file is not a cascade.
    """
    if settings.name == "haar" or settings.name.endswith(".xml"):
        from videmo.faces.haar import HaarDetector

        return HaarDetector(settings)
    raise UsageError(f"--detector {settings.name}: not a detector. Give 'haar' or the path of a cascade file (.xml).")


def detector_identity(settings: DetectorSettings) -> str:
    """What results depend on besides the settings: the hash of a cascade file, or the name of a built-in detector.

    Raises:
        UsageError: a cascade file can't be read.
    """
    if not settings.name.endswith(".xml"):
        return settings.name
    try:
        return hashlib.sha256(Path(settings.name).read_bytes()).hexdigest()
    except OSError as exc:
        raise UsageError(f"--detector {settings.name}: no such file, or not readable ({exc.strerror}).") from exc
