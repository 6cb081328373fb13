"""Describe how faces look by the vectors of their sights, and tell how far apart they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from videmo.faces.cohort import Cohort


Floats = npt.NDArray[np.float64]

LONE: Final = 0.06
"""How much nearer tracks must be of which one has a single sight; two sights count half of it, and so on."""
_SCALE: Final = np.array(
    [(-11.9, 0.0), (-3.9, 0.15), (-2.4, 0.2), (-1.5, 0.25), (-1.2, 0.32), (1.1, 0.36), (3.1, 0.42), (12.1, 0.6)]
)
"""How many deviations two faces are less alike than others are to them, and the distance that this counts as: such
that the same limits hold as for the distance of two vectors."""


@dataclass(frozen=True, slots=True)
class Described:
    """A track as it is described by some of its sights."""

    mean: Floats
    """``(128,)`` weighted mean of the unit vectors, of unit length."""
    sights: int
    around: tuple[float, float] = (math.nan, math.nan)
    """Mean and deviation of how alike it is to the nearest of a cohort, see `faces.cohort`; NaN without one."""
    clear: float = 1.0
    """Mean weight of the sights, from 0 to 1."""

    @property
    def placed(self) -> bool:
        """Tell whether its likeness to a cohort is known."""
        return self.around[0] == self.around[0]


def weights_of(height: Floats, yaw: Floats, pitch: Floats, sharpness: Floats) -> Floats:
    """Weigh sights: large, sharp, frontal faces tell most. All ``(n,)``; angles in degrees, NaN where unknown."""
    turned = np.exp(-np.square(np.nan_to_num(yaw) / 35.0) - np.square(np.nan_to_num(pitch) / 30.0))
    large = np.clip(height / 64.0, 0.2, 1.0)
    sharp = np.clip(np.nan_to_num(sharpness, nan=10.0) / 12.0, 0.2, 1.0)
    return np.asarray(np.maximum(turned, 0.05) * large * sharp, np.float64)


def describe(vectors: npt.NDArray[np.int8], weights: Floats, cohort: Cohort | None = None) -> Described:
    """Describe a track by its sights.

    Args:
        vectors: ``(n, 128)``, at least one.
        weights: ``(n,)`` of the same.
        cohort: of the network that made them.
    """
    return describe_units(units_of(vectors), weights, cohort)


def describe_units(units: Floats, weights: Floats, cohort: Cohort | None) -> Described:
    """Describe a track by the unit vectors ``(n, 128)`` of its sights, see `describe`."""
    mean, clear = mean_of(units, weights), float(weights.mean())
    if cohort is None:
        return Described(mean, len(units), clear=clear)
    near, spread = cohort.around(mean[None])[0].tolist()
    return Described(mean, len(units), (near, spread), clear)


def distances(tracks: Sequence[Described]) -> Floats:
    """Return how far apart tracks are, ``(n, n)``, plus what few sights make uncertain.

    Euclidean; where both are placed among a cohort, what that makes of it.
    """
    few = np.array([LONE / track.sights for track in tracks])
    return np.asarray(between(tracks) + np.maximum(few[:, None], few[None, :]), np.float64)


def between(tracks: Sequence[Described]) -> Floats:
    """Return how far apart tracks are, ``(n, n)``, however few sights they have."""
    means, around = (np.array([getattr(track, name) for track in tracks]) for name in ("mean", "around"))
    alike = np.clip(means @ means.T, -1.0, 1.0)
    plain = np.sqrt(2.0 - 2.0 * alike)
    placed = ~np.isnan(around[:, 0])
    near, spread = np.where(placed[:, None], around, 1.0).T
    less = (near - alike) / np.maximum(spread, 1e-4)
    counted = np.interp((less + less.T) / 2, *_SCALE.T)
    return np.asarray(np.where(placed[:, None] & placed[None], counted, plain), np.float64)


def units_of(vectors: npt.NDArray[np.int8]) -> Floats:
    """Scale vectors ``(n, 128)`` in bytes to unit length."""
    values = vectors.astype(np.float64)
    return np.asarray(values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-9), np.float64)


def mean_of(units: Floats, weights: Floats) -> Floats:
    """Return the weighted mean ``(128,)`` of unit vectors, of unit length."""
    total = (units * weights[:, None]).sum(axis=0)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9), np.float64)
