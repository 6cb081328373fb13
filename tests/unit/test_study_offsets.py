"""The start of a camera in a log fills offset_s into cast.csv: where it belongs, and never over what somebody wrote."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from studies import Face, put_recording, smile
from videmo.cli.app import app
from videmo.errors import StudyError
from videmo.study.importers import import_events
from videmo.study.importers.imported import Offset, Options
from videmo.study.offsets import Filled, with_offsets

LOG = "participant,session,movie.started,movie.stopped,cam.started\n{who},{session},12.5,18.5,{cam}\n"
HEADER = "recording,participant_id,session,offset_s,notes\n"


def fill(cast: str, *offsets: Offset, recording: str = "", keys: tuple[str, ...] = ()) -> tuple[str, list[Filled]]:
    """The rows of a cast with offsets filled in, and what became of each."""
    text, found = with_offsets((HEADER + cast).encode(), "cast.csv", offsets, recording=recording, recordings=keys)
    assert text.startswith(HEADER)
    return text.removeprefix(HEADER), found


def offset(who: str, value: float = -2.5, session: str = "", log: str = "a.csv") -> Offset:
    return Offset(who, session, value, log)


def test_an_empty_offset_is_filled_in_and_all_else_stays() -> None:
    text, (found,) = fill("a.mp4,sub-01,,,late\nb.mp4,sub-02,,1.5,\n", offset("01"))
    assert text == "a.mp4,sub-01,,-2.5,late\nb.mp4,sub-02,,1.5,\n"
    assert (found.offset, found.recordings, found.why_not) == (offset("01"), ("a.mp4",), "")


@pytest.mark.parametrize("said", ["1.5", "0"])
def test_what_somebody_wrote_stays_and_is_said(said: str) -> None:
    text, (found,) = fill(f"a.mp4,01,,{said},\n", offset("01"))
    assert text == f"a.mp4,01,,{said},\n"
    assert f"cast.csv, line 2, says {said}" in found.why_not


def test_the_same_number_is_neither_written_nor_contradicted() -> None:
    text, (found,) = fill("a.mp4,01,,-2.50,\n", offset("01"))
    assert text == "a.mp4,01,,-2.50,\n"
    assert found.recordings == ("a.mp4",)
    assert not found.why_not


@pytest.mark.parametrize(
    ("cast", "offsets", "why"),
    [
        ("a.mp4,01,,,\nb.mp4,01,,,\n", [offset("01")], "in several recordings: a.mp4, b.mp4"),
        ("a.mp4,02,,,\n", [offset("01")], "no row of cast.csv is about this participant"),
        ("a.mp4,01,,,\n", [offset("01"), offset("01", -3.0, log="b.csv")], "a.csv and b.csv say different ones"),
        ("day*/a.mp4,01,,,\n", [offset("01")], "'day*/a.mp4' stands for 2 recordings"),
    ],
)
def test_an_offset_that_belongs_nowhere_for_certain_is_not_written(cast: str, offsets: list[Offset], why: str) -> None:
    text, found = fill(cast, *offsets, keys=("day1/a.mp4", "day2/a.mp4"))
    assert text == cast
    assert [why in each.why_not for each in found] == [True]


def test_sessions_and_recordings_tell_rows_apart() -> None:
    cast = "a.mp4,sub-01,ses-1,,\nb.mp4,sub-01,ses-2,,\n"
    text, found = fill(cast, offset("01", -1.0, "1"), offset("01", -2.0, "2", "b.csv"))
    assert text == "a.mp4,sub-01,ses-1,-1,\nb.mp4,sub-01,ses-2,-2,\n"
    assert [each.recordings for each in found] == [("a.mp4",), ("b.mp4",)]
    text, _ = fill(cast, offset("01"), recording="b.mp4")
    assert text == "a.mp4,sub-01,ses-1,,\nb.mp4,sub-01,ses-2,-2.5,\n"
    text, _ = fill("pair.mp4,A,,,\npair.mp4,B,,,\n", offset(""), recording="pair.mp4")
    assert text == "pair.mp4,A,,-2.5,\npair.mp4,B,,-2.5,\n"
    text, _ = fill("day?/a.mp4,01,,,\n", offset("01"), keys=("day1/a.mp4", "b.mp4"))
    assert text == "day?/a.mp4,01,,-2.5,\n"


def test_a_cast_without_the_column_gets_it() -> None:
    text, _ = with_offsets(b"recording;participant\r\na.mp4;01\r\n", "cast.csv", [offset("01")])
    assert text == "recording;participant;offset_s\na.mp4;01;-2.5\n"


def log(folder: Path, who: str, cam: str = "2.5", session: str = "001", name: str = "") -> Path:
    path = folder / (name or f"{who}.csv")
    path.write_text(LOG.format(who=who, session=session, cam=cam), "utf-8")
    return path


def events(*arguments: object) -> Result:
    """Run ``videmo study events``."""
    return CliRunner().invoke(app, ["study", "events", *map(str, arguments), "--from", "psychopy"])


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A study that was begun, of two participants."""
    for name in ("sub-01_task-film.mp4", "sub-02_task-film.mp4"):
        put_recording(tmp_path / "out", name, [Face(smile((5.0, 8.0)))])
    study = tmp_path / "study"
    assert CliRunner().invoke(app, ["study", "init", str(tmp_path / "out"), "--to", str(study)]).exit_code == 0
    return study


def offsets(study: Path) -> list[str]:
    return pd.read_csv(study / "cast.csv", dtype=str, keep_default_na=False)["offset_s"].tolist()


def test_events_of_logs_bring_their_offsets_into_a_study_that_was_begun(begun: Path, tmp_path: Path) -> None:
    assert offsets(begun) == ["", ""], "what init writes is nobody's word"
    said = events(log(tmp_path, "01"), log(tmp_path, "02", "3.25"), "--to", begun)
    assert said.exit_code == 0, said.output
    assert offsets(begun) == ["-2.5", "-3.25"]
    assert "offset   01: offset_s = -2.500 of sub-01_task-film.mp4, written in" in said.output
    again = events(log(tmp_path, "01", "9"), log(tmp_path, "02", "3.25"), "--to", begun, "--overwrite")
    assert offsets(begun) == ["-2.5", "-3.25"]
    assert "kept     01: offset_s = -9.000 is not written: " in again.output
    assert "line 2, says -2.5" in again.output


def test_the_same_events_once_more_are_no_overwriting(begun: Path, tmp_path: Path) -> None:
    cast = (begun / "cast.csv").read_text("utf-8")
    (begun / "cast.csv").unlink()
    said = events(log(tmp_path, "01"), "--to", begun)
    assert "there is no cast.csv" in said.output
    (begun / "cast.csv").write_text(cast, "utf-8")
    said = events(log(tmp_path, "01"), "--to", begun)
    assert said.exit_code == 0, said.exception
    assert offsets(begun) == ["-2.5", ""]


def test_a_cast_that_cannot_be_read_stops_before_anything_is_written(begun: Path, tmp_path: Path) -> None:
    before = (begun / "events.csv").read_bytes()
    (begun / "cast.csv").write_bytes("recording,participant_id\na,b\n".encode("utf-16"))
    said = events(log(tmp_path, "01"), "--to", begun)
    assert isinstance(said.exception, StudyError)
    assert (begun / "events.csv").read_bytes() == before


def test_a_camera_of_another_name_can_be_named(tmp_path: Path) -> None:
    text = "participant,movie.started,movie.stopped,face.started,face.stopped,booth_webcam.started\n1,5,9,2.5,20,3\n"
    found = import_events([("p.csv", text.encode())], "psychopy", Options(camera="face"))
    assert [each.offset_s for each in found.offsets] == [-2.5]
    assert [row.label for row in found.rows] == ["movie"]
    usual = import_events([("p.csv", text.encode())], "psychopy", Options(only=("movie",)))
    assert [each.offset_s for each in usual.offsets] == [-3.0]
    with pytest.raises(StudyError, match=r"no component 'fac'.*Did you mean 'face'"):
        import_events([("p.csv", text.encode())], "psychopy", Options(camera="fac"))
    with pytest.raises(StudyError, match="a log of psychopy"):
        import_events([("a.srt", b"")], "srt", Options(camera="face"))


def test_several_cameras_are_said() -> None:
    text = "participant,movie.started,movie.stopped,cam.started,cam_2.started\n1,5,9,2.5,3\n"
    found = import_events([("p.csv", text.encode())], "psychopy", Options())
    assert [each.offset_s for each in found.offsets] == [-2.5]
    assert any("cam and cam_2" in note for note in found.notes)


def test_sessions_are_written_where_somebody_has_several(tmp_path: Path) -> None:
    both = [("a.csv", LOG.format(who="1", session="1", cam="2")), ("b.csv", LOG.format(who="1", session="2", cam="3"))]
    found = import_events([(name, text.encode()) for name, text in both], "psychopy", Options())
    assert "session" in found.table().splitlines()[0].split(",")
    assert [(each.session, each.offset_s) for each in found.offsets] == [("1", -2.0), ("2", -3.0)]
    one = import_events([(both[0][0], both[0][1].encode())], "psychopy", Options())
    assert "session" not in one.table().splitlines()[0].split(",")
    assert [each.session for each in one.offsets] == [""]
    alike = [("a.csv", both[0][1].encode()), ("b.csv", both[0][1].encode())]
    assert any("a.csv and b.csv" in note for note in import_events(alike, "psychopy", Options()).notes)
