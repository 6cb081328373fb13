"""Define what a measure is: its columns, the crop that it needs, and how it is carried onto a timeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from videmo.settings import Settings

Carry = Literal["word", "rest", "mean", "none"]
"""``word``: a probability, of which the strongest is named in each cell; ``rest``: the probability that none of the
words applies, which is carried as its mean; ``mean``: a number of which each cell holds the mean over time; ``none``:
it stays with the single frame."""
Instrument = Callable[[Any], tuple[float, ...]]
"""Takes a crop and returns a number for each column. The result depends on the crop alone."""
Geometry = Callable[[Any], Any]
"""Takes the landmarks of faces, ``(n, 5, 2)`` float64 in displayed pixels, right eye, left eye, nose, right and left
mouth corner, and returns a number for each column, ``(n, columns)``; each row depends on its face alone."""


@dataclass(frozen=True, slots=True)
class Column:
    """One number that is measured in a face."""

    name: str
    decimals: int
    """Decimal places in tables."""
    low: float
    high: float
    """The range of its values, both ends included."""
    unit: str
    """Empty for numbers without one."""
    about: str
    """One sentence for the documentation."""
    carry: Carry = "none"
    """How it is carried onto a timeline."""
    since: str = ""
    """The version of videmo that first wrote it."""


@dataclass(frozen=True, slots=True)
class Crop:
    """The square part of the frame that a measure needs, full range: ``(size, size)``, or with a third axis of RGB."""

    size: int
    """Its height and width in pixels."""
    aligned: bool = False
    """False: framed around the face's box, upright as the picture is. True: turned until the eyes are level and placed
    by eyes and mouth; where these lie in one point, the columns of the measure are empty."""
    levelled: bool = False
    """True: framed around the box too, but a face tilted by more than `faces.aligning.TILT` is turned back to it."""
    colour: bool = False
    """False: grey, from the picture's luma. True: red, green and blue."""


@dataclass(frozen=True, slots=True)
class Measure:
    """The declaration of a measure."""

    name: str
    columns: tuple[Column, ...]
    crop: Crop | None
    """None: it follows from the landmarks alone."""
    load: Callable[[Settings], Instrument | Geometry]
    """Make the instrument, or the geometry where no crop is asked for; called once per process and settings.

    Raises:
        UsageError, WeightsError: what it needs can't be loaded.
    """
    sections: tuple[str, ...] = ()
    """The sections of the settings that its values depend on."""
    identity: Callable[[Settings], str] = lambda settings: ""
    """Return what its values depend on besides settings, for example the hash of a network."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of its columns."""
        return tuple(column.name for column in self.columns)
