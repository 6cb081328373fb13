"""Classify faces with the package ``fer``, in a Python that has it; videmo need not be there.

    python fer_script.py FACES.npz ANSWERS.npz

FACES has, for each face n, ``picture_n`` (grey), and in the order of the faces: ``sets`` (of which set it is, or -1 for
a crop that is classified as it is), ``boxes`` (another detector's square: left, top, side over the picture's width; NaN
for none) and ``larger`` (by how much pictures are enlarged first). ANSWERS has ``own`` and ``given``, ``(n, 7)``: the
outputs for the face as fer's own detector finds it and for the other detector's square; ``found``; ``labels``;
``version``.
"""

from __future__ import annotations

import sys
from pathlib import Path

# Modules beside this file must not be taken for packages that fer asks for.
sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != Path(__file__).resolve().parent]

import importlib.metadata  # noqa: E402
from typing import Any  # noqa: E402

import cv2  # noqa: E402
import numpy as np  # noqa: E402

SIDE = 64
"""Of the crops that fer's network takes."""


class Fer:
    """The package's detector and network, with outputs that are not rounded."""

    def __init__(self) -> None:
        from fer.fer import FER

        class Unrounded(FER):  # type: ignore[misc]
            """Keeps what the network says before it is rounded for the user."""

            def _classify_emotions(self, gray_faces: Any) -> Any:
                self.outputs = np.array(super()._classify_emotions(gray_faces))
                return self.outputs

        self._fer = Unrounded()
        self.labels = [name for _, name in sorted(FER._get_labels().items())]

    def of_crop(self, crop: Any) -> Any:
        """Classify a crop as it is: with fer's preparation, without the border that it adds around a detected face."""
        face = cv2.resize(crop, (SIDE, SIDE)).astype(np.float32)
        return np.array(self._fer._classify_emotions(((face / 255.0 - 0.5) * 2.0)[None]))[0]

    def box(self, picture: Any) -> Any:
        """Return left, top, width and height of the largest face over the picture's middle; None if there is none."""
        height, width = picture.shape[:2]
        faces = [face for face in self._fer.find_faces(picture) if _covers(face, width / 2, height / 2)]
        return max(faces, key=lambda face: face[2] * face[3]) if faces else None

    def of_box(self, picture: Any, box: Any) -> Any:
        """Classify the face in a box as fer does: made square, with its border of ten pixels."""
        self._fer.detect_emotions(picture, [tuple(round(float(value)) for value in box)])
        return self._fer.outputs[0]


def main(faces_file: str, answers_file: str) -> None:
    """Classify all faces."""
    with np.load(faces_file) as stored:
        sets, boxes, larger = stored["sets"], stored["boxes"], float(stored["larger"])
        pictures = [stored[f"picture_{row}"] for row in range(len(sets))]
    fer = Fer()
    own = np.full((len(sets), len(fer.labels)), np.nan)
    given, found = own.copy(), np.ones(len(sets), bool)
    for row in np.flatnonzero(sets < 0):
        own[row] = given[row] = fer.of_crop(pictures[row])
    for each in np.unique(sets[sets >= 0]):
        rows = np.flatnonzero(sets == each)
        scenes = [_enlarged(pictures[row], larger) for row in rows]
        known = [fer.box(scene) for scene in scenes]
        found[rows] = [box is not None for box in known]
        for kind, places in ((own, known), (given, [_square(boxes[row], pictures[row], larger) for row in rows])):
            usual = _usual(places, scenes)
            for row, scene, place in zip(rows, scenes, places):
                kind[row] = fer.of_box(scene, usual * scene.shape[1] if place is None else place)
    version = importlib.metadata.version("fer")
    np.savez(answers_file, own=own, given=given, found=found, labels=np.array(fer.labels), version=np.array(version))


def _enlarged(picture: Any, larger: float) -> Any:
    """Return a picture in the three channels and about the size that fer expects."""
    size = round(picture.shape[1] * larger), round(picture.shape[0] * larger)
    return cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), cv2.COLOR_GRAY2BGR)


def _square(square: Any, picture: Any, larger: float) -> Any:
    """Return the other detector's square as a box in pixels of the enlarged picture; None if it found none."""
    if np.isnan(square).any():
        return None
    left, top, side = square * round(picture.shape[1] * larger)
    return left, top, side, side


def _usual(places: Any, scenes: Any) -> Any:
    """Return the median box over the picture's width: stands for one that was not found."""
    known = [np.array(place) / scene.shape[1] for place, scene in zip(places, scenes) if place is not None]
    return np.median(known, axis=0) if known else np.array([0.4, 0.2, 0.2, 0.2])


def _covers(face: Any, x: float, y: float) -> bool:
    left, top, width, height = face
    return bool(left < x < left + width and top < y < top + height)


if __name__ == "__main__":
    main(*sys.argv[1:])
