"""The package fer beside ours: asked in another Python, framed as it frames, and kept for the very same faces."""

from __future__ import annotations

import json
import stat
import sys
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from cascades import run
from faces_on_disk import frame_with_a_face, png, smooth_faces, write_table
from videmo.batch.other_python import run_script
from videmo.errors import UsageError, WeightsError
from videmo.faces.detector import make_detector
from videmo.settings import DetectorSettings
from videmo.training.classifier import peer_fer
from videmo.training.classifier.expressions import SETS, evaluate_expressions
from videmo.training.classifier.peer_fer import KEPT, SCRIPT, Asked, as_classifiers, kept_fer, measure_fer
from videmo.training.common.labels import CLASSES
from videmo.video.luma import Luma

FAKE = '''
import cv2
import numpy as np

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


class FER:
    """Finds what is white, and says happy of what is light and sad of what is dark; fear most of all."""

    @staticmethod
    def _get_labels():
        return dict(enumerate(LABELS))

    def find_faces(self, img, bgr=True):
        rows, columns = np.nonzero(img[:, :, 0] > 250)
        if not len(rows):
            return ()
        return [(columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1), (0, 0, 5, 5)]

    def _classify_emotions(self, gray_faces):
        light = (np.array(gray_faces).reshape(len(gray_faces), -1).mean(axis=1) + 1) / 2
        out = np.zeros((len(gray_faces), 7))
        out[:, 2], out[:, 3], out[:, 4] = 0.5, light / 2, (1 - light) / 2
        return out

    def detect_emotions(self, img, face_rectangles):
        (x, y, w, h), = face_rectangles
        face = cv2.resize(img[y : y + h, x : x + w, 0], (64, 64)).astype(np.float32)
        return self._classify_emotions(((face / 255 - 0.5) * 2)[None])
'''


@pytest.fixture
def fer_python(tmp_path: Path) -> str:
    """A Python in which there is a package of that name."""
    package = tmp_path / "site" / "fer"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "fer.py").write_text(FAKE)
    metadata = tmp_path / "site" / "fer-25.10.3.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: fer\nVersion: 25.10.3\n")
    start = tmp_path / "python"
    start.write_text(f"#!/bin/sh\nPYTHONPATH='{tmp_path / 'site'}' exec '{sys.executable}' \"$@\"\n")
    start.chmod(start.stat().st_mode | stat.S_IXUSR)
    return str(start)


def scene(light: int, *, white: bool) -> np.ndarray:
    """A grey picture with a face in its middle: bright enough for fer's detector, or not."""
    picture = np.full((40, 60), light, np.uint8)
    picture[15:25, 25:35] = 255 if white else light
    return picture


def asked() -> dict[str, Asked]:
    crops = [np.full((48, 48), value, np.uint8) for value in (250, 10, 240, 20)]
    scenes = [scene(light, white=white) for light, white in ((200, True), (30, True), (20, False))]
    boxes = np.array([[10 / 60, 10 / 60, 10 / 60], [np.nan] * 3, [10 / 60, 10 / 60, 10 / 60]])
    happy, sad = CLASSES.index("happy"), CLASSES.index("sad")
    return {
        "crops": Asked(crops, np.array([happy, sad, happy, sad])),
        "scenes": Asked(scenes, np.array([happy, happy, sad]), boxes),
    }


@pytest.mark.slow
def test_fer_is_asked_in_another_python_and_what_it_says_is_kept(fer_python: str, tmp_path: Path) -> None:
    known = measure_fer(asked(), partial(run_script, fer_python), tmp_path, lambda line: None)
    assert known["version"] == "25.10.3"
    crops, scenes = known["sets"]["crops"], known["sets"]["scenes"]
    # Fear has half of the probability; the five are conditional on one of them.
    assert crops["own"]["accuracy"] == crops["given"]["accuracy"] == 1
    assert crops["found"] == 1
    assert scenes["found"] == pytest.approx(2 / 3, abs=1e-4)
    # Its own boxes: two white faces, and the usual box in the dark picture. Ours: corners, the usual one in the second.
    assert scenes["own"]["accuracy"] == 1
    assert scenes["given"]["accuracy"] == pytest.approx(2 / 3, abs=1e-4)
    said: list[str] = []
    assert kept_fer(asked(), tmp_path, said.append) == json.loads((tmp_path / KEPT).read_text()) == known
    names = as_classifiers(known)
    assert list(names) == ["fer 25.10.3", "fer 25.10.3, our boxes"]
    assert names["fer 25.10.3, our boxes"]["scenes"]["rows"] == 3
    assert said == []


def test_what_was_said_of_other_faces_is_left_out_and_that_is_told(tmp_path: Path) -> None:
    said: list[str] = []
    assert kept_fer(asked(), tmp_path, said.append) is None
    hashes = {title: {"faces": each.hash()} for title, each in asked().items()}
    (tmp_path / KEPT).write_text(json.dumps({"version": "1", "sets": hashes}))
    assert kept_fer(asked(), tmp_path, said.append) is not None
    assert said == []
    others = asked()
    others["crops"].pictures[0][0, 0] = 3
    assert kept_fer(others, tmp_path, said.append) is None
    assert len(said) == 1
    assert "of other faces or boxes than today's, so fer is left out" in said[0]
    assert as_classifiers(None) == {}


def test_another_network_under_that_name_is_refused(tmp_path: Path) -> None:
    def answers(script: Path, arguments: list[str]) -> None:
        assert script == SCRIPT
        with np.load(arguments[0]) as stored:
            count = len(stored["sets"])
        outputs = np.ones((count, 2))
        np.savez(
            arguments[1], own=outputs, given=outputs, found=np.ones(count, bool), labels=["sad", "glad"], version="9"
        )

    with pytest.raises(WeightsError, match="fer: its network names sad, glad, expected neutral, happy"):
        measure_fer(asked(), answers, tmp_path, lambda line: None)


def test_a_python_that_cannot_do_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no-python: cannot be run \(No such file or directory\), expected an interp"):
        run_script(str(tmp_path / "no-python"), SCRIPT, [])
    script = tmp_path / "fails.py"
    script.write_text("import sys\nassert sys.argv[1:] == ['a']\nraise SystemExit('no such package')\n")
    with pytest.raises(UsageError, match=r"fails\.py failed in it \(no such package\)"):
        run_script(sys.executable, script, ["a"])
    script.write_text("import os; os._exit(3)")
    with pytest.raises(UsageError, match=r"failed in it \(exit code 3\)"):
        run_script(sys.executable, script, [])


@pytest.fixture
def table(tmp_path: Path, samples: Path) -> Path:
    """A data folder with a few faces of each set."""
    frame = Luma(frame_with_a_face(samples), False, 0)
    found = make_detector(DetectorSettings()).detect(frame)[0]
    face = frame.patch(found.x, found.y, max(found.w, found.h), 72)
    root = tmp_path / "data-folder"
    write_table(
        root / "data" / "ferplus.parquet", smooth_faces(10, 1), ["train", "validation", "test", "test", "test"] * 2
    )
    rows = [
        {"source": source, "split": "test", "name": f"S{n:03d}_001.png", "emotion": CLASSES[n % 5],
         "image": png(cv2.resize(face, (60 + n % 13, 72)))}
        for source in ("rafdb", "affectnet", "ffhq", "ckplus")
        for n in range(40)
    ]  # fmt: skip
    pd.DataFrame(rows).to_parquet(root / "data" / "expressions.parquet")
    return root


@pytest.mark.slow
def test_fer_stands_beside_ours_on_every_set(table: Path, fer_python: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    page = evaluate_expressions(["founding"], table, out, lambda line: None, fer=partial(run_script, fer_python))
    first = page.read_text(encoding="utf-8")
    assert "`fer 25.10.3` classifies the same pictures" in first
    for line in ("| fer 25.10.3 | ", "| fer 25.10.3, our boxes | "):
        assert first.count(line) == len(SETS) + 1
    again = evaluate_expressions(["founding"], table, out, lambda line: None).read_text(encoding="utf-8")
    assert again.split("## Time")[0] == first.split("## Time")[0]
    without = evaluate_expressions(["founding"], table, out, lambda line: None, with_fer=False)
    assert "fer 25" not in without.read_text(encoding="utf-8")


def test_boxes_are_those_of_our_detector(table: Path) -> None:
    found = peer_fer.asked_of(table / "data" / "expressions.parquet", {}, "test")
    assert list(found) == ["RAF-DB", "AffectNet and FFHQ", "CK+"]
    raf = found["RAF-DB"]
    assert raf.boxes is not None
    assert raf.boxes.shape == (40, 3)
    assert np.isfinite(raf.boxes).mean() > 0.9
    middle = raf.boxes[:, :2] + raf.boxes[:, 2:] / 2
    for picture, (x, y) in zip(raf.pictures, middle, strict=True):
        if np.isfinite(x):
            assert (x * picture.shape[1], y * picture.shape[1]) == pytest.approx(
                (picture.shape[1] / 2, picture.shape[0] / 2), abs=12
            )


def test_the_option_needs_all_sets(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    asked = ("evaluate", "classifier", "--fer-python", "python", "--data", tmp_path)
    code, _, errors = run(capsys, *asked, "--no-expressions")
    assert code == 2
    assert "--fer-python: it measures on all sets. Leave out --no-expressions." in errors
    code, _, errors = run(capsys, *asked, "--dataset", "csv=mine.csv")
    assert code == 2
    assert "--fer-python: it measures on all sets. Leave out --dataset." in errors
    code, _, errors = run(capsys, *asked)
    assert code == 2
    assert "--fer-python: it measures on all sets, and ferplus.parquet is missing" in errors
