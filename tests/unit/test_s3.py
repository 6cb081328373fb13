"""Object storage: what it is asked for and how often, and what is said when it refuses."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from buckets import BUCKET, SECRETS, Bucket, installed, refusal, serving
from clips import make_clip
from leases import FakeTime, one_of_many_wins
from videmo.batch.discover import find
from videmo.errors import OutputError, RecordingError, UsageError
from videmo.far import FarFile
from videmo.files import Owner
from videmo.results import names
from videmo.results.locks import Locks
from videmo.store.lease import EXPIRES_S, Lease
from videmo.store.protocol import MissingError, StoreError, UnreachableError
from videmo.store.ranges import BLOCK_BYTES, RangedReader
from videmo.store.recordings import compare, identity_of, may_exist, reading, with_content
from videmo.store.s3 import S3Store
from videmo.store.stores import store_of

pytestmark = pytest.mark.slow
FAR = Owner("node17", "0123456789ab", 4711)


@pytest.fixture(scope="module")
def server() -> Iterator[Bucket]:
    installed()
    with serving() as bucket:
        yield bucket


@pytest.fixture
def bucket(server: Bucket) -> Iterator[Bucket]:
    """A bucket that is empty, and counts from zero."""
    server.reset()
    store_of(server.location()).clear("")
    server.reset()
    yield server
    server.reset()


# Ranges


def test_what_is_read_in_ranges_is_the_file() -> None:
    content = bytes(itertools.islice(itertools.cycle(range(251)), 100_000))
    asked: list[tuple[int, int]] = []

    def fetch(begin: int, end: int) -> bytes:
        asked.append((begin, end))
        return content[begin:end]

    reader = RangedReader("s3://b/a.mp4", len(content), fetch, 1000)
    for place, size in ((0, 10), (5, 10), (995, 10), (99_990, 50), (100_000, 5), (0, 100_000), (3, 2500), (7, 0)):
        reader.seek(place)
        assert reader.read(size) == content[place : place + size]
        assert reader.tell() == min(len(content), place + size)
    assert asked[:4] == [(0, 1000), (1000, 2000), (99_000, 100_000), (0, 100_000)]
    assert reader.seek(-10, 2) == 99_990
    assert reader.read() == content[-10:]


def test_a_video_is_probed_with_few_requests(bucket: Bucket, tmp_path: Path) -> None:
    from videmo.video.probe import probe

    clip = tmp_path / "a.mp4"
    make_clip(clip, size=(640, 480), frames=60)
    content = clip.read_bytes()
    store = store_of(bucket.location("day1"))
    # As long as an hour of video: what lies between the beginning and the index at the end.
    hole = (16 * 2**20).to_bytes(4, "big") + b"free" + bytes(16 * 2**20 - 8)
    store.put(content[:32] + hole + content[32:], "whole.mp4")
    store.put(content, "a.mp4")
    bucket.reset()
    with reading(bucket.location("day1/a.mp4")) as path:
        assert isinstance(path, FarFile)
        far = probe(path)
    near = probe(clip)
    assert (far.view, far.keyframes, far.duration_s) == (near.view, near.keyframes, near.duration_s)
    assert bucket.counts()["GET"] <= 6
    assert bucket.sent_bytes <= 4 * 2**20


def test_a_seek_fetches_what_lies_around_it_alone(bucket: Bucket) -> None:
    store = store_of(bucket.location())
    store.put(bytes(12 * BLOCK_BYTES), "long.mp4")
    bucket.reset()
    with store.open("long.mp4") as stream:
        for place in (0, 7, 3 * BLOCK_BYTES, 9 * BLOCK_BYTES + 5, 3 * BLOCK_BYTES + 9, 0):
            stream.seek(place)
            stream.read(100)
    assert bucket.counts() == {"HEAD": 1, "GET": 3}
    assert bucket.sent_bytes == 3 * BLOCK_BYTES


def test_a_container_without_an_index_is_copied_and_one_with_is_not(bucket: Bucket, tmp_path: Path) -> None:
    store = store_of(bucket.location())
    for name in ("a.mp4", "a.mkv", "a.avi", "a.ts", "a.mpg"):
        make_clip(tmp_path / name, frames=10)
        store.put((tmp_path / name).read_bytes(), name)
        with reading(bucket.location(name)) as path:
            assert isinstance(path, FarFile) == (name in ("a.mp4", "a.mkv", "a.avi")), name


def test_a_recording_that_changes_while_it_is_read_is_said(bucket: Bucket) -> None:
    store = store_of(bucket.location())
    store.put(b"\0\0\0\x20ftyp" + bytes(3 * BLOCK_BYTES), "a.mp4")
    with reading(bucket.location("a.mp4")) as path, path.open("rb") as stream:
        stream.read(10)
        store.put(b"\0\0\0\x20ftyp" + bytes(2 * BLOCK_BYTES) + b"other" + bytes(BLOCK_BYTES - 5), "a.mp4")
        stream.seek(2 * BLOCK_BYTES)
        with pytest.raises(StoreError, match=r"^s3://videmo-test/a\.mp4: it changed while it was being read\."):
            stream.read(10)


# Identity


def test_a_recording_is_the_same_by_its_etag(bucket: Bucket) -> None:
    store, location = store_of(bucket.location("day1")), bucket.location("day1/a.mp4")
    store.put(b"\0\0\0\x20ftyp film", "a.mp4")
    known = with_content(identity_of(location), location)
    assert known.etag
    assert known.sha256
    bucket.reset()
    assert compare(known, location)
    assert bucket.counts() == {"HEAD": 1}, "nothing is read"
    store.put(b"\0\0\0\x20ftyp FILM", "a.mp4")
    assert not compare(known, location)
    store.delete("a.mp4")
    assert not may_exist(location)
    with pytest.raises(RecordingError):
        identity_of(location)


def test_a_recording_that_was_moved_to_object_storage_is_the_same_by_its_content(
    bucket: Bucket, tmp_path: Path
) -> None:
    (tmp_path / "a.mp4").write_bytes(b"\0\0\0\x20ftyp film")
    known = with_content(identity_of(tmp_path / "a.mp4"), tmp_path / "a.mp4")
    store_of(bucket.location()).put(b"\0\0\0\x20ftyp film", "a.mp4")
    assert compare(known, bucket.location("a.mp4"))


# Writing


def test_a_large_file_is_sent_in_parts_and_seen_when_all_are_there(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videmo.store.s3._PART_BYTES", 5 * 2**20)
    store = store_of(bucket.location("out"))
    content = bytes(range(256)) * (12 * 2**20 // 256)
    with store.writing("a.mp4/annotated.mp4") as path:
        path.write_bytes(content)
        assert not store.has("a.mp4/annotated.mp4")
    with store.local("a.mp4/annotated.mp4") as path:
        assert path.read_bytes() == content
    assert sum("partNumber" in path or method == "PUT" for method, path, _ in bucket.requests) == 3

    def cut_off(asked: object) -> tuple[str, bytes] | None:
        return refusal("AccessDenied", "403 Forbidden") if "partNumber=2" in asked["QUERY_STRING"] else None  # type: ignore[index]

    bucket.refuse = cut_off
    with pytest.raises(UnreachableError), store.writing("b.mp4") as path:
        path.write_bytes(content)
    bucket.reset()
    assert list(store.list()) == ["a.mp4/annotated.mp4"]


def test_many_files_are_listed_and_cleared(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videmo.store.s3._PAGE", 10)
    store = store_of(bucket.location("out"))
    for index in range(25):
        store.put(b"", f".work/{index:04}")
    store.put(b"", "z")
    assert len(list(store.list(".work"))) == 25
    store.clear(".work")
    assert list(store.list()) == ["z"]


# Leases


def test_one_of_many_gets_a_lease(bucket: Bucket) -> None:
    one_of_many_wins(lambda: store_of(bucket.location("out")).lease("run"))


def test_a_lease_is_renewed_taken_and_lost(bucket: Bucket) -> None:
    store = S3Store(Path(f"/{BUCKET}/out"))
    mine = Lease(store.lease("run"), FAR)
    mine.claim()
    before = store.lease("run").look()
    mine.renew()
    after = store.lease("run").look()
    assert before is not None
    assert after is not None
    assert before.sign != after.sign
    assert before.content == after.content
    assert not mine.lost
    assert not store.lease("run").take(before)
    assert store.lease("run").take(after)
    theirs = Lease(store.lease("run"))
    theirs.claim()
    mine.renew()
    assert (mine.lost, mine.lost_to) == (True, theirs.holder)
    theirs.release()
    assert list(store.list()) == []


def test_a_folder_is_held_for_one_run_on_any_machine(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    store, location = S3Store(Path(f"/{BUCKET}/out")), bucket.location("out")
    theirs = Lease(store.lease(names.RUN_LEASE), FAR)
    theirs.claim()
    time = FakeTime(theirs.renew)
    with pytest.raises(OutputError, match=r"^s3:/videmo-test/out: another videmo run .*4711 on node17, since"):
        Locks(store, location, time=time).whole().__enter__()
    time = FakeTime()
    with Locks(store, location, time=time).whole():
        assert time.passed_s >= EXPIRES_S
        assert list(store.list()) == [names.RUN_LEASE]
    assert list(store.list()) == []


# What goes wrong


def test_a_store_that_is_busy_is_asked_again(bucket: Bucket) -> None:
    numbers = itertools.count()
    store = store_of(bucket.location())

    def every_third(asked: object) -> tuple[str, bytes] | None:
        return refusal("ServiceUnavailable", "503 Service Unavailable") if next(numbers) % 3 == 0 else None

    bucket.refuse = every_third
    store.put(b"film", "a.mp4")
    with store.open("a.mp4") as stream:
        assert stream.read() == b"film"


@pytest.mark.parametrize(("code", "status", "words"), [
    ("ExpiredToken", "400 Bad Request", "the credentials have expired"),
    ("InvalidAccessKeyId", "403 Forbidden", "the credentials are not valid there"),
    ("AccessDenied", "403 Forbidden", "the credentials do not allow this, or have expired"),
    ("NoSuchBucket", "404 Not Found", "no such bucket"),
    ("Odd", "400 Bad Request", r"the store did not answer as it should in 8 attempts \(Odd\)"),
])  # fmt: skip
def test_what_is_refused_is_one_sentence_without_secrets(code: str, status: str, words: str, bucket: Bucket) -> None:
    bucket.refuse = lambda asked: refusal(code, status)
    for act in (lambda store: list(store.list()), lambda store: store.put(b"", "a")):
        with pytest.raises(UsageError, match=words) as caught:
            act(store_of(bucket.location("out")))
        assert not any(secret in str(caught.value) for secret in SECRETS)
        assert "\n" not in str(caught.value)


def test_what_cannot_be_seen_is_not_taken_for_missing(bucket: Bucket) -> None:
    from videmo.results.folder import ResultsFolder

    bucket.refuse = lambda asked: refusal("AccessDenied", "403 Forbidden")
    assert may_exist(bucket.location("a.mp4"))
    with pytest.raises(UnreachableError):
        ResultsFolder(bucket.location("out")).holds_results()
    with pytest.raises(UnreachableError):
        _ = ResultsFolder(bucket.location("out")).manifest


@pytest.mark.parametrize("place", ["KEY:SECRET@bucket/day1/a.mp4", "KEY:SEC/RET@bucket", "SECRET@bucket"])
def test_credentials_in_a_location_are_refused_and_not_repeated(place: str, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    for act in (lambda path: find([path], tmp_path), lambda path: find([tmp_path], path), store_of):
        with pytest.raises(
            UsageError, match=r"^s3://: credentials in a location, expected s3://bucket/folder"
        ) as caught:
            act(Path(f"s3://{place}"))
        assert "SEC" not in str(caught.value).replace("AWS_SECRET_ACCESS_KEY", "")


def test_a_location_without_a_bucket_is_refused() -> None:
    with pytest.raises(StoreError, match="no bucket"):
        list(store_of(Path("s3:")).list())
    with pytest.raises(MissingError):
        store_of(Path("s3:")).identity("bucket")


def test_no_credentials_are_one_sentence(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    from videmo.store.s3_calls import _client

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    _client.cache_clear()
    with pytest.raises(UsageError, match=r"^s3://videmo-test/out: no credentials were found\. Set AWS_PROFILE"):
        list(store_of(bucket.location("out")).list())
    _client.cache_clear()


def test_buckets_of_one_name_in_two_places_do_not_lock_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    for elsewhere in ("", "http://127.0.0.1:9000", "https://minio.example.org"):
        monkeypatch.setenv("AWS_ENDPOINT_URL", elsewhere)
        found.add(store_of(Path("s3:/bucket/out")).here)
    assert len(found) == 3
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9000")
    assert store_of(Path("s3:/bucket/out")).here in found
