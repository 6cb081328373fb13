"""Who is compared, what the recordings show, faces of all sizes, and the page, without any network."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from videmo.errors import DatasetError, UsageError
from videmo.faces import network
from videmo.records import Detection
from videmo.training.detector.contest import contestants
from videmo.training.detector.page import evaluation_page
from videmo.training.detector.reference import read_reference, within
from videmo.training.detector.sizes import (
    FACES,
    FRAME,
    HEIGHTS_PX,
    PORTRAIT,
    Portrait,
    by_size,
    cut_off,
    filling,
    portraits,
    set_into_frame,
)
from videmo.video.luma import Luma


def test_a_network_file_has_the_title_that_it_is_given(tmp_path: Path) -> None:
    file = tmp_path / "faces=2.tflite"
    file.write_bytes(b"")
    plain, titled = contestants([str(file), f"new={file}"], None, print)
    assert plain.title == str(file), "the equals sign belongs to the file"
    assert (titled.title, titled.settings.name) == ("new", str(file))
    assert (titled.threshold, titled.sure) == (network.LEAST_SCORE, 0.7)


def test_yunet_searches_recordings_at_640_px_and_a_cascade_is_sure_of_all_it_reports(tmp_path: Path) -> None:
    yunet, haar, founding = contestants(["yunet", "haar"], tmp_path / "yunet.onnx", print)
    assert yunet.recordings is not None
    assert (yunet.settings.max_side, yunet.recordings.max_side, yunet.sure) == (None, 640, 0.6)
    assert (haar.sure, founding.recordings) == (0.0, None)


def test_two_detectors_of_one_title_are_refused() -> None:
    with pytest.raises(UsageError, match="two detectors of this title"):
        contestants(["one=a.tflite", "one=b.tflite"], None, print)


def told(folder: Path, expected: object, reference: object, *recordings: str) -> Path:
    (folder / "expected.json").write_text(json.dumps(expected))
    (folder / "faces.json").write_text(json.dumps(reference))
    for name in recordings:
        (folder / name).write_bytes(b"")
    return folder


def test_recordings_that_say_nothing_about_faces_are_passed_over(tmp_path: Path) -> None:
    expected = {
        "about": "a text",
        "a.mp4": {"face": [[0, 1.5]]},
        "b.mp4": {"people": 3},
        "c.mp4": {"mostly_no_face": True},
        "d.mp4": {"cuts": True},
    }
    reference = {"d.mp4": {"12": {"faces": [[1, 2, 3, 4]], "ignore": []}, "0": {"faces": [], "ignore": []}}}
    clips = read_reference(told(tmp_path, expected, reference, "a.mp4", "b.mp4", "c.mp4", "d.mp4"))
    assert [clip.path.name for clip in clips] == ["a.mp4", "c.mp4", "d.mp4"]
    assert within(np.array([0.0, 1.5, 1.6]), clips[0].face).tolist() == [True, True, False]
    assert clips[1].mostly_without
    assert [each.frame for each in clips[2].reference] == [0, 12], "by number, not as texts"


def test_without_a_reference_nothing_is_known_about_where_faces_are(tmp_path: Path) -> None:
    told(tmp_path, {"a.mp4": {"face": [[0, 1]]}}, {}, "a.mp4")
    (tmp_path / "faces.json").unlink()
    assert [clip.reference for clip in read_reference(tmp_path)] == [()]


def test_a_missing_recording_and_a_malformed_reference_are_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"gone\.mp4: no such file"):
        read_reference(told(tmp_path, {"gone.mp4": {}}, {}))
    with pytest.raises(DatasetError, match=r"a\.mp4 cannot be understood"):
        read_reference(told(tmp_path, {}, {"a.mp4": {"0": {"faces": [[1, 2, 3]]}}}, "a.mp4"))


def portrait(height: float = 40.0) -> Portrait:
    """A white square in black."""
    image = np.zeros((100, 80), np.uint8)
    image[30:70, 20:60] = 255
    return Portrait(image, np.array([20.0, 30.0, 40.0, height]))


def bright(luma: Luma) -> list[Detection]:
    """A detector of white: surer of large squares."""
    rows, columns = np.nonzero(luma.plane > 200)
    if not len(rows):
        return []
    height = float(rows.max() - rows.min() + 1)
    width = float(columns.max() - columns.min() + 1)
    return [Detection(float(columns.min()), float(rows.min()), width, height, min(0.99, height / 100))]


@pytest.mark.parametrize("height", HEIGHTS_PX)
def test_a_face_is_set_into_the_middle_of_a_frame_at_any_height(height: int) -> None:
    luma, box = set_into_frame(portrait(), height)
    assert (luma.width, luma.height) == FRAME
    assert box[3] == pytest.approx(height)
    assert box[:2] + box[2:] / 2 == pytest.approx((FRAME[0] / 2, FRAME[1] / 2), abs=1)
    found = bright(luma)[0]
    assert (found.x, found.y, found.h) == pytest.approx((box[0], box[1], box[3]), abs=max(1.5, height / 40))


def test_faces_are_counted_by_height_and_by_how_sure_the_detector_is() -> None:
    counts = by_size(bright, [portrait(), portrait()], 0.5)
    assert counts["12"] == {"faces": 2, "found": 2, "sure": 0}
    assert counts["360"] == {"faces": 2, "found": 2, "sure": 2}
    assert by_size(lambda luma: [], [portrait()], 0.5)["24"] == {"faces": 1, "found": 0, "sure": 0}
    far = Detection(0.0, 0.0, 20.0, 20.0, 0.9)
    assert by_size(lambda luma: [far], [portrait()], 0.5)["24"]["found"] == 0, "it lies elsewhere"


def test_the_highest_faces_that_are_alone_are_chosen() -> None:
    image = np.zeros((100, 100), np.uint8)
    points = [[(40.0, 40.0), (40.0 + wide, 40.0), (45.0, 50.0), (45.0, 60.0)] for wide in range(5, 25)]
    photographs = [(image, np.array([face], np.float32)) for face in points]
    crowd = (image, np.array([points[-1], points[0]], np.float32))
    chosen = portraits([crowd, *photographs])
    assert len(chosen) == FACES
    heights = [one.box[3] for one in chosen]
    assert heights == sorted(heights, reverse=True)


def test_a_face_fills_a_portrait_frame_and_loses_its_forehead_or_chin() -> None:
    image = np.tile(np.arange(64, dtype=np.uint8)[:, None] * 4, (1, 64))
    whole, forehead, chin = filling(image, 0, 0), filling(image, 0.125, 0), filling(image, 0, 0.125)
    assert {(one.width, one.height) for one in (whole, forehead, chin)} == {PORTRAIT}
    tops, bottoms = ([int(one.plane[row, 0]) for one in (whole, forehead, chin)] for row in (0, -1))
    assert tops == pytest.approx([0, 32, 0], abs=4)
    assert bottoms == pytest.approx([252, 252, 220], abs=4)
    over_all = [Detection(0.0, 0.0, *map(float, PORTRAIT), 0.6)]
    assert cut_off(lambda luma: over_all, [image], 0.7)["chin cut off"] == {"faces": 1, "found": 1, "sure": 0}


def watched(**values: object) -> dict[str, object]:
    tally = {"faces": 4, "found": 3, "elsewhere": 2, "frames": 2}
    return {
        "frames": 100, "seconds": 10.0, "spent_s": 0.5, "persons": 1, "of_persons": tally, "every": tally,
        "firsts": {"faces": 4, "at_once": 2, "never": 1, "delays_s": [0.0, 0.0, 0.4]},
        "breaks": {"seconds": 30.0, "tracks": 1, "persons": 0},
        "mistaken": {"seconds": 60.0, "frames": 600, "mistaken": 6, "tracks": 2}, "visible": 50, "seen": 40,
        **values,
    }  # fmt: skip


def test_the_page_has_the_parts_that_were_measured_and_says_what_numbers_mean() -> None:
    empty = {"faces": 0, "found": 0, "elsewhere": 0, "frames": 0}
    behind = watched(every=empty, of_persons=empty, visible=0, seen=0, persons=3)
    clips = {"a.mp4": watched(), "behind.mp4": behind}
    result = {
        "title": "one", "threshold": 0.6,
        "recordings": {"by_recording": clips, "all": watched(), "judged_from_behind": False},
    }  # fmt: skip
    page = evaluation_page([result], "a machine", "videmo evaluate detector --only recordings")
    assert "| one | 0.750 | 2 | 0.750, 2 elsewhere |" in page
    assert "| one | 2 of 4 | 0.40 s of 1 | 0.40 s | 1 | 2.00 (1) | 0.00 (0) |" in page
    assert "| one | 2.0 (2) | 1.00% | 3 |" in page
    assert "persons in behind.mp4 (10 s)" in page
    assert "its file isn't available" in page
    assert "| one | 80.0% | 80.0% | 5.0 |" in page
    assert "WIDER" not in page
