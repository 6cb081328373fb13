"""Search every frame of a chunk for anything that may be a face: more cautiously than the analysis, just to hide it."""

from __future__ import annotations

import dataclasses
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from videmo.faces.detector import FaceDetector, detector_identity, has_scores, make_detector, on_recording
from videmo.records import Chunk, Detection, Recording
from videmo.settings import AnonymizeSettings, DetectorSettings
from videmo.video.luma import Luma
from videmo.video.read import ReadCounts, read_frames
from videmo.video.scene import THUMBNAIL, change_between, thumbnail_of

OWN = DetectorSettings().name
"""The detector that always searches, whichever one the analysis uses."""
_SAME_FACE = 0.45
"""Two boxes of one frame that overlap (intersection over union) by this much are one sight; the stronger one stays."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Hold what may be a face in the frames of a chunk, as columns."""

    time_s: npt.NDArray[np.float64]
    """``(frames,)`` seconds from the container's start."""
    change: npt.NDArray[np.float32]
    """``(frames,)`` change from the frame before, 0 to 1; NaN for the first."""
    edge_thumbnails: npt.NDArray[np.uint8]
    """``(2, 18, 32)`` the first and last frame, to compare with the neighbouring chunks."""
    row: npt.NDArray[np.int64]
    """``(sights,)`` which frame each belongs to, ascending."""
    box: npt.NDArray[np.float32]
    """``(sights, 5)`` x, y, w, h in displayed pixels, and the score."""


class Searcher:
    """Search a picture at two sizes, down to a low score, with our own network and with the analysis' detector.

    A large face is found best in a small picture and a small face in a large one, so the smaller size is searched too.
    """

    def __init__(self, settings: AnonymizeSettings, detector: DetectorSettings) -> None:
        self._longest = settings.max_side
        kinds = [DetectorSettings(), *([detector] if detector.name != OWN and has_scores(detector) else [])]
        self._detectors = [
            [_loaded(_cautious(kind, side, settings.min_score)) for kind in kinds]
            for side in (self._longest // 2, self._longest)
        ]

    def search(self, luma: Luma) -> list[Detection]:
        """Return anything that may be a face, strongest first."""
        small = max(luma.width, luma.height) <= self._longest // 2  # both sizes are the picture's own
        sizes = self._detectors[small:]
        return strongest([face for detectors in sizes for one in detectors for face in one.detect(luma)])


def strongest(faces: Sequence[Detection]) -> list[Detection]:
    """Keep the box with the highest score of those that mean the same face; strongest first."""
    if len(faces) < 2:
        return list(faces)
    boxes = [(face.x, face.y, face.w, face.h) for face in faces]
    kept = cv2.dnn.NMSBoxes(boxes, [face.score for face in faces], 0.0, _SAME_FACE)
    return [faces[place] for place in np.asarray(kept, np.int64).ravel().tolist()]


def search_chunk(
    recording: Recording, chunk: Chunk, settings: AnonymizeSettings, detector: DetectorSettings
) -> Candidates:
    """Search every frame of a chunk, sampled or not. The result depends on the arguments alone.

    Raises:
        RecordingError: the file can't be read, or has changed since it was probed.
        UsageError, WeightsError: a detector can't be loaded.
    """
    cv2.setNumThreads(1)  # as in the analysis
    searcher = Searcher(settings, detector)
    times, change, row, boxes = array("d"), array("f"), array("q"), array("f")
    first = last = None
    for frame in read_frames(recording, chunk, fps=None, counts=ReadCounts()):
        thumbnail = thumbnail_of(frame.luma)
        change.append(float("nan") if last is None else change_between(last, thumbnail))
        first, last = thumbnail if first is None else first, thumbnail
        for face in searcher.search(frame.luma):
            face = on_recording(face, frame.luma, recording)
            row.append(len(times))
            boxes.extend((face.x, face.y, face.w, face.h, face.score))
        times.append(frame.time_s)
    edges = [np.zeros(THUMBNAIL, np.uint8) if edge is None else edge for edge in (first, last)]
    return Candidates(
        time_s=np.array(times, np.float64),
        change=np.array(change, np.float32),
        edge_thumbnails=np.stack(edges),
        row=np.array(row, np.int64),
        box=np.array(boxes, np.float32).reshape(-1, 5),
    )


def search_identity() -> str:
    """Hash what a search depends on apart from the settings and the detector of the analysis."""
    return detector_identity(DetectorSettings())


def _cautious(kind: DetectorSettings, side: int, score: float) -> DetectorSettings:
    return dataclasses.replace(kind, max_side=side, min_score=score, min_size_px=8.0)


def _loaded(settings: DetectorSettings) -> FaceDetector:
    return _detector(settings, detector_identity(settings))


@lru_cache(maxsize=4)
def _detector(settings: DetectorSettings, identity: str) -> FaceDetector:
    """Load a detector once per process. Another file under the same name is another detector."""
    return make_detector(settings)
