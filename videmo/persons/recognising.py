"""Recognise who is who among the tracks of a recording, by vectors of their faces (see `faces.recognition`).

Tracks in which another person goes on are broken; tracks of one person are put together, by agglomerative clustering
with average linkage, from the closest pair on, where the same person can't be in two places at once. All of it follows
from the table and the vectors alone, and not from the order of either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from videmo.persons.likeness import between, describe_units, mean_of, units_of

if TYPE_CHECKING:
    from videmo.faces.cohort import Cohort

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

SAME: Final = 0.25
"""Distance between the mean vectors of two tracks up to which they are one person's."""
MAYBE: Final = 0.36
"""Distance up to which it is suggested that they are."""
BROKEN: Final = 0.42
"""Distance between the faces before and after some moment of a track from which on it is another person's."""
DISTURBED: Final = 0.32
"""The same, where there is a gap, a jump or a change of the picture at that moment."""
SHAKY: Final = 0.08
"""How much more a face may change from one moment to the next if it isn't seen clearly at all."""
NEAR: Final = 0.2
"""Distance of two vectors up to which they are the same person's, whatever a cohort says."""
BESIDE: Final = 4
"""Sights before and after a moment that are compared, at the most."""
CHANGED: Final = 0.315
"""Distance between what a face is before a few sights and what it is after them, for long, from which on it may be
another person's."""
SLOW: Final = 3
"""Sights that a slow change takes, three quarters of a second."""
LONG: Final = 16
"""Sights before and after it that are compared, at the most."""
FEWEST: Final = 2
"""Sights on each side of a moment from which on a track can be broken there."""
DOUBTFUL: Final = 0.04
"""How near to its limit a distance is that makes persons doubtful: `SAME` from below within one and from above to
another, `BROKEN` and `DISTURBED` from below within a track."""


@dataclass(frozen=True, slots=True)
class Breaks:
    """Say where a track goes on with another person; numbers of sights, in order."""

    at: tuple[int, ...]
    """The sights from each of these on, up to the next, are another person's."""
    doubtful: tuple[int, ...]
    """The same may be true of these: a face changes nearly as much there."""


def breaks(
    vectors: npt.NDArray[np.int8],
    weights: Floats,
    disturbed: npt.NDArray[np.bool_],
    cohort: Cohort | None = None,
) -> Breaks:
    """Find the moments at which a track goes on with another person, or may do so.

    Args:
        vectors: ``(n, 128)`` of its sights in order of time.
        weights: ``(n,)`` of the same.
        disturbed: ``(n - 1,)`` whether something happened between a sight and the next.
        cohort: of the network that made the vectors.
    """
    faces, waiting = _Sights(units_of(vectors), weights, cohort), [(0, len(vectors))]
    found, doubtful = [], []
    while waiting:
        begin, end = waiting.pop()
        best, most = 0, -DOUBTFUL
        for k in range(begin + FEWEST, end - FEWEST + 1):
            before, after = slice(max(begin, k - BESIDE), k), slice(k, min(end, k + BESIDE))
            surplus = faces.apart(before, after) - (DISTURBED if disturbed[k - 1] else BROKEN)
            if surplus > most:
                best, most = k, surplus
        if most > 0:
            found.append(best)
            waiting += [(begin, best), (best, end)]
        elif best := best or _changed_for_good(faces, begin, end):
            doubtful.append(best)
    return Breaks(tuple(sorted(found)), tuple(sorted(doubtful)))


def _changed_for_good(faces: _Sights, begin: int, end: int) -> int:
    """Return the moment within some sights around which a face slowly becomes another one and stays so; 0 for none.

    In a dissolve, no two neighbouring sights differ much. Many that are compared make little of a head that turns.
    """
    best, most = 0, CHANGED
    for k in range(begin + FEWEST, end - FEWEST - SLOW + 1):
        before, after = slice(max(begin, k - LONG), k), slice(k + SLOW, min(end, k + SLOW + LONG))
        apart = faces.apart(before, after)
        if apart > most:
            best, most = k, apart
    steps = np.linalg.norm(np.diff(faces.units[best - 1 : best + SLOW + 1], axis=0), axis=1) if best else [0.0]
    return best + int(np.argmax(steps))


@dataclass(frozen=True, slots=True)
class _Sights:
    """The sights of a track, in order."""

    units: Floats
    weights: Floats
    cohort: Cohort | None

    def apart(self, one: slice, other: slice) -> float:
        """Return how far apart two groups of sights are; less by a leeway for those that aren't seen clearly."""
        parts = [(self.units[part], self.weights[part]) for part in (one, other)]
        plain = float(np.linalg.norm(mean_of(*parts[0]) - mean_of(*parts[1])))
        if self.cohort is None or plain <= NEAR:
            return plain
        both = [describe_units(*part, self.cohort) for part in parts]
        if not (both[0].placed and both[1].placed):
            return plain
        return float(between(both)[0, 1]) - SHAKY * (1.0 - min(one.clear for one in both))


@dataclass(frozen=True, slots=True)
class Grouping:
    """Say which tracks are one person's."""

    group: Numbers
    """``(n,)`` for each track the lowest track of its group."""
    pairs: tuple[tuple[int, int, float], ...]
    """Groups that may be one person's, by their lowest tracks, and how far apart they are; the nearest first."""
    widest: Floats
    """``(n,)`` how far apart those parts of the group were that were put together with the least to spare; 0 where
    nothing was."""
    limit: Floats
    """``(n,)`` up to which distance these two count as one person's."""


def group_tracks(
    apart: Floats, weights: Floats, together: npt.NDArray[np.bool_], leeway: Floats | None = None
) -> Grouping:
    """Put the tracks of one person together.

    Args:
        apart: ``(n, n)`` from `distances`.
        weights: ``(n,)`` how much each track counts in the average.
        together: ``(n, n)`` whether two tracks are seen at the same time, and so are two people.
        leeway: ``(n, n)`` how much further apart than others two tracks may be; None for none. The distances that are
            returned are the true ones.
    """
    count = len(apart)
    group, weight = np.arange(count), weights.astype(np.float64).copy()
    least, widest, limit = np.full(count, -np.inf), np.zeros(count), np.full(count, SAME)
    more = np.zeros((1, 1)) if leeway is None else leeway
    between = apart - more
    between[together] = np.inf
    np.fill_diagonal(between, np.inf)
    nearest = _Nearest(between)

    def allowed(one: int, other: int) -> float:
        """The leeway between two groups, averaged as their distance is."""
        if leeway is None:
            return 0.0
        a, b = np.flatnonzero(group == one), np.flatnonzero(group == other)
        return float(np.average(leeway[np.ix_(a, b)], weights=np.outer(weights[a], weights[b])))

    while count:
        one, other = nearest.pair()
        closest = float(between[one, other])
        if closest > SAME:
            break
        extra = allowed(one, other)
        spare = [(least[one], widest[one], limit[one]), (least[other], widest[other], limit[other])]
        least[one], widest[one], limit[one] = max(*spare, (closest, closest + extra, SAME + extra))
        share = weight[one] / (weight[one] + weight[other])
        merged = share * between[one] + (1 - share) * between[other]
        merged[one] = np.inf
        between[one], between[:, one] = merged, merged
        between[other], between[:, other] = np.inf, np.inf
        nearest.update(one, other)
        weight[one] += weight[other]
        group[group == other] = one
    near = np.argwhere(np.triu(between <= MAYBE, 1)).tolist()
    pairs = sorted(((a, b, float(between[a, b]) + allowed(a, b)) for a, b in near), key=lambda pair: (pair[2], pair))
    return Grouping(group, tuple(pairs), widest[group], limit[group])


class _Nearest:
    """The nearest pair in a table of distances while rows of it are put together.

    The nearest of each row is kept, and looked for again only where it changed.
    """

    def __init__(self, between: Floats) -> None:
        self._between = between
        self._place = between.argmin(axis=1) if len(between) else np.zeros(0, np.int64)
        self._least = between[np.arange(len(between)), self._place]

    def pair(self) -> tuple[int, int]:
        """Return the first of the nearest pairs, the lower place first."""
        one = int(self._least.argmin())
        low, high = sorted((one, int(self._place[one])))
        return low, high

    def update(self, one: int, other: int) -> None:
        """Take in that a row and its column changed, and those of another one are gone."""
        stale = np.isin(self._place, (one, other))
        stale[[one, other]] = True
        new = self._between[:, one]
        nearer = ~stale & ((new < self._least) | ((new == self._least) & (one < self._place)))
        self._place[nearer], self._least[nearer] = one, new[nearer]
        rows = np.flatnonzero(stale)
        self._place[rows] = self._between[rows].argmin(axis=1)
        self._least[rows] = self._between[rows, self._place[rows]]


def joined(
    apart: Floats, weights: Floats, together: npt.NDArray[np.bool_], group: Numbers, open_: npt.NDArray[np.bool_]
) -> Numbers:
    """Give tracks that are nobody's yet to the persons that they are recognised as.

    What is a person already stays as it is: these tracks neither put persons together nor become one.

    Args:
        apart: ``(n, n)`` from `distances`, of all tracks.
        weights: ``(n,)`` how much each track counts in the average.
        together: ``(n, n)`` whether two tracks are seen at the same time.
        group: ``(n,)`` the lowest track of each track's group.
        open_: ``(n,)`` which tracks are nobody's.

    Returns:
        The groups ``(n,)``; a track that is still nobody's is one of its own.
    """
    group = np.where(open_, -1, group)
    for track in np.flatnonzero(open_).tolist():
        best, least = -1, SAME
        for number in np.unique(group[group >= 0]).tolist():
            members = group == number
            if not together[track, members].any():
                distance = float(np.average(apart[track, members & ~open_], weights=weights[members & ~open_]))
                if distance <= least and (best < 0 or distance < least):
                    best, least = number, distance
        group[track] = best
    return np.where(group < 0, np.arange(len(group)), group)
