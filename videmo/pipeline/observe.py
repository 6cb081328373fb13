"""One chunk: decode, find faces, classify."""

from __future__ import annotations

from array import array
from functools import lru_cache
from itertools import chain

import cv2
import numpy as np
import numpy.typing as npt

from videmo.config import DetectorSettings, Settings
from videmo.emotions.classifier import EmotionClassifier
from videmo.faces.detector import FaceDetector, detector_identity, framing_of, make_detector, on_recording
from videmo.faces.quality import brightness, sharpness
from videmo.records import EMOTIONS, LANDMARKS, Chunk, Detection, Recording
from videmo.tables.parts import THUMBNAIL, ChunkObservations, change_between
from videmo.video.luma import Luma
from videmo.video.read import ReadCounts, read_frames
from videmo.weights import Weights, load_weights


@lru_cache(maxsize=2)
def _detector(settings: DetectorSettings, identity: str) -> FaceDetector:
    """One detector a process: loading it costs more than a short chunk. Another file under the same name is another."""
    return make_detector(settings)


@lru_cache(maxsize=2)
def _classifier(weights: Weights, prior_power: float | None) -> EmotionClassifier:
    return EmotionClassifier(weights, prior_power=prior_power)


def observe_chunk(recording: Recording, chunk: Chunk, settings: Settings) -> ChunkObservations:
    """Look at the sampled frames of a chunk. The result depends on nothing but the arguments.

    Raises:
        RecordingError: the file can't be read (any more), or it changed since it was probed.
        UsageError, WeightsError: the detector or the classifier that the settings name can't be loaded.
    """
    cv2.setNumThreads(1)  # chunks run side by side; and sums must not depend on a number of threads
    detector = _detector(settings.detector, detector_identity(settings.detector))
    framing = framing_of(settings.detector)
    classifier = _classifier(load_weights(settings.classifier.name), settings.classifier.prior_power)
    columns = _Columns()
    counts = ReadCounts()
    for frame in read_frames(recording, chunk, fps=settings.reading.fps, counts=counts):
        columns.add_frame(frame.index, frame.pts, frame.time_s, frame.luma)
        for face in detector.detect(frame.luma):
            left, top, side = framing.square(face)
            crop = frame.luma.patch(left, top, side, classifier.contract.size)
            columns.add_face(
                on_recording(face, frame.luma, recording),
                classifier.predict(crop),
                (brightness(crop), sharpness(crop)),
            )
    return columns.finish(counts)


_NO_LANDMARKS = (float("nan"),) * len(LANDMARKS)


class _Columns:
    """Collects rows as packed columns: a recording that can't be cut into chunks may have a million of them."""

    def __init__(self) -> None:
        self._index, self._pts = array("q"), array("q")
        self._time_s, self._change = array("d"), array("f")
        self._row, self._boxes, self._landmarks = array("q"), array("f"), array("f")
        self._probabilities, self._qualities = array("f"), array("f")
        self._begin: list[npt.NDArray[np.uint8]] = []
        self._last: npt.NDArray[np.uint8] | None = None

    def add_frame(self, index: int, pts: int, time_s: float, luma: Luma) -> None:
        thumbnail = luma.thumbnail(THUMBNAIL[1], THUMBNAIL[0])
        self._change.append(float("nan") if self._last is None else change_between(self._last, thumbnail))
        self._index.append(index)
        self._pts.append(pts)
        self._time_s.append(time_s)
        if len(self._begin) < 2:
            self._begin.append(thumbnail)
        self._last = thumbnail

    def add_face(self, face: Detection, probabilities: npt.NDArray[np.float32], quality: tuple[float, float]) -> None:
        self._row.append(len(self._index) - 1)
        self._boxes.extend((face.x, face.y, face.w, face.h, face.score))
        self._landmarks.extend(chain.from_iterable(face.landmarks) if face.landmarks else _NO_LANDMARKS)
        self._probabilities.extend(probabilities.tolist())
        self._qualities.extend(quality)

    def finish(self, counts: ReadCounts) -> ChunkObservations:
        last = np.zeros(THUMBNAIL, np.uint8) if self._last is None else self._last
        first, second = [*self._begin, last, last][:2]
        return ChunkObservations(
            frame=np.array(self._index, np.int64),
            pts=np.array(self._pts, np.int64),
            time_s=np.array(self._time_s, np.float64),
            change=np.array(self._change, np.float32),
            edge_thumbnails=np.stack([first, second, last]),
            row=np.array(self._row, np.int64),
            box=np.array(self._boxes, np.float32).reshape(-1, 5),
            landmarks=np.array(self._landmarks, np.float32).reshape(-1, len(LANDMARKS)),
            probabilities=np.array(self._probabilities, np.float32).reshape(-1, len(EMOTIONS)),
            quality=np.array(self._qualities, np.float32).reshape(-1, 2),
            decoded=counts.frames,
            damaged=counts.damaged,
            unordered=counts.unordered,
            end_s=counts.end_s,
        )
