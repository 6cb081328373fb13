"""The averages of faces beside the network that recognises people: what they are of, and whom they leave out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from videmo.faces.recognition import FaceRecogniser, as_bytes
from videmo.training.identity.averages import FEWEST, averages

FACE_PX = 100
DARK, BRIGHT, LONELY = 60, 190, 120
"""Three people, told by their brightness."""


class Recogniser(FaceRecogniser):
    """Describes a face by how bright it is."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def describe(self, crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        direction = np.abs(float(np.median(crop)) - np.array([DARK, BRIGHT, LONELY])).argmin()
        vector = self.rng.normal(0, 0.01, 128).astype(np.float32)
        vector[direction] += 1
        return vector


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No harm done to faces, whose brightness is all that they have."""
    monkeypatch.setattr("videmo.training.identity.averages.make_crop", lambda image, harm, rng: image)


def faces(*brightness: int) -> npt.NDArray[np.uint8]:
    return np.stack([np.full((FACE_PX, FACE_PX), level, np.uint8) for level in brightness])


def found(images: npt.NDArray[np.uint8], seed: int = 3) -> npt.NDArray[np.int8]:
    return averages(images, Recogniser(np.random.default_rng(1)), seed)


@pytest.mark.usefixtures("plain")
def test_nobody_is_described_by_what_ships() -> None:
    images = faces(*[DARK] * 60, *[BRIGHT] * 60, LONELY)
    cohort = found(images)
    assert cohort.dtype == np.int8
    assert 2 <= len(cohort) <= 2 * len(images) // FEWEST
    ahead = cohort.astype(int).argmax(axis=1)
    assert set(ahead) == {0, 1}, "the one who was seen twice is in none"
    exact = as_bytes(np.eye(128, dtype=np.float32)[0])
    assert np.abs(cohort[ahead == 0].astype(int) - exact).max() <= 6, "averages of faces that are alike"


@pytest.mark.usefixtures("plain")
def test_the_same_faces_make_the_same_averages() -> None:
    images = faces(*[DARK] * 30, *[BRIGHT] * 30)
    np.testing.assert_array_equal(found(images), found(images))


def test_faces_are_harmed_once_and_as_they_are_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, ...]] = []
    monkeypatch.setattr(
        "videmo.training.identity.averages.make_crop", lambda image, harm, rng: seen.append(image.shape) or image
    )
    found(faces(*[DARK] * 12))
    assert len(seen) == 12
