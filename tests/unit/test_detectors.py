"""The contract that every face detector keeps."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from videmo.errors import UsageError, WeightsError
from videmo.faces.detector import FaceDetector, detector_identity, make_detector
from videmo.faces.haar import BUILT_IN
from videmo.records import Chunk
from videmo.settings import DetectorSettings
from videmo.video.luma import Luma
from videmo.video.probe import probe
from videmo.video.read import ReadCounts, read_frames

SHIPPED = DetectorSettings()
DETECTORS = {
    "videmo": SHIPPED,
    "videmo at 640": DetectorSettings(max_side=640),
    "haar": DetectorSettings(name="haar"),
    "haar, founding setting": DetectorSettings(name="haar", scale_factor=1.3, min_neighbours=5, min_size_px=50),
    "yunet": DetectorSettings(name="yunet"),
}


@pytest.fixture(params=DETECTORS)
def detector(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> FaceDetector:
    """Each detector in turn."""
    if request.param == "yunet":
        data: Path = request.getfixturevalue("data")
        monkeypatch.setenv("VIDEMO_MODELS", str(data / "models"))
    return make_detector(DETECTORS[request.param])


@pytest.fixture(scope="module")
def two_faces(samples: Path) -> Luma:
    """A picture with two persons."""
    return first_picture(samples / "two-people.mp4")


def first_picture(path: Path) -> Luma:
    """The luma of a clip's first frame, as a copy."""
    frame = next(read_frames(probe(path), Chunk(0, None, None, None, 0.0), fps=None, counts=ReadCounts()))
    return Luma(frame.luma.plane.copy(), frame.luma.limited, frame.luma.rotation)


def test_finds_both_faces_in_displayed_pixels(detector: FaceDetector, two_faces: Luma) -> None:
    faces = detector.detect(two_faces)
    assert len(faces) == 2
    assert all(face.x >= 0 and face.x + face.w <= two_faces.width for face in faces)
    assert all(80 < face.h < 200 and 0 < face.score <= 1 for face in faces)
    left, right = sorted(face.x + face.w / 2 for face in faces)
    assert left < two_faces.width / 2 < right
    assert faces[0].w * faces[0].h >= faces[1].w * faces[1].h


def test_finds_nothing_where_there_is_no_face(detector: FaceDetector, samples: Path) -> None:
    assert detector.detect(first_picture(samples / "no-face.mp4")) == []
    assert detector.detect(Luma(np.zeros((1, 1), np.uint8), False, 0)) == []
    assert detector.detect(Luma(np.full((2000, 3), 200, np.uint8), False, 0)) == []


def test_gives_the_same_answer_whatever_came_before(detector: FaceDetector, two_faces: Luma) -> None:
    before = detector.detect(two_faces)
    detector.detect(Luma(np.random.default_rng(0).integers(0, 256, (90, 160)).astype(np.uint8), False, 0))
    assert detector.detect(two_faces) == before


def test_boxes_follow_the_size_of_the_frame(detector: FaceDetector, two_faces: Luma) -> None:
    small = detector.detect(two_faces)
    enlarged = cv2.resize(two_faces.plane, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    large = detector.detect(Luma(np.asarray(enlarged, np.uint8), two_faces.limited, 0))
    for one, other in zip(small, large, strict=True):
        assert other.x / 2 == pytest.approx(one.x, abs=12)
        assert other.w / 2 == pytest.approx(one.w, abs=16)


def test_a_turned_picture_has_the_same_faces(detector: FaceDetector, two_faces: Luma) -> None:
    upright = detector.detect(two_faces)
    lying = np.ascontiguousarray(np.rot90(two_faces.plane, -1))
    assert detector.detect(Luma(lying, two_faces.limited, 90)) == upright


def test_any_cascade_file_can_be_given_by_its_path(two_faces: Luma, tmp_path: Path) -> None:
    own = tmp_path / "my_cascade.xml"
    shutil.copy(Path(cv2.__file__).parent / "data" / BUILT_IN, own)
    settings = DetectorSettings(name=str(own))
    assert make_detector(settings).detect(two_faces) == make_detector(DETECTORS["haar"]).detect(two_faces)
    first = detector_identity(settings)
    own.write_text(own.read_text() + "\n")
    assert detector_identity(settings) != first, "another file must not pass for the same detector"


def test_what_is_no_detector_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="magic: not a detector"):
        make_detector(DetectorSettings(name="magic"))
    with pytest.raises(UsageError, match=r"none\.xml: no such file"):
        make_detector(DetectorSettings(name=str(tmp_path / "none.xml")))
    (tmp_path / "page.xml").write_text("<html>not a cascade</html>")
    with pytest.raises(WeightsError, match="not a cascade"):
        make_detector(DetectorSettings(name=str(tmp_path / "page.xml")))
