"""Whether a recording is still the same, and where files lie."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from videmo.errors import OutputError, RecordingError
from videmo.store import identity as module
from videmo.store.identity import Match, compare, file_sha256, identity_of, same_input, sample_sha256, with_content
from videmo.store.local import LocalStore
from videmo.store.protocol import Store, StoreError


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.mp4"
    path.write_bytes(b"content" * 1000)
    return path


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.mp4"
    path.write_bytes(os.urandom(2**20) * 40)
    return path


def touch(path: Path) -> None:
    """Change a file's time and nothing else."""
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 10**9))


def overwrite(path: Path, place: int, content: bytes) -> None:
    """Change bytes in place; the size stays, the time changes."""
    with path.open("r+b") as stream:
        stream.seek(place)
        stream.write(content)
    touch(path)


def test_size_and_time_are_enough_and_nothing_is_read(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = with_content(identity_of(small), small)
    monkeypatch.setattr(Path, "open", None)
    assert compare(known, small) is Match.SAME
    assert compare(identity_of(small), small) is Match.SAME


def test_a_small_file_that_was_touched_is_the_same_by_its_whole_content(small: Path) -> None:
    known = with_content(identity_of(small), small)
    assert known.sha256 == hashlib.sha256(small.read_bytes()).hexdigest() == file_sha256(small)
    touch(small)
    assert compare(known, small) is Match.SAME


def test_a_small_file_with_other_content_of_the_same_size_has_changed(small: Path) -> None:
    known = with_content(identity_of(small), small)
    overwrite(small, 3333, b"!")
    assert compare(known, small) is Match.CHANGED
    assert not same_input(known, small)


def test_another_size_is_a_change_and_nothing_is_read(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = with_content(identity_of(large), large)
    with large.open("ab") as stream:
        stream.write(b"!")
    monkeypatch.setattr(Path, "open", None)
    assert compare(known, large) is Match.CHANGED


def test_a_large_file_that_was_touched_is_likely_the_same(large: Path) -> None:
    known = with_content(identity_of(large), large)
    assert known.sample_sha256
    assert not known.sha256
    touch(large)
    assert compare(known, large) is Match.LIKELY
    assert same_input(known, large)


@pytest.mark.parametrize("place", [0, 2**20 - 1, 39 * 2**20, 40 * 2**20 - 1])
def test_a_changed_byte_at_either_end_of_a_large_file_is_seen(place: int, large: Path) -> None:
    known = with_content(identity_of(large), large)
    overwrite(large, place, bytes([large.read_bytes()[place] ^ 1]))
    assert compare(known, large) is Match.CHANGED


@pytest.mark.parametrize("start", [0.1, 0.33, 0.5, 0.777, 0.95])
def test_a_large_file_that_was_filled_in_since_has_changed(start: float, large: Path) -> None:
    size = large.stat().st_size
    content = large.read_bytes()
    overwrite(large, int(start * size), bytes(size // module.BLOCKS + 1))  # a stretch that has not come yet
    known = with_content(identity_of(large), large)
    large.write_bytes(content)
    touch(large)
    assert compare(known, large) is Match.CHANGED


def test_a_whole_hash_that_is_known_decides_whatever_the_size(large: Path) -> None:
    known = module.replace(identity_of(large), sha256=file_sha256(large))
    touch(large)
    assert compare(known, large) is Match.SAME
    overwrite(large, 2**20 + 1, b"!")
    assert compare(known, large) is Match.CHANGED


def test_without_a_known_hash_another_time_is_a_change(small: Path) -> None:
    known = identity_of(small)
    touch(small)
    assert compare(known, small) is Match.CHANGED


def test_samples_are_few_whatever_the_length(tmp_path: Path) -> None:
    path = tmp_path / "sparse.mp4"
    with path.open("wb") as stream:
        stream.truncate(20 * 2**30)
    with path.open("rb") as stream:
        read = sum(len(block) for block in module._samples(stream, path.stat().st_size))
    assert read <= 6 * 2**20
    assert len(sample_sha256(path)) == 64


def test_a_file_that_changes_while_it_is_read_is_not_noted(small: Path) -> None:
    before = identity_of(small)
    touch(small)
    with pytest.raises(RecordingError, match="changed while it was being analysed"):
        with_content(before, small)


def test_a_file_that_is_gone_is_said(tmp_path: Path) -> None:
    path = tmp_path / "gone.mp4"
    for look in (identity_of, file_sha256, sample_sha256):
        with pytest.raises(RecordingError, match=r"gone\.mp4: the file is gone"):
            look(path)


def test_a_local_store_reads_writes_lists_and_deletes(tmp_path: Path) -> None:
    store: Store = LocalStore(tmp_path / "store")
    assert not list(store.list())
    store.put(b"one", "day1/anna.mp4")
    source = tmp_path / "source"
    source.write_bytes(b"two!")
    store.put(source, "day2/ben.mp4")
    (tmp_path / "store" / "day1" / ".partial-x").touch()
    assert [(entry.key, entry.identity.size_bytes) for entry in store.list()] == [
        ("day1/anna.mp4", 3),
        ("day2/ben.mp4", 4),
    ]
    assert [entry.key for entry in store.list("day2/b")] == ["day2/ben.mp4"]
    assert not list(store.list("day3/"))
    with store.open("day1/anna.mp4") as stream:
        assert stream.read() == b"one"
    with store.local("day2/ben.mp4") as path:
        assert path.read_bytes() == b"two!"
        assert same_input(store.identity("day2/ben.mp4"), path)
    store.put(b"new", "day1/anna.mp4")
    with store.open("day1/anna.mp4") as stream:
        assert stream.read() == b"new"
    store.delete("day1/anna.mp4")
    store.delete("day1/anna.mp4")
    assert [entry.key for entry in store.list()] == ["day2/ben.mp4"]


@pytest.mark.parametrize("key", ["../x", "a/../../x", "/etc/passwd", ""])
def test_a_key_stays_in_its_store(key: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not the key of a file"):
        LocalStore(tmp_path).open(key)
    with pytest.raises(StoreError, match="not the key of a file"):
        LocalStore(tmp_path).put(b"", key)


def test_what_is_not_there_or_cannot_be_written_is_said(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    for look in (store.open, store.identity, lambda key: store.local(key).__enter__()):
        with pytest.raises(StoreError, match=r"gone\.mp4"):
            look("gone.mp4")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        store.put(b"", "file/below")


def test_a_store_needs_the_standard_library_alone() -> None:
    script = "import sys, videmo.store.local; print(sorted({'numpy', 'pandas', 'av', 'fsspec'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout.strip() == "[]"
