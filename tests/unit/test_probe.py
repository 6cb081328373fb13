"""``videmo probe``: what recordings contain, one by one or all of a folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from clips import make_clip
from videmo.cli.app import app
from videmo.errors import RecordingError, UsageError
from videmo.video.probe import probe


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["probe", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two recordings on two levels, and a text."""
    (tmp_path / "in" / "day2").mkdir(parents=True)
    make_clip(tmp_path / "in" / "a.mp4", frames=5)
    make_clip(tmp_path / "in" / "day2" / "b.mp4", frames=5)
    (tmp_path / "in" / "notes.txt").write_text("no recording")
    return tmp_path / "in"


def test_all_recordings_of_a_folder_are_probed(folder: Path) -> None:
    done = run(folder)
    assert done.exit_code == 0, done.output
    assert f"{folder / 'a.mp4'}: works" in done.output
    assert f"{folder / 'day2' / 'b.mp4'}: works" in done.output
    assert "notes.txt" not in done.output
    assert done.output.splitlines()[-1] == "2 recordings: 2 can be analysed, 0 cannot."


def test_one_that_does_not_work_is_counted(folder: Path) -> None:
    (folder / "broken.mp4").write_text("no video")
    done = run(f"{folder}/*.mp4", folder / "day2" / "b.mp4")
    assert done.exit_code == 1
    assert done.output.splitlines()[-1] == "3 recordings: 2 can be analysed, 1 cannot."
    assert "broken.mp4: not a readable video" in done.output


def test_a_single_file_is_told_of_without_a_count(folder: Path) -> None:
    assert "can be analysed" not in run(folder / "a.mp4").output


def test_a_folder_without_recordings_is_called_that(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no recording")
    error = run(tmp_path).exception
    assert isinstance(error, UsageError)
    assert "no recordings found" in str(error)


def test_a_folder_in_the_place_of_a_recording_is_not_said_to_be_closed(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"a folder, expected a recording\. Name a file in it\."):
        probe(tmp_path)
