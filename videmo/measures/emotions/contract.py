"""What a classifier expects of its input. Training and inference both read it here, so they cannot drift apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InputContract:
    """The input of an emotion network."""

    size: int
    """Height and width of the square gray crop in pixels."""
    offset: float
    """Subtracted from each 8-bit luma value (full range, 0–255) before scaling."""
    scale: float
    """The offset value is divided by this; the network sees ``(luma - offset) / scale``."""


FOUNDING: InputContract = InputContract(size=48, offset=128.0, scale=128.0)
"""The founding network: 48×48 gray, values in [-1, 0.9922]. An int8 input then is just ``luma - 128``."""
