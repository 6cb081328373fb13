"""What recognises a face is of unit length, the same everywhere, and much the same for one face however it is shown."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from videmo.errors import WeightsError
from videmo.faces.recognition import SIDE, UNIT, FaceRecogniser, as_bytes, cut_face, make_recogniser, whose_turn
from videmo.records import Detection
from videmo.settings import IdentitySettings
from videmo.video.luma import Luma
from videmo.weights import load_weights

Picture = npt.NDArray[np.uint8]


def drawn(seed: int, tilt_deg: float = 0.0, size: float = 60.0) -> tuple[Luma, Detection]:
    """A face of a few strokes in a picture, and where its landmarks are."""
    rng = np.random.default_rng(seed)
    picture = np.full((240, 240), int(rng.integers(90, 170)), np.uint8)
    middle, turn = np.array([120.0, 120.0]), math.radians(tilt_deg)
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    points = np.array([(-0.4, -0.3), (0.4, -0.3), (0.0, 0.1), (-0.3, 0.5), (0.3, 0.5)]) * size
    shown = [tuple(point) for point in (points @ rotation.T + middle).tolist()]
    cv2.circle(picture, (120, 120), round(size * 1.1), int(rng.integers(150, 240)), -1)
    for (x, y), radius in zip(shown, rng.integers(4, 12, 5).tolist()):
        cv2.circle(picture, (round(x), round(y)), radius, int(rng.integers(10, 90)), -1)
    box = Detection(120 - size, 120 - size, 2 * size, 2 * size, 0.9, tuple(shown))
    return Luma(picture, False, 0), box


def test_bytes_are_steps_of_a_unit_vector() -> None:
    values = np.random.default_rng(0).normal(size=128)
    stored = as_bytes(values * 37)
    np.testing.assert_allclose(stored / UNIT, values / np.linalg.norm(values), atol=0.5 / UNIT)
    assert not as_bytes(np.zeros(128)).any()


def test_a_face_without_a_place_has_no_crop() -> None:
    luma, face = drawn(1)
    assert cut_face(Detection(face.x, face.y, face.w, face.h, 0.9, ((5.0, 5.0),) * 5), luma) is None
    crop = cut_face(face, luma)
    assert crop is not None
    assert crop.shape == (SIDE, SIDE)


@pytest.mark.parametrize("tilt", [-25.0, 10.0, 30.0])
def test_a_tilted_head_is_the_same_face(tilt: float) -> None:
    network = make_recogniser(IdentitySettings())
    upright, tilted = (network.recognise(face, luma) for luma, face in (drawn(1), drawn(1, tilt)))
    assert upright is not None
    assert tilted is not None
    apart = np.linalg.norm(upright.astype(float) - tilted.astype(float)) / UNIT
    others = [network.recognise(face, luma) for luma, face in map(drawn, range(2, 6))]
    assert all(
        apart < np.linalg.norm(upright.astype(float) - one.astype(float)) / UNIT for one in others if one is not None
    )


def test_the_result_depends_on_the_face_alone() -> None:
    network = make_recogniser(IdentitySettings())
    luma, face = drawn(3)
    first = network.recognise(face, luma)
    network.recognise(*reversed(drawn(4)))
    np.testing.assert_array_equal(first, network.recognise(face, luma))


def test_another_network_is_refused() -> None:
    with pytest.raises(WeightsError, match="videmo train identity"):
        FaceRecogniser(load_weights("points", "landmarks"))


@pytest.mark.parametrize("count", [0, 1, 3, 4, 6, 7, 100])
def test_where_many_faces_are_in_view_each_has_its_turn(count: int) -> None:
    places = np.random.default_rng(count).permutation(count).tolist()
    faces = [Detection(10.0 * place, 0.0, 8.0, 8.0, 0.9) for place in places]
    groups = max(1, -(-count // 3))
    for first in (0, 5):
        described = [whose_turn(faces, turn, 3) for turn in range(first, first + groups)]
        assert max(map(len, described)) <= 3
        assert sorted(place for each in described for place in each) == list(range(count))
    if count == 4:
        shown = [sorted(places[place] for place in whose_turn(faces, turn, 3)) for turn in range(2)]
        assert shown == [[0, 2], [1, 3]], "from left to right"
