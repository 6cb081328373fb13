"""How alike two faces are is measured by how alike others are to them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from videmo.errors import WeightsError
from videmo.faces.cohort import NEAREST, Cohort, cohort_beside, cohort_of
from videmo.faces.identity import recognition_identity
from videmo.faces.recognition import VALUES, as_bytes
from videmo.persons.likeness import Described, describe, distances
from videmo.persons.places import AGAIN, RETURNED, UNCLEAR, eased
from videmo.persons.recognising import SAME
from videmo.settings import IdentitySettings
from videmo.weights import FOLDER

Floats = npt.NDArray[np.float64]


def seen(alike: float, around: tuple[float, float]) -> float:
    """How far apart two faces are that are so alike, and that others are so alike to."""
    one, other = np.eye(VALUES)[:2]
    faces = (one, alike * one + np.sqrt(1 - alike**2) * other)
    return float(distances([Described(face, 100, around) for face in faces])[0, 1])


def test_two_faces_that_many_look_like_must_be_more_alike_to_be_one_persons() -> None:
    many, few = (0.96, 0.005), (0.92, 0.02)
    assert seen(0.955, many) > SAME > seen(0.955, few)
    assert seen(0.985, many) < SAME, "one face is one face anywhere"
    alike = np.linspace(0.2, 0.999, 40)
    assert (np.diff([seen(each, few) for each in alike]) <= 0).all()


def test_what_is_no_face_of_the_network_is_measured_by_its_vectors_alone() -> None:
    shipped = cohort_of(IdentitySettings())
    assert shipped is not None
    elsewhere = np.random.default_rng(9).normal(size=VALUES)
    elsewhere /= np.linalg.norm(elsewhere)
    assert not describe(np.stack([as_bytes(elsewhere)]), np.ones(1), shipped).placed
    faces = [as_bytes(elsewhere + np.eye(VALUES)[place] * 0.2) for place in range(2)]
    apart = [distances([describe(np.stack([each]), np.ones(1), known) for each in faces]) for known in (shipped, None)]
    np.testing.assert_array_equal(*apart)


def test_who_comes_back_needs_little_leeway_where_faces_are_clear() -> None:
    faces = [Described(np.ones(VALUES), 4, (0.9, 0.01), clear) for clear in (1.0, 1.0, 0.5)]
    plain = [Described(np.ones(VALUES), 4), faces[0]]
    leeway = np.full((3, 3), RETURNED / 2)
    found = eased(leeway, faces)
    assert found[0, 1] == pytest.approx(AGAIN / 2)
    assert found[0, 2] == found[2, 1] == pytest.approx((AGAIN + UNCLEAR / 2) / 2)
    assert eased(leeway[:2, :2], plain)[0, 1] == RETURNED / 2, "as before, without a cohort"


def test_the_network_that_ships_has_a_cohort_of_many_averages() -> None:
    stored = np.load(FOLDER / "person-cohort.npy", allow_pickle=False)
    assert stored.dtype == np.int8
    assert (len(stored) >= 512, stored.shape[1]) == (True, VALUES)
    assert cohort_of(IdentitySettings(enabled=False)) is None


def test_a_network_of_ones_own_brings_its_own_or_does_without(tmp_path: Path) -> None:
    network, beside = tmp_path / "mine.tflite", tmp_path / "mine-cohort.npy"
    assert cohort_beside(str(network), "1") is None
    np.save(beside, np.ones((NEAREST, VALUES), np.int8))
    assert isinstance(cohort_beside(str(network), "2"), Cohort)
    for number, wrong in enumerate((np.ones((3, VALUES), np.int8), np.ones((99, VALUES)), np.ones((99, 5), np.int8))):
        np.save(beside, wrong)
        with pytest.raises(WeightsError, match="mine-cohort"):
            cohort_beside(str(network), f"wrong {number}")
    beside.write_bytes(b"no table")
    with pytest.raises(WeightsError, match="cannot be read"):
        cohort_beside(str(network), "broken")


def test_faces_are_recognised_anew_where_the_cohort_beside_a_network_is_another(tmp_path: Path) -> None:
    network = tmp_path / "mine.tflite"
    shutil.copy(FOLDER / "person.tflite", network)
    settings = IdentitySettings(name=str(network))
    found = [recognition_identity(settings)]
    assert found == [recognition_identity(IdentitySettings())], "that of its file"
    for value in (1, 2):
        np.save(tmp_path / "mine-cohort.npy", np.full((NEAREST, VALUES), value, np.int8))
        found.append(recognition_identity(settings))
        cohort = cohort_of(settings)
        assert cohort is not None
    assert len(set(found)) == 3
