"""The face network's input, output and arithmetic, on sizes and pictures of all kinds."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest

from test_detectors import first_picture
from videmo.errors import WeightsError
from videmo.faces import distinct, grid
from videmo.faces.detector import detector_identity, make_detector
from videmo.faces.framing import WHOLE_FACE
from videmo.faces.network import SIZES_KEPT, NetworkDetector
from videmo.records import Detection
from videmo.settings import DetectorSettings
from videmo.video.luma import Luma
from videmo.weights import FOLDER, card, load_weights

SETTINGS = DetectorSettings()


@pytest.fixture(scope="module")
def face(samples: Path) -> np.ndarray:
    """A full-range picture of one person."""
    return first_picture(samples / "expressions.mp4").full()


def detect(plane: np.ndarray, **settings: object) -> list[Detection]:
    """Find the faces of a full-range picture."""
    return make_detector(dataclasses.replace(SETTINGS, **settings)).detect(Luma(plane, False, 0))  # type: ignore[arg-type]


def test_a_frame_is_fitted_into_a_multiple_of_32_and_never_enlarged() -> None:
    assert grid.input_size(1920, 1080, 320) == (320, 180, 320, 192)
    assert grid.input_size(1080, 1920, 320) == (180, 320, 192, 320)
    assert grid.input_size(640, 480, 320) == (320, 240, 320, 256)
    assert grid.input_size(100, 50, 320) == (100, 50, 128, 64)
    assert grid.input_size(1, 1, 320) == (1, 1, 32, 32)
    assert grid.input_size(10_000, 2, 320) == (320, 1, 320, 32)


def test_cell_centres_run_row_by_row() -> None:
    points = grid.centres(64, 32, 16)
    assert points.tolist() == [[8, 8], [24, 8], [8, 24], [24, 24], [8, 40], [24, 40], [8, 56], [24, 56]]


@pytest.mark.parametrize(
    ("width", "height"), [(640, 360), (641, 359), (360, 640), (333, 777), (320, 256), (1920, 1080), (3840, 2160)]
)
def test_a_face_is_found_at_the_same_place_in_frames_of_all_sizes(face: np.ndarray, width: int, height: int) -> None:
    """Landscape, portrait, odd numbers, 4K."""
    side = min(width, height)
    rows, columns = face.shape
    cut = face[:, (columns - rows) // 2 : (columns - rows) // 2 + rows]
    plane = np.full((height, width), 90, np.uint8)
    x, y = (width - side) // 2, (height - side) // 2
    plane[y : y + side, x : x + side] = cv2.resize(cut, (side, side), interpolation=cv2.INTER_AREA)
    alone = detect(np.asarray(cv2.resize(cut, (320, 320), interpolation=cv2.INTER_AREA), np.uint8))[0]
    found = detect(plane)
    assert len(found) == 1
    scale = side / 320
    assert found[0].x == pytest.approx(x + alone.x * scale, abs=0.1 * alone.w * scale)
    assert found[0].y == pytest.approx(y + alone.y * scale, abs=0.1 * alone.h * scale)
    assert found[0].h == pytest.approx(alone.h * scale, rel=0.15)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 2), (7, 5), (31, 33), (63, 48), (16, 400), (400, 16)])
def test_tiny_frames_are_searched_without_complaint(width: int, height: int) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (height, width)).astype(np.uint8)
    assert detect(noise) == []


def test_a_face_fills_a_frame_smaller_than_64_pixels(face: np.ndarray) -> None:
    whole = detect(face)[0]
    middle, half = (whole.x + whole.w / 2, whole.y + whole.h / 2), 0.75 * whole.h
    top, left = max(0, round(middle[1] - half)), max(0, round(middle[0] - half))
    cut = face[top : top + round(2 * half), left : left + round(2 * half)]
    small = np.asarray(cv2.resize(cut, (60, 60), interpolation=cv2.INTER_AREA), np.uint8)
    found = detect(small)
    assert len(found) == 1
    assert found[0].h == pytest.approx(60 / 1.5, rel=0.25)


def test_landmarks_lie_in_the_face_in_their_order(face: np.ndarray) -> None:
    found = detect(face)[0]
    right_eye, left_eye, nose, right_mouth, left_mouth = found.landmarks
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_mouth[0] < left_mouth[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])
    assert all(found.x < x < found.x + found.w and found.y < y < found.y + found.h for x, y in found.landmarks)


def test_the_crop_for_the_classifier_holds_the_whole_face(face: np.ndarray) -> None:
    found = detect(face)[0]
    left, top, side = WHOLE_FACE.square(found)
    assert side == pytest.approx(1.15 * (found.w + found.h) / 2)
    assert left + side / 2 == pytest.approx(found.x + found.w / 2)
    assert all(left < x < left + side and top < y < top + side for x, y in found.landmarks)


def test_what_lay_in_the_buffer_before_does_not_show(face: np.ndarray) -> None:
    """Frames of 320×181 and of 320×170 share the input of 320×192; what is below the second is black again."""
    detector = make_detector(SETTINGS)
    low = Luma(np.asarray(cv2.resize(face, (320, 170), interpolation=cv2.INTER_AREA), np.uint8), False, 0)
    high = Luma(np.full((191, 320), 255, np.uint8), False, 0)
    before = detector.detect(low)
    detector.detect(high)
    assert detector.detect(low) == before


@pytest.mark.parametrize("seed", range(5))
def test_many_boxes_are_told_apart_as_few_are(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(seed)
    boxes = np.concatenate([rng.uniform(0, 300, (400, 2)), rng.uniform(4, 90, (400, 2))], axis=1)
    faces = [Detection(*box, score) for box, score in zip(boxes.tolist(), rng.uniform(0, 1, 400).tolist())]
    many = distinct.distinct(faces)
    monkeypatch.setattr(distinct, "MANY", 1000)
    assert distinct.distinct(faces) == many
    assert 32 < len(many) < len(faces), "there are many, and some were left out"


def test_more_sizes_than_are_kept_prepared_give_the_same_answers(face: np.ndarray) -> None:
    detector = make_detector(SETTINGS)
    pictures = [
        Luma(np.asarray(cv2.resize(face, (320, 96 + 32 * n), interpolation=cv2.INTER_AREA), np.uint8), False, 0)
        for n in range(SIZES_KEPT + 2)
    ]
    first = [detector.detect(picture) for picture in pictures]
    assert [detector.detect(picture) for picture in pictures] == first


def test_min_score_and_min_size_leave_out_faces(face: np.ndarray) -> None:
    found = detect(face)[0]
    assert detect(face, min_score=min(0.99, found.score + 0.01)) == []
    assert detect(face, min_size_px=found.h + 1) == []
    assert detect(face, min_size_px=found.h - 1) == [found]


def test_a_larger_input_finds_smaller_faces(face: np.ndarray) -> None:
    whole = detect(face)[0]
    scale = 26 / whole.h  # 26 px in a frame of 640 are 13 px at 320
    small = cv2.resize(face, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    plane = np.full((480, 640), 120, np.uint8)
    plane[200 : 200 + small.shape[0], 300 : 300 + small.shape[1]] = small
    assert detect(plane, max_side=640)[0].score > max((f.score for f in detect(plane, min_score=0.05)), default=0)


def test_the_shipped_network_is_small_and_has_its_card() -> None:
    about = card("videmo")
    weights = load_weights("videmo", "detector")
    assert about["kind"] == "detector"
    assert weights.sha256 == about["sha256"] == detector_identity(SETTINGS)
    assert len(weights.content) <= 600_000


def test_another_network_is_refused_as_a_detector(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"founding\.tflite"):
        make_detector(DetectorSettings(name=str(FOLDER / "founding.tflite")))
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(load_weights("videmo", "detector").content[:5000])
    with pytest.raises(WeightsError, match=r"broken\.tflite: not a LiteRT network"):
        make_detector(DetectorSettings(name=str(broken)))


def test_any_network_file_can_be_given_by_its_path(face: np.ndarray, tmp_path: Path) -> None:
    own = tmp_path / "own.tflite"
    own.write_bytes(load_weights("videmo", "detector").content)
    assert detect(face, name=str(own)) == detect(face)
    assert isinstance(make_detector(DetectorSettings(name=str(own))), NetworkDetector)
