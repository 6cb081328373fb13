"""One chunk: decode, find faces, classify."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import cv2
import numpy as np
import numpy.typing as npt

from videmo.emotions.classifier import EmotionClassifier
from videmo.faces.detector import FaceDetector, detector_identity, framing_of, make_detector, on_recording
from videmo.faces.quality import brightness, sharpness
from videmo.records import EMOTIONS, LANDMARKS, Chunk, Detection, Recording
from videmo.settings import DetectorSettings, Settings
from videmo.tables.parts import THUMBNAIL, ChunkObservations, change_between
from videmo.video.luma import Luma
from videmo.video.read import Frame, ReadCounts, read_frames
from videmo.weights import Weights, load_weights


@lru_cache(maxsize=2)
def _detector(settings: DetectorSettings, identity: str) -> FaceDetector:
    """One detector a process: loading it costs more than a short chunk. Another file under the same name is another."""
    return make_detector(settings)


@lru_cache(maxsize=2)
def _classifier(weights: Weights, prior_power: float | None) -> EmotionClassifier:
    return EmotionClassifier(weights, prior_power=prior_power)


@dataclass(frozen=True, slots=True)
class Sight:
    """One face in one frame and what it shows."""

    face: Detection
    """In the recording's pixels."""
    probabilities: npt.NDArray[np.float32]
    """``(5,)`` in the order of the emotions."""
    quality: tuple[float, float]
    """Brightness and sharpness of the crop."""


class Observer:
    """Finds the faces in a frame and classifies them. The result depends on the frame and the settings alone.

    Args:
        settings: which detector and classifier, and how.

    Raises:
        UsageError, WeightsError: the detector or the classifier that the settings name can't be loaded.
    """

    def __init__(self, settings: Settings) -> None:
        cv2.setNumThreads(1)  # chunks run side by side; and sums must not depend on a number of threads
        self._detector = _detector(settings.detector, detector_identity(settings.detector))
        self._framing = framing_of(settings.detector)
        self._classifier = _classifier(load_weights(settings.classifier.name), settings.classifier.prior_power)

    def look(self, luma: Luma, recording: Recording) -> list[Sight]:
        """Return what is seen, the largest face first."""
        sights = []
        for face in self._detector.detect(luma):
            left, top, side = self._framing.square(face)
            crop = luma.patch(left, top, side, self._classifier.contract.size)
            quality = brightness(crop), sharpness(crop)
            sights.append(Sight(on_recording(face, luma, recording), self._classifier.predict(crop), quality))
        return sights


def observe_chunk(recording: Recording, chunk: Chunk, settings: Settings) -> ChunkObservations:
    """Look at the sampled frames of a chunk. The result depends on nothing but the arguments.

    Raises:
        RecordingError: the file can't be read (any more), or it changed since it was probed.
        UsageError, WeightsError: the detector or the classifier that the settings name can't be loaded.
    """
    observer = Observer(settings)
    columns = Columns()
    counts = ReadCounts()
    for frame in read_frames(recording, chunk, fps=settings.reading.fps, counts=counts):
        columns.add(frame.index, frame, observer.look(frame.luma, recording))
    return columns.finish(counts)


_NO_LANDMARKS = (float("nan"),) * len(LANDMARKS)


class Columns:
    """Collects rows as packed columns: a recording that can't be cut into chunks may have a million of them."""

    def __init__(self) -> None:
        self._index, self._pts = array("q"), array("q")
        self._time_s, self._change = array("d"), array("f")
        self._row, self._boxes, self._landmarks = array("q"), array("f"), array("f")
        self._probabilities, self._qualities = array("f"), array("f")
        self._begin: list[npt.NDArray[np.uint8]] = []
        self._last: npt.NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self._index)

    def add(self, index: int, frame: Frame, sights: Sequence[Sight]) -> None:
        """Add a sampled frame with the faces in it, as number ``index`` of the chunk."""
        thumbnail = frame.luma.thumbnail(THUMBNAIL[1], THUMBNAIL[0])
        self._change.append(float("nan") if self._last is None else change_between(self._last, thumbnail))
        self._index.append(index)
        self._pts.append(frame.pts)
        self._time_s.append(frame.time_s)
        if len(self._begin) < 2:
            self._begin.append(thumbnail)
        self._last = thumbnail
        for sight in sights:
            face = sight.face
            self._row.append(len(self._index) - 1)
            self._boxes.extend((face.x, face.y, face.w, face.h, face.score))
            self._landmarks.extend(chain.from_iterable(face.landmarks) if face.landmarks else _NO_LANDMARKS)
            self._probabilities.extend(sight.probabilities.tolist())
            self._qualities.extend(sight.quality)

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
