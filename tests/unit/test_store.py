"""What every store owes, and where a location lies."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leftovers import left_over
from stores import FarStore, far_away
from videmo.errors import OutputError, RecordingError
from videmo.files import write_text
from videmo.store.local import LocalStore
from videmo.store.protocol import MissingError, Store, StoreError
from videmo.store.recordings import compare, identity_of, may_exist, reading, with_content
from videmo.store.stores import STORES, address, kind_of, same_folder, store_of


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Path]:
    """The kind of store ``far``; returns where its files lie."""
    yield far_away(tmp_path)
    del STORES["far"]


@pytest.fixture(params=["local", "far", "foreign"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store of each kind, empty."""
    far_away(tmp_path)
    if request.param == "foreign":
        pytest.importorskip("fsspec", reason="the extra 'cloud' is not installed")
        from standin import register

        register(tmp_path / "store", monkeypatch)
        yield store_of(Path("standin://bucket/study"))
    else:
        yield {"local": LocalStore(tmp_path / "store"), "far": FarStore(Path("/study"))}[request.param]
    del STORES["far"]


def content(store: Store, key: str) -> bytes:
    """What a store holds."""
    with store.open(key) as stream:
        return stream.read()


def put(store: Store, *keys: str) -> None:
    """Put files into a store that hold their keys."""
    for key in keys:
        store.put(key.encode(), key)


# What every store owes


def test_what_is_put_can_be_read_replaced_and_deleted(store: Store) -> None:
    store.put(b"one", "day1/anna.mp4")
    assert content(store, "day1/anna.mp4") == b"one"
    store.put(b"other", "day1/anna.mp4")
    assert content(store, "day1/anna.mp4") == b"other"
    with store.open("day1/anna.mp4") as stream:
        stream.seek(2)
        assert stream.read() == b"her"
    assert store.has("day1/anna.mp4")
    assert not store.has("day1"), "a folder is no file"
    for _ in range(2):
        store.delete("day1/anna.mp4")
    assert not store.has("day1/anna.mp4")


def test_files_are_listed_in_the_order_of_the_parts_of_their_keys(store: Store) -> None:
    assert list(store.list()) == list(store.list("none")) == []
    put(store, "b.mp4", "a/z.mp4", "a-b.mp4", "a/b/deep.mp4", ".work/run.json")
    assert list(store.list()) == [".work/run.json", "a/b/deep.mp4", "a/z.mp4", "a-b.mp4", "b.mp4"]
    assert list(store.list("a")) == ["a/b/deep.mp4", "a/z.mp4"]
    assert list(store.list("a/b", ".work")) == ["a/b/deep.mp4", ".work/run.json"]


def test_folders_that_are_not_to_be_entered_are_left_out(store: Store) -> None:
    put(store, "a/.trash/x.mp4", "a/b/.trash/x.mp4", "a/b/y.mp4", "z.mp4")
    asked: list[str] = []

    def enter(folder: str) -> bool:
        asked.append(folder)
        return not folder.endswith(".trash")

    assert list(store.list(enter=enter)) == ["a/b/y.mp4", "z.mp4"]
    assert set(asked) == {"a", "a/.trash", "a/b", "a/b/.trash"}
    asked.clear()
    assert list(store.list("a/b", enter=enter)) == ["a/b/y.mp4"]
    assert set(asked) == {"a/b/.trash"}, "the folders that are named are entered"


def test_a_file_can_be_read_from_a_path_with_its_size_time_and_suffix(store: Store) -> None:
    store.put(b"film", "day1/anna.mp4")
    known = store.identity("day1/anna.mp4")
    with store.local("day1/anna.mp4") as path:
        assert path.read_bytes() == b"film"
        assert path.suffix == ".mp4"
        assert (path.stat().st_size, path.stat().st_mtime_ns) == (known.size_bytes, known.modified_ns)
    assert known.size_bytes == 4


def test_a_file_is_written_to_a_path_and_is_there_when_the_block_ends(store: Store) -> None:
    for text in ("first", "second"):
        with store.writing("day1/table.csv") as path:
            assert path.suffix == ".csv"
            write_text(path, text)
        assert content(store, "day1/table.csv") == text.encode()


def test_a_writer_that_fails_leaves_what_was_there(store: Store) -> None:
    store.put(b"before", "a.csv")
    for key in ("a.csv", "b.csv"):
        with pytest.raises(ZeroDivisionError), store.writing(key) as path, path.with_name(".partial-x").open("w"):
            raise ZeroDivisionError
    assert content(store, "a.csv") == b"before"
    store.sweep()
    assert list(store.list()) == ["a.csv"]


def test_a_file_moves_over_another(store: Store) -> None:
    put(store, "run.json", ".work/run.json")
    store.move("run.json", ".work/run.json")
    assert {key: content(store, key) for key in store.list()} == {".work/run.json": b"run.json"}
    store.move(".work/run.json", "new/run.json")
    assert list(store.list()) == ["new/run.json"]


def test_a_folder_is_cleared_with_all_that_is_in_it_and_nothing_else(store: Store) -> None:
    put(store, ".work/a.npz", ".work/deep/b.npz", ".workshop.csv", "c.csv")
    for _ in range(2):
        store.clear(".work")
    assert list(store.list()) == [".workshop.csv", "c.csv"]


def test_a_file_that_is_not_there_is_missing(store: Store) -> None:
    looks: tuple[Callable[[str], object], ...] = (
        store.open, store.identity, lambda key: store.local(key).__enter__(),
    )  # fmt: skip
    put(store, "file")
    for look in looks:
        for key in ("gone.mp4", "day1/gone.mp4", "file/below.mp4"):
            with pytest.raises(MissingError):
                look(key)


@pytest.mark.parametrize("key", ["../x", "a/../../x", "/etc/passwd", ""])
def test_a_key_stays_in_its_store(key: str, store: Store) -> None:
    looks: tuple[Callable[[], object], ...] = (
        lambda: store.open(key), lambda: store.has(key), lambda: store.put(b"", key), lambda: store.delete(key),
        lambda: store.writing(key).__enter__(),
    )  # fmt: skip
    for look in looks:
        with pytest.raises(StoreError):
            look()


# Folders of this machine


def test_a_folder_writes_to_the_file_itself_and_leaves_out_what_is_half_written(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "out")
    with store.writing("day1/a.csv") as path:
        assert path == tmp_path / "out" / "day1" / "a.csv"
        assert path.parent.is_dir()
        write_text(path, "a")
    with store.local("day1/a.csv") as path:
        assert path == tmp_path / "out" / "day1" / "a.csv"
    above, below = left_over(store.root), left_over(store.root / "day1")
    assert list(store.list()) == ["day1/a.csv"]
    store.sweep("", "none")
    assert (above.exists(), below.exists()) == (False, True)
    store.sweep("day1")
    assert not below.exists()


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    put(store, "file")
    writes: tuple[Callable[[], object], ...] = (
        lambda: store.put(b"", "file/below"),
        lambda: store.writing("file/below").__enter__(),
        lambda: store.move("file", "file/below"),
        lambda: store.move("gone", "a"),
    )
    for write in writes:
        with pytest.raises(OutputError, match="cannot be written"):
            write()


def test_links_to_folders_are_followed_only_where_they_are_to_be_and_loops_end(tmp_path: Path) -> None:
    put(LocalStore(tmp_path), "store/day1/a.mp4", "elsewhere/b.mp4")
    (tmp_path / "store" / "day1" / "loop").symlink_to(tmp_path / "store", target_is_directory=True)
    (tmp_path / "store" / "linked").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "store" / "broken.mp4").symlink_to(tmp_path / "gone.mp4")
    store = LocalStore(tmp_path / "store")
    assert list(store.list()) == ["broken.mp4", "day1/a.mp4"]
    assert list(store.list(links=True)) == ["broken.mp4", "day1/a.mp4", "linked/b.mp4"]
    assert list(store.list("day1", "linked", "linked", links=True, enter=lambda folder: folder != "day1/loop")) == [
        "day1/a.mp4",
        "linked/b.mp4",
    ]


def test_a_folder_that_cannot_be_listed_stands_for_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(LocalStore(tmp_path), "a.mp4", "closed/b.mp4", "z.mp4")
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert list(LocalStore(tmp_path).list()) == ["a.mp4", "closed/", "z.mp4"]
    assert list(LocalStore(tmp_path / "closed").list()) == ["/"]


def test_a_store_needs_the_standard_library_alone() -> None:
    script = (
        "import sys, videmo.store.recordings; "
        "print(sorted({'numpy', 'pandas', 'av', 'fsspec', 'shelve'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout.strip() == "[]"


# Locations


def test_a_location_says_in_which_kind_of_store_it_lies(far: Path, tmp_path: Path) -> None:
    assert isinstance(store_of(tmp_path), LocalStore)
    for spelled in ("far:/study/out", "far://study/out", "far:///study/out"):
        store = store_of(Path(spelled))
        assert isinstance(store, FarStore)
        store.put(b"", "a.csv")
        assert list(store_of(Path("far:/study")).list()) == ["out/a.csv"]
    assert list(store_of(Path("far:")).list()) == ["study/out/a.csv"]
    assert [kind_of(Path(place)) for place in ("far:/x", "far:", "fare:/x", "day/far:/x", "s4:/x", "c:/x")] == [
        "far", "far", "", "", "", "",
    ]  # fmt: skip


def test_a_location_is_spelled_the_same_from_any_working_folder(
    far: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert address(Path("a.mp4")) == str(tmp_path / "a.mp4")
    assert address(Path("far://study/a.mp4")) == "far:/study/a.mp4"
    assert same_folder(Path(), tmp_path)
    assert same_folder(Path("far:/a"), Path("far://a"))
    assert not same_folder(Path("far:/a"), tmp_path)
    assert not same_folder(tmp_path / "gone", tmp_path / "gone"), "nobody knows"


# Recordings


@pytest.fixture(params=["local", "far"])
def recording(request: pytest.FixtureRequest, far: Path, tmp_path: Path) -> Path:
    """The location of a file in a store of each kind."""
    folder = tmp_path / "recordings" if request.param == "local" else Path("far:/recordings")
    store_of(folder).put(b"film", "anna.mp4")
    return folder / "anna.mp4"


def test_a_recording_is_read_from_wherever_it_lies(recording: Path) -> None:
    with reading(recording) as path:
        assert path.read_bytes() == b"film"
        assert path.exists()
    known = with_content(identity_of(recording), recording)
    assert known.sha256
    assert compare(known, recording)
    assert may_exist(recording)
    store_of(recording.parent).put(b"a longer film", "anna.mp4")
    assert not compare(known, recording)


def test_a_recording_that_is_the_same_by_size_and_time_is_not_fetched(far: Path) -> None:
    store_of(Path("far:/day")).put(b"film", "a.mp4")
    location = Path("far:/day/a.mp4")
    known = with_content(identity_of(location), location)
    FarStore.log.clear()
    assert compare(known, location)
    assert FarStore.log == []


def test_a_recording_that_is_gone_is_said_by_its_location(recording: Path) -> None:
    store_of(recording.parent).delete("anna.mp4")
    for look in (identity_of, lambda location: reading(location).__enter__()):
        with pytest.raises(RecordingError) as caught:
            look(recording)
        assert caught.value.subject == recording
    assert not may_exist(recording)


def test_errors_about_a_copy_name_the_recording(far: Path) -> None:
    store_of(Path("far:/day")).put(b"", "a.mp4")
    with (
        pytest.raises(RecordingError, match=r"^far:/day/a\.mp4, stream 1: damaged\.$"),
        reading(Path("far:/day/a.mp4")) as path,
    ):
        raise RecordingError(f"{path}, stream 1", "damaged")


def test_a_folder_in_the_place_of_a_recording_is_left_to_who_opens_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for location in (tmp_path, Path(), Path("..")):
        with reading(location) as path:
            assert path.is_dir()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder that is none of the store's, with a file in it."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    left_over(folder)
    return folder


def test_nothing_is_written_or_removed_through_a_link(elsewhere: Path, tmp_path: Path) -> None:
    root, there = tmp_path / "root", sorted(elsewhere.iterdir())
    root.mkdir()
    (root / ".work").symlink_to(elsewhere)
    store = LocalStore(root)
    with pytest.raises(OutputError, match="a link to another place"):
        store.put(b"x", ".work/a.csv")
    with pytest.raises(OutputError, match="a link to another place"), store.writing(".work/a.csv"):
        pass
    store.put(b"x", "a.csv")
    with pytest.raises(OutputError, match="a link to another place"):
        store.move("a.csv", ".work/a.csv")
    store.sweep(".work")
    store.clear(".work")
    assert sorted(elsewhere.iterdir()) == there != []


def test_a_root_that_is_a_link_is_the_users_choice(elsewhere: Path, tmp_path: Path) -> None:
    (tmp_path / "root").symlink_to(elsewhere)
    LocalStore(tmp_path / "root").put(b"x", "day1/a.csv")
    assert (elsewhere / "day1" / "a.csv").read_bytes() == b"x"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_pipes_and_devices_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "endless.csv").symlink_to("/dev/zero")
    store = LocalStore(tmp_path)
    for key in ("pipe.csv", "endless.csv"):
        assert not store.has(key)
        with pytest.raises(StoreError, match="a pipe or a device"):
            store.open(key)
        with pytest.raises(StoreError, match="a pipe or a device"), store.local(key):
            pass
