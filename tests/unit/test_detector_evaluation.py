"""``videmo evaluate detector`` on a small data folder made of the samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from clips import remux
from runs import videmo
from test_detector_training import table
from test_detectors import first_picture
from videmo.api.analysis import analyze
from videmo.cli.app import app
from videmo.errors import UsageError
from videmo.faces.detector import make_detector
from videmo.records import Detection
from videmo.settings import DetectorSettings, Settings
from videmo.training.detector.command import evaluate
from videmo.training.detector.measure import PARTS
from videmo.training.detector.recordings import sights_in
from videmo.training.detector.sizes import EVERY
from videmo.video.luma import Luma
from videmo.weights import load_weights


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
    wider = {"split": "validation", "image": image, "scale": 0.5, "boxes": boxes, "invalid": [0, 0], "pose": [0, 1]}
    table(root / "data" / "wider.parquet", [wider])
    table(
        root / "data" / "webfaces.parquet",
        [{"name": f"{n}.jpg", "image": image, "points": points} for n in range(30)],
    )
    empty = bytes(cv2.imencode(".png", np.full((100, 120), 90, np.uint8))[1])
    table(root / "data" / "backgrounds.parquet", [{"split": "validation", "image": empty}] * 2)
    aligned = [{"source": "rafdb", "split": "test", "image": _aligned(picture, face)} for face in faces]
    table(root / "data" / "expressions.parquet", [one for one in aligned for _ in range(EVERY)])
    (root / "recordings").mkdir()
    for name, source in (("two", "two-people"), ("none", "no-face")):
        remux(samples / f"{source}.mp4", root / "recordings" / f"{name}.mp4", most=40)
    told = {
        "about": "what is to be seen",
        "two.mp4": {"people": 2, "face": [[0.0, 1.0]]},
        "none.mp4": {"people": 0, "face": [], "no_face": [[0.0, 1.0]]},
    }
    (root / "recordings" / "expected.json").write_text(json.dumps(told))
    reference = {"two.mp4": {frame: {"faces": boxes[:1], "ignore": boxes[1:]} for frame in ("0", "1")}}
    (root / "recordings" / "faces.json").write_text(json.dumps(reference))
    return root


def _aligned(picture: np.ndarray, face: Detection) -> bytes:
    """A face that fills its picture."""
    x, y, side = round(face.x), round(face.y), round(face.h)
    return bytes(cv2.imencode(".png", cv2.resize(picture[y : y + side, x : x + side], (72, 72)))[1])


def _mouth(landmarks: tuple[tuple[float, float], ...]) -> tuple[float, float]:
    return tuple(np.mean(landmarks[3:], axis=0).tolist())  # type: ignore[return-value]


@pytest.mark.slow
def test_detectors_are_measured_side_by_side(folder: Path, tmp_path: Path) -> None:
    done = videmo("evaluate", "detector", "--data", folder, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert all(f"videmo: {part}" in done.stdout for part in PARTS), "how long each part took"
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
    assert ours["own_scales"]["wider"]["≥ 24 px"]["average_precision"] == 1.0
    assert ours["own_scales"]["official"]["easy"] == {"faces": 2, "average_precision": 1.0}
    assert ours["alone"]["wider"]["≥ 24 px"]["recall"] == ours["alone"]["web"]["recall"]["all"]["recall"] == 1.0
    assert ours["alone"]["without_people"]["mistakes"] == 0
    assert ["alone" in one for one in results] == [True, False, False], "the others look in one way"
    watched = ours["recordings"]["all"]
    assert watched["of_persons"] == {"faces": 2, "found": 2, "elsewhere": 0, "frames": 2}
    assert (watched["seen"], watched["firsts"]["at_once"], watched["breaks"]["tracks"]) == (watched["visible"], 1, 0)
    nobody = ours["recordings"]["by_recording"]["none.mp4"]
    assert (nobody["mistaken"]["mistaken"], nobody["persons"]) == (0, 0)
    assert ours["sizes"]["by_height"]["360"]["faces"] == 0, "no photograph shows one face alone"
    assert ours["sizes"]["cut_off"]["as aligned"]["faces"] == 2
    assert ours["web"]["recall"]["all"]["recall"] == 1.0
    assert ours["web"]["landmark_error_over_eye_distance"]["eyes"] < 0.05
    assert ours["speed"]["ms"] > 0
    page = (tmp_path / "detector.md").read_text()
    assert all(result["title"] in page for result in results)
    assert "| videmo, by itself, from 0.62 |" in page


@pytest.mark.slow
def test_one_part_is_measured_of_a_network_with_a_title_and_only_printed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = tmp_path / "trained.tflite"
    network.write_bytes(load_weights("videmo", "detector").content)
    monkeypatch.chdir(tmp_path)
    ask = ["evaluate", "detector", "--data", str(folder), "--detector", f"new={network}", "--only", "recordings"]
    done = CliRunner().invoke(app, ask)
    assert done.exit_code == 0, done.output
    assert "## Recordings" in done.stdout
    assert "| new |" in done.stdout
    assert "## WIDER" not in done.stdout
    assert [path.name for path in tmp_path.rglob("*")] == ["trained.tflite"]


def test_an_unknown_part_is_named(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"everything.*one of pictures, sizes, recordings, speed"):
        evaluate(folder, ["haar"], None, None, print, parts=["everything"], called="videmo evaluate detector")


@pytest.mark.slow
def test_recordings_are_measured_on_what_an_analysis_writes(samples: Path) -> None:
    """Persons, tracks and boxes are those of the observation table."""
    recording = samples / "two-people.mp4"
    table = analyze(recording, jobs=1, identity=False)["two-people.mp4"].observations
    sights = sights_in(recording, Settings())
    faces = table[table["status"] != "no_face"]
    assert len(sights.times) == table["frame"].nunique()
    assert sights.frame.tolist() == faces["frame"].tolist()
    assert sights.person.tolist() == faces["person"].fillna(0).tolist()
    assert sights.track.tolist() == faces["track"].fillna(0).tolist()
    assert sights.boxes.tolist() == faces[["x", "y", "w", "h"]].to_numpy().tolist()


@pytest.mark.slow
def test_missing_data_is_named(tmp_path: Path) -> None:
    done = videmo("evaluate", "detector", "--data", tmp_path, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "wider.parquet: no such file" in done.stderr
    assert not (tmp_path / "out").exists()
