"""Cut from a frame what measures want to see of a face."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import numpy.typing as npt

from videmo.faces.aligning import aligned, cut_aligned, cut_levelled
from videmo.faces.framing import Framing
from videmo.measures.measure import Crop
from videmo.records import Detection, Recording
from videmo.video.luma import Luma, displayed_colours
from videmo.video.read import Frame

Image = npt.NDArray[np.uint8]


class Cutter:
    """Cut crops from one frame; its colours are only converted if a measure asks for them.

    Args:
        frame: whose picture is still valid.
        recording: that it is from.
        framing: how the detector's boxes lie around a face.
    """

    def __init__(self, frame: Frame, recording: Recording, framing: Framing) -> None:
        self._frame, self._recording, self._framing = frame, recording, framing

    @cached_property
    def _colours(self) -> tuple[Luma, Luma, Luma]:
        return displayed_colours(self._frame.picture, self._recording, self._frame.aspect)

    def cut(self, face: Detection, crop: Crop) -> Image | None:
        """Return a crop of a face, None if it is to be aligned and the face has no landmarks.

        Returns:
            ``(size, size)`` grey or ``(size, size, 3)`` RGB, full range.
        """
        if not crop.aligned:
            if not crop.levelled:
                return self.framed(face, crop)
            square = self._framing.square(face)
            return self._of_planes(crop, lambda plane: cut_levelled(plane, face, square, crop.size))
        place = aligned(face)
        return None if place is None else self._of_planes(crop, lambda plane: cut_aligned(plane, place, crop.size))

    def framed(self, face: Detection, crop: Crop) -> Image:
        """Return a crop around a face's box that is not aligned, as `cut` does."""
        left, top, side = self._framing.square(face)
        return self._of_planes(crop, lambda plane: plane.patch(left, top, side, crop.size))

    def _of_planes(self, crop: Crop, cut: Callable[[Luma], Image]) -> Image:
        return np.stack([cut(plane) for plane in self._colours], axis=-1) if crop.colour else cut(self._frame.luma)
