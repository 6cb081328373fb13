"""The results of one recording: begun, finished or taken up again; each file is read once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from leftovers import left_over
from results import Face, build_manifest, build_recording
from videmo.errors import PeopleError, ResultsError
from videmo.results.names import MANIFEST, WORK
from videmo.results.recording import RecordingResults
from videmo.results.schema import NEEDED, OBSERVATIONS
from videmo.results.tables import TABLES

FACES: list[Face] = [(0.0, 3.0, 50.0, "happy"), (1.0, 9.9, 300.0, "sad")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a finished recording with two persons."""
    return build_recording(tmp_path / "out", "day1/a.mp4", FACES, people="person,name\n1,Anna\n")


def read(results: RecordingResults, name: str) -> pd.DataFrame:
    """One of the tables."""
    return results.observations() if name == "observations" else getattr(results, name)


# Begun and finished


def test_a_recording_is_finished_only_at_the_end(tmp_path: Path) -> None:
    results, manifest = RecordingResults(tmp_path / "a.mp4"), build_manifest(Path("/recordings/a.mp4"), "a.mp4")
    assert (results.known, results.finished) == (None, False)
    results.save(manifest)
    for seen in (results, RecordingResults(results.folder)):
        assert (seen.known, seen.finished) == (manifest, False)
    results.finish(manifest.with_stages(tables="2"))
    for seen in (results, RecordingResults(results.folder)):
        assert (seen.manifest, seen.finished) == (manifest.with_stages(tables="2"), True)


def test_a_finished_recording_that_is_taken_up_again_is_not_finished(tmp_path: Path) -> None:
    results, manifest = RecordingResults(tmp_path), build_manifest(Path("/recordings/a.mp4"), "a.mp4")
    results.finish(manifest)
    results.save(manifest.with_stages(observe="2"))
    assert not (tmp_path / MANIFEST).exists()
    assert (tmp_path / WORK / MANIFEST).is_file()
    again = RecordingResults(tmp_path)
    assert (again.manifest.stages, again.finished) == ({"observe": "2"}, False)


def test_reopening_keeps_what_is_known(tmp_path: Path) -> None:
    results, manifest = RecordingResults(tmp_path), build_manifest(Path("/recordings/a.mp4"), "a.mp4")
    results.reopen()
    assert results.known is None, "nothing to reopen"
    results.finish(manifest)
    for _ in range(2):
        results.reopen()
        assert (results.known, results.finished) == (manifest, False)
        assert RecordingResults(tmp_path).known == manifest


def test_finishing_removes_what_was_only_needed_on_the_way(tmp_path: Path) -> None:
    results, manifest = RecordingResults(tmp_path), build_manifest(Path("/recordings/a.mp4"), "a.mp4")
    results.save(manifest)
    part = results.part("observe", "abc", 3)
    results.put(part, b"part")
    left_over(tmp_path)
    (tmp_path / "notes.txt").write_text("the user's own")
    assert (tmp_path / part).parent == tmp_path / WORK
    results.finish(manifest)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", MANIFEST]


@pytest.mark.parametrize("place", [MANIFEST, f"{WORK}/{MANIFEST}"])
def test_a_damaged_manifest_is_no_manifest(place: str, tmp_path: Path) -> None:
    (tmp_path / WORK).mkdir()
    (tmp_path / place).write_text('{"stages": ')
    results = RecordingResults(tmp_path)
    assert (results.known, results.finished) == (None, False)
    with pytest.raises(ResultsError, match="no results of a recording"):
        _ = results.manifest


def test_a_damaged_manifest_leaves_what_was_known_before(tmp_path: Path) -> None:
    results, manifest = RecordingResults(tmp_path), build_manifest(Path("/recordings/a.mp4"), "a.mp4")
    results.save(manifest)
    (tmp_path / MANIFEST).write_text("")
    again = RecordingResults(tmp_path)
    assert (again.known, again.finished) == (manifest, False)


# Each file is read once


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_is_edited_in_between_is_not_seen(name: str, folder: Path) -> None:
    results = RecordingResults(folder)
    before = read(results, name).copy()
    path = folder / f"{name}.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    pd.testing.assert_frame_equal(read(results, name), before)
    pd.testing.assert_frame_equal(getattr(results.tables(), name), before)
    with pytest.raises(ResultsError, match=rf"{name}\.csv: 1 rows, expected the"):
        read(RecordingResults(folder), name)
    path.unlink()
    pd.testing.assert_frame_equal(read(results, name), before)
    with pytest.raises(ResultsError, match=rf"{name}\.csv: no such table"):
        read(RecordingResults(folder), name)


def test_people_csv_that_is_edited_in_between_is_not_seen(folder: Path) -> None:
    results = RecordingResults(folder)
    assert results.people.names == {1: "Anna"}
    identity = results.people.identity
    results.people_file.write_text("person,name\n1,Ben\n")
    assert (results.people.names, results.people.identity) == ({1: "Anna"}, identity)
    assert RecordingResults(folder).people.names == {1: "Ben"}
    results.people_file.unlink()
    assert results.people.names == {1: "Anna"}
    assert not RecordingResults(folder).people.anything


def test_a_people_csv_that_can_not_be_read_can_be_mended(folder: Path) -> None:
    results = RecordingResults(folder)
    results.people_file.write_text("person,name\n1,\n")
    with pytest.raises(PeopleError):
        _ = results.people
    results.people_file.write_text("person,name\n1,Ben\n")
    assert results.people.names == {1: "Ben"}


def test_a_manifest_that_is_edited_in_between_is_not_seen(folder: Path) -> None:
    results = RecordingResults(folder)
    before = results.manifest
    (folder / MANIFEST).write_text("{}")
    assert (results.manifest, results.finished) == (before, True)
    assert RecordingResults(folder).known is None


def test_a_table_is_read_again_when_it_was_let_go(folder: Path) -> None:
    results = RecordingResults(folder)
    whole = results.summary["person"].tolist()
    results.summary.iloc[::-1].to_csv(folder / "summary.csv", index=False)
    assert results.summary["person"].tolist() == whole == [1, 2]
    results.let_go()
    assert results.summary["person"].tolist() == [2, 1]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_was_copied_in_part_is_refused(name: str, folder: Path) -> None:
    """Most would pass for shorter ones: a copy ends where the disk was full, also between two rows."""
    path = folder / f"{name}.csv"
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    assert len(RecordingResults(folder).tables().quality) == 3
    for cut, said in (
        (b"".join(lines[:-1]), rf"{name}.csv: {len(lines) - 2} rows, expected the {len(lines) - 1} that were written"),
        (whole[:-5], rf"{name}.csv: its last row is cut off|not a readable table"),
        (whole + lines[-1], rf"{len(lines)} rows, expected the {len(lines) - 1}"),
    ):
        path.write_bytes(cut)
        with pytest.raises(ResultsError, match=said):
            RecordingResults(folder).tables()


def test_observations_are_read_once_for_all_that_is_derived_from_them(folder: Path) -> None:
    results = RecordingResults(folder)
    some = results.observations(("time_s", "person"))
    (folder / "observations.csv").unlink()
    assert results.observations(("sharpness", "left_out")) is some
    assert results.tables(NEEDED).observations is some
    assert set(some.columns) == set(NEEDED), "half of a long table need not be read"


def test_observations_with_all_columns_are_those_of_the_file(folder: Path) -> None:
    results = RecordingResults(folder)
    results.observations(NEEDED)
    assert tuple(results.observations().columns) == OBSERVATIONS
    assert results.observations(NEEDED) is results.observations()


def test_observations_that_are_kept_are_not_read(folder: Path) -> None:
    results = RecordingResults(folder)
    (folder / "observations.csv").unlink()
    table = pd.DataFrame({"time_s": [0.0], "person": [1]})
    results.keep_observations(table)
    assert results.observations(("time_s",)) is table


def test_tables_that_are_written_are_what_is_read(folder: Path) -> None:
    results = RecordingResults(folder)
    tables = results.tables()
    shorter = dataclasses.replace(tables, episodes=tables.episodes.iloc[:1], summary=tables.summary.iloc[:1])
    results.write_derived(shorter)
    assert (len(results.episodes), len(results.summary)) == (1, 1)
    rows = tuple(len(getattr(shorter, name)) for name in TABLES)
    results.finish(results.manifest.with_result(rows=rows))
    for seen in (results, RecordingResults(folder)):
        assert (len(seen.episodes), len(seen.summary)) == (1, 1)
        pd.testing.assert_frame_equal(seen.timeline, tables.timeline)


# Files


def test_files_are_there_or_not_and_are_removed_by_name(folder: Path) -> None:
    results = RecordingResults(folder)
    results.page.write_text("page")
    assert results.has(results.page.name, "summary.csv")
    assert not results.has(results.page.name, results.video.name)
    assert results.remove(results.video.name, results.page.name) == [results.page.name]
    assert results.remove(results.page.name) == []
    assert not results.page.exists()


def test_every_file_lies_in_the_folder_and_the_page_knows_the_way_home(folder: Path) -> None:
    results = RecordingResults(folder)
    for path in (results.video, results.page, results.film, results.people_file):
        assert path.parent == folder
    assert (results.page.parent / results.home).resolve() == (folder.parents[1] / "index.html").resolve()


def test_results_say_whose_they_are(folder: Path, tmp_path: Path) -> None:
    assert "day1/a.mp4" in repr(RecordingResults(folder))
    assert str(tmp_path / "none") in repr(RecordingResults(tmp_path / "none"))


@pytest.mark.parametrize("leave", ["let_go", "tidy"])
def test_results_that_are_not_there_do_no_harm(leave: str, tmp_path: Path) -> None:
    results = RecordingResults(tmp_path / "none")
    act: Callable[[], None] = getattr(results, leave)
    act()
    assert not results.folder.exists()
    assert not results.people.anything


def test_sweeping_removes_what_is_half_written_and_keeps_parts(tmp_path: Path) -> None:
    results = RecordingResults(tmp_path)
    (tmp_path / WORK).mkdir()
    part = tmp_path / results.part("observe", "0", 0)
    for path in (part, tmp_path / "timeline.csv"):
        path.touch()
    left_over(tmp_path)
    left_over(tmp_path / WORK, ".npz")
    results.sweep()
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [part.name, "timeline.csv"]
