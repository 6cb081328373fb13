"""Look in every frame of a chunk for what may be a face: more cautiously than the analysis, just to hide it."""

from __future__ import annotations

import dataclasses
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from videmo.faces.detector import FaceDetector, detector_identity, has_scores, make_detector, on_recording
from videmo.faces.finding import followed_in_chunk
from videmo.faces.network import NetworkDetector, sizes_of_search
from videmo.records import Box, Chunk, Detection, Recording
from videmo.settings import AnonymizeSettings, DetectorSettings
from videmo.video.luma import Luma
from videmo.video.read import Frame, ReadCounts
from videmo.video.scene import THUMBNAIL, change_between, thumbnail_of

OWN = DetectorSettings().name
"""The detector that always searches, whichever one the analysis uses."""
SEARCHES = 10.0
"""Searches of the whole picture per second: twice as many as in an analysis, for nobody may be seen for an instant."""
_SAME_FACE = 0.45
"""Two boxes of one frame that overlap (intersection over union) by this much are one sight; the stronger one stays."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Hold what may be a face in the frames of a chunk, as columns."""

    time_s: npt.NDArray[np.float64]
    """``(frames,)`` seconds from the container's start."""
    change: npt.NDArray[np.float32]
    """``(frames,)`` change from the frame before, 0 to 1; NaN for the first."""
    light: npt.NDArray[np.float32]
    """``(frames,)`` mean luma, 0 to 255."""
    edge_thumbnails: npt.NDArray[np.uint8]
    """``(2, 18, 32)`` the first and last frame, to compare with the neighbouring chunks."""
    row: npt.NDArray[np.int64]
    """``(sights,)`` which frame each belongs to, ascending."""
    box: npt.NDArray[np.float32]
    """``(sights, 5)`` x, y, w, h in displayed pixels, and the score."""


class Searcher:
    """Look for faces at several sizes, down to a low score: with our own network, and with the analysis' detector.

    A large face is found best in a small picture and a small face in a large one, so smaller sizes are searched too,
    for faces of any size: more mistakes are hidden, and fewer faces missed.
    """

    def __init__(self, settings: AnonymizeSettings, detector: DetectorSettings) -> None:
        self._sizes, score = sizes_of_search(settings.max_side)[::-1], settings.min_score
        self._own = [_loaded(_cautious(DetectorSettings(), side, score)) for side in self._sizes]
        self._others: list[FaceDetector] = []
        if detector.name != OWN and has_scores(detector):
            self._others = [_loaded(_cautious(detector, side, score)) for side in self._sizes]

    def search(self, luma: Luma) -> list[Detection]:
        """Return what our own network may take for a face in a picture, strongest first."""
        return self._found(self._own, luma)

    def detect_in(self, luma: Luma, window: Box) -> list[Detection]:
        """Return what it may take for a face in a part of a picture, strongest first."""
        largest = self._own[-1]
        assert isinstance(largest, NetworkDetector)
        return largest.detect_in(luma, window)

    def everything(self, luma: Luma) -> list[Detection]:
        """Return what any of the detectors may take for a face in a single picture, strongest first."""
        return strongest([*self.search(luma), *self._found(self._others, luma)])

    def in_chunk(self, recording: Recording, chunk: Chunk) -> Iterator[tuple[Frame, list[Detection]]]:
        """Look at every frame of a chunk: our own network searches `SEARCHES` times per second and follows between."""
        for frame, faces in followed_in_chunk(recording, chunk, self, None, SEARCHES, ReadCounts()):
            as_seen = [face.as_seen() for face in faces]  # a mean box may leave out a part of what one of them covers
            yield frame, strongest([*as_seen, *self._found(self._others, frame.luma)])

    def _found(self, detectors: Sequence[FaceDetector], luma: Luma) -> list[Detection]:
        side = max(luma.width, luma.height)  # from the first size on that is no smaller, all are the picture's own
        own = sum(size < side for size in self._sizes)
        return strongest([face for one in detectors[: own + 1] for face in one.detect(luma)])


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
    times, change, light, row, boxes = array("d"), array("f"), array("f"), array("q"), array("f")
    first = last = None
    for frame, faces in searcher.in_chunk(recording, chunk):
        thumbnail = thumbnail_of(frame.luma)
        change.append(float("nan") if last is None else change_between(last, thumbnail))
        light.append(float(thumbnail.mean()))
        first, last = thumbnail if first is None else first, thumbnail
        for face in faces:
            face = on_recording(face, frame.luma, recording)
            row.append(len(times))
            boxes.extend((face.x, face.y, face.w, face.h, face.score))
        times.append(frame.time_s)
    edges = [np.zeros(THUMBNAIL, np.uint8) if edge is None else edge for edge in (first, last)]
    return Candidates(
        time_s=np.array(times, np.float64),
        change=np.array(change, np.float32),
        light=np.array(light, np.float32),
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
