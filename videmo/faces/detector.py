"""Define what a face detector is, and choose one: a new one is one file and one line in `DETECTORS`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from videmo.errors import Given, UsageError
from videmo.faces.framing import CASCADE, WHOLE_FACE, Framing
from videmo.records import Detection, Recording
from videmo.settings import DetectorSettings
from videmo.weights import load_weights, shipped
from videmo.weights.fetch import fetched

if TYPE_CHECKING:
    from videmo.video.luma import Luma


class FaceDetector(Protocol):
    """Find the faces in one frame: the same for the same pixels, whatever came before."""

    def detect(self, luma: Luma) -> list[Detection]:
        """Return the faces in displayed pixels of ``luma``, largest first; an empty list if there are none."""
        ...


@dataclass(frozen=True, slots=True)
class DetectorKind:
    """Declare a detector: all that is known of it before it is made."""

    make: Callable[[DetectorSettings], FaceDetector]
    framing: Framing
    """How its boxes lie around a face."""
    identity: Callable[[str], str]
    """Takes its name in the settings and returns what else its results depend on, for example the hash of its file.

    Raises:
        UsageError: the file can't be read, or has to be fetched first.
        WeightsError: a shipped network is damaged.
    """
    suffix: str = ""
    """Of the files that it runs; empty if it runs none."""
    has_scores: bool = True
    """True if its scores say how certain it is."""
    sure_score: float = 0.0
    """Score that a person's face reaches at least once, unless the settings say otherwise: for a detector that reports
    doubtful faces too, to be followed."""


def make_detector(settings: DetectorSettings) -> FaceDetector:
    """Build the detector that the settings name.

    Raises:
        UsageError: there is no detector or file of that name, or it has to be fetched first.
        WeightsError: the file is not what its suffix says.
    """
    return _kind(settings.name).make(settings)


def check_detector(settings: DetectorSettings) -> None:
    """Refuse settings that name no detector. What ships is known to be one: it need not be loaded for that.

    Raises:
        UsageError, WeightsError: as `make_detector`.
    """
    if settings.name in shipped("detector"):
        detector_identity(settings)
    else:
        make_detector(settings)


def framing_of(settings: DetectorSettings) -> Framing:
    """Return how the detector's boxes lie around a face."""
    return _kind(settings.name).framing


def sure_score(settings: DetectorSettings) -> float:
    """Return the score that a person's face must reach once; 0 for no limit."""
    if not has_scores(settings):
        return 0.0
    if settings.sure_score is not None:
        return settings.sure_score
    return _kind(settings.name).sure_score


def has_scores(settings: DetectorSettings) -> bool:
    """Tell whether the detector's scores say how certain it is: cascades have none."""
    return _kind(settings.name).has_scores


def on_recording(face: Detection, luma: Luma, recording: Recording) -> Detection:
    """Convert a face to the recording's pixels: some streams change their size on the way."""
    own, whole = (luma.width, luma.height), (recording.width, recording.height)
    if own == whole:
        return face
    from videmo.video.display import fitted

    place = fitted(own, whole)
    across, down = place.width / own[0], place.height / own[1]
    left, top = place.left, place.top
    landmarks = tuple((left + x * across, top + y * down) for x, y in face.landmarks)
    x, y = left + face.x * across, top + face.y * down
    return Detection(x, y, face.w * across, face.h * down, face.score, landmarks)


def detector_identity(settings: DetectorSettings) -> str:
    """Return what results depend on besides the settings: the hash of the detector's file, or its name (OpenCV's).

    Raises:
        UsageError: there is no such detector, its file can't be read, or it has to be fetched first.
        WeightsError: a shipped network is damaged.
    """
    return _kind(settings.name).identity(settings.name)


def _kind(name: str) -> DetectorKind:
    suffix = Path(name).suffix.lower()
    of_file = [kind for kind in DETECTORS.values() if suffix and kind.suffix == suffix]
    if not of_file and name not in DETECTORS:
        names = ", ".join(DETECTORS)
        files = "the path of a network (.tflite from 'videmo train detector', YuNet's .onnx) or of a cascade (.xml)"
        raise UsageError(Given("detector.name", name), "not a detector", advice=f"Choose from {names}, or {files}.")
    return of_file[0] if of_file else DETECTORS[name]


def _hash(path: Path, name: str) -> str:
    """Hash the file of a detector, of the name in the settings.

    Raises:
        UsageError: it can't be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as exc:
        chosen, found = Given("detector.name", name), f"cannot be read ({exc.strerror})"
        raise UsageError(chosen, found, advice="Check its name and permissions.") from exc


def _videmo(settings: DetectorSettings) -> FaceDetector:
    from videmo.faces.network import NetworkDetector

    return NetworkDetector(load_weights(settings.name, "detector"), settings)


def _yunet(settings: DetectorSettings) -> FaceDetector:
    from videmo.faces.yunet import YunetDetector

    return YunetDetector(_yunet_file(settings.name), settings)


def _yunet_file(name: str) -> Path:
    return fetched("yunet") if name == "yunet" else Path(name)


def _haar(settings: DetectorSettings) -> FaceDetector:
    from videmo.faces.haar import HaarDetector

    return HaarDetector(settings)


DETECTORS: dict[str, DetectorKind] = {
    "videmo": DetectorKind(
        _videmo,
        WHOLE_FACE,
        identity=lambda name: load_weights(name, "detector").sha256,
        suffix=".tflite",
        sure_score=0.7,
    ),
    "yunet": DetectorKind(_yunet, WHOLE_FACE, identity=lambda name: _hash(_yunet_file(name), name), suffix=".onnx"),
    "haar": DetectorKind(
        _haar,
        CASCADE,
        identity=lambda name: name if name == "haar" else _hash(Path(name), name),
        suffix=".xml",
        has_scores=False,
    ),
}
"""The detectors by name."""
