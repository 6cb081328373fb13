"""Load what measures measure with, once per process and settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.measures.measure import Measure
from videmo.measures.registry import measures
from videmo.settings import Settings

Fill = Callable[[npt.NDArray[np.float32], npt.NDArray[np.float32]], None]
"""Takes landmarks ``(n, 10)`` in displayed pixels, NaN without landmarks, and values ``(n, columns)`` of the same
faces, and fills in the values that follow from the landmarks alone."""


@dataclass(frozen=True, slots=True)
class _Sections:
    """The sections of the settings that a measure depends on, as the key under which its instrument is kept."""

    names: tuple[str, ...]
    records: tuple[object, ...]

    def tree(self) -> Settings:
        """Make settings with these sections and defaults for all others."""
        return Settings(**dict(zip(self.names, self.records)))  # type: ignore[arg-type]


@lru_cache(maxsize=8)
def _loaded(name: str, sections: _Sections, identity: str) -> Any:
    tree = sections.tree()
    return next(measure for measure in measures(tree) if measure.name == name).load(tree)


def instrument_of(measure: Measure, settings: Settings) -> Any:
    """Return what a measure measures with.

    Raises:
        UsageError, WeightsError: what it needs can't be loaded.
    """
    sections = _Sections(measure.sections, tuple(getattr(settings, name) for name in measure.sections))
    return _loaded(measure.name, sections, measure.identity(settings))


def geometry_of(settings: Settings) -> Fill:
    """Return a function that fills in what follows from the landmarks alone, for many faces at once."""
    places, begin = [], 0
    for measure in measures(settings):
        end = begin + len(measure.columns)
        if measure.crop is None:
            places.append((slice(begin, end), instrument_of(measure, settings)))
        begin = end

    def fill(landmarks: npt.NDArray[np.float32], values: npt.NDArray[np.float32]) -> None:
        points = np.asarray(landmarks, np.float64).reshape(-1, 5, 2)
        for columns, geometry in places:
            values[:, columns] = geometry(points)

    return fill
