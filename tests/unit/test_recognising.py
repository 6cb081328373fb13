"""Tracks of one person are put together from the nearest pair on, as average linkage does it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from videmo.faces.recognition import as_bytes
from videmo.persons.places import RETURNED, Ends, leeway, leeway_of_places
from videmo.persons.recognising import BROKEN, CHANGED, DISTURBED, DOUBTFUL, SAME, breaks, group_tracks

Floats = npt.NDArray[np.float64]


def averaged(apart: Floats, weights: Floats, one: set[int], other: set[int]) -> float:
    """The mean distance of two groups, by definition."""
    pairs = [(a, b) for a in one for b in other]
    return float(np.average([apart[a, b] for a, b in pairs], weights=[weights[a] * weights[b] for a, b in pairs]))


def one_by_one(apart: Floats, weights: Floats, together: npt.NDArray[np.bool_]) -> list[set[int]]:
    """Groups, with all distances computed anew each time."""
    groups = [{place} for place in range(len(apart))]
    while True:
        near = [
            (averaged(apart, weights, one, other), min(one), min(other))
            for i, one in enumerate(groups)
            for other in groups[i + 1 :]
            if not any(together[a, b] for a in one for b in other)
        ]
        if not near or min(near)[0] > SAME:
            return groups
        _, first, second = min(near)
        one, other = (next(group for group in groups if min(group) == place) for place in (first, second))
        groups = sorted([group for group in groups if group not in (one, other)] + [one | other], key=min)


@pytest.mark.parametrize("seed", range(30))
def test_the_nearest_groups_are_put_together_first(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 14))
    apart = rng.uniform(0.05, 0.6, (count, count))
    apart = (apart + apart.T) / 2
    more = np.where(rng.random((count, count)) < 0.3, RETURNED, 0.0)
    more = np.maximum(more, more.T)
    together = np.triu(rng.random((count, count)) < 0.15, 1)
    together |= together.T
    weights = rng.integers(1, 9, count).astype(float)
    found = group_tracks(apart, weights, together, more)
    groups = one_by_one(apart - more, weights, together)
    assert [set(np.flatnonzero(found.group == first).tolist()) for first in np.unique(found.group)] == groups
    for one, other, distance in found.pairs:
        both = [next(group for group in groups if min(group) == place) for place in (one, other)]
        assert distance == pytest.approx(averaged(apart, weights, *both))
    for group in groups:
        first = min(group)
        if len(group) == 1:
            assert (found.widest[first], found.limit[first]) == (0.0, SAME)
        else:
            assert 0 < found.widest[first] <= found.limit[first] <= SAME + RETURNED + 1e-9


def test_without_tracks_there_is_nothing() -> None:
    found = group_tracks(np.zeros((0, 0)), np.zeros(0), np.zeros((0, 0), bool))
    assert len(found.group) == 0
    assert found.pairs == ()


def test_leeway_ends_where_a_place_was_empty_for_long() -> None:
    assert leeway(np.array([0.0, 10.0, 20.0, 30.0, 500.0])).tolist() == pytest.approx([0.12, 0.12, 0.06, 0.0, 0.0])


def test_leeway_is_for_the_same_place_size_and_shot() -> None:
    begins = Ends(np.array([0.0, 5.0, 5.0, 5.0, 9.0]), np.tile([100.0, 100, 50, 50], (5, 1)))
    ends = Ends(begins.time + 2.0, begins.box.copy())
    begins.box[1, 0] = 190.0
    begins.box[2, 2:] = 90.0
    more = leeway_of_places(begins, ends, np.array([8.0]), np.array([False, False, False, False, False]))
    assert more[0].tolist() == [0, 0, 0, RETURNED, 0], "elsewhere, larger, there, behind a cut"
    more = leeway_of_places(begins, ends, np.array([8.0]), np.array([False, False, False, True, False]))
    assert not more.any(), "another face took the place at once"


def two_faces(apart: float) -> npt.NDArray[np.int8]:
    """Eight sights of a face, and eight of one that is so far from it."""
    one, other = np.linalg.qr(np.random.default_rng(3).normal(size=(128, 2)))[0].T
    half = apart / 2
    faces = [as_bytes(np.sqrt(1 - half**2) * one + side * half * other) for side in (1, -1)]
    return np.repeat(np.stack(faces), 8, axis=0)


@pytest.mark.parametrize(
    ("apart", "disturbed", "at", "doubtful"),
    [
        (BROKEN + 0.01, False, (8,), ()),
        (BROKEN - DOUBTFUL + 0.01, False, (), (8,)),
        (CHANGED + 0.01, False, (), (8,)),
        (CHANGED - 0.01, False, (), ()),
        (DISTURBED + 0.01, True, (8,), ()),
        (DISTURBED - DOUBTFUL + 0.01, True, (), (8,)),
        (DISTURBED - DOUBTFUL - 0.01, True, (), ()),
    ],
)
def test_where_a_face_changes_nearly_as_much_as_from_one_person_to_another_a_track_is_doubtful(
    apart: float, disturbed: bool, at: tuple[int, ...], doubtful: tuple[int, ...]
) -> None:
    upset = np.zeros(15, np.bool_)
    upset[7] = disturbed
    found = breaks(two_faces(apart), np.ones(16), upset)
    assert (found.at, found.doubtful) == (at, doubtful)


def test_a_face_that_slowly_becomes_another_one_and_stays_so_may_be_another_person() -> None:
    one, *_, other = two_faces(0.4).astype(float)
    slowly = np.clip(np.arange(-8, 12) / 3, 0, 1)[:, None]
    faces = np.stack([as_bytes(face) for face in one + slowly * (other - one)])
    (moment,) = breaks(faces, np.ones(20), np.zeros(19, np.bool_)).doubtful
    assert 8 <= moment <= 11
    turns = np.concatenate([faces, faces[::-1]])
    back = np.concatenate([turns[:4], turns[6:14], turns[6:14], turns[:4]])
    assert breaks(back, np.ones(len(back)), np.zeros(len(back) - 1, np.bool_)).doubtful == (), "there and back"
