"""Find and classify faces in single pictures."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from videmo.errors import UsageError
from videmo.faces.aligning import cut_levelled
from videmo.faces.detector import framing_of, make_detector
from videmo.faces.finding import single_picture
from videmo.faces.landmarks import SIDE, make_finder
from videmo.measures.emotions import VOCABULARIES
from videmo.measures.emotions.classifier import EmotionClassifier as Network
from videmo.records import Box, Detection
from videmo.settings import ClassifierSettings, DetectorSettings, LandmarkSettings
from videmo.video.luma import Luma
from videmo.weights import load_weights

_PICTURE = "an array of uint8 with the shape (height, width) or (height, width, 3)"


class FaceDetector:
    """Finds faces in pictures.

    >>> import numpy, videmo
    >>> videmo.FaceDetector().detect(numpy.zeros((240, 320), numpy.uint8))
    []

    Args:
        name: ``videmo``, ``yunet``, ``haar``, or a file.
        max_side: longer side in pixels to which pictures are scaled down; None for the detector's own. ``videmo`` looks
            at halves of it too, so that large faces are found whatever it is, and enlarges smaller pictures, up to
            twice.
        min_score: lowest score of a face; None for the detector's own.

    Raises:
        UsageError, WeightsError: there is no such detector, or its file can't be loaded.
    """

    def __init__(self, name: str = "videmo", *, max_side: int | None = None, min_score: float | None = None) -> None:
        self.settings = DetectorSettings(name=name, max_side=max_side, min_score=min_score)
        self._faces_in = single_picture(make_detector(self.settings))

    def detect(self, image: npt.NDArray[np.uint8]) -> list[Detection]:
        """Return the faces in a picture, largest first.

        Args:
            image: ``(height, width)`` gray or ``(height, width, 3)`` RGB, 0 to 255.

        Raises:
            UsageError: it is neither.
        """
        return self._faces_in(_luma(image))

    def __repr__(self) -> str:
        return f"FaceDetector({self.settings.name!r})"


class EmotionClassifier:
    """Names the emotion that a face displays.

    >>> import numpy, videmo
    >>> shares = videmo.EmotionClassifier().classify(numpy.full((96, 96), 128, numpy.uint8))
    >>> list(shares)
    ['neutral', 'happy', 'sad', 'surprise', 'angry']
    >>> round(sum(shares.values()), 3)
    1.0

    Args:
        name: a shipped network, or the path of a ``.tflite`` file.
        prior_power: how far to correct for rare emotions; None for the network's own value.
        emotions: ``five`` words or ``seven``, with fear and disgust.

    Raises:
        UsageError, WeightsError: there is no such network, it can't be loaded, or it doesn't know the words.
    """

    def __init__(self, name: str | None = None, *, prior_power: float | None = None, emotions: str = "five") -> None:
        defaults = ClassifierSettings()
        self.settings = ClassifierSettings(name=name or defaults.name, prior_power=prior_power, emotions=emotions)
        words = VOCABULARIES[self.settings.emotions]
        self._finder = make_finder(LandmarkSettings())  # of the detector's landmarks, eyes are always level
        self._network = Network(load_weights(self.settings.name), prior_power=prior_power, words=words)

    def classify(
        self, image: npt.NDArray[np.uint8], face: Detection | None = None, *, detector: str = "videmo"
    ) -> dict[str, float]:
        """Return the probability of each emotion.

        Args:
            image: ``(height, width)`` gray or ``(height, width, 3)`` RGB, 0 to 255.
            face: of this picture, as a `FaceDetector` found it; None for a picture that is cropped to a face already.
            detector: which one found it: boxes of detectors lie differently around a face.

        Raises:
            UsageError: it is no such picture, or the face is no face in it.
        """
        luma = _luma(image)
        size = self._network.contract.size
        if face is None:
            crop = luma.scaled(size, size)
        else:
            _check_face(face, luma)
            framing = framing_of(DetectorSettings(name=detector))
            square = framing.square(face)
            marked = self._finder.marked(face, luma, framing, luma.patch(*square, SIDE))
            crop = cut_levelled(luma, marked, square, size)
        return dict(zip(self._network.words, self._network.predict(crop).tolist()))

    def __repr__(self) -> str:
        return f"EmotionClassifier({self.settings.name!r})"


def _check_face(face: Any, luma: Luma) -> None:
    """Refuse what would be answered with numbers that mean nothing.

    Raises:
        UsageError: it is no face, or lies outside the picture.
    """
    wanted = "a face that a FaceDetector found in this picture"
    if not isinstance(face, Detection):
        raise UsageError("face", f"it is of the type {type(face).__name__}", wanted)
    box = (face.x, face.y, face.w, face.h)
    points = [value for point in face.landmarks for value in point]
    if not (np.isfinite([*box, *points]).all() and face.w > 0 and face.h > 0):
        raise UsageError("face", f"its box is {box}", wanted)
    if face.box.common(Box(0.0, 0.0, luma.width, luma.height)) <= 0:
        raise UsageError("face", f"its box {box} lies outside the picture of {luma.width}×{luma.height} pixels", wanted)


def _luma(image: Any) -> Luma:
    if not isinstance(image, np.ndarray):
        raise UsageError("image", f"it is of the type {type(image).__name__}", _PICTURE)
    if image.dtype != np.uint8 or image.size == 0:
        raise UsageError("image", f"it is an array of {image.dtype} with the shape {image.shape}", _PICTURE)
    if image.ndim == 3 and image.shape[2] == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if image.ndim != 2:
        raise UsageError("image", f"it has the shape {image.shape}", _PICTURE)
    return Luma(np.ascontiguousarray(image), limited=False, rotation=0)
