"""Recordings that there are results of are recognised, under whatever names and wherever they lie now."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from results import build_manifest
from videmo.batch.discover import find
from videmo.batch.known import known_in
from videmo.results.failures import failure_of
from videmo.results.folder import FolderManifest, ResultsFolder
from videmo.store.identity import identity_of, with_content
from videmo.store.places import spelled


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Two participants, of whose recordings two have one name."""
    folder = tmp_path / "study"
    for name in ("P02/session1.mp4", "P03/session1.mp4", "P03/extra.mp4"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode() * 100)
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def analysed(out: Path, key: str, source: Path, *, text: str | None = None) -> None:
    """Put down that a recording was analysed under a name, by its place as it is spelled now, or in another text."""
    known = with_content(identity_of(source), source)
    manifest = dataclasses.replace(build_manifest(source, key), source=text or spelled(source, out), input=known)
    ResultsFolder(out).recording(key).finish(manifest)
    (out / "run.json").write_text('{"videmo": "0.2.0"}')


def names(*given: Path, out: Path) -> dict[str, str]:
    """Name of each recording by its path below the folder above the results."""
    return {path.relative_to(out.parent).as_posix(): key for key, path in _found(*given, out=out).items()}


def _found(*given: Path, out: Path) -> dict[str, Path]:
    return {source.key: source.path for source in find(given, out).sources}


def test_recordings_keep_their_names_in_other_company(study: Path, out: Path) -> None:
    analysed(out, "session1.mp4", study / "P02" / "session1.mp4")
    expected = {
        "study/P02/session1.mp4": "session1.mp4",
        "study/P03/extra.mp4": "P03/extra.mp4",
        "study/P03/session1.mp4": "P03/session1.mp4",
    }
    assert names(study / "P02", out=out) == {"study/P02/session1.mp4": "session1.mp4"}
    assert names(study / "P02", study / "P03", out=out) == names(study, out=out) == expected


def test_a_name_that_the_results_have_is_not_given_again(study: Path, out: Path) -> None:
    analysed(out, "session1.mp4", study / "P02" / "session1.mp4")
    discovery = find([study / "P03"], out)
    assert [source.key for source in discovery.sources] == ["P03/extra.mp4", "P03/session1.mp4"]
    (said,) = discovery.notes
    assert said.startswith("2 recordings are called by a longer path, as the results have others of the shorter name: ")
    assert f"{study}/P03/session1.mp4 is P03/session1.mp4" in said
    (study / "P03" / "P02").mkdir()
    (study / "P03" / "P02" / "session1.mp4").write_bytes(b"one more")
    analysed(out, "P03/session1.mp4", study / "P03" / "P02" / "session1.mp4")
    assert names(study / "P03", out=out)["study/P03/session1.mp4"] == "study/P03/session1.mp4"


def test_a_name_that_the_results_have_in_other_letters_is_not_given_either(study: Path, out: Path) -> None:
    analysed(out, "Session1.MP4", study / "P02" / "session1.mp4")
    assert names(study / "P03", out=out)["study/P03/session1.mp4"] == "P03/session1.mp4"
    (study / "P02" / "SESSION1.mp4").write_bytes(b"another")
    assert names(study / "P02", out=out)["study/P02/SESSION1.mp4"] == "SESSION1-2.mp4"


def test_a_folder_that_could_not_be_listed_once_is_no_failure_any_more(study: Path, out: Path) -> None:
    failed = failure_of("P03", study / "P03", "cannot be read (Permission denied)", out)
    ResultsFolder(out).write_manifest(FolderManifest(failed=(failed,)))
    before = names(study / "P03", out=out.with_name("other"))
    assert names(study / "P03", out=out) == before
    assert ResultsFolder(out).failures() == []


def test_a_failure_whose_file_is_gone_keeps_no_name(study: Path, out: Path) -> None:
    failed = failure_of("extra.mp4", study / "elsewhere" / "extra.mp4", "no video stream.", out)
    ResultsFolder(out).write_manifest(FolderManifest(failed=(failed,)))
    assert names(study / "P03", out=out)["study/P03/extra.mp4"] == "extra.mp4"


@pytest.mark.parametrize("spelling", ["relative", "in full"])
def test_new_recordings_are_called_like_those_beside_them(spelling: str, study: Path, out: Path) -> None:
    file = study / "P02" / "session1.mp4"
    (study / "P02" / "session2.mp4").write_bytes(b"new")
    analysed(out, "P02/session1.mp4", file, text=str(file) if spelling == "in full" else None)
    assert names(study / "P02", out=out)["study/P02/session2.mp4"] == "P02/session2.mp4"
    assert names(study / "P02" / "session2.mp4", out=out) == {"study/P02/session2.mp4": "P02/session2.mp4"}
    flat = out.parent / "flat"
    analysed(flat, "session1.mp4", file)
    assert names(study / "P02", study / "P03", out=flat) == {
        "study/P02/session1.mp4": "session1.mp4",
        "study/P02/session2.mp4": "session2.mp4",
        "study/P03/extra.mp4": "P03/extra.mp4",
        "study/P03/session1.mp4": "P03/session1.mp4",
    }
    assert find([study], out).notes == ()


def test_a_renamed_file_is_the_recording_that_was_analysed(study: Path, out: Path) -> None:
    analysed(out, "P02/session1.mp4", study / "P02" / "session1.mp4")
    (study / "P02" / "session1.mp4").rename(study / "P02" / "first.mp4")
    discovery = find([study / "P02"], out)
    assert [source.key for source in discovery.sources] == ["P02/session1.mp4"]
    assert discovery.notes == (
        "1 recording was recognised by its content, though moved or renamed since: "
        f"{study}/P02/first.mp4 is P02/session1.mp4.",
    )


def test_recordings_that_were_moved_are_recognised_whatever_their_times(study: Path, out: Path) -> None:
    for name in ("P02/session1.mp4", "P03/session1.mp4"):
        analysed(out, name, study / name, text=f"/elsewhere/{name}")
    moved = shutil.copytree(study, study.parent / "moved", copy_function=shutil.copyfile)
    shutil.rmtree(study)
    assert names(moved, out=out) == {
        "moved/P02/session1.mp4": "P02/session1.mp4",
        "moved/P03/extra.mp4": "P03/extra.mp4",
        "moved/P03/session1.mp4": "P03/session1.mp4",
    }


def test_a_copy_beside_the_recording_is_a_recording_of_its_own(study: Path, out: Path) -> None:
    analysed(out, "P02/session1.mp4", study / "P02" / "session1.mp4")
    shutil.copy2(study / "P02" / "session1.mp4", study / "P02" / "copy.mp4")
    assert names(study / "P02", out=out) == {
        "study/P02/copy.mp4": "P02/copy.mp4",
        "study/P02/session1.mp4": "P02/session1.mp4",
    }


def test_another_file_of_the_same_size_and_time_is_another_recording(study: Path, out: Path) -> None:
    file = study / "P02" / "session1.mp4"
    analysed(out, "P02/session1.mp4", file)
    other = study / "P02" / "other.mp4"
    other.write_bytes(file.read_bytes()[::-1])
    shutil.copystat(file, other)
    file.unlink()
    assert names(study / "P02", out=out) == {"study/P02/other.mp4": "P02/other.mp4"}


def test_a_file_that_changed_in_its_place_keeps_its_name(study: Path, out: Path) -> None:
    file = study / "P02" / "session1.mp4"
    analysed(out, "session1.mp4", file)
    file.rename(study / "P02" / "before.mp4")
    file.write_bytes(b"edited")
    assert names(study / "P02", out=out) == {
        "study/P02/before.mp4": "before.mp4",
        "study/P02/session1.mp4": "session1.mp4",
    }


def test_of_two_results_of_one_file_those_under_its_name_count(study: Path, out: Path) -> None:
    for key in ("session1.mp4", "P02/session1.mp4"):
        analysed(out, key, study / "P02" / "session1.mp4")
    assert names(study, out=out) == {
        "study/P02/session1.mp4": "P02/session1.mp4",
        "study/P03/extra.mp4": "P03/extra.mp4",
        "study/P03/session1.mp4": "P03/session1.mp4",
    }


def test_a_recording_that_failed_under_an_earlier_name_is_not_listed_twice(study: Path, out: Path) -> None:
    failed = failure_of("session1.mp4", study / "P02" / "session1.mp4", "no video stream.", out)
    ResultsFolder(out).write_manifest(FolderManifest(failed=(failed,)))
    assert names(study / "P02", out=out) == {"study/P02/session1.mp4": "session1.mp4"}


def test_a_file_that_is_reached_by_two_ways_is_taken_once(study: Path, out: Path) -> None:
    (study / "again").symlink_to(study / "P02", target_is_directory=True)
    assert names(study / "P02", study / "again", out=out) == {"study/P02/session1.mp4": "session1.mp4"}
    analysed(out, "P02/session1.mp4", study / "P02" / "session1.mp4")
    assert list(names(study / "again", out=out).values()) == ["P02/session1.mp4"]


def test_sessions_of_cameras_are_no_recordings_that_could_be_found(out: Path, study: Path) -> None:
    manifest = build_manifest(study / "x.mp4", "camera-0")
    live = dataclasses.replace(manifest, source="camera 0", input=dataclasses.replace(manifest.input, size_bytes=0))
    ResultsFolder(out).recording("camera-0").finish(live)
    assert known_in(ResultsFolder(out)) == []


def test_failures_are_told_without_the_paths_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "margaret"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "margaret"))
    out, file = tmp_path / "margaret" / "out", tmp_path / "margaret" / "in" / "a.mp4"
    found = failure_of("in/a.mp4", file, f"{file}: no video stream. Remove it.", out)
    assert (found.source, found.reason) == ("../in/a.mp4", "no video stream. Remove it.")
    people = failure_of("in/a.mp4", file, f"{out}/in/a.mp4/people.csv, line 3: no name.", out)
    assert people.reason == "in/a.mp4/people.csv, line 3: no name."
    assert failure_of("a", file, f"{file}: {tmp_path}/margaret/x is full.", out).reason == "~/x is full."
    assert found.location(out) == file


@pytest.mark.parametrize("others", [(), ("p/a.mp4",), ("x/p/a.mp4",), ("b.mp4", "day/b.mp4")], ids=str)
@pytest.mark.parametrize(
    ("given", "files"),
    [
        (("x",), ("x/a.mp4", "x/A.mp4", "x/a.MP4", "x/b.mp4", "x/A-2.mp4")),
        (("x/p", "x/q"), ("x/p/a.mp4", "x/q/b.mp4", "x/q/c.mp4")),
        (("x/p", "x/q"), ("x/p/a.mp4", "x/q/a.mp4", "x/q/A.mp4", "x/q/day/b.mp4")),
        (("x/p/a.mp4", "x/q/a.mp4", "x/q/b.mp4"), ("x/p/a.mp4", "x/q/a.mp4", "x/q/b.mp4")),
        (("x/p", "x/b.mp4"), ("x/p/a.mp4", "x/p/day/b.mp4", "x/b.mp4")),
    ],
    ids=str,
)
def test_names_do_not_depend_on_what_is_done_already(
    given: tuple[str, ...], files: tuple[str, ...], others: tuple[str, ...], tmp_path: Path
) -> None:
    """A run that goes on, and a shard that begins when others are done, name recordings as the first one did."""
    for number, name in enumerate(files):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{number:04}")
    elsewhere = tmp_path / "elsewhere.mp4"
    elsewhere.write_text("another recording")
    paths = [tmp_path / name for name in given]
    for many in range(2 ** len(files)):
        out = tmp_path / f"out-{many}"
        for key in others:
            analysed(out, key, elsewhere)
        wanted = _found(*paths, out=out)
        for place, (key, path) in enumerate(wanted.items()):
            if many >> place & 1:
                analysed(out, key, path)
        assert _found(*paths, out=out) == wanted
