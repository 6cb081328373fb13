"""A folder of results: what is finished and begun in it, what is not its own, and what a run noted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from leftovers import left_over
from results import Face, build_manifest, build_recording
from videmo.batch.report import report_folder
from videmo.errors import OutputError, ResultsError, UsageError
from videmo.results.failures import Failure
from videmo.results.folder import FolderManifest, ResultsFolder
from videmo.results.manifest_file import write_manifest
from videmo.results.names import INDEX, MANIFEST, OVERVIEW, RECORDINGS, WORK
from videmo.results.recording import RecordingResults

FACES: list[Face] = [(0.0, 9.9, 50.0, "happy")]


def put(folder: Path, key: object, *, begun: bool = False) -> Path:
    """A manifest with any key in any folder."""
    content = build_manifest(Path("/recordings/a.mp4"), "a.mp4").as_dict()
    content["recording"]["key"] = key
    path = folder / WORK / MANIFEST if begun else folder / MANIFEST
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return folder


def keys(found: list[RecordingResults]) -> list[str]:
    """The keys of results."""
    return [results.manifest.key for results in found]


def everything(folder: Path) -> dict[str, bytes]:
    """All files below a folder and what is in them."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# What is in it


def test_finished_and_begun_recordings_are_listed_by_key(tmp_path: Path) -> None:
    for key in ("b.mp4", "day 1/=c.mp4", "a.mp4"):
        put(tmp_path / key, key)
    for key in ("z.mp4", "day 2/y.mp4"):
        put(tmp_path / key, key, begun=True)
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    (tmp_path / MANIFEST).write_text('{"videmo": "0.1.0", "failed": []}')
    folder = ResultsFolder(tmp_path)
    assert keys(folder.finished()) == keys(list(folder)) == ["a.mp4", "b.mp4", "day 1/=c.mp4"]
    assert keys(folder.begun()) == ["day 2/y.mp4", "z.mp4"]
    assert folder.recording("day 2/y.mp4").manifest.key == "day 2/y.mp4"
    assert folder.recording("none.mp4").known is None


def test_a_recording_that_was_taken_up_again_is_begun(tmp_path: Path) -> None:
    put(tmp_path / "a.mp4", "a.mp4")
    folder = ResultsFolder(tmp_path)
    folder.recording("a.mp4").reopen()
    assert (keys(folder.finished()), keys(folder.begun())) == ([], ["a.mp4"])


def test_a_folder_whose_key_says_otherwise_is_not_its_own(tmp_path: Path) -> None:
    put(tmp_path / "a.mp4", "a.mp4")
    put(tmp_path / "renamed.mp4", "a.mp4")
    put(tmp_path / "older results" / "b.mp4", "b.mp4")
    put(tmp_path / "older results" / "c.mp4", "c.mp4", begun=True)
    folder = ResultsFolder(tmp_path)
    assert (keys(folder.finished()), keys(folder.begun())) == (["a.mp4"], [])
    assert keys(ResultsFolder(tmp_path / "older results").finished()) == ["b.mp4"]


def test_a_file_system_may_spell_the_name_of_a_folder_otherwise(tmp_path: Path) -> None:
    """A link stands for one that finds a folder by other letters than it lists."""
    put(tmp_path / "day1" / "ANNA.mp4", "day1/Anna.mp4")
    put(tmp_path / "ben.mp4", "Ben.mp4")
    assert keys(ResultsFolder(tmp_path).misplaced()) == ["Ben.mp4", "day1/Anna.mp4"]
    (tmp_path / "day1" / "Anna.mp4").symlink_to("ANNA.mp4")
    assert keys(ResultsFolder(tmp_path).finished()) == ["day1/Anna.mp4"]
    put(tmp_path / "Ben.mp4", "Ben.mp4")
    assert keys(ResultsFolder(tmp_path).finished()) == ["Ben.mp4", "day1/Anna.mp4"]


def test_a_folder_that_is_not_there_has_nothing(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path / "none")
    assert (folder.finished(), folder.begun(), folder.failures(), folder.manifest) == ([], [], [], FolderManifest())
    with pytest.raises(ResultsError, match=r"none: no results found"):
        folder.require_finished()
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("begun", [False, True], ids=["finished", "begun"])
def test_a_hostile_key_leads_nowhere(begun: bool, tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", put(tmp_path / "elsewhere", "elsewhere")
    put(out / "a.mp4", "a.mp4")
    for place, key in {
        "up": "../elsewhere",
        "round": "round/../round",
        "absolute": str(out / "absolute"),
        "away": str(elsewhere),
        "here": ".",
        "none": "",
        "dotted": "./dotted",
        "number": 3,
        "list": ["a.mp4"],
        "nul": "nul\0",
    }.items():
        put(out / place, key, begun=begun)
    (out / "link").symlink_to(elsewhere, target_is_directory=True)
    (out / "loop").symlink_to(out, target_is_directory=True)
    folder = ResultsFolder(out)
    assert (keys(folder.finished()), keys(folder.begun())) == (["a.mp4"], [])


def test_reporting_goes_on_beside_damaged_and_hostile_manifests_and_touches_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    build_recording(out, "a.mp4", FACES)
    build_recording(tmp_path, "elsewhere", FACES)
    for place, key in (("up", "../elsewhere"), ("absolute", str(out / "absolute")), ("away", str(tmp_path / "b"))):
        put(out / place, key)
        put(out / f"{place} begun", key, begun=True)
    for place, text in (("half", '{"recording": '), ("list", "[1]"), ("deep", "[" * 100_000), ("number", "1")):
        (out / place / WORK).mkdir(parents=True)
        (out / place / MANIFEST).write_text(text)
        (out / place / WORK / MANIFEST).write_text(text)
    strange = {path: content for path, content in everything(out).items() if not path.startswith("a.mp4")}
    elsewhere = everything(tmp_path / "elsewhere")
    done = report_folder(out, None, {}, plots=False)
    assert (done.keys, done.failures) == (("a.mp4",), ())
    assert pd.read_csv(out / "recordings.csv")["recording"].tolist() == ["a.mp4"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "out"]
    assert everything(tmp_path / "elsewhere") == elsewhere
    assert {path: everything(out)[path] for path in strange} == strange


# One run at a time


def test_a_folder_is_held_by_one_run(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path / "deep" / "out")
    with (
        folder.lock(),
        pytest.raises(OutputError, match="another videmo run"),
        ResultsFolder(folder.path).lock(),
    ):
        pass
    with folder.lock():
        assert folder.path.is_dir()


def test_the_folder_of_one_recording_is_not_held(tmp_path: Path) -> None:
    put(tmp_path / "a.mp4", "a.mp4")
    with pytest.raises(UsageError, match="folder of a single recording"), ResultsFolder(tmp_path / "a.mp4").lock():
        pass


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError, match="out: cannot be written"), ResultsFolder(tmp_path / "out").lock():
        pass


# What a run noted


def test_what_a_run_notes_comes_back(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    noted = FolderManifest({"reading": {"fps": 5}}, (Failure("b.mp4", "/b.mp4", "no video stream"),), {"tables": "1"})
    folder.write_manifest(noted)
    assert ResultsFolder(tmp_path).manifest == noted


def test_failures_are_those_whose_file_is_there_and_was_not_tried_now(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path / "out")
    for name in ("b.mp4", "c.mp4"):
        (tmp_path / name).write_text("")
    failed = tuple(Failure(name, str(tmp_path / name), "damaged") for name in ("b.mp4", "c.mp4", "gone.mp4"))
    folder.write_manifest(FolderManifest(failed=failed))
    assert folder.failures() == list(failed[:2])
    assert folder.failures({"b.mp4"}) == [failed[1]]


def test_failures_stay_though_their_disk_cannot_be_asked_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stat = Path.stat

    def refuse(path: Path, **options: Any) -> Any:
        if path.is_relative_to("/disk"):
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, **options)

    folder = ResultsFolder(tmp_path)
    folder.write_manifest(FolderManifest(failed=(Failure("b.mp4", "/disk/b.mp4", "cannot be read"),)))
    monkeypatch.setattr(Path, "stat", refuse)
    assert [failure.key for failure in folder.failures()] == ["b.mp4"]


@pytest.mark.parametrize(
    "content",
    [
        "", "[", "[]", "3", "{}", '{"failed": null}', '{"failed": 3}', '{"failed": "b.mp4"}', '{"failed": {"key": 1}}',
        '{"failed": [3, null, [], {}, {"key": "b.mp4"}], "stages": ["tables"], "settings": 3}',
        '{"failed": [{"key": 3, "source": 4, "reason": null}], "stages": {"tables": 3}}',
        '{"failed": [{"key": "b.mp4", "source": "b\\u0000.mp4", "reason": ""}]}',
        '{"failed": [{"key": "b.mp4", "source": "\\ud800.mp4", "reason": ""}]}',
    ],
)  # fmt: skip
def test_damaged_notes_of_a_folder_are_none(content: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(content)
    folder = ResultsFolder(tmp_path)
    assert folder.failures() == []
    assert folder.manifest.settings is None
    assert folder.manifest.stages == {}


def test_a_damaged_failure_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "b.mp4").write_text("")
    good = {"key": "b.mp4", "source": str(tmp_path / "b.mp4"), "reason": "damaged"}
    damaged = [{**good, "reason": 3}, {**good, "source": "x" * 9999}]
    (tmp_path / MANIFEST).write_text(json.dumps({"failed": [damaged[0], good, damaged[1]]}))
    assert Failure(**good) in ResultsFolder(tmp_path).failures()


@pytest.mark.parametrize("key", ["=1+1.mp4", "123", "NA", "./-a.mp4"])
def test_keys_come_back_as_they_are_though_a_spreadsheet_may_read_the_table(key: str, tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    build_recording(tmp_path, key.removeprefix("./"), FACES)
    assert report_folder(tmp_path, None, {}, plots=False, report=False).failures == ()
    assert folder.read_recordings()["recording"].tolist() == [key.removeprefix("./")]


@pytest.mark.parametrize("content", ["", "status\nok\n"])
def test_a_damaged_table_of_recordings_says_so(content: str, tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    with pytest.raises(ResultsError, match=r"recordings\.csv"):
        folder.read_recordings()
    (tmp_path / RECORDINGS).write_text(content)
    with pytest.raises(ResultsError, match=r"recordings\.csv"):
        folder.read_recordings()


# What it is to others


def test_a_folder_that_holds_results_is_known_by_its_notes(tmp_path: Path) -> None:
    put(tmp_path / "a", "a")
    put(tmp_path / "b", "b", begun=True)
    ResultsFolder(tmp_path).write_manifest(FolderManifest())
    assert ResultsFolder(tmp_path).holds_results()
    assert ResultsFolder(tmp_path / "a").holds_results()
    assert ResultsFolder(tmp_path / "b").holds_results()
    (tmp_path / "c").mkdir()
    assert not ResultsFolder(tmp_path / "c").holds_results()
    (tmp_path / "c" / MANIFEST).write_text('{"name": "my experiment"}')
    assert not ResultsFolder(tmp_path / "c").holds_results()


def test_the_page_is_opened_first_then_the_plot_then_the_table(tmp_path: Path) -> None:
    for path in (tmp_path / RECORDINGS, tmp_path / OVERVIEW, tmp_path / INDEX):
        path.write_text("")
        assert ResultsFolder(tmp_path).first_to_open == path


def test_tidying_removes_what_killed_runs_left_and_nothing_else(tmp_path: Path) -> None:
    put(tmp_path / "a.mp4", "a.mp4")
    (tmp_path / "notes.txt").write_text("")
    left_over(tmp_path)
    deeper = left_over(tmp_path / "a.mp4")
    ResultsFolder(tmp_path).tidy()
    assert set(everything(tmp_path)) == {f"a.mp4/{MANIFEST}", "notes.txt", f"a.mp4/{deeper.name}"}


def test_a_copy_of_a_folder_of_results_is_one_too(tmp_path: Path) -> None:
    write_manifest(build_manifest(Path("/recordings/a.mp4"), "a.mp4"), tmp_path / "out" / "a.mp4" / MANIFEST)
    shutil.copytree(tmp_path / "out", tmp_path / "copy")
    assert keys(ResultsFolder(tmp_path / "copy").finished()) == ["a.mp4"]
