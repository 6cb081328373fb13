"""Where the clock of a log lies in a recording: markers that both saw, points in time, and what BIDS says."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from studies import make_study
from videmo.cli.app import app
from videmo.errors import StudyError, VidemoError
from videmo.pipeline.study.begin import begin_study
from videmo.pipeline.study.run import run_study
from videmo.pipeline.study.sync import parse_marker
from videmo.results.folder import ResultsFolder
from videmo.study.cast import read_cast
from videmo.study.clock import Clock
from videmo.study.design import Design, Facts, Placement, odd_events
from videmo.study.events import Event, read_events
from videmo.study.participants import Participant, Participants, known_as, read_participants
from videmo.study.scans import read_scans
from videmo.study.sheet import read_sheet
from videmo.study.syncing import Marker, fit_markers, from_times, read_markers, with_clocks

KEY = "sub-01_task-film.mp4"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return make_study(tmp_path, 3, groups=False)


def cast_of(study: Path) -> pd.DataFrame:
    return pd.read_csv(study / "cast.csv").set_index("recording")


def test_two_markers_fill_in_the_cast_and_leave_the_rest_as_it_is(study: Path) -> None:
    before = (study / "cast.csv").read_text("utf-8")
    said = CliRunner().invoke(app, ["study", "sync", str(study), KEY, "--marker", "1=1.5", "--marker", "00:00:17=17.5"])
    assert said.exit_code == 0, said.output
    assert f"{KEY}: offset_s = 0.500000, rate = 1.000000000, from 2 markers" in said.output
    assert "16 s apart: misread by one frame" in said.output
    after = cast_of(study)
    assert after.loc[KEY, ["offset_s", "rate"]].tolist() == [0.5, 1.0]
    assert after.drop(KEY)[["offset_s", "rate"]].isna().all(axis=None)
    lines = (study / "cast.csv").read_text("utf-8").splitlines()
    assert [line.removesuffix(",,").removesuffix(",0.5,1") for line in lines[1:]] == before.splitlines()[1:]
    run_study(study)
    segments = pd.read_csv(study / "results" / "segments.csv")
    own = segments[segments["recording"] == KEY]
    assert (own["recording_onset_s"] - own["onset_s"]).eq(0.5).all()


def test_a_rate_that_no_clock_has_is_refused_and_nothing_is_written(study: Path) -> None:
    before = (study / "cast.csv").read_bytes()
    said = CliRunner().invoke(app, ["study", "sync", str(study), KEY, "--marker", "1=1", "--marker", "11=12"])
    assert "a rate of 1.1, expected a number from 0.98 to 1.02" in str(said.exception)
    assert "check the two markers" in str(said.exception)
    assert (study / "cast.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((KEY, "--marker", "1=1"), "one marker, expected at least two"),
        ((KEY, "--marker", "1=1", "--marker", "1=2"), "one marker, expected at least two"),
        ((KEY, "--marker", "1=1", "--marker", "5=500"), "a marker at 500 s of"),
        ((KEY, "--marker", "1=1", "--marker", "5"), "the time of the events, ="),
        ((KEY, "--marker", "1=1", "--marker", "5=x"), "'x' is not a number"),
        (("sub-9.mp4", "--marker", "1=1", "--marker", "5=5"), "no recording 'sub-9.mp4'"),
        ((KEY,), "no way to find the clock"),
        ((KEY, "--marker", "1=1", "--zero-utc", "2026-03-01T14:00:00Z"), "two ways to find the clock"),
        (("--marker", "1=1", "--marker", "5=5"), "no recording"),
        ((KEY, "--zero-utc", "2026-03-01T14:00:00Z"), "'' is not a point in time"),
        ((KEY, "--zero-utc", "2026-03-01T14:00:00", "--start-utc", "2026-03-01T14:00:00Z"), "has no zone"),
        (("--markers", "nowhere.csv"), "cannot be read"),
    ],
)
def test_what_makes_no_clock_is_a_sentence(study: Path, arguments: tuple[str, ...], words: str) -> None:
    before = (study / "cast.csv").read_bytes()
    said = CliRunner().invoke(app, ["study", "sync", str(study), *arguments])
    assert isinstance(said.exception, VidemoError), said.output
    assert words in str(said.exception)
    assert (study / "cast.csv").read_bytes() == before


def test_a_table_of_markers_is_for_many_recordings(study: Path, tmp_path: Path) -> None:
    rows = "".join(f"sub-0{n}_task-film.mp4;{t};{t + n / 4}\n" for n in (1, 2) for t in (1, 8, 15))
    table = tmp_path / "markers.csv"
    table.write_text("recording;event;seen\n" + rows, "utf-8")
    said = CliRunner().invoke(app, ["study", "sync", str(study), "--markers", str(table)])
    assert said.exit_code == 0, said.output
    assert cast_of(study)["offset_s"].tolist()[:2] == [0.25, 0.5]
    assert "from 3 markers" in said.output


def test_of_a_table_of_markers_one_recording_can_be_chosen(study: Path, tmp_path: Path) -> None:
    rows = "".join(f"sub-0{n}_task-film.mp4;{t};{t + n / 4}\n" for n in (1, 2) for t in (1, 8, 15))
    table = tmp_path / "markers.csv"
    table.write_text("recording;event;seen\n" + rows, "utf-8")
    said = CliRunner().invoke(app, ["study", "sync", str(study), "sub-02_task-film.mp4", "--markers", str(table)])
    assert said.exit_code == 0, said.output
    offsets = cast_of(study)["offset_s"]
    assert (offsets.isna().tolist()[:2], offsets.tolist()[1]) == ([True, False], 0.5)
    said = CliRunner().invoke(app, ["study", "sync", str(study), "sub-03_task-film.mp4", "--markers", str(table)])
    assert "no marker of 'sub-03_task-film.mp4'" in str(said.exception)


def test_points_in_time_give_the_offset(study: Path) -> None:
    times = ["--zero-utc", "2026-03-01T15:00:01.250+01:00", "--start-utc", "2026-03-01T14:00:00Z"]
    assert CliRunner().invoke(app, ["study", "sync", str(study), KEY, *times]).exit_code == 0
    assert cast_of(study).loc[KEY, "offset_s"] == 1.25
    assert "5.0 hours after" in from_times("a", 18_000.0, 0.0, 60.0).notes[0]


def test_an_onset_at_600_s_is_found_within_5_ms() -> None:
    markers = [Marker("a", 10.0, 22.02), Marker("a", 590.0, 603.18)]
    (found,) = fit_markers(markers, {"a": 700.0})
    assert found.clock.recording(600.0) == pytest.approx(12 + 600 * 1.002, abs=0.005)
    assert "0.20 %" in found.notes[0]
    (third,) = fit_markers([*markers, Marker("a", 300.0, 313.1)], {"a": 700.0})
    assert any("check it" in note for note in third.notes)


def test_patterns_and_separators_of_a_cast_stay() -> None:
    content = "\ufeffrecording;participant_id;person\r\nday1/*;a;1\r\n./=b.mp4;b\r\n"
    found = [from_times("day1/a.mp4", 2.5, 0.0, 9.0)]
    text = with_clocks(content.encode(), "cast.csv", found, lambda key, said: said == "day1/*" and key[:5] == "day1/")
    assert text.splitlines()[:2] == ["recording;participant_id;person;offset_s;rate", "day1/*;a;1;2.5;1"]
    two = [*found, from_times("day1/b.mp4", 3.5, 0.0, 9.0)]
    with pytest.raises(StudyError, match="whose clocks differ"):
        with_clocks(content.encode(), "cast.csv", two, lambda key, said: said == "day1/*")
    with pytest.raises(StudyError, match="no row is about"):
        with_clocks(content.encode(), "cast.csv", found, lambda key, said: False)


def test_markers_are_read_as_times() -> None:
    assert parse_marker("00:01:02.5=3", "a").event_s == 62.5
    with pytest.raises(StudyError, match="no column seen"):
        read_markers(b"recording,event\na,1\n", "markers.csv")


SCANS = (
    "filename\tacq_time\nbeh/sub-01_task-film_video.mp4\t2026-03-01T14:05:09.250000Z\n"
    "beh/sub-01_task-rest_video.mp4\t2026-03-01T14:00:00\nbeh/other.mp4\tn/a\n"
)


def test_scans_say_when_recordings_began() -> None:
    found = read_scans(SCANS.encode(), "sub-01_scans.tsv")
    assert found.starts == {"beh/sub-01_task-film_video.mp4": "2026-03-01T14:05:09.250000Z"}
    assert found.without_zone == 1
    with pytest.raises(StudyError, match=r"line 2, column acq_time: 'noon' is not a point in time"):
        read_scans(b"filename\tacq_time\na.mp4\tnoon\n", "scans.tsv")


def test_the_cast_of_a_bids_data_set_knows_when_recordings_began(tmp_path: Path) -> None:
    make_study(tmp_path, 1, groups=False)
    results, beh = tmp_path / "out", tmp_path / "bids" / "sub-01" / "ses-1" / "beh"
    beh.mkdir(parents=True)
    recording = ResultsFolder(results).recording(KEY)
    manifest = dataclasses.replace(recording.manifest, source=str(beh / "sub-01_task-film_video.mp4"))
    recording.finish(manifest)
    (beh.parent / "sub-01_ses-1_scans.tsv").write_text(SCANS, "utf-8")
    begun = begin_study(results, tmp_path / "new")
    assert pd.read_csv(tmp_path / "new" / "cast.csv")["start_utc"].tolist() == ["2026-03-01T14:05:09.250000Z"]
    assert "no zone" in begun.notes[0]
    shutil.rmtree(tmp_path / "bids")
    begin_study(results, tmp_path / "again")
    assert pd.read_csv(tmp_path / "again" / "cast.csv")["start_utc"].isna().all()


def test_ids_are_the_same_with_and_without_sub_in_a_pair_of_files_alone() -> None:
    assert known_as("01", {"sub-01", "sub-02"}) == "sub-01"
    assert known_as("sub-01", {"01", "02"}) == "01"
    assert known_as("1", {"sub-01"}) == "1", "1 is not 01"
    assert known_as("01", {"sub-01", "01"}) == "01", "two people"
    assert known_as("02", {"sub-02", "01"}) == "02", "not all of BIDS"
    people = read_participants(read_sheet(b"participant_id\tage\nsub-01\t20\nsub-02\t30\n", "participants.tsv"))
    cast = read_cast(read_sheet(b"recording,participant_id\na.mp4,01\nb.mp4,sub-02\n", "cast.csv"), people)
    assert [role.participant_id for role in cast] == ["sub-01", "sub-02"]
    known = {"participant_id": {"sub-01", "sub-02"}, "dyad": (), "recording": ()}
    for column in ("participant_id", "scope"):
        text = f"onset,duration,label,{column}\n1,2,a,02\n"
        (event,) = read_events(read_sheet(text.encode(), "events.csv"), known)
        assert dict(event.scope) == {"participant_id": "sub-02"}
    with pytest.raises(StudyError, match="no participant_id '1'"):
        read_events(read_sheet(b"onset,duration,label,participant_id\n1,2,a,1\n", "events.csv"), known)
    with pytest.raises(StudyError, match="'2' is not in the list"):
        read_cast(read_sheet(b"recording,participant_id\na.mp4,2\n", "cast.csv"), people)


def test_two_ways_to_place_events_in_utc_are_remarked_on() -> None:
    people = Participants((Participant("a", {}, True, "", "", ""),), ())
    event = Event(1005.0, 3.0, "film", absolute=True)
    said = []
    for offset_s in (0.0, 2.0):
        placement = Placement("a", "a.mp4", 1, Clock(offset_s), start_utc=1000.0, where="cast.csv, line 2")
        design = Design(people, (placement,), (event,), {}, ())
        said.append([str(each) for each in odd_events(design, {"a.mp4": Facts("a.mp4", 60.0)})[0]])
    assert said[0] == []
    assert "cast.csv, line 2: offset_s is 2, and is added to the times of events in UTC" in said[1][0]
