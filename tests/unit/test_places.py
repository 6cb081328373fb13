"""How results spell where recordings lie: so that they are found after a move, and nobody's name is written down."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stores import far_away
from videmo.errors import UsageError
from videmo.store.places import located, named, place_of, spelled
from videmo.store.stores import STORES


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that belongs to Margaret."""
    folder = tmp_path / "home" / "margaret"
    folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    return folder


def there_and_back(location: Path, out: Path) -> str:
    text = spelled(location, out)
    assert located(text, out) == location
    return text


def test_recordings_beside_the_results_lie_relative_to_them(home: Path) -> None:
    assert there_and_back(home / "study" / "P02" / "a.mp4", home / "results") == "../study/P02/a.mp4"
    assert there_and_back(home / "results" / "camera-0" / "recording.mp4", home / "results") == "camera-0/recording.mp4"


def test_what_lies_below_the_home_alone_begins_with_it(home: Path) -> None:
    for out in (Path("/somewhere/results"), home.parent / "shared"):
        assert there_and_back(home / "study" / "a.mp4", out) == "~/study/a.mp4"


def test_what_shares_nothing_is_spelled_in_full(home: Path) -> None:
    assert there_and_back(Path("/archive/study/a.mp4"), home / "results") == "/archive/study/a.mp4"


def test_a_relative_folder_of_results_is_meant_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert spelled(Path("study/a.mp4"), Path("results")) == "../study/a.mp4"
    assert located("../study/a.mp4", Path("results")) == Path("study/a.mp4")
    assert located("../a.mp4", Path()) == Path("../a.mp4")


def test_earlier_versions_spelled_all_in_full(home: Path) -> None:
    assert located("/recordings/a.mp4", home / "results") == Path("/recordings/a.mp4")


def test_results_that_are_reached_by_a_link_find_their_recordings(tmp_path: Path) -> None:
    real, link = tmp_path / "disk" / "project" / "results", tmp_path / "desk" / "results"
    real.mkdir(parents=True)
    link.parent.mkdir()
    link.symlink_to(real, target_is_directory=True)
    recording = tmp_path / "disk" / "project" / "a.mp4"
    recording.write_bytes(b"")
    assert located(spelled(recording, real), link) == recording
    assert located(spelled(recording, link), real) == recording


def test_a_place_is_the_same_through_any_link(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "archive", target_is_directory=True)
    (tmp_path / "archive" / "other.mp4").symlink_to(tmp_path / "archive" / "a.mp4")
    one = place_of(tmp_path / "archive" / "a.mp4")
    assert place_of(tmp_path / "linked" / "a.mp4") == one == place_of(tmp_path / "archive" / ".." / "linked" / "a.mp4")
    assert place_of(tmp_path / "archive" / "other.mp4") != one, "a link is a file of its own"


def test_locations_in_stores_lie_relative_to_results_in_the_same_kind_of_store(tmp_path: Path, home: Path) -> None:
    far_away(tmp_path)
    try:
        assert there_and_back(Path("far:/recordings/day1/a.mp4"), Path("far:/results")) == "../recordings/day1/a.mp4"
        assert there_and_back(Path("far:/recordings/a.mp4"), home / "results") == "far:/recordings/a.mp4"
        assert there_and_back(home / "a.mp4", Path("far:/results")) == str(home / "a.mp4")
    finally:
        del STORES["far"]


@pytest.mark.parametrize(("text", "path"), [
    ("file:///data/day%201", "/data/day 1"),
    ("file://localhost/data", "/data"),
    ("file:/data", "/data"),
    ("s3://bucket/data", "s3:/bucket/data"),
    ("day 1/anna%20b.mp4", "day 1/anna%20b.mp4"),
    ("file", "file"),
])  # fmt: skip
@pytest.mark.skipif(os.name != "posix", reason="paths as they are written on POSIX")
def test_an_address_of_a_file_of_this_machine_is_its_path(text: str, path: str) -> None:
    assert named(text) == Path(path)


@pytest.mark.parametrize("text", ["file://node17/data", "file://results", "file://"])
def test_an_address_of_another_machine_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not an address of a file of this machine"):
        named(text)
