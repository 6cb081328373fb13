"""Persons are recognised by their faces: who returns keeps the number, and two people never share one."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from results import observations
from videmo.faces.recognition import as_bytes
from videmo.persons.identifying import identify_persons, links_in, with_links
from videmo.persons.linked import Links, how_sure
from videmo.persons.people import People, Stretch
from videmo.persons.places import RETURNED
from videmo.persons.recognising import BROKEN, DOUBTFUL, MAYBE, SAME
from videmo.persons.sights import Sights
from videmo.settings import TrackingSettings

SETTINGS = TrackingSettings()
Stay = tuple[float, float, float, int]
"""First and last second, left edge, and who it is."""


def vector(who: int, seed: int = 0, noise: float = 0.09) -> npt.NDArray[np.int8]:
    """What a face of somebody is like: those of one person are about 0.2 apart, those of two about 0.55."""
    common = np.random.default_rng(0).normal(size=128) / np.sqrt(128)
    own = np.random.default_rng(100 + who).normal(size=128) / np.sqrt(128)
    other = np.random.default_rng(10_000 + seed).normal(size=128) / np.sqrt(128)
    return as_bytes(common + 0.45 * own + noise * other)


def scene(stays: Sequence[Stay], duration_s: float) -> tuple[pd.DataFrame, Sights]:
    """A followed table, and a sight of every face four times a second."""
    table = observations([(first, last, left, "happy") for first, last, left, _ in stays], duration_s)
    frames, places, vectors = [], [], []
    for row in table[table["status"] != "no_face"].itertuples():
        if row.frame % 3 == 0:
            [who] = [who for first, last, left, who in stays if left == row.x and first <= row.time_s <= last]
            frames.append(row.frame)
            places.append((row.x, row.y))
            vectors.append(vector(who, len(frames)))
    return table, Sights(
        np.array(frames, np.int64), np.array(places).reshape(-1, 2), np.array(vectors, np.int8).reshape(-1, 128)
    )


def persons(stays: Sequence[Stay], duration_s: float) -> tuple[list[int], Links]:
    """Who each stay is taken for: the person of most of its faces."""
    table, sights = scene(stays, duration_s)
    found, links = identify_persons(table, sights, SETTINGS)
    taken = []
    for first, last, left, _ in stays:
        own = found[(found["x"] == left) & found["time_s"].between(first, last)]
        assert own["person"].nunique() == 1
        taken.append(int(own["person"].iloc[0]))
    return taken, links


def test_who_returns_after_ten_seconds_keeps_the_number() -> None:
    taken, links = persons([(0, 4, 50, 1), (14, 18, 400, 1)], 18)
    assert taken == [1, 1]
    assert links.tracks == {1: (1, 2)}
    assert links.sights[1] > 20


def test_four_people_in_turns_are_four_people() -> None:
    stays = [
        (3 * turn + 1.5 * half, 3 * turn + 1.5 * half + 1.2, 50.0 + 200 * half, 0)
        for turn in range(6)
        for half in (0, 1)
    ]
    order = [0, 1, 2, 3] * 3
    taken, _ = persons([(first, last, left, who) for (first, last, left, _), who in zip(stays, order)], 18)
    assert taken == [1, 2, 3, 4] * 3


def test_two_who_swap_seats_behind_a_cut_keep_their_numbers() -> None:
    table, sights = scene([(0, 4.9, 50, 1), (0, 4.9, 300, 2), (5, 10, 50, 2), (5, 10, 300, 1)], 10)
    table.loc[table["frame"] == 50, "scene_change"] = 0.9
    cut = table.assign(track=table["track"].where(table["frame"] < 50, table["track"] + 2))
    found, _ = identify_persons(cut, sights, SETTINGS)
    assert found[found["x"] == 50]["person"].drop_duplicates().tolist() == [1, 2]
    assert found[found["x"] == 300]["person"].drop_duplicates().tolist() == [2, 1]


def test_a_track_in_which_another_person_goes_on_is_broken() -> None:
    """Faces at one place, without a gap, a jump or any change that the picture shows."""
    table, sights = scene([(0, 4.9, 50, 1), (5, 10, 50, 2)], 10)
    assert table["track"].nunique() == 1
    found, links = identify_persons(table, sights, SETTINGS)
    assert len(links.tracks) == 2
    first = found[found["person"] == 2]["time_s"].min()
    assert first == pytest.approx(5.0, abs=0.35)


def test_a_track_is_broken_where_its_face_jumps() -> None:
    table, sights = scene([(0, 4.9, 50, 1), (5, 10, 50, 2)], 10)
    table.loc[table["frame"] == 50, "face_change"] = 0.4
    found, _ = identify_persons(table, sights, SETTINGS)
    assert found[found["person"] == 2]["time_s"].min() == 5.0


def test_a_track_in_which_another_person_may_go_on_makes_the_person_doubtful() -> None:
    table, sights = scene([(0, 4.9, 50, 1), (5, 10, 50, 1), (0, 10, 400, 2)], 10)
    one, other = np.linalg.qr(np.random.default_rng(1).normal(size=(128, 2)))[0].T
    half = (BROKEN - DOUBTFUL / 2) / 2
    faces = [as_bytes(np.sqrt(1 - half**2) * one + side * half * other) for side in (1, -1)]
    left, late = sights.place[:, 0] == 50, sights.frame >= 50
    vectors = np.where(left[:, None], np.where(late[:, None], faces[1], faces[0]), sights.vectors)
    _, links = identify_persons(table, dataclasses.replace(sights, vectors=vectors), SETTINGS)
    [moment] = links.other_from[1]
    assert moment == pytest.approx(5.0, abs=0.35)
    assert list(links.other_from) == [1]
    assert how_sure(links, People()) == {1: "doubtful", 2: "recognised"}
    split = People(stretches=(Stretch(1, moment, 10.0, 3, 2),))
    assert how_sure(links, split)[1] == "recognised", "the user's word"


def test_who_is_seen_beside_another_is_never_the_same() -> None:
    """Twins, or a picture of somebody on the wall."""
    taken, links = persons([(0, 5, 50, 1), (0, 5, 300, 1)], 5)
    assert taken == [1, 2]
    assert links.maybe == ()


def test_a_person_seen_beside_another_is_not_joined_with_a_third_sight_of_that_one() -> None:
    taken, _ = persons([(0, 4, 50, 1), (0, 4, 300, 2), (8, 12, 50, 2)], 12)
    assert taken == [1, 2, 2]


def test_who_may_be_the_same_is_suggested() -> None:
    table, sights = scene([(0, 4, 50, 1), (8, 12, 400, 2)], 12)
    near = np.array([as_bytes(one.astype(float) + 0.9 * vector(1).astype(float)) for one in sights.vectors])
    _, links = identify_persons(table, Sights(sights.frame, sights.place, near), SETTINGS)
    assert len(links.tracks) == 2
    [(one, other, apart)] = links.maybe
    assert (one, other) == (1, 2)
    assert SAME < apart < MAYBE


def test_who_comes_back_to_the_place_that_was_left_needs_to_be_less_alike() -> None:
    """With another expression, say; but not behind a cut."""
    table, sights = scene([(0, 4, 50, 1), (8, 12, 50, 2)], 12)
    near = np.array([as_bytes(one.astype(float) + 1.5 * vector(1).astype(float)) for one in sights.vectors])
    alike = Sights(sights.frame, sights.place, near)
    _, links = identify_persons(table, alike, SETTINGS)
    assert links.tracks == {1: (1, 2)}
    assert SAME < links.widest[1] < links.limit[1] - DOUBTFUL, "as far apart as the faces are, not less for the place"
    assert links.limit == {1: SAME + RETURNED}
    assert how_sure(links, People()) == {1: "recognised"}
    assert how_sure(dataclasses.replace(links, limit={1: links.widest[1] + 0.01}), People()) == {1: "doubtful"}
    table.loc[table["frame"] == 60, "scene_change"] = 0.9
    _, links = identify_persons(table, alike, SETTINGS)
    assert links.tracks == {1: (1,), 2: (2,)}


def test_who_takes_a_place_that_was_left_long_ago_has_to_be_as_alike_as_anywhere() -> None:
    """Somebody else may have taken the chair."""
    table, sights = scene([(0, 4, 50, 1), (40, 44, 50, 2)], 44)
    near = np.array([as_bytes(one.astype(float) + 1.5 * vector(1).astype(float)) for one in sights.vectors])
    _, links = identify_persons(table, Sights(sights.frame, sights.place, near), SETTINGS)
    assert links.tracks == {1: (1,), 2: (2,)}
    [(_, _, apart)] = links.maybe
    assert SAME < apart < MAYBE


@pytest.mark.parametrize(("between", "tracks"), [((8, 55), {1: (1, 2, 3)}), ((30, 31), {1: (1, 2), 2: (3,)})])
def test_a_place_that_was_taken_all_the_time_was_not_left(
    between: tuple[float, float], tracks: dict[int, tuple[int, ...]]
) -> None:
    """What counts is how long it was empty: here, they are seen there nearly all the time, or for a moment."""
    table, sights = scene([(0, 4, 50, 1), (*between, 50, 1), (59, 63, 50, 2)], 63)
    near = np.array([as_bytes(one.astype(float) + 1.5 * vector(1).astype(float)) for one in sights.vectors])
    _, links = identify_persons(table, Sights(sights.frame, sights.place, near), SETTINGS)
    assert links.tracks == tracks


def test_the_order_of_sights_and_faces_does_not_matter() -> None:
    table, sights = scene([(0, 4, 50, 1), (2, 6, 300, 2), (8, 12, 50, 2), (9, 12, 300, 1)], 12)
    once, links = identify_persons(table, sights, SETTINGS)
    order = np.random.default_rng(1).permutation(len(sights))
    shuffled = Sights(sights.frame[order], sights.place[order], sights.vectors[order])
    again, same = identify_persons(table, shuffled, SETTINGS)
    pd.testing.assert_frame_equal(once, again)
    assert links == same
    twice, _ = identify_persons(once, sights, SETTINGS)
    pd.testing.assert_frame_equal(once, twice)


def test_without_sights_everybody_is_followed_only() -> None:
    table, _ = scene([(0, 4, 50, 1), (8, 12, 50, 1)], 12)
    nothing = Sights(np.zeros(0, np.int64), np.zeros((0, 2)), np.zeros((0, 128), np.int8))
    found, links = identify_persons(table, nothing, SETTINGS)
    pd.testing.assert_frame_equal(found, table)
    assert links.tracks == {1: (1,), 2: (2,)} == links_in(table).tracks


def test_a_recording_without_faces_has_no_persons() -> None:
    table, sights = scene([], 3)
    found, links = identify_persons(table, sights, SETTINGS)
    assert found["person"].isna().all()
    assert links.tracks == {}


def test_links_bring_the_persons_back_without_the_vectors() -> None:
    table, sights = scene([(0, 4, 50, 1), (2, 6, 300, 2), (8, 12, 50, 2), (9, 12, 300, 1), (6.2, 6.25, 500, 3)], 12)
    found, links = identify_persons(table, sights, SETTINGS)
    merged = found.assign(person=found["person"].replace({2: 1}))
    pd.testing.assert_frame_equal(with_links(merged, links), found)


def test_sights_find_their_faces_whatever_the_order_of_rows() -> None:
    table, sights = scene([(0, 2, 50, 1), (0, 2, 300, 2)], 2)
    shuffled = table.sample(frac=1, random_state=2).reset_index(drop=True)
    rows = sights.rows_in(shuffled)
    assert (shuffled["x"].to_numpy()[rows] == sights.place[:, 0]).all()
    gone = Sights(sights.frame + 1000, sights.place, sights.vectors)
    assert (gone.rows_in(shuffled) == -1).all()


def doubtful(stays: Sequence[Stay], duration_s: float, of: Sequence[int]) -> tuple[list[object], Links]:
    """The same where the detector is never sure of some of the stays."""
    table, sights = scene(stays, duration_s)
    for place in of:
        first, last, left, _ = stays[place]
        table.loc[(table["x"] == left) & table["time_s"].between(first, last), "face_score"] = 0.5
    found, links = identify_persons(table, sights, SETTINGS, 0.7)
    return [
        (own["status"].iloc[0], own["person"].iloc[0])
        for first, last, left, _ in stays
        for own in [found[(found["x"] == left) & found["time_s"].between(first, last)]]
    ], links


def test_a_doubtful_face_that_is_recognised_belongs_to_the_person() -> None:
    taken, links = doubtful([(0, 4, 50, 1), (6, 10, 400, 1), (0, 10, 700, 2)], 10, of=[1])
    assert taken == [("ok", 1), ("ok", 1), ("ok", 2)]
    assert links.tracks[1] == (1, 3)


def test_a_doubtful_face_makes_nobody_a_person_and_nobody_the_same() -> None:
    taken, _ = doubtful([(0, 10, 50, 1), (0, 4, 400, 2), (6, 10, 400, 2)], 10, of=[1, 2])
    assert [status for status, _ in taken] == ["ok", "stray", "stray"]
    beside, _ = doubtful([(0, 10, 50, 1), (0, 4, 400, 1)], 10, of=[1])
    assert [status for status, _ in beside] == ["ok", "stray"], "nobody is at two places"
