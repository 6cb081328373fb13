"""How well two faces are told to be one person's is counted rightly, on distances of which the answer is known."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import pytest

from videmo.faces.recognition import FaceRecogniser
from videmo.persons.likeness import Described, distances
from videmo.plots.evaluation import verification_figure
from videmo.training.identity.command import on_card
from videmo.training.identity.data import Faces, Found, kept_for_test
from videmo.training.identity.fit import IdentityFitSettings, Variety, make_crop, targets_of
from videmo.training.identity.measure import HEIGHTS, TALLEST, Kept, by_height, crop_of
from videmo.training.identity.mixtures import KEPT_PX, mixtures
from videmo.training.identity.page import identity_page
from videmo.training.identity.tracks import PAIRS, Piece, counted, pairs
from videmo.training.identity.verification import FALSE_ACCEPTS, MOST_PER_PERSON, pairs_of, verify
from videmo.weights.page import card_page


def test_distances_that_never_overlap_are_told_apart_always() -> None:
    found = verify(np.linspace(0.1, 0.3, 200), np.linspace(0.5, 0.9, 3000))
    assert found.accuracy == found.true_accepts == found.area == 1.0


def test_distances_of_one_kind_tell_nothing() -> None:
    rng = np.random.default_rng(0)
    found = verify(rng.normal(0.5, 0.1, 2000), rng.normal(0.5, 0.1, 6000))
    assert found.accuracy == pytest.approx(0.5, abs=0.03)
    assert found.area == pytest.approx(0.5, abs=0.02)
    assert found.true_accepts == pytest.approx(0.001, abs=0.003)


def test_the_area_is_the_chance_that_one_person_is_nearer() -> None:
    same, different = np.array([0.1, 0.2, 0.6]), np.array([0.3, 0.5])
    nearer = (same[:, None] < different[None]).mean()
    assert verify(np.tile(same, 40), np.tile(different, 40)).area == pytest.approx(nearer)


def test_the_curve_rises_from_one_false_accept_in_a_thousand_to_all() -> None:
    rng = np.random.default_rng(0)
    found = verify(rng.normal(0.3, 0.1, 500), rng.normal(0.6, 0.1, 6000))
    false, true = np.array(found.curve).T
    assert false[0] == FALSE_ACCEPTS
    assert true[0] == pytest.approx(found.true_accepts, abs=1e-4)
    assert (np.diff(true) >= 0).all()
    assert found.curve[-1] == (1.0, 1.0)
    drawn = verification_figure(
        {"all": {"network": found.curve, "teacher": found.curve}, "LFW": {"network": found.curve}}
    )
    assert [axes.get_title() for axes in drawn.axes] == ["all", "LFW"]


def test_a_card_says_how_well_people_are_told_apart() -> None:
    scores = {"same": 946, "accuracy": 0.94612, "true_accepts": 0.649, "area": 0.99051, "curve": ((0.001, 0.6),)}
    said = on_card({"LFW": scores})
    assert said == {"LFW": {"same": 946, "accuracy": 0.9461, "true_accepts": 0.649, "area": 0.9905}}
    assert "| LFW | 946 | 94.6% | 64.9% | 0.9905 |" in card_page({"kind": "identity", "verification": said}, "some")


def test_nobody_s_face_decides_the_result() -> None:
    persons = np.repeat([0, 1, 2, 3], [100, 2, 1, 5])
    same, different = pairs_of(persons)
    assert (persons[same[:, 0]] == persons[same[:, 1]]).all()
    assert (persons[different[:, 0]] != persons[different[:, 1]]).all()
    assert len(same) == MOST_PER_PERSON + 1 + 10
    np.testing.assert_array_equal(same, pairs_of(persons)[0])


def test_a_fifth_of_the_people_is_kept_out_by_name() -> None:
    kept = [kept_for_test(f"person {number}") for number in range(2000)]
    assert np.mean(kept) == pytest.approx(0.2, abs=0.03)
    assert kept_for_test("Ada Lovelace") == kept_for_test("Ada Lovelace")


def faces(count: int) -> Faces:
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (count, KEPT_PX, KEPT_PX)).astype(np.uint8)
    return Faces(
        images, np.array([0, 0, *[-1] * (count - 2)], np.int32), rng.normal(size=(count, 128)).astype(np.float32)
    )


def test_known_people_are_learned_nearer_to_their_mean() -> None:
    some = faces(6)
    plain, calmer = targets_of(some, 0.0), targets_of(some, 0.5)
    np.testing.assert_allclose(np.linalg.norm(calmer, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(plain[2:], calmer[2:], atol=1e-6)
    assert np.linalg.norm(calmer[0] - calmer[1]) < 0.8 * np.linalg.norm(plain[0] - plain[1])


def test_crops_and_mixtures_depend_on_the_seed_alone() -> None:
    images = faces(5).images
    once, again = (make_crop(images[0], Variety(), np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert once.shape == (64, 64)
    np.testing.assert_array_equal(mixtures(images, 4, 1), mixtures(images, 4, 1))
    assert (mixtures(images, 4, 1) != mixtures(images, 4, 2)).any()


def test_pieces_of_tracks_are_paired_by_person_and_counted() -> None:
    looks = np.eye(128)
    pieces = [
        Piece(f"{person}.mp4", 2.0 * number, Described(looks[person], 8)) for person in range(6) for number in range(5)
    ]
    same, different = pairs(pieces)
    assert len(different) == PAIRS
    assert {abs(pieces[one].begin_s - pieces[other].begin_s) >= 4.0 for one, other in same} == {True}
    assert all(pieces[one].recording == pieces[other].recording for one, other in same)
    assert all(pieces[one].recording != pieces[other].recording for one, other in different)
    apart = distances([piece.described for piece in pieces])
    assert counted(apart, same) == {"pairs": len(same), "merged": len(same), "suggested": len(same)}
    assert counted(apart, different) == {"pairs": PAIRS, "merged": 0, "suggested": 0}


def test_the_page_says_all_that_was_measured() -> None:
    scores = {"same": 10, "accuracy": 0.95, "true_accepts": 0.5, "area": 0.99}
    both = {"network": scores, "teacher": scores}
    share = {"pairs": 4, "accepted": 0.75}
    merges = {"pairs": 200, "merged": 1, "suggested": 20}
    results = {
        "all": both, "LFW": both, "faces": 5, "people": 2, "heights": {"24 px": scores}, "yaw": {"0 to 15": share},
        "emotion": {"two emotions": share},
        "tracks": {"people": 9, "pieces": 41, "one person": {**merges, "pairs": 0}, "two people": merges},
    }  # fmt: skip
    page = identity_page(results, "a machine", "the command")
    assert "| two emotions | 4 | 75.0 % |" in page
    assert "| 24 px | 10 | 95.0 % | 50.0 % | 0.9900 |" in page
    assert "| of two people | 200 | 0.5 % | 10.0 % |" in page
    assert "| of one person | 0 | nan % | nan % |" not in page


class Dark:
    """In place of a network: describes how dark the parts of a crop are."""

    def describe(self, crop: np.ndarray) -> np.ndarray:
        return cv2.resize(crop, (16, 8), interpolation=cv2.INTER_AREA).ravel().astype(np.float64) - 127.5


def test_what_is_not_reduced_is_called_so_and_not_by_a_height() -> None:
    rng = np.random.default_rng(2)
    pictures = [rng.integers(0, 256, (KEPT_PX, KEPT_PX)).astype(np.uint8) for _ in range(24)]
    kept = Kept([Found(each, each, 0.0) for each in pictures], np.repeat(np.arange(8), 3), np.zeros(24, np.bool_))
    whole = {"accuracy": 0.9}
    found = by_height(whole, cast(FaceRecogniser, Dark()), kept)
    assert list(found) == [f"not reduced, at most {TALLEST} px", "64 px", "48 px", "32 px", "24 px"]
    assert found[f"not reduced, at most {TALLEST} px"] is whole
    assert max(HEIGHTS) < TALLEST < KEPT_PX
    for height in HEIGHTS:
        assert (crop_of(pictures[0], float(height)) != crop_of(pictures[0])).any(), "each height reduces a picture"
    np.testing.assert_array_equal(crop_of(pictures[0], float(TALLEST)), crop_of(pictures[0]))


def test_fewer_epochs_shorten_both_parts() -> None:
    usual = IdentityFitSettings()
    half = usual.shortened(usual.epochs // 2)
    assert (half.epochs, half.more_epochs) == (usual.epochs // 2, usual.more_epochs // 2)
    assert usual.shortened(1).more_epochs >= 1
