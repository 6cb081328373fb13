"""Measure face detectors on held-out pictures and real recordings, side by side. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses
import json
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError
from videmo.faces.detector import FaceDetector, make_detector
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.records import Chunk, Detection
from videmo.settings import DetectorSettings
from videmo.training.common.boxes import overlaps
from videmo.training.common.pictures import decode, read_backgrounds, read_table, read_web
from videmo.training.detector.label import box_of_points
from videmo.training.detector.metrics import (
    Finding,
    Verdicts,
    average_precision,
    judge,
    mistakes_above,
    recall_above,
    recall_at,
)
from videmo.video.luma import Luma
from videmo.video.probe import probe
from videmo.video.read import ReadCounts, read_frames
from videmo.weights import load_weights

CANVAS = (320, 256)
"""Width and height of the input that each picture is scaled to fit into."""
HEIGHTS: Mapping[str, tuple[float, float]] = {
    "≥ 24 px": (24.0, 1e9),
    "12–24 px": (12.0, 24.0),
    "24–48 px": (24.0, 48.0),
    "48–96 px": (48.0, 96.0),
    "> 96 px": (96.0, 1e9),
}
"""Face heights at the input."""
MISTAKES_A_PICTURE = 0.01
LOWEST_SCORE = 0.02
"""Networks are asked for anything they suspect, so that the whole curve can be drawn."""
GUESS_OVERLAP = 0.4
"""A detection has found a face in a web photograph if it overlaps the box guessed from its points by this much."""
TURNED = (0.15, 0.35)
"""Nose offset from the middle of the eyes, over their distance: frontal below the first, profile from the second."""
FRAMES_A_SECOND = 5.0
TIMED_FRAMES, TIMED_ROUNDS = 60, 5


@dataclass(frozen=True, slots=True)
class Contestant:
    """Name a detector to measure."""

    title: str
    settings: DetectorSettings
    threshold: float
    """The least score at which it reports a face in normal use."""


@dataclass(frozen=True, slots=True)
class _WiderPicture:
    image: npt.NDArray[np.uint8]
    boxes: npt.NDArray[np.float64]
    invalid: npt.NDArray[np.bool_]
    unusual: npt.NDArray[np.bool_]
    """Faces whose pose WIDER calls atypical: profiles, or strongly turned or tilted."""


def evaluate_detectors(
    data: Path, contestants: Sequence[Contestant], report: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Measure detectors on the same pictures.

    Args:
        data: folder with ``data/`` and ``recordings/``.
        contestants: what to compare.
        report: receives lines of progress.

    Returns:
        The scores of each contestant by name, ready for JSON.

    Raises:
        DatasetError: a table or a recording is missing or malformed.
    """
    cv2.setNumThreads(1)
    tables = data / "data"
    wider = list(_wider(tables / "wider.parquet"))
    web = read_web(tables / "webfaces.parquet", evaluation=True)
    empty = [picture.image for picture in read_backgrounds(tables / "backgrounds.parquet", "validation")]
    clips = _clips(data / "recordings")
    results = []
    for contestant in contestants:
        low = make_detector(_asking_low(contestant.settings))
        results.append(
            {
                "title": contestant.title,
                "threshold": contestant.threshold,
                "wider": _on_wider(low, wider, contestant.threshold),
                "web": _on_web(low, web, contestant.threshold),
                "without_people": _on_empty(low, empty, contestant.threshold),
                "recordings": _on_recordings(make_detector(contestant.settings), clips),
            }
        )
        report(f"{contestant.title}: measured on {len(wider)} + {len(web)} + {len(empty)} pictures, {len(clips)} clips")
    for result, timing in zip(results, _times(contestants, clips), strict=True):
        result["speed"] = timing
    return results


def _asking_low(settings: DetectorSettings) -> DetectorSettings:
    return dataclasses.replace(settings, min_score=LOWEST_SCORE, min_size_px=8.0)


def _wider(path: Path) -> Iterator[_WiderPicture]:
    for number, row in enumerate(read_table(path, ["image", "boxes", "invalid", "pose"], "validation")):
        boxes = np.array(row["boxes"], np.float64).reshape(-1, 4)
        yield _WiderPicture(
            decode(row["image"], path, number), boxes, np.array(row["invalid"], bool), np.array(row["pose"]) > 0
        )


def on_canvas(image: npt.NDArray[np.uint8]) -> tuple[Luma, float]:
    """Scale a picture to fit into the common input, on black; return the scale too."""
    height, width = image.shape
    scale = min(CANVAS[0] / width, CANVAS[1] / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    canvas = np.zeros(CANVAS[::-1], np.uint8)
    canvas[: size[1], : size[0]] = cv2.resize(
        image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    return Luma(canvas, False, 0), scale


def _finding(found: Sequence[Detection], truth: npt.NDArray[np.float64], ignore: npt.NDArray[np.bool_]) -> Finding:
    boxes = np.array([(face.x, face.y, face.w, face.h) for face in found], np.float64).reshape(-1, 4)
    return Finding(boxes, np.array([face.score for face in found], np.float64), truth, ignore)


def _on_wider(detector: FaceDetector, pictures: Sequence[_WiderPicture], threshold: float) -> dict[str, Any]:
    findings, usual, unusual = [], [], []
    for picture in pictures:
        luma, scale = on_canvas(picture.image)
        found = detector.detect(luma)
        truth = picture.boxes * scale
        findings.append(_finding(found, truth, picture.invalid))
        usual.append(_finding(found, truth, picture.invalid | picture.unusual))
        unusual.append(_finding(found, truth, picture.invalid | ~picture.unusual))
    scores = {name: _scores(judge(findings, height=bounds), threshold) for name, bounds in HEIGHTS.items()}
    scores["≥ 24 px, usual pose"] = _scores(judge(usual, height=HEIGHTS["≥ 24 px"]), threshold)
    scores["≥ 24 px, unusual pose"] = _scores(judge(unusual, height=HEIGHTS["≥ 24 px"]), threshold)
    return scores


def _scores(verdicts: Verdicts, threshold: float) -> dict[str, Any]:
    return {
        "faces": verdicts.faces,
        "average_precision": round(average_precision(verdicts), 4),
        "recall_at_1_mistake_in_100": round(recall_at(verdicts, MISTAKES_A_PICTURE), 4),
        "recall": round(recall_above(verdicts, threshold), 4),
        "mistakes": mistakes_above(verdicts, threshold),
    }


def _on_web(
    detector: FaceDetector,
    photographs: Sequence[tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]],
    threshold: float,
) -> dict[str, Any]:
    """Measure recall and landmarks; mistakes can't be counted, since not every face is annotated."""
    hits: dict[str, list[bool]] = {}
    gaps: list[npt.NDArray[np.float64]] = []
    for image, points in photographs:
        luma, scale = on_canvas(image)
        found = [face for face in detector.detect(luma) if face.score >= threshold]
        boxes = np.array([(face.x, face.y, face.w, face.h) for face in found], np.float64).reshape(-1, 4)
        for face in points * scale:
            overlap = overlaps(box_of_points(face)[None], boxes)[0] if len(found) else np.zeros(0)
            hit = bool(len(overlap)) and bool(overlap.max() >= GUESS_OVERLAP)
            for name in ("all", _turn(face), _height_class(float(box_of_points(face)[3]))):
                hits.setdefault(name, []).append(hit)
            if hit and found[int(overlap.argmax())].landmarks:
                gaps.append(_gaps(np.array(found[int(overlap.argmax())].landmarks), face))
    scores: dict[str, Any] = {
        "recall": {
            name: {"faces": len(hits[name]), "recall": round(float(np.mean(hits[name])), 4)} for name in sorted(hits)
        }
    }
    if gaps:
        middle = np.median(np.array(gaps), axis=0)
        scores["landmark_error_over_eye_distance"] = {
            "faces": len(gaps),
            **{name: round(float(value), 4) for name, value in zip(("eyes", "nose", "mouth"), middle)},
        }
    return scores


def _turn(face: npt.NDArray[np.float32]) -> str:
    across = face[1] - face[0]
    beside = abs(float((face[2] - face[:2].mean(axis=0)) @ across) / max(float(across @ across), 1e-6))
    return "frontal" if beside < TURNED[0] else "turned" if beside < TURNED[1] else "profile"


def _height_class(height: float) -> str:
    return next((name for name, (low, high) in list(HEIGHTS.items())[1:] if low <= height < high), "< 12 px")


def _gaps(landmarks: npt.NDArray[np.float64], face: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return the errors of eyes (mean of both), nose, and middle of the mouth, over the distance between the eyes."""
    distance = max(float(np.linalg.norm(face[1] - face[0])), 1e-6)
    eyes = np.linalg.norm(landmarks[:2] - face[:2], axis=1).mean()
    nose = np.linalg.norm(landmarks[2] - face[2])
    mouth = np.linalg.norm(landmarks[3:].mean(axis=0) - face[3])
    return np.array([eyes, nose, mouth]) / distance


def _on_empty(detector: FaceDetector, images: Sequence[npt.NDArray[np.uint8]], threshold: float) -> dict[str, Any]:
    scores = [face.score for image in images for face in detector.detect(on_canvas(image)[0])]
    return {
        "pictures": len(images),
        "mistakes": sum(score >= threshold for score in scores),
        "highest_score": round(max(scores, default=0.0), 4),
    }


def _clips(folder: Path) -> dict[Path, dict[str, Any]]:
    path = folder / "expected.json"
    if not path.is_file():
        raise DatasetError(
            path, "no such file", "a list of when faces are visible in the recordings beside it", "Restore the file."
        )
    expected = json.loads(path.read_text(encoding="utf-8"))
    return {folder / name: times for name, times in sorted(expected.items()) if isinstance(times, dict)}


def _frames(path: Path) -> Iterator[tuple[float, Luma]]:
    whole = Chunk(0, None, None, None, 0.0)
    for frame in read_frames(probe(path), whole, fps=FRAMES_A_SECOND, counts=ReadCounts()):
        yield frame.time_s, frame.luma


def _on_recordings(detector: FaceDetector, clips: Mapping[Path, Mapping[str, Any]]) -> dict[str, Any]:
    """Count the frames in which a face is found where one is clearly visible, and where there is none."""
    seen: dict[str, list[bool]] = {}
    empty: list[bool] = []
    for path, times in clips.items():
        for time_s, luma in _frames(path):
            if any(start <= time_s <= end for start, end in times.get("face", [])):
                seen.setdefault(path.name, []).append(bool(detector.detect(luma)))
            elif any(start <= time_s <= end for start, end in times.get("no_face", [])):
                empty.append(bool(detector.detect(luma)))
    shares = {name: round(float(np.mean(found)), 4) for name, found in seen.items()}
    return {
        "frames_with_a_face": sum(map(len, seen.values())),
        "found": round(float(np.mean([hit for found in seen.values() for hit in found])), 4),
        "by_recording": shares,
        "frames_without": len(empty),
        "mistaken": sum(empty),
    }


def _times(contestants: Sequence[Contestant], clips: Mapping[Path, Any]) -> list[dict[str, float]]:
    """Measure milliseconds per frame of 320×192 on one core, in turns, and their ratio to a founding classification."""
    frames = []
    for path in clips:
        frames += [Luma(luma.scaled(320, 192), False, 0) for _, luma in _frames(path)]
    frames = frames[:: max(1, len(frames) // TIMED_FRAMES)][:TIMED_FRAMES]
    classifier, crop = EmotionClassifier(load_weights("founding")), frames[0].scaled(48, 48)
    detectors = [make_detector(contestant.settings) for contestant in contestants]
    classify, detect = [], [[] for _ in detectors]  # type: ignore[var-annotated]
    for _ in range(TIMED_ROUNDS):
        classify.append(_milliseconds(lambda: [classifier.predict(crop) for _ in frames], len(frames)))
        for detector, spent in zip(detectors, detect):
            spent.append(_milliseconds(lambda d=detector: [d.detect(frame) for frame in frames], len(frames)))  # type: ignore[misc]
    base = statistics.median(classify)
    return [
        {"ms": round(statistics.median(spent), 3), "over_founding": round(statistics.median(spent) / base, 2)}
        for spent in detect
    ]


def _milliseconds(work: Callable[[], object], count: int) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) / count * 1e3
