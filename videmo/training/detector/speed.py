"""Measure the speed of face detectors."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from videmo.faces.detector import FaceDetector
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.records import Chunk
from videmo.video.luma import Luma
from videmo.video.probe import probe
from videmo.video.read import ReadCounts, read_frames
from videmo.weights import load_weights

FRAMES_A_SECOND: Final = 5.0
TIMED_FRAMES, TIMED_ROUNDS = 60, 5


def times(detectors: Sequence[FaceDetector], clips: Sequence[Path]) -> list[dict[str, float]]:
    """Measure milliseconds per frame of 320×192 on one core, in turns, and their ratio to a founding classification.

    Raises:
        RecordingError: a clip can't be read.
    """
    frames = _frames(clips)
    classifier, crop = EmotionClassifier(load_weights("founding")), frames[0].scaled(48, 48)
    classify: list[float] = []
    detect: list[list[float]] = [[] for _ in detectors]
    for _ in range(TIMED_ROUNDS):
        classify.append(_milliseconds(lambda: [classifier.predict(crop) for _ in frames], len(frames)))
        for detector, spent in zip(detectors, detect, strict=True):
            spent.append(_milliseconds(lambda d=detector: [d.detect(frame) for frame in frames], len(frames)))  # type: ignore[misc]
    base = statistics.median(classify)
    return [
        {"ms": round(statistics.median(spent), 3), "over_founding": round(statistics.median(spent) / base, 2)}
        for spent in detect
    ]


def _frames(clips: Sequence[Path]) -> list[Luma]:
    whole = Chunk(0, None, None, None, 0.0)
    frames = [
        Luma(frame.luma.scaled(320, 192), False, 0)
        for path in clips
        for frame in read_frames(probe(path), whole, fps=FRAMES_A_SECOND, counts=ReadCounts())
    ]
    return frames[:: max(1, len(frames) // TIMED_FRAMES)][:TIMED_FRAMES]


def _milliseconds(work: Callable[[], object], count: int) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) / count * 1e3
