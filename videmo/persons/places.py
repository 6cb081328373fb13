"""Tell who comes to a place that somebody left: most likely the same person, unless it was empty for long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.persons.likeness import Described

Floats = npt.NDArray[np.float64]

RETURNED: Final = 0.12
"""How much further apart tracks may be of which one begins where the other ended, soon and without a cut between."""
SOON_S: Final = 10.0
"""Seconds until which whoever comes to a place that was left is most likely who left it ..."""
LATE_S: Final = 30.0
"""... and from which on that tells nothing: somebody else may have taken the chair."""
AGAIN: Final = 0.03
"""As `RETURNED`, between faces that a cohort is known for, if both are seen clearly; it tells so much better ..."""
UNCLEAR: Final = 0.2
"""... and how much more if one isn't seen clearly at all: turned away, small or blurred."""
_NEAR: Final = 1.5
"""Distance over the size of a face up to which one comes back to the place that it left."""
_SIZE: Final = 1.5
"""Ratio of its sizes up to which it does."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Hold where tracks begin, or where they end."""

    time: Floats
    """``(n,)`` in seconds."""
    box: Floats
    """``(n, 4)`` left, top, width, height."""


def leeway_of_places(came: Ends, left: Ends, cuts: Floats, other: npt.NDArray[np.bool_]) -> Floats:
    """Tell how much further apart two tracks may be since one begins where the other ended, with no cut between them.

    Whoever soon comes back to a place, in the same size, is most likely the one who left it. Not so where it was empty
    for long in between.

    Args:
        came: where each track begins.
        left: where it ends.
        cuts: times of cuts in order.
        other: ``(n,)`` whether a track's first face took the place of another one at once.

    Returns:
        ``(n, n)`` as distances between faces.
    """
    shots = np.searchsorted(cuts, left.time, "right")
    more = np.zeros((len(came.time), len(came.time)))
    sides, middles = sizes_and_middles(left.box)
    for place in np.flatnonzero(~other).tolist():
        side, middle = sizes_and_middles(came.box[place : place + 1])
        beside = np.linalg.norm(middles - middle, axis=1) <= _NEAR * np.minimum(sides, side)
        beside &= np.maximum(sides, side) <= _SIZE * np.minimum(sides, side)
        earlier = (left.time < came.time[place]) & (shots == np.searchsorted(cuts, came.time[place], "right"))
        there = np.flatnonzero(beside & earlier)
        there = there[np.argsort(-left.time[there], kind="stable")]
        more[there, place] = leeway(_longest_empty_s(came.time[place], came.time[there], left.time[there]))
    return np.asarray(np.maximum(more, more.T), np.float64)


def _longest_empty_s(now_s: float, came_s: Floats, left_s: Floats) -> Floats:
    """Return for how long a place was empty at most, from when each of some tracks left it until now.

    Args:
        now_s: when somebody comes.
        came_s: ``(n,)`` when each of those who were there came.
        left_s: ``(n,)`` when each left, the latest first.
    """
    taken_s = np.minimum.accumulate(np.concatenate([[now_s], came_s[:-1]])[: len(came_s)])
    return np.asarray(np.maximum.accumulate(np.maximum(taken_s - left_s, 0.0)), np.float64)


def sizes_and_middles(boxes: Floats) -> tuple[Floats, Floats]:
    """Return the sides ``(n,)`` of squares as large as boxes ``(n, 4)``, and the middles ``(n, 2)``; in pixels."""
    return np.sqrt(np.maximum(boxes[:, 2] * boxes[:, 3], 1.0)), boxes[:, :2] + boxes[:, 2:] / 2


def leeway(gap_s: Floats) -> Floats:
    """Return how much further apart than others two tracks may be of which one begins where the other ended.

    Args:
        gap_s: seconds between them.
    """
    return np.asarray(RETURNED * np.clip((LATE_S - gap_s) / (LATE_S - SOON_S), 0.0, 1.0), np.float64)


def eased(leeway: Floats, tracks: Sequence[Described]) -> Floats:
    """Return the leeway of tracks that come back to a place, where both are placed among a cohort.

    It tells faces that are seen clearly so well that they need hardly any.

    Args:
        leeway: ``(n, n)`` from `places`.
        tracks: the same.
    """
    placed, clear = (np.array([getattr(track, name) for track in tracks]) for name in ("placed", "clear"))
    allowed = AGAIN + UNCLEAR * (1.0 - np.minimum(clear[:, None], clear[None]))
    return np.asarray(np.where(placed[:, None] & placed[None], leeway / RETURNED * allowed, leeway), np.float64)
