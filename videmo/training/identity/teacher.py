"""Ask dlib's face network what a face is like: 128 numbers, near each other for one person.

King, dlib (2017), a ResNet of 29 layers; weights in the public domain (CC0). About 75 ms a face on one core, which is
why it teaches a smaller network and is not used in analysis.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from videmo.errors import UsageError
from videmo.extras import how_to_install
from videmo.records import Detection
from videmo.training.common.libraries import required

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

VALUES: Final = 128
CHIP_PX: Final = 150
_AROUND: Final = 2.0
"""Side of what the teacher's own landmarks look at, over the mean of the box's sides."""
_LOOK_PX: Final = 300
_BOX: Final = 0.95
"""Side of the teacher's square box over that mean."""
_DOWN: Final = 0.06
"""Its middle below that of our box, over the same."""
_PADDING: Final = 0.25
_CHIP: Final = np.array([[1.5855, 0.0, -5.17], [0.0, 1.5855, -15.99]])
"""From a face that is aligned by our landmarks to one that is by the teacher's, in the mean over 400 faces: with it,
the teacher tells people apart as well as with its own (97.6 instead of 97.7 % of pairs)."""
_MODELS: Final = "face_recognition_models"


class IdentityTeacher:
    """dlib's network, with its own alignment.

    Raises:
        UsageError: dlib or its models are not installed.
    """

    def __init__(self) -> None:
        dlib = required("dlib", "teacher")
        found = importlib.util.find_spec(_MODELS)
        if found is None or not found.submodule_search_locations:
            raise UsageError(_MODELS, "not installed", advice=how_to_install("teacher"))
        models = Path(found.submodule_search_locations[0]) / "models"
        self._dlib: Any = dlib
        self._points = dlib.shape_predictor(str(models / "shape_predictor_5_face_landmarks.dat"))
        self._network = dlib.face_recognition_model_v1(str(models / "dlib_face_recognition_resnet_model_v1.dat"))

    def chip(self, image: Image, face: Detection) -> Image:
        """Cut a face as the network wants it.

        Args:
            image: grey.
            face: in its pixels.

        Returns:
            ``(150, 150)`` grey.
        """
        size = (face.w + face.h) / 2
        side, x, y = _AROUND * size, face.x + face.w / 2, face.y + face.h / 2 + _DOWN * size
        scale = _LOOK_PX / side
        matrix = np.array([[scale, 0, _LOOK_PX / 2 - scale * x], [0, scale, _LOOK_PX / 2 - scale * y]])
        look = cv2.warpAffine(image, matrix, (_LOOK_PX, _LOOK_PX), borderMode=cv2.BORDER_REPLICATE)
        half = round(_LOOK_PX / _AROUND * _BOX / 2)
        middle = _LOOK_PX // 2
        box = self._dlib.rectangle(middle - half, middle - half, middle + half, middle + half)
        rgb = np.ascontiguousarray(cv2.cvtColor(look, cv2.COLOR_GRAY2RGB))
        chip = self._dlib.get_face_chip(rgb, self._points(rgb, box), size=CHIP_PX, padding=_PADDING)
        return np.ascontiguousarray(chip[..., 0])

    def describe_aligned(self, image: Image) -> Floats:
        """Describe a face that is aligned already, ``(100, 100)`` as of `data.Faces`: ``(128,)``."""
        chip = cv2.warpAffine(image, _CHIP, (CHIP_PX, CHIP_PX), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(self._one(np.asarray(chip, np.uint8)), np.float32)

    def describe(self, chips: Sequence[Image]) -> Floats:
        """Describe faces, each together with its mirror image.

        Args:
            chips: from `chip`.

        Returns:
            ``(n, 128)`` mean of the vectors of a face and its mirror image; distances are Euclidean.
        """
        return np.array([(self._one(chip) + self._one(chip[:, ::-1])) / 2 for chip in chips], np.float32)

    def _one(self, chip: Image) -> npt.NDArray[np.float64]:
        rgb = np.ascontiguousarray(np.repeat(chip[..., None], 3, axis=2))
        return np.array(self._network.compute_face_descriptor(rgb), np.float64)
