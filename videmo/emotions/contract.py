"""What a classifier expects of its input. Training and inference both read it here, so they cannot drift apart."""

from __future__ import annotations

from dataclasses import dataclass, replace

from videmo.records import Detection


@dataclass(frozen=True, slots=True)
class InputContract:
    """The input of an emotion network."""

    size: int
    """Height and width of the square gray crop in pixels."""
    offset: float
    """Subtracted from each 8-bit luma value (full range, 0–255) before scaling."""
    scale: float
    """The offset value is divided by this; the network sees ``(luma - offset) / scale``."""
    box_scale: float = 1.0
    """Side of the crop over the longer side of a frontal cascade's box.

    FER+ crops measured against Haar boxes on 770 of its own faces, enlarged and padded: median side 1.02 boxes
    (quartiles 0.96 and 1.12), median offset of the centres below 0.01 of a box in both directions.
    """

    down: float = 0.0
    """How far the crop's centre lies below the box's, in longer sides of the box: detectors frame faces differently."""

    def framed(self, *, box_scale: float, down: float = 0.0) -> InputContract:
        """The same input, cut out with another margin: for a detector whose boxes are not a cascade's."""
        return replace(self, box_scale=box_scale, down=down)

    def square(self, face: Detection) -> tuple[float, float, float]:
        """Left, top and side, in displayed pixels, of the part of a frame that the network should see."""
        longer = max(face.w, face.h)
        side = longer * self.box_scale
        return face.x + (face.w - side) / 2, face.y + (face.h - side) / 2 + self.down * longer, side


FOUNDING: InputContract = InputContract(size=48, offset=128.0, scale=128.0)
"""The founding network: 48×48 gray, values in [-1, 0.9922]. An int8 input then is just ``luma - 128``."""
