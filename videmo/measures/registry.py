"""List the measures that are taken in every face. A new one is a file beside this one and a line here."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from videmo.measures.emotions.measure import EMOTION_MEASURE
from videmo.measures.measure import Column, Measure
from videmo.measures.pose.measure import POSE_MEASURE
from videmo.measures.quality import QUALITY_MEASURE
from videmo.records import Carried

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MEASURES: tuple[Measure, ...] = (
    EMOTION_MEASURE,
    QUALITY_MEASURE,
    POSE_MEASURE,
)


@lru_cache(maxsize=1)
def columns() -> tuple[Column, ...]:
    """Return all columns in the order in which an observation holds their values."""
    return tuple(column for measure in MEASURES for column in measure.columns)


@lru_cache(maxsize=1)
def carried() -> Carried:
    """Return the columns that timelines carry."""
    words = [name for measure in MEASURES if measure.carry == "words" for name in measure.names]
    means = [name for measure in MEASURES if measure.carry == "mean" for name in measure.names]
    return Carried(tuple(words), tuple(means))


def words_in(values: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Take the probabilities of the words out of the values of an observation: ``(..., words)``."""
    import numpy as np

    names = [column.name for column in columns()]
    first = names.index(carried().words[0])
    return np.asarray(values, np.float32)[..., first : first + len(carried().words)]
