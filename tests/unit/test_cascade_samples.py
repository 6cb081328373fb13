"""Samples for cascades: descriptions, tables, .vec files, pictures of them, and all that can be wrong with them."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from cascades import face, run, write_faces, write_textures
from videmo.errors import DatasetError, UsageError
from videmo.training.cascade.description import read_description
from videmo.training.cascade.samples import SampleSettings, cut
from videmo.training.cascade.show import mean_sample
from videmo.training.cascade.table import face_square, is_frontal
from videmo.training.cascade.vec import read_vec, write_vec

Capture = pytest.CaptureFixture[str]


def test_a_vec_file_has_opencvs_layout_and_reads_back_equal(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(0, 256, (3, 4, 5)).astype(np.uint8)
    path = tmp_path / "faces.vec"
    write_vec(path, samples)
    content = path.read_bytes()
    expected = struct.pack("<i", 3)  # int32: count
    expected += struct.pack("<i", 20)  # int32: pixels of a sample
    expected += struct.pack("<hh", 0, 0)  # two int16: reserved
    for sample in samples:
        expected += b"\0"  # a byte of zero before each sample
        expected += struct.pack("<20h", *sample.ravel().tolist())  # int16 a pixel, row by row
    assert content == expected
    np.testing.assert_array_equal(read_vec(path, (5, 4)), samples)


def test_a_damaged_vec_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "faces.vec"
    with pytest.raises(DatasetError, match=r"faces\.vec: cannot be read"):
        read_vec(path)
    path.write_bytes(b"short")
    with pytest.raises(DatasetError, match="too few"):
        read_vec(path)
    write_vec(path, np.zeros((3, 4, 5), np.uint8))
    with pytest.raises(UsageError, match=r"20 pixels, expected a square"):
        read_vec(path)
    with pytest.raises(UsageError, match="expected 20×20"):
        read_vec(path, (20, 20))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(
        DatasetError, match=r"134 bytes, but its header says 3 samples of 20 pixels, expected 135 bytes"
    ):
        read_vec(path)


@pytest.mark.slow
def test_samples_are_cut_mirrored_and_changed(tmp_path: Path, capsys: Capture) -> None:
    positives, negatives = write_faces(tmp_path / "faces", 6), write_textures(tmp_path / "none", 2)
    out = tmp_path / "faces.vec"
    command = ("cascade", "samples", "-p", positives, "--mirror", "--out", out)
    assert run(capsys, *command)[0] == 0
    plain = read_vec(out)
    assert plain.shape == (12, 20, 20)
    np.testing.assert_array_equal(plain[6:], plain[:6, :, ::-1])
    many = (*command, "--copies", "2", "--rotate", "10", "--shift", "0.3", "-n", negatives)
    assert run(capsys, *many)[0] == 0
    changed = read_vec(out)
    assert len(changed) == 36, "six faces, each plain and twice changed, all of them mirrored too"
    np.testing.assert_array_equal(changed[:12], plain)
    assert run(capsys, *many)[0] == 0
    np.testing.assert_array_equal(read_vec(out), changed)
    assert run(capsys, *many, "--seed", "1")[0] == 0
    assert not np.array_equal(read_vec(out), changed)
    assert run(capsys, *many, "--count", "7", "--width", "24", "--height", "18")[0] == 0
    assert read_vec(out, (24, 18)).shape == (7, 18, 24)


def test_a_cut_is_what_opencv_sees_when_it_shrinks_the_picture() -> None:
    image = face(np.random.default_rng(0), 120)
    shrunk = cv2.resize(image, (40, 40), interpolation=cv2.INTER_LINEAR_EXACT)
    sample = cut(image, (30, 15, 60, 60), SampleSettings())
    assert np.abs(sample.astype(int) - shrunk[5:25, 10:30]).max() <= 2


BAD_LINES = {
    "nowhere.png 1 1 1 20 20": "positives.txt, line 4: ",
    "face 0.png 1 100 10 60 60": "positives.txt, line 4: box 1 (100 10 60 60) extends beyond face 0.png",
    "face 0.png 1 10 10 0 60": "positives.txt, line 4: box 1 (10 10 0 60) has no area",
    "face 0.png 0": "positives.txt, line 4: no boxes",
    "face 0.png 2 10 10 20 20": "positives.txt, line 4: the number of boxes is 2, but 4 values follow",
    "face 0.png": "positives.txt, line 4: no number of boxes after the path",
    "positives.txt 1 1 1 20 20": "positives.txt, line 4: ",
}


@pytest.mark.parametrize("line", BAD_LINES)
def test_a_bad_line_is_named_and_the_others_are_used(line: str, tmp_path: Path, capsys: Capture) -> None:
    positives = write_faces(tmp_path, 6)
    positives.write_text(positives.read_text() + line + "\n")
    code, told, errors = run(capsys, "cascade", "samples", "-p", positives, "--out", tmp_path / "faces.vec")
    assert code == 0
    assert "6 samples" in told
    assert BAD_LINES[line] in errors
    if line.startswith("nowhere"):
        assert "nowhere.png: no such picture" in errors
    if line.startswith("positives"):
        assert "not a picture that OpenCV can read" in errors


def test_without_any_sample_there_is_one_clear_error(tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "faces.vec"
    code, _, errors = run(capsys, "cascade", "samples", "-p", tmp_path / "none.txt", "--out", out)
    assert code == 1
    assert "none.txt: cannot be read" in errors
    (tmp_path / "empty.txt").write_text("\n")
    assert "no line names a picture" in run(capsys, "cascade", "samples", "-p", tmp_path / "empty.txt", "--out", out)[2]
    (tmp_path / "gone.txt").write_text("gone.png 1 0 0 20 20\n")
    code, _, errors = run(capsys, "cascade", "samples", "-p", tmp_path / "gone.txt", "--out", out)
    assert code == 1
    assert "no box could be cut" in errors
    assert not out.exists()


@pytest.mark.parametrize(
    "options", [("--rotate", "5"), ("--copies", "2"), ("--out", "faces.png"), ("--copies", "1", "--rotate", "90")]
)
def test_options_that_would_do_nothing_are_refused(options: tuple[str, ...], tmp_path: Path, capsys: Capture) -> None:
    positives = write_faces(tmp_path, 2)
    code, *_ = run(capsys, "cascade", "samples", "-p", positives, "--out", tmp_path / "faces.vec", *options)
    assert code == 2


def test_names_may_hold_spaces_and_numbers(tmp_path: Path) -> None:
    (tmp_path / "positives.txt").write_text("day 2/face 1.png 1 3 4 20 21\n")
    (found,) = read_description(tmp_path / "positives.txt", pytest.fail)
    assert found.path == tmp_path / "day 2" / "face 1.png"
    assert found.boxes == ((3, 4, 20, 21),)


@pytest.mark.parametrize(
    "line",
    [
        "a.png 1 0 0 20 99999999999999999999",
        "a.png 1 0 0 20 " + "9" * 5000,
        "a.png 99999999999999999999 0 0 20 20",
        "a.png 1 0 0 20 ²",
        "a.png ١ 0 0 20 20",
    ],
    ids=["a number that no picture has", "more digits than Python reads", "a huge count", "superscript", "Arabic"],
)
def test_numbers_of_a_description_are_short_and_plain(line: str, tmp_path: Path) -> None:
    (tmp_path / "positives.txt").write_text(f"{line}\nb.png 1 1 2 20 21\n", encoding="utf-8")
    said: list[str] = []
    (found,) = read_description(tmp_path / "positives.txt", said.append)
    assert (found.path.name, found.boxes) == ("b.png", ((1, 2, 20, 21),))
    assert len(said) == 1
    assert "line 1" in said[0]


def test_tables_of_boxes_become_descriptions(tmp_path: Path, capsys: Capture) -> None:
    write_faces(tmp_path, 4)
    rows = [("face 0.png", 10, 10, 60, 60), ("face 0.png", 80, 5, 60, 60), ("face 1.png", 10, 10, 12, 60)]
    pd.DataFrame(rows, columns=["path", "x", "y", "w", "h"]).to_csv(tmp_path / "boxes.csv", index=False)
    code, told, _ = run(capsys, "cascade", "annotate", tmp_path / "boxes.csv", "--out", tmp_path / "made")
    assert code == 0
    assert "2 boxes in 1 pictures; 1 left out" in told
    assert (
        run(capsys, "cascade", "samples", "-p", tmp_path / "made" / "positives.txt", "--out", tmp_path / "a.vec")[0]
        == 0
    )
    assert len(read_vec(tmp_path / "a.vec")) == 2


def test_tables_of_points_give_frontal_faces_and_keep_some_apart(tmp_path: Path, capsys: Capture) -> None:
    pytest.importorskip("pyarrow")
    stored = bytes(cv2.imencode(".png", np.full((100, 100), 90, np.uint8))[1])
    frontal, turned = [40, 40, 60, 40, 50, 52, 50, 62], [40, 40, 60, 40, 58, 52, 52, 62]
    outside, small = [2, 40, 22, 40, 12, 52, 12, 62], [40, 40, 44, 40, 42, 42, 42, 44]
    rows = [{"name": f"{n}.jpg", "image": stored, "points": [frontal, turned, outside, small]} for n in range(40)]
    pd.DataFrame(rows).to_parquet(tmp_path / "web.parquet")
    counts = {}
    for part in ("all", "training", "held-out"):
        code, _, errors = run(
            capsys, "cascade", "annotate", tmp_path / "web.parquet", "--out", tmp_path / part, "--part", part
        )
        assert code == 0, errors
        lines = (tmp_path / part / "positives.txt").read_text().splitlines()
        counts[part] = len(lines)
        assert all(line.split()[1] == "1" for line in lines), "one face a picture is frontal, whole and large enough"
    assert counts["all"] == 40 == counts["training"] + counts["held-out"]
    assert counts["held-out"] > 0
    code, _, _ = run(capsys, "cascade", "annotate", tmp_path / "web.parquet", "--negatives", "--out", tmp_path / "n")
    assert code == 0
    assert len((tmp_path / "n" / "negatives.txt").read_text().splitlines()) == 40


def test_the_square_of_a_face_holds_brows_to_chin() -> None:
    points = np.array([[40, 40], [60, 40], [50, 52], [50, 62]], np.float64)
    x, y, w, h = face_square(points)
    assert w == h == pytest.approx(46.2)
    assert x < 40 < 60 < x + w
    assert y + 10 < 40 < 62 < y + h - 5
    assert is_frontal(points)
    assert not is_frontal(points + np.array([[0, 0], [0, 0], [8, 0], [0, 0]])), "the nose is aside"
    assert not is_frontal(points @ np.array([[0.8, 0.6], [-0.6, 0.8]])), "the head is tilted"
    assert not is_frontal(points[[0, 0, 2, 3]]), "a profile: both eyes are one point"


def test_bad_tables_are_named(tmp_path: Path, capsys: Capture) -> None:
    def told_of(content: str) -> str:
        (tmp_path / "t.csv").write_text(content)
        code, _, errors = run(capsys, "cascade", "annotate", tmp_path / "t.csv", "--out", tmp_path / "o")
        assert code == 1
        return errors

    assert "t.csv, row 2: no column 'w'" in told_of("path,x,y\na.png,1,2\n")
    assert "no column names the picture" in told_of("x,y,w,h\n1,2,30,30\n")
    assert "t.csv, row 3: its boxes" in told_of("path,x,y,w,h\na.png,1,2,5,5\nb.png,1,2,wide,30\n")
    code, _, errors = run(capsys, "cascade", "annotate", tmp_path / "none.csv", "--out", tmp_path / "o")
    assert code == 1
    assert "none.csv: no such file" in errors


def test_samples_are_drawn(tmp_path: Path, capsys: Capture) -> None:
    positives = write_faces(tmp_path, 30)
    assert run(capsys, "cascade", "samples", "-p", positives, "--out", tmp_path / "faces.vec")[0] == 0
    code, told, _ = run(capsys, "cascade", "show", tmp_path / "faces.vec")
    assert code == 0
    assert "30 of 30 samples" in told
    sheet = cv2.imread(str(tmp_path / "faces.vec.png"), cv2.IMREAD_GRAYSCALE)
    samples = read_vec(tmp_path / "faces.vec")
    np.testing.assert_array_equal(sheet[8:68:3, 8:68:3], samples[0])
    mean = mean_sample(samples)
    assert mean[7, 6] < mean[7, 10] > mean[7, 13], "the eyes are darker than what is between them"
    code, _, errors = run(capsys, "cascade", "show", tmp_path / "positives.txt")
    assert code == 2
    assert "expected samples" in errors
