"""Landmarks: what the network sees is where it is, in crops, in tables, and for every detector."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

import videmo as package
from runs import videmo
from videmo.errors import UsageError, WeightsError
from videmo.faces.framing import WHOLE_FACE
from videmo.faces.landmarks import CELLS, POINTS, SIDE, LandmarkFinder, expected_places, make_finder
from videmo.records import LANDMARKS, Detection
from videmo.settings import LandmarkSettings
from videmo.video.luma import Luma
from videmo.weights import Weights, load_weights, shipped

Image = npt.NDArray[np.uint8]


def maps_at(places: npt.NDArray[np.float64], sharpness: float = 40.0) -> npt.NDArray[np.float32]:
    """Maps whose values fall with the distance from a place."""
    middles = (np.arange(CELLS) + 0.5) / CELLS
    away = (middles[None, :, None] - places[:, 0]) ** 2 + (middles[:, None, None] - places[:, 1]) ** 2
    return (-sharpness * away).astype(np.float32)


def test_places_are_found_between_the_middles_of_cells() -> None:
    places = np.array([[0.31, 0.4], [0.62, 0.41], [0.5, 0.55], [0.37, 0.7], [0.63, 0.69]])
    np.testing.assert_allclose(expected_places(maps_at(places, 200.0)), places, atol=0.002)


@pytest.fixture(scope="module")
def portrait() -> tuple[Image, Detection]:
    """A grey frame of a sample, and the face in it."""
    path = next(iter(sorted((Path(package.__file__).parents[1] / "samples").glob("expressions.mp4"))))
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0)).to_ndarray(format="gray")
    faces = package.FaceDetector().detect(frame)
    assert faces
    return frame, faces[0]


def landmarks_in(picture: Image, face: Detection) -> npt.NDArray[np.float64]:
    luma = Luma(picture, False, 0)
    crop = luma.patch(*WHOLE_FACE.square(face), SIDE)
    return np.array(make_finder(LandmarkSettings()).marked(face, luma, WHOLE_FACE, crop).landmarks)


def test_sides_are_the_subjects_and_all_points_lie_in_the_face(portrait: tuple[Image, Detection]) -> None:
    picture, face = portrait
    right, left, nose, right_corner, left_corner = landmarks_in(picture, face)
    assert face.x < right[0] < nose[0] < left[0] < face.x + face.w
    assert right_corner[0] < left_corner[0]
    assert face.y < right[1] < nose[1] < right_corner[1] < face.y + face.h


@pytest.mark.parametrize("tilt", [-25, -12, 12, 25])
def test_they_tilt_with_the_head(tilt: int, portrait: tuple[Image, Detection]) -> None:
    picture, face = portrait
    middle = face.x + face.w / 2, face.y + face.h / 2
    turn = cv2.getRotationMatrix2D(middle, -tilt, 1.0)
    turned = np.asarray(cv2.warpAffine(picture, turn, picture.shape[::-1], borderMode=cv2.BORDER_REPLICATE), np.uint8)

    def angle(points: npt.NDArray[np.float64]) -> float:
        return math.degrees(math.atan2(*(points[1] - points[0])[::-1]))

    assert angle(landmarks_in(turned, face)) - angle(landmarks_in(picture, face)) == pytest.approx(tilt, abs=4)


def test_mirrored_pictures_have_mirrored_landmarks(portrait: tuple[Image, Detection]) -> None:
    picture, face = portrait
    width = picture.shape[1]
    mirrored = dataclasses.replace(face, x=width - face.x - face.w)
    found = landmarks_in(np.ascontiguousarray(picture[:, ::-1]), mirrored)[[1, 0, 2, 4, 3]]
    found[:, 0] = width - found[:, 0]
    np.testing.assert_allclose(found, landmarks_in(picture, face), atol=0.05 * face.w)


def test_the_network_that_ships_is_listed_as_one_for_landmarks() -> None:
    assert shipped("landmarks") == ["points"]


@pytest.mark.parametrize("name", ["broad", "nothing.tflite"])
def test_what_is_no_landmark_network_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="not a network"):
        make_finder(LandmarkSettings(name=name))


def test_another_network_is_refused_by_its_shape() -> None:
    other = load_weights("broad")
    with pytest.raises(WeightsError, match="shapes"):
        LandmarkFinder(Weights("other", other.content, other.sha256))


@pytest.mark.slow
@pytest.mark.parametrize("detector", ["videmo", "haar"])
def test_every_detector_gets_landmarks_and_a_pose(detector: str, samples: Path, tmp_path: Path) -> None:
    clip = sorted(samples.glob("expressions.mp4"))[0]
    done = videmo(
        "analyze", clip, "--out", tmp_path, "--fps", "5", "--detector", detector, "--no-annotate", "--no-plots"
    )
    assert done.returncode == 0, done.stderr
    faces = package.read(tmp_path).observations.query("status == 'ok'")
    assert len(faces) > 5
    assert faces[[*LANDMARKS, "yaw", "pitch", "roll"]].notna().all(axis=None)
    eyes = faces["left_eye_x"] - faces["right_eye_x"]
    assert (eyes > 0).all()
    assert faces["yaw"].abs().median() < 20
    pd.testing.assert_series_equal(faces["left_out"], faces["left_out"].where(faces["yaw"].abs() <= 65, "turned"))


def test_all_landmarks_of_a_crop_are_looked_for() -> None:
    assert len(LANDMARKS) == 2 * POINTS
