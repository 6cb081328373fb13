"""Measure cascades with OpenCV's detector on held-out photographs, side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError, UsageError
from videmo.training.cascade.agreement import agreement
from videmo.training.cascade.model import Cascade
from videmo.training.cascade.samples import SampleSettings, cut
from videmo.training.cascade.table import face_square, is_frontal
from videmo.training.cascade.xml import read_cascade
from videmo.training.common.boxes import overlaps
from videmo.training.common.pictures import read_backgrounds, read_web

Image = npt.NDArray[np.uint8]

BUNDLED = ("haarcascade_frontalface_default.xml", "haarcascade_frontalface_alt2.xml")
"""OpenCV's own cascades, for comparison."""
NEIGHBOURS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40)
"""Operating points: the number of windows that have to agree on a face."""
SCALE_FACTOR, GROUP_SPREAD = 1.1, 0.2
"""The defaults of detectMultiScale."""
LEAST_PX = 24.0
"""Side of the smallest square from brows to chin that is to be found; each of these cascades can find it."""
OVERLAP = 0.4
"""A detection has found a face if it overlaps the square guessed from its points by this much."""
ALARMS_A_PICTURE, RECALL = 0.05, 0.85
"""The target for a cascade."""
WINDOWS = 10_000
"""Number of windows on which OpenCV and videmo are compared."""


@dataclass(frozen=True, slots=True)
class _Photograph:
    image: Image
    squares: npt.NDArray[np.float64]
    """``(n, 4)``, of frontal faces that are large enough."""


def evaluate_cascades(
    data: Path, paths: Sequence[Path], report: Callable[[str], None]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Measure cascades, alongside OpenCV's own.

    Args:
        data: folder with ``webfaces.parquet`` and ``backgrounds.parquet``.
        paths: the cascades.
        report: receives lines of progress.

    Returns:
        The scores of each cascade by name, and what they were measured on.

    Raises:
        DatasetError: a table is missing or malformed, or a file is not a cascade.
    """
    cv2.setNumThreads(1)
    photographs = _photographs(data / "webfaces.parquet")
    empty = [picture.image for picture in read_backgrounds(data / "backgrounds.parquet", "validation")]
    results = []
    bundled = [Path(cv2.__file__).parent / "data" / name for name in BUNDLED]
    for number, path in enumerate([*paths, *bundled]):
        cascade = read_cascade(path)
        result = _measured(_loaded(path), photographs, empty)
        own = number < len(paths)
        result |= {
            "title": _title(path, paths) if own else f"OpenCV's {path.name}",
            "stages": len(cascade.stages),
            "weak_classifiers": cascade.trees,
            "window": [cascade.width, cascade.height],
        }
        if own:
            samples = comparison_windows(photographs, empty, cascade, WINDOWS)
            result["agreement"] = [
                {"stages": a.stages, "same": a.same, "accepted": a.accepted, "largest_gap": a.largest_gap}
                for a in agreement(cascade, samples)
            ]
        results.append(result)
        report(f"{result['title']}: measured on {len(photographs)} + {len(empty)} pictures")
    faces = sum(len(photograph.squares) for photograph in photographs)
    return results, {"photographs": len(photographs), "faces": faces, "pictures_without_people": len(empty)}


def _title(path: Path, paths: Sequence[Path]) -> str:
    return path.name if [other.name for other in paths].count(path.name) == 1 else str(path)


def _photographs(path: Path) -> list[_Photograph]:
    found = []
    for image, points in read_web(path, evaluation=True):
        squares = [face_square(face) for face in points.astype(np.float64) if is_frontal(face)]
        large = np.array([square for square in squares if square[2] >= LEAST_PX], np.float64).reshape(-1, 4)
        if len(large):
            found.append(_Photograph(image, large))
    if not found:
        raise DatasetError(
            path, "nothing to measure on", f"a held-out photograph with a frontal face of {LEAST_PX:g} px or more"
        )
    return found


def _loaded(path: Path) -> cv2.CascadeClassifier:
    loaded = cv2.CascadeClassifier(str(path))
    if loaded.empty():
        raise UsageError(path, "OpenCV cannot load it", "a cascade", "Train it again, or download it again.")
    return loaded


def _measured(
    classifier: cv2.CascadeClassifier, photographs: Sequence[_Photograph], empty: Sequence[Image]
) -> dict[str, Any]:
    """Measure recall and false alarms at each operating point, and the time per picture."""
    found = dict.fromkeys(NEIGHBOURS, 0)
    alarms = dict.fromkeys(NEIGHBOURS, 0)
    for photograph in photographs:
        windows = _windows(classifier, photograph.image)
        for neighbours in NEIGHBOURS:
            found[neighbours] += _hits(photograph.squares, grouped(windows, neighbours))
    started = time.process_time()
    for image in empty:
        windows = _windows(classifier, image)
        for neighbours in NEIGHBOURS:
            alarms[neighbours] += len(grouped(windows, neighbours))
    spent = time.process_time() - started
    faces = sum(len(photograph.squares) for photograph in photographs)
    points = [
        {"neighbours": n, "recall": found[n] / faces, "found": found[n], "alarms": alarms[n],
         "alarms_a_picture": alarms[n] / len(empty)} for n in NEIGHBOURS
    ]  # fmt: skip
    allowed = [point for point in points if point["alarms_a_picture"] <= ALARMS_A_PICTURE]
    return {
        "points": points,
        "best": max(allowed, key=lambda point: point["recall"]) if allowed else None,
        "ms_a_picture": round(1e3 * spent / len(empty), 1),
    }


def _windows(classifier: cv2.CascadeClassifier, image: Image) -> list[list[int]]:
    """List all windows that the cascade accepts as a face."""
    return [list(map(int, box)) for box in classifier.detectMultiScale(image, SCALE_FACTOR, 0)]


def grouped(windows: list[list[int]], neighbours: int) -> npt.NDArray[np.float64]:
    """Group windows as detectMultiScale does with this number of neighbours: ``(n, 4)``."""
    boxes, _ = cv2.groupRectangles(windows, neighbours, GROUP_SPREAD) if windows else ((), ())
    return np.array(boxes, np.float64).reshape(-1, 4)


def _hits(squares: npt.NDArray[np.float64], boxes: npt.NDArray[np.float64]) -> int:
    """Count the faces found, each by a box of its own."""
    shared = overlaps(squares, boxes)
    hits = 0
    while shared.size and shared.max() >= OVERLAP:
        face, box = np.unravel_index(int(shared.argmax()), shared.shape)
        shared[face], shared[:, box] = 0, 0
        hits += 1
    return hits


def comparison_windows(
    photographs: Sequence[_Photograph], empty: Sequence[Image], cascade: Cascade, count: int
) -> Image:
    """Cut windows, half of them on and around faces, half in pictures without any: ``(count, height, width)``."""
    rng = np.random.default_rng(0)
    settings = SampleSettings(cascade.width, cascade.height)
    samples = []
    for number in range(count):
        if number % 2:
            photograph = photographs[int(rng.integers(len(photographs)))]
            x, y, side, _ = photograph.squares[int(rng.integers(len(photograph.squares)))]
            grown = side * float(np.exp(rng.normal(0, 0.08)))
            x, y = np.array([x, y]) + (side - grown) / 2 + rng.normal(0, 0.04, 2) * side
            samples.append(cut(photograph.image, (x, y, grown, grown), settings))
            continue
        image = empty[int(rng.integers(len(empty)))]
        grown = float(rng.uniform(cascade.width, min(image.shape)))
        x, y = rng.uniform(0, image.shape[1] - grown), rng.uniform(0, image.shape[0] - grown)
        samples.append(cut(image, (x, y, grown, grown), settings))
    return np.stack(samples)
