"""Whether a recording is still the same."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from videmo.errors import RecordingError
from videmo.store import identity as module
from videmo.store.identity import Match, file_sha256, sample_sha256
from videmo.store.recordings import compare, identity_of, with_content


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
    assert not compare(known, small)


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
    assert compare(known, large), "keep what was made from it"


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
