"""Crops of faces: in colour, and turned until the eyes are level."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from videmo.faces.aligning import aligned
from videmo.faces.framing import WHOLE_FACE
from videmo.measures.measure import Crop
from videmo.pipeline import crops
from videmo.pipeline.crops import Cutter
from videmo.records import Detection, Recording
from videmo.video.luma import luma_of
from videmo.video.read import Frame

Image = npt.NDArray[np.uint8]
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def cutter_of(picture: Image, rotation: int = 0) -> Cutter:
    """Cuts from a decoded frame with this RGB picture, stored as it is, shown turned."""
    decoded = av.VideoFrame.from_ndarray(picture, format="rgb24")
    height, width = picture.shape[:2]
    recording = Recording(
        Path("a.mp4"),
        "mp4",
        "h264",
        "rgb24",
        width,
        height,
        rotation,
        Fraction(1, 25),
        0.0,
        1.0,
        25.0,
        25,
        (),
        (),
        1,
        1,
    )
    return Cutter(Frame(0, 0, 0.0, luma_of(decoded, rotation), decoded), recording, WHOLE_FACE)


def face_at(x: float, y: float, tilt: float = 0.0, eyes: float = 40.0) -> Detection:
    """A face whose eyes are ``eyes`` pixels apart and tilted by so many degrees around its middle."""
    turn = np.array(
        [
            [math.cos(math.radians(tilt)), math.sin(math.radians(tilt))],
            [-math.sin(math.radians(tilt)), math.cos(math.radians(tilt))],
        ]
    )
    upright = np.array([(-0.5, -0.5), (0.5, -0.5), (0, 0), (-0.4, 0.5), (0.4, 0.5)]) * eyes
    points = upright @ turn + [x, y]
    box = 2.0 * eyes, 2.6 * eyes
    return Detection(x - box[0] / 2, y - box[1] / 2, *box, 0.9, tuple((float(a), float(b)) for a, b in points))


def picture_with_eyes(face: Detection, size: int = 300) -> Image:
    """Black, with the right eye red, the left one blue, and a green mouth."""
    picture = np.zeros((size, size, 3), np.uint8)
    for place, colour in ((0, RED), (1, BLUE), (3, GREEN), (4, GREEN)):
        cv2.circle(picture, tuple(round(value) for value in face.landmarks[place]), 7, colour, -1)
    return picture


def middle_of(channel: Image) -> tuple[float, float]:
    """Middle of what is bright."""
    rows, columns = np.nonzero(channel > 100)
    return float(columns.mean()), float(rows.mean())


def test_a_colour_crop_has_red_green_and_blue_of_what_the_grey_one_shows() -> None:
    picture = np.zeros((200, 200, 3), np.uint8)
    picture[60:140, 60:100], picture[60:140, 100:140] = RED, BLUE
    cutter = cutter_of(picture)
    crop = cutter.cut(face_at(100, 100, eyes=30), Crop(40, colour=True))
    assert crop is not None
    assert crop.shape == (40, 40, 3)
    assert crop[20, 10].tolist() == list(RED)
    assert crop[20, 30].tolist() == list(BLUE)
    grey = cutter.cut(face_at(100, 100, eyes=30), Crop(40))
    assert grey is not None
    assert grey.shape == (40, 40)
    assert grey[20, 10] > grey[20, 30] > 0


@pytest.mark.parametrize("tilt", [-30, 0, 20])
def test_eyes_are_level_in_an_aligned_crop_and_at_the_same_place(tilt: float) -> None:
    face = face_at(150, 150, tilt)
    crop = cutter_of(picture_with_eyes(face)).cut(face, Crop(64, aligned=True, colour=True))
    assert crop is not None
    right, left = middle_of(crop[..., 0]), middle_of(crop[..., 2])
    assert right[1] == pytest.approx(left[1], abs=0.7)
    straight = face_at(150, 150)
    upright = cutter_of(picture_with_eyes(straight)).cut(straight, Crop(64, aligned=True, colour=True))
    assert upright is not None
    np.testing.assert_allclose([*right, *left], [*middle_of(upright[..., 0]), *middle_of(upright[..., 2])], atol=0.8)


def test_an_upright_face_is_aligned_about_where_its_box_frames_it() -> None:
    face = face_at(150, 150)
    square, place = WHOLE_FACE.square(face), aligned(face)
    assert place is not None
    assert place.side == pytest.approx(square[2], rel=0.05)


def test_crops_of_a_turned_recording_are_those_of_the_displayed_picture() -> None:
    face = face_at(150, 150, 15)
    shown = picture_with_eyes(face)
    stored = np.ascontiguousarray(np.rot90(shown, -1))  # displayed after a quarter turn anticlockwise
    crop = Crop(48, aligned=True, colour=True)
    turned, straight = (
        cutter_of(stored, 90).cut(face, crop),
        cutter_of(shown).cut(face, crop),
    )
    assert turned is not None
    assert straight is not None
    assert np.abs(turned.astype(int) - straight).max() <= 2


def test_without_landmarks_nothing_is_aligned() -> None:
    face = Detection(10, 10, 40, 50, 1.0)
    assert aligned(face) is None
    assert cutter_of(np.zeros((80, 80, 3), np.uint8)).cut(face, Crop(32, aligned=True)) is None


def test_a_profile_is_aligned_by_the_line_from_eyes_to_mouth() -> None:
    points = ((100.0, 80.0), (101.0, 80.0), (95.0, 100.0), (100.0, 120.0), (101.0, 120.0))
    place = aligned(Detection(70, 60, 60, 80, 0.9, points))
    assert place is not None
    assert abs(math.degrees(place.angle)) < 3


def test_colours_are_converted_only_if_a_measure_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    real = crops.displayed_colours
    monkeypatch.setattr(crops, "displayed_colours", lambda *frame: asked.append(1) or real(*frame))
    cutter, face = cutter_of(np.zeros((80, 80, 3), np.uint8)), face_at(40, 40, eyes=12)
    cutter.cut(face, Crop(32))
    cutter.cut(face, Crop(32, aligned=True))
    assert not asked
    cutter.cut(face, Crop(32, colour=True))
    cutter.cut(face, Crop(48, colour=True))
    assert asked == [1]


@pytest.mark.parametrize(("tilt", "left"), [(0, 0), (9, 9), (-9, -9), (25, 10), (-25, -10), (80, 10)])
def test_who_tilts_the_head_far_is_turned_back_until_it_is_tilted_a_little(tilt: float, left: float) -> None:
    face = face_at(150, 150, tilt)
    cutter = cutter_of(picture_with_eyes(face))
    crop = cutter.cut(face, Crop(96, levelled=True, colour=True))
    assert crop is not None
    (red_x, red_y), (blue_x, blue_y) = middle_of(crop[..., 0]), middle_of(crop[..., 2])
    assert math.degrees(math.atan2(blue_y - red_y, blue_x - red_x)) == pytest.approx(left, abs=2.5)
    if abs(tilt) < 10:
        assert np.array_equal(crop, cutter.cut(face, Crop(96, colour=True)), equal_nan=False), "as it is"


def test_without_landmarks_a_face_is_cut_as_it_is() -> None:
    face = dataclasses.replace(face_at(150, 150, 30), landmarks=())
    cutter = cutter_of(picture_with_eyes(face_at(150, 150, 30)))
    level, plain = (cutter.cut(face, Crop(48, levelled=levelled)) for levelled in (True, False))
    assert level is not None
    assert plain is not None
    assert np.array_equal(level, plain)
