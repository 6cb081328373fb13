"""Results that version 0.1.0 made: they are read as they are, and ``videmo report`` brings them up to date."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import videmo
from results import MADE_BY_0_1_0, Face, build_recording
from runs import leftovers, tables
from videmo.batch.export import export_results
from videmo.batch.report import report_folder
from videmo.config import fingerprint, load_settings
from videmo.persons.people_file import read_people
from videmo.results.folder import ResultsFolder
from videmo.results.manifest import VERSION
from videmo.results.names import MANIFEST
from videmo.results.people_said import PeopleSaid
from videmo.results.recording import RecordingResults
from videmo.settings import TrackingSettings

OF_THEN = {
    "classifier.name": "residual",
    "quality.leave_out": ["small", "blurred", "dark", "border", "low_score"],
}
POSE = ["yaw", "pitch", "roll"]
FACES: list[Face] = [(0.0, 3.0, 50.0, "happy"), (3.5, 9.9, 300.0, "sad"), (0.0, 9.9, 500.0, "neutral")]
SAID = "person,name,merge_into\n1,Anna,\n3,,1\n"
OBSERVED = "744c821bbc53f4d1"


def as_0_1_0_left_it(
    out: Path, key: str, *, people: str = "", settings: dict[str, Any] | None = None, faces: Sequence[Face] = FACES
) -> Path:
    """Put a recording into a folder of results as version 0.1.0 did; returns its folder."""
    old = json.loads(json.dumps(MADE_BY_0_1_0))
    for section, values in (settings or {}).items():
        old["settings"][section] |= values
    folder = build_recording(out, key, faces, people=people)
    observed = pd.read_csv(folder / "observations.csv", dtype=str, keep_default_na=False)
    observed.drop(columns=["track", *POSE]).to_csv(folder / "observations.csv", index=False, lineterminator="\n")
    old["source"] = str(out.parent / "recordings" / key)
    old["recording"]["key"] = key
    said = read_people(folder / "people.csv").identity
    old["people"] = {"said": said, "found": fingerprint(OBSERVED, TrackingSettings())}
    (folder / MANIFEST).write_text(json.dumps(old))
    (folder / "annotated.mp4").write_bytes(b"video")
    (out / MANIFEST).write_text(json.dumps({"failed": [], "settings": old["settings"], "videmo": "0.1.0"}))
    return folder


def test_they_are_read_as_they_are(tmp_path: Path) -> None:
    folder = as_0_1_0_left_it(tmp_path / "out", "day 1/a.mp4")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    (results,) = ResultsFolder(tmp_path / "out").require_finished()
    former = load_settings(overrides=OF_THEN)
    assert (results.manifest.key, results.manifest.version, results.manifest.settings) == ("day 1/a.mp4", 1, former)
    assert results.observations()["track"].isna().all()
    assert len(results.summary) == 3
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_they_are_exported_before_they_are_brought_up_to_date(tmp_path: Path) -> None:
    as_0_1_0_left_it(tmp_path / "out", "a.mp4", people="person,name\n1,Anna\n")
    done = export_results(tmp_path / "out", ["json"], tmp_path / "into")
    assert done.failures == ()
    document = json.loads((tmp_path / "into" / "a.mp4.json").read_text())
    assert document["videmo"] == "0.1.0"
    assert document["persons"][0]["name"] == "Anna"
    assert {row["track"] for row in document["tables"]["observations"]} == {None}


@pytest.mark.parametrize("people", ["", SAID], ids=["nothing said", "people.csv"])
def test_report_brings_them_up_to_date(people: str, tmp_path: Path) -> None:
    folder = as_0_1_0_left_it(tmp_path / "out", "a.mp4", people=people)
    build_recording(tmp_path / "today", "a.mp4", FACES, people=people)
    for out in ("out", "today"):
        done = report_folder(tmp_path / out, None, {}, plots=False)
        assert (done.keys, done.failures) == (("a.mp4",), ())
    assert tables(tmp_path / "out") == tables(tmp_path / "today")
    manifest = RecordingResults(folder).manifest
    assert (manifest.version, manifest.videmo) == (VERSION, videmo.__version__)
    assert manifest.stages["observe"] == OBSERVED, "nothing was observed anew"
    assert manifest.settings == load_settings(overrides=OF_THEN)
    said = read_people(folder / "people.csv").identity
    assert manifest.people == PeopleSaid(said, manifest.people.found, "d2eabcaa", said)
    assert manifest.warnings == [], "people.csv still speaks of the same persons"
    assert RecordingResults(folder).observations()["track"].dropna().unique().tolist() == [1, 2, 3]
    assert (folder / "report.html").is_file()
    assert not leftovers(tmp_path / "out")


def test_recordings_without_a_face_get_the_columns_of_today_too(tmp_path: Path) -> None:
    as_0_1_0_left_it(tmp_path / "out", "a.mp4", faces=[])
    build_recording(tmp_path / "today", "a.mp4", [])
    for out in ("out", "today"):
        assert report_folder(tmp_path / out, None, {}, plots=False).failures == ()
    assert tables(tmp_path / "out") == tables(tmp_path / "today")


def test_report_does_it_once(tmp_path: Path) -> None:
    folder = as_0_1_0_left_it(tmp_path / "out", "a.mp4")
    contents = []
    for _ in range(2):
        assert report_folder(tmp_path / "out", None, {}, plots=False).failures == ()
        contents.append({path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()})
    assert contents[0] == contents[1]
    assert folder / MANIFEST in contents[0]


def test_their_videos_stay_unless_they_would_show_something_else(tmp_path: Path) -> None:
    folder = as_0_1_0_left_it(tmp_path / "out", "a.mp4")
    assert report_folder(tmp_path / "out", None, {}, plots=False).stale_videos == 0
    assert (folder / "annotated.mp4").read_bytes() == b"video"
    (folder / "people.csv").write_text(SAID)
    assert report_folder(tmp_path / "out", None, {}, plots=False).stale_videos == 1
    assert not (folder / "annotated.mp4").exists()


def test_a_video_that_shows_what_people_csv_does_not_say_any_more_goes(tmp_path: Path) -> None:
    folder = as_0_1_0_left_it(tmp_path / "out", "a.mp4")
    (folder / "people.csv").write_text(SAID)
    assert report_folder(tmp_path / "out", None, {}, plots=False).stale_videos == 1
    assert not (folder / "annotated.mp4").exists()


def test_hidden_faces_stay_hidden(tmp_path: Path) -> None:
    settings = {"annotation": {"anonymize": "blur", "anonymize_margin": 0.5}}
    folder = as_0_1_0_left_it(tmp_path / "out", "a.mp4", settings=settings)
    (folder / "annotated.mp4").unlink()  # nothing that a page could take a picture from
    assert report_folder(tmp_path / "out", None, {}, plots=False).failures == ()
    found = RecordingResults(folder).manifest.settings
    assert found is not None
    assert (found.anonymize.how, found.anonymize.margin) == ("blur", 0.5)
    content = json.loads((folder / MANIFEST).read_text())
    assert content["settings"]["anonymize"]["how"] == "blur"
    assert not {name for name in content["settings"]["annotation"] if name.startswith("anonymize")}


def test_they_are_read_from_python(tmp_path: Path) -> None:
    out = tmp_path / "out"
    folder = as_0_1_0_left_it(out, "a.mp4")
    (out / "recordings.csv").write_text("recording,status,reason,people\na.mp4,ok,,3\n")
    found = videmo.read(out)
    assert (list(found), found.failures) == (["a.mp4"], {})
    assert found["a.mp4"].summary["person"].tolist() == pd.read_csv(folder / "summary.csv")["person"].tolist()
    assert found["a.mp4"].observations["track"].isna().all()


def test_results_of_which_it_is_not_known_how_they_were_observed_are_said(tmp_path: Path) -> None:
    folder = build_recording(tmp_path / "out", "a.mp4", FACES)
    build_recording(tmp_path / "out", "b.mp4", FACES)
    content = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**content, "stages": {}}))
    done = report_folder(tmp_path / "out", None, {}, plots=False)
    assert done.keys == ("b.mp4",)
    (failure,) = done.failures
    assert str(folder) in failure
    assert "Analyse the recording again" in failure


def test_results_without_main_numbers_are_brought_up_to_date(tmp_path: Path) -> None:
    folder = build_recording(tmp_path / "out", "a.mp4", FACES)
    content = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**content, "result": {}}))
    assert report_folder(tmp_path / "out", None, {}, plots=False).failures == ()
    assert RecordingResults(folder).manifest.result.people == 3
