"""What Python says of the public names on its prompt."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

import videmo
from results import build_recording
from videmo.config import merge_settings
from videmo.errors import ResultsError, UsageError
from videmo.pipeline.folder import update_folder
from videmo.results.failures import Failure
from videmo.results.folder import ResultsFolder
from videmo.results.tables import TABLES
from videmo.settings import Settings


def test_settings_show_what_was_changed() -> None:
    assert repr(videmo.Settings()) == "<Settings: all as by default>"
    from videmo.config import load_settings

    changed = load_settings(overrides={"timeline.step_s": 1.0, "reading.fps": 5.0})
    assert repr(changed) == "<Settings: reading.fps = 5.0, timeline.step_s = 1.0>"


@pytest.mark.parametrize("jobs", ["2", 1.5, 0, -1, True])
def test_a_number_of_workers_that_is_none_is_refused(jobs: Any, tmp_path: Path) -> None:
    with pytest.raises(videmo.UsageError, match=f"jobs = {jobs}: no number of workers, expected a whole number from 1"):
        videmo.analyze(tmp_path, out=tmp_path / "out", jobs=jobs)
    assert not (tmp_path / "out").exists()


def test_nothing_to_analyse_is_said(tmp_path: Path) -> None:
    with pytest.raises(videmo.UsageError, match="paths: none is given, expected recordings"):
        videmo.analyze([], out=tmp_path / "out")


def test_tables_show_how_many_rows_they_have() -> None:
    tables = videmo.Tables(**{name: pd.DataFrame({"a": range(1000 + place)}) for place, name in enumerate(TABLES)})
    assert repr(tables) == (
        "<Tables, with their rows: observations (1,000), timeline (1,001), episodes (1,002), summary (1,003), "
        "quality (1,004)>"
    )


@pytest.fixture
def results(tmp_path: Path) -> videmo.Results:
    """The results of a recording of two, one of them with a name that a spreadsheet would calculate; another failed."""
    out = tmp_path / "out"
    faces = [(0.0, 3.0, 50.0, "happy"), (1.0, 4.0, 300.0, "sad")]
    build_recording(out, "day1/a.mp4", faces, people="person,name\n1,'=A\n")
    failed = Failure("bad.mp4", "../bad.mp4", "no video stream.")
    (tmp_path / "bad.mp4").write_text("")
    update_folder(ResultsFolder(out), [failed], merge_settings(Settings(), None, {"plots.enabled": False}))
    return videmo.read(out)


def test_there_are_no_results_of_a_recording_that_failed(results: videmo.Results) -> None:
    assert list(results.failures) == ["bad.mp4"]
    found = [key for key in ("a.mp4", "day1/a.mp4", "bad.mp4", "nobody.mp4", 3) if key in results]
    assert found == ["a.mp4", "day1/a.mp4"]
    assert results.get("bad.mp4") is None
    assert results.get("a.mp4") is results["day1/a.mp4"]
    with pytest.raises(ResultsError, match="no video stream"):
        results["bad.mp4"]


def test_names_are_what_people_wrote(results: videmo.Results) -> None:
    for table in (results.timeline, results.summary, results["a.mp4"].episodes, results.observations):
        assert set(table["name"].dropna()) == {"=A"}


def test_tables_without_rows_have_all_columns_with_their_types(results: videmo.Results, tmp_path: Path) -> None:
    none = videmo.Results(results.recordings.iloc[:0], [], lambda key: results[key])
    build_recording(tmp_path / "empty", "b.mp4", [])
    update_folder(ResultsFolder(tmp_path / "empty"), [], merge_settings(Settings(), None, {"plots.enabled": False}))
    empty = videmo.read(tmp_path / "empty")
    for name in ("timeline", "episodes", "summary"):
        full = getattr(results, name)
        for found in (getattr(none, name), getattr(empty, name)):
            assert len(found) == 0
            assert {name: kind.kind for name, kind in found.dtypes.items()} == {
                name: kind.kind for name, kind in full.dtypes.items()
            }


@pytest.mark.parametrize("name", ["videmo", "haar"])
def test_faces_of_pictures_are_plain_numbers_and_others_are_no_faces(name: str, samples: Path) -> None:
    capture = cv2.VideoCapture(str(samples / "expressions.mp4"))
    picture = np.asarray(cv2.cvtColor(capture.read()[1], cv2.COLOR_BGR2RGB), np.uint8)
    faces = videmo.FaceDetector(name).detect(picture)
    assert {type(value) for face in faces for value in (face.x, face.y, face.w, face.h, face.score)} == {float}
    classifier, (face, *_) = videmo.EmotionClassifier(), faces
    assert sum(classifier.classify(picture, face, detector=name).values()) == pytest.approx(1, abs=1e-5)
    for change in ({"x": 1e5}, {"w": -5.0}, {"h": 0.0}, {"x": math.nan}, {"y": -1e4}):
        with pytest.raises(UsageError, match="face: its box"):
            classifier.classify(picture, dataclasses.replace(face, **change))
    with pytest.raises(UsageError, match="face: it is of the type tuple, expected a face that a FaceDetector found"):
        classifier.classify(picture, (1, 2, 3, 4))  # type: ignore[arg-type]
