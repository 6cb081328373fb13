"""Convert a detector's box to the square crop of an emotion network."""

from __future__ import annotations

from dataclasses import dataclass

from videmo.records import Detection


@dataclass(frozen=True, slots=True)
class Framing:
    """The place of FER+'s square crop around a box of one kind."""

    scale: float
    """Side of the crop over the mean of the box's width and height."""
    down: float
    """Middle of the crop below the box's middle, over the same mean."""

    def square(self, face: Detection) -> tuple[float, float, float]:
        """Return left, top and side of the crop in displayed pixels."""
        size = (face.w + face.h) / 2
        side = size * self.scale
        return face.x + (face.w - side) / 2, face.y + face.h / 2 + self.down * size - side / 2, side


CASCADE = Framing(scale=1.0, down=0.0)
"""Boxes of a frontal cascade.

FER+ crops measured against Haar boxes on 770 of its own faces, enlarged and padded: median side 1.02 boxes (quartiles
0.96 and 1.12), median offset of the centres below 0.01 of a box in both directions.
"""
WHOLE_FACE = Framing(scale=1.15, down=0.0)
"""Boxes from forehead to chin, as WIDER FACE annotates them and networks trained on it find them.

Measured as for cascades (``benchmarks/framing.py``); narrower than high, so that the mean of both sides counts.
"""
