"""Faces of pictures that are crops already, cut anew as analysis cuts them: by our own detector's box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from videmo.faces.detector import FaceDetector, framing_of, make_detector
from videmo.records import Detection
from videmo.settings import DetectorSettings
from videmo.video.luma import Luma

Image = npt.NDArray[np.uint8]

CROP = 48
"""Side of the crop that a network sees."""
CONTEXT = 64
"""Side of the stored picture: the crop is its middle, at the same scale; what lies around it is there to turn in."""
LEAST_SCORE = 0.3
"""Of a face in a picture that is known to show one."""
FRAME: Final = (40 / 9, 8 / 3)
"""Width and height of the frame that a tight crop is set into, over the crop's side: the face then is about as large
for the detector as it is in a recording of a talking person."""
BORDERS: Final = ("blurred", "replicated", "reflected", "gray")


@dataclass(frozen=True, slots=True)
class Framed:
    """A face with what lies around it."""

    image: Image
    """``(64, 64)`` gray; `crop_of` is what a network sees."""
    square: tuple[float, float, float]
    """Left, top and side of the crop over the picture's own side."""
    found: bool
    """Whether the detector saw the face; otherwise the square is the one that its set usually has."""


def crop_of(context: Image) -> Image:
    """The middle of one stored picture, or of many."""
    edge = (CONTEXT - CROP) // 2
    return context[..., edge : edge + CROP, edge : edge + CROP]


def with_context(crop: Image) -> Image:
    """Continue a 48×48 crop at its edges: of such a picture nobody knows what lies around it."""
    edge = (CONTEXT - CROP) // 2
    return np.asarray(cv2.copyMakeBorder(crop, edge, edge, edge, edge, cv2.BORDER_REPLICATE), np.uint8)


def scene_of(picture: Image, border: str = "blurred") -> tuple[Image, int, int]:
    """Set a picture into a larger frame.

    Args:
        picture: gray, of any size.
        border: how the frame goes on around the picture, one of `BORDERS`.

    Returns:
        The frame, and the picture's left and top in it.
    """
    height, width = picture.shape
    across, down = (round(max(height, width) * part) for part in FRAME)
    left, top = (across - width) // 2, (down - height) // 2
    sides = (top, down - height - top, left, across - width - left)
    if border == "gray":
        scene = cv2.copyMakeBorder(picture, *sides, cv2.BORDER_CONSTANT, value=int(picture.mean()))
    else:
        scene = cv2.copyMakeBorder(
            picture, *sides, cv2.BORDER_REFLECT if border == "reflected" else cv2.BORDER_REPLICATE
        )
    if border == "blurred":
        scene = cv2.blur(scene, (23, 23))
        scene[top : top + height, left : left + width] = picture
    return np.asarray(scene, np.uint8), left, top


class Framer:
    """Finds the face of each picture and cuts it out as analysis does."""

    def __init__(self, detector: str = "videmo") -> None:
        """Load the detector."""
        settings = DetectorSettings(name=detector, min_score=LEAST_SCORE, min_size_px=12)
        self._detector: FaceDetector = make_detector(settings)
        self._strict: FaceDetector = make_detector(DetectorSettings(name=detector))
        self._framing = framing_of(settings)

    def square(self, picture: Image) -> tuple[float, float, float] | None:
        """Left, top and side of the crop over the picture's side; None where no face is found."""
        scene, left, top = scene_of(picture)
        side = max(picture.shape)
        face = self.face(scene, (left + picture.shape[1] / 2, top + picture.shape[0] / 2))
        if face is None:
            return None
        x, y, length = self._framing.square(face)
        return (x - left) / side, (y - top) / side, length / side

    def face(self, scene: Image, middle: tuple[float, float]) -> Detection | None:
        """Return the surest face over a point of a scene; None where none is found."""
        faces = [face for face in self._detector.detect(Luma(scene, False, 0)) if covers(face, middle)]
        return max(faces, key=lambda face: face.score) if faces else None

    def faces_of(self, picture: Luma, smallest: float) -> list[Image]:
        """All faces of a photograph of at least so many pixels, with their surroundings."""
        found = [face for face in self._strict.detect(picture) if face.h >= smallest]
        return [_with_surroundings(picture, *self._framing.square(face)) for face in found]


def _with_surroundings(picture: Luma, x: float, y: float, side: float) -> Image:
    wide = side * CONTEXT / CROP
    return picture.patch(x - (wide - side) / 2, y - (wide - side) / 2, wide, CONTEXT)


def cut(picture: Image, square: tuple[float, float, float], border: str = "blurred") -> Image:
    """Cut a square given over the picture's side, with its surroundings: ``(64, 64)``."""
    scene, left, top = scene_of(picture, border)
    x, y, length = (value * max(picture.shape) for value in square)
    return _with_surroundings(Luma(scene, False, 0), x + left, y + top, length)


def usual_square(squares: Sequence[tuple[float, float, float] | None]) -> tuple[float, float, float]:
    """The median of the squares that were found."""
    known = np.array([square for square in squares if square is not None])
    x, y, side = np.median(known, axis=0).tolist()
    return x, y, side


def framed(
    framer: Framer, pictures: Sequence[Image], borders: Sequence[str]
) -> tuple[list[Framed], tuple[float, float, float]]:
    """Cut all pictures of one set; where no face is found, at the set's usual place."""
    squares = [framer.square(picture) for picture in pictures]
    usual = usual_square(squares)
    faces = []
    for picture, square, border in zip(pictures, squares, borders, strict=True):
        place = usual if square is None else square
        faces.append(Framed(cut(picture, place, border), place, square is not None))
    return faces, usual


def covers(face: Detection, middle: tuple[float, float]) -> bool:
    """Tell whether a point lies in a face's box."""
    return face.x < middle[0] < face.x + face.w and face.y < middle[1] < face.y + face.h
