"""``videmo evaluate detector`` on a small data folder made of the samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from runs import link, videmo
from test_detector_training import table
from test_detectors import first_picture
from videmo.faces.detector import make_detector
from videmo.settings import DetectorSettings
from videmo.video.luma import Luma


@pytest.fixture(scope="module")
def folder(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose annotations are what the detector itself sees, so that scores are known."""
    root = tmp_path_factory.mktemp("data")
    picture = first_picture(samples / "two-people.mp4").full()
    faces = make_detector(DetectorSettings()).detect(Luma(picture, False, 0))
    image = bytes(cv2.imencode(".png", picture)[1])
    boxes = [[face.x, face.y, face.w, face.h] for face in faces]
    points = [[*face.landmarks[0], *face.landmarks[1], *face.landmarks[2], *_mouth(face.landmarks)] for face in faces]
    (root / "data").mkdir()
    wider = {"split": "validation", "image": image, "boxes": boxes, "invalid": [0, 0], "pose": [0, 1]}
    table(root / "data" / "wider.parquet", [wider])
    table(
        root / "data" / "webfaces.parquet",
        [{"name": f"{n}.jpg", "image": image, "points": points} for n in range(30)],
    )
    empty = bytes(cv2.imencode(".png", np.full((100, 120), 90, np.uint8))[1])
    table(root / "data" / "backgrounds.parquet", [{"split": "validation", "image": empty}] * 2)
    link(samples / "two-people.mp4", root / "recordings" / "two.mp4")
    link(samples / "no-face.mp4", root / "recordings" / "none.mp4")
    told = {
        "about": "what is to be seen",
        "two.mp4": {"people": 2, "face": [[0.0, 1.0]]},
        "none.mp4": {"people": 0, "face": [], "no_face": [[0.0, 1.0]]},
    }
    (root / "recordings" / "expected.json").write_text(json.dumps(told))
    return root


def _mouth(landmarks: tuple[tuple[float, float], ...]) -> tuple[float, float]:
    return tuple(np.mean(landmarks[3:], axis=0).tolist())  # type: ignore[return-value]


@pytest.mark.slow
def test_detectors_are_measured_side_by_side(folder: Path, tmp_path: Path) -> None:
    done = videmo("evaluate", "detector", "--data", folder, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "without YuNet" in done.stdout, "what is not compared is said"
    results: list[dict[str, Any]] = json.loads((tmp_path / "detector.json").read_text())["detectors"]
    assert len(results) == 3
    ours = results[0]
    assert ours["title"] == "videmo"
    assert ours["wider"]["≥ 24 px"]["faces"] == 2
    assert ours["wider"]["≥ 24 px"]["average_precision"] == 1.0
    assert ours["wider"]["≥ 24 px, unusual pose"]["faces"] == 1
    assert ours["without_people"]["pictures"] == 2
    assert ours["without_people"]["mistakes"] == 0
    assert ours["recordings"]["found"] == 1.0
    assert ours["recordings"]["mistaken"] == 0
    assert ours["web"]["recall"]["all"]["recall"] == 1.0
    assert ours["web"]["landmark_error_over_eye_distance"]["eyes"] < 0.05
    assert ours["speed"]["ms"] > 0
    page = (tmp_path / "detector.md").read_text()
    assert all(result["title"] in page for result in results)


@pytest.mark.slow
def test_missing_data_is_named(tmp_path: Path) -> None:
    done = videmo("evaluate", "detector", "--data", tmp_path, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "wider.parquet: no such file" in done.stderr
    assert not (tmp_path / "out").exists()
