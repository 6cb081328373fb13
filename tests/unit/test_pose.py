"""Head pose from landmarks: signs, accuracy on turned mean faces, what must not matter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from videmo.measures.pose.fit import MEAN_FACE, head_pose
from videmo.measures.pose.measure import POSE_MEASURE

Floats = npt.NDArray[np.float64]


def turned(yaw: float, pitch: float, roll: float, size: float = 60.0) -> Floats:
    """The mean face, turned by the definition of the angles and projected in parallel."""
    y, p, r = np.radians([yaw, pitch, roll])
    left = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    up = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    tilt = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return np.asarray(MEAN_FACE @ (left @ up @ tilt).T * size + [200, 150, 0])[:, :2]


def test_a_face_that_looks_into_the_camera_is_not_turned() -> None:
    np.testing.assert_allclose(head_pose(turned(0, 0, 0)), [[0, 0, 0]], atol=1e-6)


def test_angles_of_turned_faces_are_found_whatever_they_are() -> None:
    rng = np.random.default_rng(0)
    angles = np.stack([rng.uniform(-70, 70, 300), rng.uniform(-50, 50, 300), rng.uniform(-60, 60, 300)], axis=1)
    found = head_pose(np.stack([turned(*each) for each in angles]))
    np.testing.assert_allclose(found, angles, atol=0.5)


def test_signs_are_what_the_docstring_says() -> None:
    face = turned(0, 0, 0)
    to_the_right_of_the_picture, up, tilted = face.copy(), face.copy(), face.copy()
    to_the_right_of_the_picture[2, 0] += 10
    up[2, 1] -= 10
    tilted[[0, 3], 1] -= 5  # the right side of the face higher, the left one lower
    tilted[[1, 4], 1] += 5
    yaw, pitch, roll = (head_pose(each)[0] for each in (to_the_right_of_the_picture, up, tilted))
    assert yaw[0] > 5
    assert pitch[1] > 5
    assert roll[2] > 4


def test_the_mirrored_face_is_turned_and_tilted_the_other_way() -> None:
    face = turned(25, -10, 12)
    mirrored = (face * [-1, 1] + [500, 0])[[1, 0, 2, 4, 3]]
    np.testing.assert_allclose(head_pose(mirrored), head_pose(face) * [-1, 1, -1], atol=0.2)


def test_place_and_size_do_not_matter() -> None:
    np.testing.assert_allclose(head_pose(turned(25, -10, 12) * 3 + 40), head_pose(turned(25, -10, 12)), atol=1e-6)


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    rng = np.random.default_rng(1)
    faces = np.stack([turned(*rng.uniform(-40, 40, 3)) for _ in range(37)]) + rng.normal(0, 2, (37, 5, 2))
    together = head_pose(faces)
    for place in (0, 17, 36):
        np.testing.assert_array_equal(head_pose(faces[place : place + 1])[0], together[place])


def test_unknown_landmarks_have_no_pose() -> None:
    faces = np.stack([turned(0, 0, 0), turned(10, 0, 0), np.full((5, 2), 7.0)])
    faces[0, 3] = np.nan
    found = head_pose(faces)
    assert np.isnan(found[0]).all()
    assert found[1, 0] == pytest.approx(10, abs=0.1)
    assert np.isnan(found[2]).all()
    assert head_pose(np.zeros((0, 5, 2))).shape == (0, 3)


def test_nonsense_still_gives_angles_in_range() -> None:
    rng = np.random.default_rng(2)
    found = head_pose(rng.uniform(0, 100, (500, 5, 2)))
    for place, column in enumerate(POSE_MEASURE.columns):
        assert (found[:, place] >= column.low).all()
        assert (found[:, place] <= column.high).all()
