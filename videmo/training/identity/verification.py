"""Count how often two faces are rightly taken for one person's, or for two people's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Pairs = npt.NDArray[np.int64]

MOST_PER_PERSON: Final = 30
"""Pairs of one person: nobody's face decides the result."""
DIFFERENT: Final = 6000
"""Pairs of different people."""
FALSE_ACCEPTS: Final = 1e-3
_RATES: Final = np.geomspace(FALSE_ACCEPTS, 1.0, 31)
"""Shares of false accepts on a curve."""
_FOLDS: Final = 10
_THRESHOLDS: Final = 400


@dataclass(frozen=True, slots=True)
class Verification:
    """Hold how well distances tell pairs of one person from pairs of two."""

    same: int
    """Pairs of one person; as many of different people count for the accuracy."""
    accuracy: float
    """At the threshold that is best on nine tenths of the pairs, on the other tenth; mean over the ten."""
    true_accepts: float
    """Share of the pairs of one person within the distance that one in a thousand pairs of different people is."""
    area: float
    """Under the curve of true over false accepts: the chance that a pair of one person is nearer than one of two."""
    curve: tuple[tuple[float, float], ...]
    """Shares of false and true accepts, from `FALSE_ACCEPTS` on."""


def pairs_of(persons: npt.NDArray[np.int64], seed: int = 1) -> tuple[Pairs, Pairs]:
    """Draw pairs of faces of one person and of two, ``(n, 2)`` places each; the same for the same persons.

    Args:
        persons: ``(faces,)``
        seed: of the draw.
    """
    rng = np.random.default_rng(seed)
    same: list[npt.NDArray[np.int64]] = []
    for person in np.unique(persons):
        own = np.flatnonzero(persons == person)
        one, other = np.triu_indices(len(own), 1)
        chosen = rng.permutation(len(one))[:MOST_PER_PERSON]
        same.append(np.stack([own[one[chosen]], own[other[chosen]]], axis=1))
    drawn = rng.integers(len(persons), size=(4 * DIFFERENT, 2))
    different = drawn[persons[drawn[:, 0]] != persons[drawn[:, 1]]][:DIFFERENT]
    return np.concatenate(same), different


def distances(vectors: Floats, pairs: Pairs) -> Floats:
    """Return the Euclidean distances between the unit vectors of pairs."""
    return np.asarray(np.linalg.norm(vectors[pairs[:, 0]] - vectors[pairs[:, 1]], axis=1), np.float64)


def verify(same: Floats, different: Floats, seed: int = 0) -> Verification:
    """Measure by the distances of pairs of one person, and of pairs of two people."""
    limit = float(np.quantile(different, FALSE_ACCEPTS))
    order = np.concatenate([same, different]).argsort(kind="stable")
    ranks = np.empty(len(order))
    ranks[order] = np.arange(len(order))
    ahead = len(same) * len(different) - (ranks[: len(same)].sum() - len(same) * (len(same) - 1) / 2)
    return Verification(
        same=len(same),
        accuracy=_accuracy(same, different, np.random.default_rng(seed)),
        true_accepts=float((same <= limit).mean()),
        area=float(ahead / (len(same) * len(different))),
        curve=tuple((round(rate, 6), _accepted(same, different, rate)) for rate in _RATES.tolist()),
    )


def _accepted(same: Floats, different: Floats, false: float) -> float:
    """Return the share of the pairs of one person that are accepted where so many pairs of two people are."""
    return round(float((same <= np.quantile(different, false)).mean()), 4)


def _accuracy(same: Floats, different: Floats, rng: np.random.Generator) -> float:
    count = min(len(same), len(different))
    same, different = rng.permutation(same)[:count], rng.permutation(different)[:count]
    fold, found = np.arange(count) % _FOLDS, []
    for number in range(_FOLDS):
        known, asked = fold != number, fold == number
        levels = np.quantile(np.concatenate([same[known], different[known]]), np.linspace(0, 1, _THRESHOLDS))
        right = [(same[known] <= level).sum() + (different[known] > level).sum() for level in levels]
        best = levels[int(np.argmax(right))]
        found.append(((same[asked] <= best).mean() + (different[asked] > best).mean()) / 2)
    return float(np.mean(found))
