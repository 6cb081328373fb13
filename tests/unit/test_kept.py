"""What is kept on this machine of recordings that lie elsewhere: read once, bounded, and gone with the run."""

from __future__ import annotations

import os
import re
from collections import namedtuple
from pathlib import Path

import pytest

from leftovers import NOBODY
from videmo.store import kept
from videmo.store.identity import BLOCK_BYTES, InputIdentity, sample_sha256
from videmo.store.kept import PLACE, Kept, keeping
from videmo.store.ranges import RangedReader

BLOCK = 1000
SIZE = 10_500
CONTENT = bytes(number * 7 % 251 for number in range(SIZE))
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place to keep blocks of a thousand bytes."""
    (tmp_path / "kept").mkdir()
    monkeypatch.setenv(PLACE, str(tmp_path / "kept"))
    monkeypatch.setattr("videmo.store.ranges.BLOCK_BYTES", BLOCK)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path / "kept"


class Far:
    """A file that is elsewhere, and what was fetched of it."""

    def __init__(self, content: bytes = CONTENT) -> None:
        self.content = content
        self.asked: list[tuple[int, int]] = []

    def __call__(self, begin: int, end: int) -> bytes:
        self.asked.append((begin, end))
        return self.content[begin:end]

    def open(self, etag: str = "one", name: str = "s3://b/a.mp4") -> RangedReader:
        """Open it as a task does."""
        known = InputIdentity(len(self.content), 0, etag=etag)
        return RangedReader(name, len(self.content), keeping(self, name, known))


def test_what_one_has_read_nobody_fetches_again() -> None:
    far = Far()
    assert far.open().read() == CONTENT
    assert far.asked == [(0, SIZE)]
    again = far.open()
    for begin, size in ((0, 10), (995, 10), (10_400, 200), (3, 5000), (0, SIZE)):
        again.seek(begin)
        assert again.read(size) == CONTENT[begin : begin + size]
    assert far.asked == [(0, SIZE)]


def test_only_whole_blocks_are_kept_and_the_last_one_is_whole() -> None:
    far = Far()
    fetch = keeping(far, "a", InputIdentity(SIZE, 0, etag="one"))
    fetch(500, 2500)
    fetch(10_000, SIZE)
    far.asked.clear()
    assert fetch(1000, 2000) == CONTENT[1000:2000]
    assert fetch(10_100, 10_200) == CONTENT[10_100:10_200]
    assert far.asked == []
    fetch(0, 1000)
    fetch(2000, 2001)
    assert far.asked == [(0, 1000), (2000, 2001)]


def test_another_version_or_another_recording_is_fetched() -> None:
    far = Far()
    far.open().read()
    far.open(etag="two").read()
    far.open(name="s3://b/b.mp4").read()
    assert len(far.asked) == 3


def test_nothing_is_kept_where_nobody_said_where_or_versions_are_not_told(
    monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    far = Far()
    assert keeping(far, "a", InputIdentity(SIZE, 0)) is far
    monkeypatch.delenv(PLACE)
    assert keeping(far, "a", InputIdentity(SIZE, 0, etag="one")) is far
    assert list(place.iterdir()) == []


def test_samples_of_what_was_read_are_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videmo.store.ranges.BLOCK_BYTES", 2**20)
    content = bytes(2**20) * 5
    (tmp_path / "a.mp4").write_bytes(content)
    far = Far(content)

    class Path_:
        def open(self, mode: str, buffering: int = 0) -> RangedReader:
            known = InputIdentity(len(content), 0, etag="one")
            return RangedReader("a", len(content), keeping(far, "a", known), buffering)

    assert sample_sha256(Path_()) == sample_sha256(tmp_path / "a.mp4")  # type: ignore[arg-type]
    fetched = sum(end - begin for begin, end in far.asked)
    assert fetched <= 2 * 2**20 + 256 * BLOCK_BYTES, "no more than the samples"
    far.open(name="a").read()
    far.asked.clear()
    assert sample_sha256(Path_()) == sample_sha256(tmp_path / "a.mp4")  # type: ignore[arg-type]
    assert far.asked == []


def test_what_was_not_asked_for_longest_goes_first(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_BYTES", 5 * BLOCK)
    monkeypatch.setattr(kept, "_LOOK_EVERY", 1)
    fetch = keeping(Far(), "a", InputIdentity(SIZE, 0, etag="one"))
    for index in range(5):
        fetch(index * BLOCK, (index + 1) * BLOCK)
    (folder,) = place.iterdir()
    for index in range(5):
        os.utime(folder / str(index), ns=(10**9 * (5 - index), 10**9 * (5 - index)))
    fetch(5 * BLOCK, 6 * BLOCK)
    assert {path.name for path in folder.iterdir()} == {"0", "1", "2", "3", "5"}


def test_a_disk_that_is_nearly_full_keeps_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far = Far()
    fetch = keeping(far, "a", InputIdentity(SIZE, 0, etag="one"))
    assert fetch(0, SIZE) == CONTENT
    monkeypatch.setattr(kept, "_LOOK_EVERY", 1)
    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage(10**9, 10**9, 5000))
    (folder,) = place.iterdir()
    (folder / "0").unlink()
    assert fetch(0, BLOCK) == CONTENT[:BLOCK]
    assert not place.exists() or list(place.iterdir()) == []


def test_the_place_goes_with_who_made_it_or_with_the_next_one(tmp_path: Path) -> None:
    first = Kept(True)
    made = first.place
    assert made is not None
    assert made.stat().st_mode & 0o077 == 0, "nobody else looks at recordings"
    assert first.place == made
    left = made.with_name(re.sub(r"-\d+-(?=[0-9a-f]{32}$)", f"-{NOBODY}-", made.name))
    left.mkdir()
    (left / "recording").mkdir()
    second = Kept(True)
    assert second.place != made
    assert not left.exists()
    assert made.exists()
    for each in (first, second):
        each.close()
    assert Kept(False).place is None
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
