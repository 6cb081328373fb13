"""One chunk: decode, find faces, classify."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from videmo.config import ClassifierSettings, DetectorSettings, Settings
from videmo.emotions.classifier import EmotionClassifier
from videmo.errors import RecordingError
from videmo.faces.detector import FaceDetector, make_detector
from videmo.faces.quality import brightness, sharpness
from videmo.records import EMOTIONS, Chunk, Detection, Recording
from videmo.tables.parts import THUMBNAIL, ChunkObservations, change_between
from videmo.video.luma import Luma
from videmo.video.read import ReadCounts, read_frames
from videmo.weights import load_weights


@lru_cache(maxsize=2)
def _detector(settings: DetectorSettings) -> FaceDetector:
    """One detector a process: loading it costs more than a short chunk."""
    return make_detector(settings)


@lru_cache(maxsize=2)
def _classifier(settings: ClassifierSettings) -> EmotionClassifier:
    return EmotionClassifier(load_weights(settings.name))


def observe_chunk(recording: Recording, chunk: Chunk, settings: Settings) -> ChunkObservations:
    """Look at the sampled frames of a chunk. The result depends on nothing but the arguments.

    Raises:
        RecordingError: the file can't be read (any more), or it changed since it was probed.
        UsageError, WeightsError: the detector or the classifier that the settings name can't be loaded.
    """
    cv2.setNumThreads(1)  # chunks run side by side; and sums must not depend on a number of threads
    _check_unchanged(recording)
    detector, classifier = _detector(settings.detector), _classifier(settings.classifier)
    columns = _Columns()
    counts = ReadCounts()
    for frame in read_frames(recording, chunk, fps=settings.reading.fps, counts=counts):
        columns.add_frame(frame.index, frame.pts, frame.time_s, frame.luma)
        for face in detector.detect(frame.luma):
            left, top, side = classifier.contract.square(face)
            crop = frame.luma.patch(left, top, side, classifier.contract.size)
            columns.add_face(
                _on_recording(face, frame.luma, recording),
                classifier.predict(crop),
                (brightness(crop), sharpness(crop)),
            )
    if counts.stopped:
        raise RecordingError(
            f"{recording.path}: reading stopped at {counts.last_s:.1f} s ({counts.stopped}). "
            "Check the disk or copy the file again."
        )
    return columns.finish(counts)


def _check_unchanged(recording: Recording) -> None:
    try:
        stat = recording.path.stat()
    except OSError as exc:
        raise RecordingError(f"{recording.path}: the file is gone. Was it moved or deleted?") from exc
    if (stat.st_size, stat.st_mtime_ns) != (recording.size_bytes, recording.modified_ns):
        raise RecordingError(
            f"{recording.path}: it changed while it was being analysed. Start again when it is complete."
        )


def _on_recording(face: Detection, luma: Luma, recording: Recording) -> Detection:
    """Express a face in the recording's pixels: some streams change their size on the way."""
    if (luma.width, luma.height) == (recording.width, recording.height):
        return face
    across, down = recording.width / luma.width, recording.height / luma.height
    landmarks = tuple((x * across, y * down) for x, y in face.landmarks)
    return Detection(face.x * across, face.y * down, face.w * across, face.h * down, face.score, landmarks)


class _Columns:
    """Collects rows as columns of plain numbers."""

    def __init__(self) -> None:
        self._frames: list[tuple[int, int, float, float]] = []
        self._rows: list[int] = []
        self._boxes: list[tuple[float, ...]] = []
        self._probabilities: list[np.ndarray] = []
        self._qualities: list[tuple[float, float]] = []
        self._begin: list[np.ndarray] = []
        self._last: np.ndarray | None = None

    def add_frame(self, index: int, pts: int, time_s: float, luma: Luma) -> None:
        thumbnail = luma.scaled(THUMBNAIL[1], THUMBNAIL[0])
        change = float("nan") if self._last is None else change_between(self._last, thumbnail)
        self._frames.append((index, pts, time_s, change))
        if len(self._begin) < 2:
            self._begin.append(thumbnail)
        self._last = thumbnail

    def add_face(self, face: Detection, probabilities: np.ndarray, quality: tuple[float, float]) -> None:
        self._rows.append(len(self._frames) - 1)
        self._boxes.append((face.x, face.y, face.w, face.h, face.score))
        self._probabilities.append(probabilities)
        self._qualities.append(quality)

    def finish(self, counts: ReadCounts) -> ChunkObservations:
        last = np.zeros(THUMBNAIL, np.uint8) if self._last is None else self._last
        first, second = [*self._begin, last, last][:2]
        index, pts, time_s, change = zip(*self._frames, strict=True) if self._frames else ((), (), (), ())
        return ChunkObservations(
            frame=np.array(index, np.int64),
            pts=np.array(pts, np.int64),
            time_s=np.array(time_s, np.float64),
            change=np.array(change, np.float32),
            edge_thumbnails=np.stack([first, second, last]),
            row=np.array(self._rows, np.int64),
            box=np.array(self._boxes, np.float32).reshape(-1, 5),
            probabilities=np.array(self._probabilities, np.float32).reshape(-1, len(EMOTIONS)),
            quality=np.array(self._qualities, np.float32).reshape(-1, 2),
            decoded=counts.frames,
            damaged=counts.damaged,
            unordered=counts.unordered,
        )
