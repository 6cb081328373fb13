"""Recordings and results that are moved, together or apart: nothing is lost, and nothing goes without a word."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from inline import InlineEngine
from results import build_recording
from videmo.batch.discover import discover
from videmo.batch.progress import Silent
from videmo.batch.pruning import find_prunable
from videmo.batch.relinking import relink
from videmo.batch.report import report_folder
from videmo.batch.run import run_batch
from videmo.cli.app import app
from videmo.config import load_settings
from videmo.errors import UsageError
from videmo.results.folder import ResultsFolder
from videmo.results.recording import RecordingResults
from videmo.store.recordings import identity_of, with_content

pytestmark = pytest.mark.slow
KEY = "P02/session1.mp4"
FILE = f"study/{KEY}"
PICTURE = re.compile("data:image/jpeg")


@pytest.fixture(scope="module")
def whole(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project: a recording of one person, and its results, with a page."""
    project = tmp_path_factory.mktemp("whole") / "project"
    (project / FILE).parent.mkdir(parents=True)
    shutil.copy2(samples / "phone-rotated.mp4", project / FILE)
    wanted = {"reading.fps": 2.0, "plots.enabled": False, "annotation.enabled": False}
    sources = discover([project / "study"], project / "out")
    run_batch(sources, project / "out", load_settings(overrides=wanted), jobs=1, overwrite=False, progress=Silent(),
              engine=InlineEngine)  # fmt: skip
    return project


@pytest.fixture
def project(whole: Path, tmp_path: Path) -> Path:
    """The same, moved as a whole to another place."""
    return Path(shutil.copytree(whole, tmp_path / "elsewhere" / "project"))


def page(project: Path) -> str:
    return (project / "out" / KEY / "report.html").read_text(encoding="utf-8")


def source(project: Path) -> str:
    return str(json.loads((project / "out" / KEY / "run.json").read_text(encoding="utf-8"))["source"])


def said(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_nothing_in_the_results_names_a_path_of_this_machine(whole: Path) -> None:
    assert source(whole) == f"../{FILE}"
    for path in (whole / "out").rglob("*"):
        if path.suffix in (".json", ".csv", ".html"):
            assert str(whole.parent) not in path.read_text(encoding="utf-8"), path.name


def test_recordings_and_results_that_are_moved_together_stay_together(whole: Path, project: Path) -> None:
    (project / "out" / KEY / "pictures.npz").unlink()
    before = page(whole)
    done = report_folder(project / "out", None, {}, plots=False)
    assert (done.keys, done.failures, done.pictured, done.bare) == ((KEY,), (), (), ())
    assert page(project) == before


def test_without_the_recording_a_page_keeps_its_pictures_and_it_is_said(whole: Path, project: Path) -> None:
    (project / FILE).rename(project / "hidden.mp4")
    before = page(whole)
    words = said("report", project / "out", "--no-plots", "--smoothing", "1")
    assert "1 recording not found where analysed, or changed since (P02/session1.mp4): pages keep" in words
    assert "--recordings FOLDER" in words
    assert len(PICTURE.findall(page(project))) >= 2
    assert (project / "out" / KEY / "thumbnail.jpg").is_file()
    assert (project / "out" / KEY / "portraits.npz").is_file()
    assert source(project) == f"../{FILE}", "where it was is not forgotten"
    said("report", project / "out", "--no-plots", "--smoothing", "0.4")
    assert page(project) == before, "nothing was lost"


def test_a_page_without_kept_pictures_has_none_and_it_is_said(project: Path) -> None:
    (project / "out" / KEY / "pictures.npz").unlink()  # as in results of an earlier version
    (project / FILE).unlink()
    assert "pages have no pictures" in said("report", project / "out", "--no-plots")
    assert not PICTURE.findall(page(project))


def test_pictures_of_another_recording_are_not_shown(project: Path) -> None:
    (project / FILE).unlink()
    path = project / "out" / KEY / "run.json"
    noted = json.loads(path.read_text(encoding="utf-8"))
    noted["input"]["sha256"] = "of another recording"
    path.write_text(json.dumps(noted), encoding="utf-8")
    assert report_folder(project / "out", None, {"timeline.smoothing_s": 1.0}, plots=False).bare == (KEY,)
    assert not PICTURE.findall(page(project))


def test_hidden_faces_are_kept_nowhere(project: Path) -> None:
    assert (project / "out" / KEY / "pictures.npz").is_file()
    report_folder(project / "out", None, {"anonymize.how": "box"}, plots=False)
    assert not (project / "out" / KEY / "pictures.npz").exists()
    assert not (project / "out" / KEY / "portraits.npz").exists()


def test_recordings_are_found_in_a_folder_by_their_content(project: Path) -> None:
    moved = project / "archive" / "2026" / "renamed.mp4"
    moved.parent.mkdir(parents=True)
    (project / FILE).rename(moved)
    (project / "archive" / "same-size.mp4").write_bytes(b"\0" * moved.stat().st_size)
    said("report", project / "out", "--no-plots", "--recordings", project / "archive")
    assert source(project) == "../archive/2026/renamed.mp4"
    assert 'src="../../../archive/2026/renamed.mp4"' in page(project)
    assert "1 annotated video written" in said("annotate", project / "out", "--jobs", "1", "--quality", "40")


def test_of_copies_the_one_that_is_called_like_the_results_is_taken(project: Path) -> None:
    copies = project / "copies"
    for name in ("a/other.mp4", "a/P02/session1.mp4", "b/session1.mp4"):
        (copies / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(project / FILE, copies / name)
    folder = ResultsFolder(project / "out")
    relink(folder.known(), folder, copies)
    assert source(project) == "../copies/a/P02/session1.mp4"


def test_a_folder_without_recordings_is_refused(project: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder, or no files in it"):
        report_folder(project / "out", None, {}, look_in=tmp_path / "nowhere")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("nothing to see here")
    assert report_folder(project / "out", None, {}, plots=False, look_in=tmp_path / "other").failures == ()
    assert source(project) == f"../{FILE}"


def test_what_a_run_left_is_no_file_that_a_recording_could_be(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / ".videmo.lock").touch()
    with pytest.raises(UsageError, match="no files in it"):
        relink([], ResultsFolder(tmp_path / "out"), tmp_path / "in")


def test_an_analysis_recognises_moved_recordings_and_their_pages_follow(project: Path) -> None:
    shutil.move(project / "study", project / "moved")
    words = said("analyze", project / "moved", "--out", project / "out", "--fps", "2", "--no-plots", "--no-annotate")
    assert "recognised by its content" in words
    assert source(project) == "../moved/P02/session1.mp4"
    assert 'src="../../../moved/P02/session1.mp4"' in page(project)
    assert [results.manifest.key for results in ResultsFolder(project / "out")] == [KEY]
    assert "1 skipped" in said(
        "analyze", project / "moved", "--out", project / "out", "--fps", "2", "--no-plots", "--no-annotate"
    )


def test_paths_in_full_of_an_earlier_version_are_replaced(project: Path) -> None:
    path = project / "out" / KEY / "run.json"
    noted = json.loads(path.read_text(encoding="utf-8"))
    noted["source"] = str(project / FILE)
    path.write_text(json.dumps(noted), encoding="utf-8")
    said("analyze", project / "study", "--out", project / "out", "--fps", "2", "--no-plots", "--no-annotate")
    assert source(project) == f"../{FILE}"


# What belongs to nothing any more.


def built(tmp_path: Path, key: str, recording: str, people: str = "") -> Path:
    """Put results of a recording, which need not be there, into a folder."""
    return build_recording(
        tmp_path / "out", key, [(0.0, 9.9, 50.0, "happy")], source=tmp_path / "in" / recording, people=people
    )


def keys(tmp_path: Path) -> list[str]:
    return [results.manifest.key for results in ResultsFolder(tmp_path / "out")]


def test_results_of_recordings_that_are_gone_are_removed_when_that_is_asked_for(tmp_path: Path) -> None:
    for name in ("gone.mp4", "here.mp4"):
        built(tmp_path, f"in/{name}", name)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "here.mp4").write_bytes(b"here")
    words = said("prune", tmp_path / "out")
    assert words == "remove in/gone.mp4: its recording is gone Nothing was removed. Add --yes to remove them."
    assert keys(tmp_path) == ["in/gone.mp4", "in/here.mp4"]
    assert "The results of 1 recording were removed" in said("prune", tmp_path / "out", "--yes")
    assert keys(tmp_path) == ["in/here.mp4"]
    assert not (tmp_path / "out" / "in" / "gone.mp4").exists()
    table = (tmp_path / "out" / "recordings.csv").read_text(encoding="utf-8")
    assert "gone.mp4" not in table
    assert "nothing to remove" in said("prune", tmp_path / "out", "--yes")


@pytest.mark.parametrize("empty", [True, False])
def test_a_disk_that_is_not_connected_costs_nothing(empty: bool, tmp_path: Path) -> None:
    built(tmp_path, "in/a.mp4", "a.mp4")
    if empty:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / ".videmo.lock").touch()
    assert "keep in/a.mp4: the folder of its recording is missing or empty" in said("prune", tmp_path / "out", "--yes")
    assert keys(tmp_path) == ["in/a.mp4"]
    said("prune", tmp_path / "out", "--yes", "--missing-folders")
    assert not (tmp_path / "out" / "in" / "a.mp4").exists()


def test_of_two_results_of_one_file_the_shorter_name_goes_unless_somebody_named_its_persons(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / "in" / name).write_bytes(b"here")
        built(tmp_path, f"in/{name}", name)
    built(tmp_path, "a.mp4", "a.mp4")
    built(tmp_path, "b.mp4", "b.mp4", people="person,name\n1,Anna\n")
    words = said("prune", tmp_path / "out", "--yes")
    assert "remove a.mp4: there are results of the same file as in/a.mp4" in words
    assert "remove in/b.mp4: there are results of the same file as b.mp4" in words
    assert keys(tmp_path) == ["b.mp4", "in/a.mp4"]


def test_what_somebody_wrote_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "other.mp4").write_bytes(b"here")
    built(tmp_path, "in/a.mp4", "a.mp4", people="person,name\n1,Anna\n")
    (built(tmp_path, "in/b.mp4", "b.mp4") / "notes.txt").write_text("mine")
    (built(tmp_path, "in/c.mp4", "c.mp4") / "c.mp4.eaf").write_text("an export")
    words = said("prune", tmp_path / "out", "--yes")
    assert "keep in/a.mp4: its persons are named" in words
    assert "keep in/b.mp4: there are exports or files of yours: notes.txt" in words
    assert "keep in/c.mp4: there are exports or files of yours: c.mp4.eaf" in words, "it may have been edited"
    assert keys(tmp_path) == ["in/a.mp4", "in/b.mp4", "in/c.mp4"]


def test_proposals_of_who_is_who_do_not_keep_results(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "other.mp4").write_bytes(b"here")
    for name in ("proposed.mp4", "agreed.mp4", "called.mp4"):
        built(tmp_path, name, name)
    (tmp_path / "out" / "cast.csv").write_text(
        "recording,person,participant,confirmed\nproposed.mp4,1,P01,\nagreed.mp4,1,P02,yes\ncalled.mp4,1,Anna,\n"
    )
    words = said("prune", tmp_path / "out", "--yes")
    assert "remove proposed.mp4: its recording is gone" in words
    assert keys(tmp_path) == ["agreed.mp4", "called.mp4"]


def test_two_recordings_of_equal_content_are_two_files_after_a_move(tmp_path: Path) -> None:
    out, there, now = tmp_path / "out", tmp_path / "in", tmp_path / "now"
    there.mkdir()
    now.mkdir()
    for key in ("a.mp4", "b.mp4", "c.mp4"):
        (there / key).write_bytes(b"the same" * 100)
        results = RecordingResults(build_recording(out, key, [], source=there / key))
        known = with_content(identity_of(there / key), there / key)
        results.finish(dataclasses.replace(results.manifest, input=known))
    shutil.move(there / "a.mp4", now / "1.mp4")
    shutil.move(there / "b.mp4", now / "2.mp4")
    folder = ResultsFolder(out)
    relink(folder.known(), folder, tmp_path)
    assert [results.source.name for results in ResultsFolder(out).known()] == ["1.mp4", "2.mp4", "c.mp4"]
    assert not find_prunable(out).gone
