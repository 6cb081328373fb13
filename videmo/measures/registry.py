"""List the measures that are taken in every face. A new one is a file beside this one and a line here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from videmo.measures.emotions import VOCABULARIES
from videmo.measures.emotions.measure import emotion_measure
from videmo.measures.measure import Column, Measure
from videmo.measures.pose.measure import POSE_MEASURE
from videmo.measures.quality import QUALITY_MEASURE
from videmo.records import Carried

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from videmo.settings import Settings


def _measures(words: tuple[str, ...]) -> tuple[Measure, ...]:
    return (
        emotion_measure(words),
        QUALITY_MEASURE,
        POSE_MEASURE,
    )


def _carried(columns: Iterable[Column]) -> Carried:
    by_kind: dict[str, list[str]] = {"word": [], "rest": [], "mean": [], "none": []}
    for column in columns:
        by_kind[column.carry].append(column.name)
    return Carried(tuple(by_kind["word"]), (*by_kind["rest"], *by_kind["mean"]), "".join(by_kind["rest"]))


ALL_WORDS: Final = max(VOCABULARIES.values(), key=len)
"""The largest vocabulary; the others are its beginning."""
MEASURES: Final[Mapping[str, tuple[Measure, ...]]] = MappingProxyType(
    {name: _measures(words) for name, words in VOCABULARIES.items()}
)
"""The measures, by the words for emotions that were chosen (``classifier.emotions``)."""
COLUMNS: Final[Mapping[str, tuple[Column, ...]]] = MappingProxyType(
    {name: tuple(column for measure in measures for column in measure.columns) for name, measures in MEASURES.items()}
)
"""All columns in the order in which an observation holds their values, by the same."""
_CARRIED: Final = {name: _carried(columns) for name, columns in COLUMNS.items()}


def measures(settings: Settings) -> tuple[Measure, ...]:
    """Return the measures that are taken with some settings."""
    return MEASURES[settings.classifier.emotions]


def columns(settings: Settings) -> tuple[Column, ...]:
    """Return all columns in the order in which an observation holds their values."""
    return COLUMNS[settings.classifier.emotions]


def carried(settings: Settings) -> Carried:
    """Return the columns that timelines carry with some settings."""
    return _CARRIED[settings.classifier.emotions]


def vocabulary_in(names: Iterable[str]) -> str:
    """Return which vocabulary a table has, by the names of its columns; one that doesn't know all seven words has five.

    Names may have a prefix, as in summaries.
    """
    known = {name.rpartition("_")[2] for name in names}
    return "seven" if known.issuperset(VOCABULARIES["seven"]) else "five"


def carried_in(names: Iterable[str]) -> Carried:
    """Return the columns that timelines carry in a table, by the names of its columns."""
    return _CARRIED[vocabulary_in(names)]


def words_in(names: Iterable[str]) -> tuple[str, ...]:
    """Return the emotions that a table tells, by the names of its columns."""
    return carried_in(names).words


def rest_in(values: Sequence[float], settings: Settings) -> float:
    """Take out of the values of an observation how likely the face shows what the words leave out; NaN if unknown."""
    places = [place for place, column in enumerate(columns(settings)) if column.carry == "rest"]
    return float(values[places[0]]) if places else math.nan


def shares_in(values: npt.ArrayLike, settings: Settings) -> npt.NDArray[np.float32]:
    """Take the probabilities of the words out of the values of an observation: ``(..., words)``."""
    import numpy as np

    places = [place for place, column in enumerate(columns(settings)) if column.carry == "word"]
    return np.asarray(values, np.float32)[..., places[0] : places[-1] + 1]
