"""Define the input of a classifier, for training and inference alike, so that they cannot drift apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InputContract:
    """The input of an emotion network."""

    size: int
    """Height and width of the square grey crop in pixels."""
    offset: float
    """Subtracted from each 8-bit luma value (full range, 0–255) before scaling."""
    scale: float
    """The offset value is divided by this: the input is ``(luma - offset) / scale``."""


FOUNDING: InputContract = InputContract(size=48, offset=128.0, scale=128.0)
"""The founding network: 48×48 grey, values in [-1, 0.9922]. As int8, an input is ``luma - 128``."""
