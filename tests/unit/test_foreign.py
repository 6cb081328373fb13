"""File systems of fsspec that nobody here has heard of: what is read, what is refused, and who holds a folder."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from leases import FakeTime, one_of_many_wins
from videmo.errors import OutputError, RecordingError, UsageError
from videmo.far import FarFile
from videmo.files import Owner
from videmo.results import names
from videmo.results.locks import Locks
from videmo.store.lease import EXPIRES_S, Lease
from videmo.store.protocol import MissingError, StoreError, UnreachableError
from videmo.store.recordings import compare, identity_of, reading, with_content
from videmo.store.stores import kind_of, store_of

pytest.importorskip("fsspec", reason="the extra 'cloud' is not installed")
import standin

FAR = Owner("node17", "0123456789ab", 4711)
HEAD = b"\0\0\0\x20ftyp"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that buckets lie in."""
    standin.register(tmp_path / "buckets", monkeypatch)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "buckets"


def test_what_fsspec_knows_is_a_place_and_anything_else_a_path() -> None:
    named = ("standin", "plainin", "gs", "az", "abfss", "webdav", "sftp")
    assert [kind_of(Path(f"{name}://bucket/a.mp4")) for name in named] == list(named)
    assert {kind_of(Path(f"{name}:/x")) for name in ("file", "memory", "zip", "data", "https", "nobody", "c")} == {""}


def test_a_recording_is_read_in_ranges_and_one_without_an_index_is_copied() -> None:
    store = store_of(Path("standin://bucket/day1"))
    store.put(HEAD + bytes(range(256)) * 9000, "a.mp4")
    store.put(b"G" * 188 * 20, "a.ts")
    with reading(Path("standin://bucket/day1/a.mp4")) as path:
        assert isinstance(path, FarFile)
        with path.open("rb") as stream:
            stream.seek(2_000_008)
            assert stream.read(4) == bytes(range(256))[2_000_000 % 256 :][:4]
    with reading(Path("standin://bucket/day1/a.ts")) as path:
        assert not isinstance(path, FarFile)
        assert path.read_bytes() == b"G" * 188 * 20


def test_a_recording_is_the_same_by_its_version_else_by_its_content() -> None:
    store, location = store_of(Path("standin://bucket")), Path("standin://bucket/a.mp4")
    store.put(HEAD + b"film", "a.mp4")
    known = with_content(identity_of(location), location)
    assert known.etag
    assert compare(known, location)
    store.put(HEAD + b"film", "a.mp4")
    assert compare(known, location), "by its content"
    store.put(HEAD + b"FILM", "a.mp4")
    assert not compare(known, location)


def test_a_recording_that_changes_while_it_is_analysed_is_said() -> None:
    store, location = store_of(Path("standin://bucket")), Path("standin://bucket/a.mp4")
    store.put(HEAD + b"film", "a.mp4")
    known = identity_of(location)
    store.put(HEAD + b"FILM", "a.mp4")
    with pytest.raises(RecordingError, match="it changed while it was being analysed"):
        with_content(known, location)


@pytest.mark.parametrize(("told", "etag", "modified_ns"), [
    ({"mtime": 1.5}, "", 1_500_000_000),
    ({"ETag": '"0x8D"', "last_modified": datetime(1970, 1, 2, tzinfo=UTC)}, "0x8D", 86_400 * 10**9),
    ({"generation": 17, "updated": "1970-01-01T00:00:02.000Z"}, "17", 2 * 10**9),
    ({"Last-Modified": "Thu, 01 Jan 1970 00:00:03 GMT"}, "", 3 * 10**9),
])  # fmt: skip
def test_versions_and_times_are_called_differently(
    told: dict[str, Any], etag: str, modified_ns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = {"name": "a", "type": "file", "size": 5, **told}
    monkeypatch.setattr(standin.StandIn, "info", lambda self, path: info)
    known = store_of(Path("standin://bucket")).identity("a")
    assert (known.size_bytes, known.etag, known.modified_ns) == (5, etag, modified_ns)


def test_what_tells_no_versions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standin.StandIn, "info", lambda self, path: {"name": "a", "type": "file", "size": 5})
    with pytest.raises(StoreError, match="or when it changed, is not told there"):
        store_of(Path("standin://bucket")).identity("a")


# Leases


def test_one_of_many_gets_a_lease() -> None:
    one_of_many_wins(lambda: store_of(Path("standin://bucket/out")).lease("run"))


def test_a_lease_is_renewed_taken_and_lost() -> None:
    store = store_of(Path("standin://bucket/out"))
    mine = Lease(store.lease(names.RUN_LEASE), FAR)
    mine.claim()
    before = store.lease(names.RUN_LEASE).look()
    mine.renew()
    after = store.lease(names.RUN_LEASE).look()
    assert before is not None
    assert after is not None
    assert before.sign != after.sign
    assert before.content == after.content
    assert not mine.lost
    assert not store.lease(names.RUN_LEASE).take(before)
    assert store.lease(names.RUN_LEASE).take(after)
    theirs = Lease(store.lease(names.RUN_LEASE))
    theirs.claim()
    mine.renew()
    assert (mine.lost, mine.lost_to) == (True, theirs.holder)
    theirs.release()
    assert list(store.list()) == []


def test_an_owner_notices_that_its_lease_is_being_taken(place: Path) -> None:
    store = store_of(Path("standin://bucket/out"))
    lease = store.lease("leases/run")
    assert lease.create(b"mine")
    store.put(b"somebody", lease._sign(b"mine", "taken"))  # type: ignore[attr-defined]
    assert not lease.renew(b"mine")


def test_who_was_killed_while_taking_a_lease_does_not_block_it() -> None:
    store = store_of(Path("standin://bucket/out"))
    lease = store.lease("leases/run")
    assert lease.create(b"lost")
    early = lease.look()
    assert early is not None
    store.put(b"somebody", lease._sign(b"lost", "taken"))  # type: ignore[attr-defined]
    assert not lease.take(early), "somebody may be about to take it"
    late = lease.look()
    assert late is not None
    assert lease.take(late)
    assert list(store.list()) == []


def test_a_folder_is_held_for_one_run_on_any_machine() -> None:
    location = Path("standin://bucket/out")
    store = store_of(location)
    theirs = Lease(store.lease(names.RUN_LEASE), FAR)
    theirs.claim()
    with pytest.raises(OutputError, match=r"another videmo run .*4711 on node17, since"):
        Locks(store, location, time=FakeTime(theirs.renew)).whole().__enter__()
    time = FakeTime()
    with Locks(store, location, time=time).whole():
        assert time.passed_s >= EXPIRES_S
    assert list(store.list()) == []


# What is refused


def test_results_are_refused_where_nothing_keeps_two_runs_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    words = r"^plainin://bucket/out: nothing keeps two runs apart there"
    store = store_of(Path("plainin://bucket/out"))
    with pytest.raises(UsageError, match=words):
        store.lease("run").create(b"mine")

    def deaf(self: Any, path: str, value: bytes, mode: str = "", **options: Any) -> None:
        standin.PlainIn.pipe_file(self, path, value)

    monkeypatch.setattr(standin.StandIn, "pipe_file", deaf)
    with pytest.raises(UsageError, match=words.replace("plainin", "standin")):
        store_of(Path("standin://bucket/out")).lease("run").create(b"mine")
    assert list(store_of(Path("standin://bucket/out")).list()) == []


def test_names_may_have_any_signs() -> None:
    for name in ("who?.mp4", "a#1.mp4", "[b]*.mp4", "me@home:1.mp4"):
        store_of(Path("standin://bucket/out", name)).put(name.encode(), "run.json")
        with store_of(Path("standin://bucket")).open(f"out/{name}/run.json") as stream:
            assert stream.read() == name.encode()
    store_of(Path("standin://bucket/out/[b]*.mp4")).clear("")
    assert len([*store_of(Path("standin://bucket/out")).list()]) == 3


def test_a_bucket_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(self: Any, path: str, value: bytes, mode: str = "", **options: Any) -> None:
        raise FileNotFoundError(path)

    monkeypatch.setattr(standin.StandIn, "pipe_file", lost)
    with pytest.raises(OutputError, match=r"^standin://bucket/out: no such bucket or folder"):
        store_of(Path("standin://bucket/out")).put(b"", "a")


@pytest.mark.parametrize("place", ["me:SECRET@bucket/a.mp4", "bucket/a.mp4?sv=1&sig=SECRET", "bucket/a?SIG=SECRET"])
def test_credentials_in_a_location_are_refused_and_not_repeated(place: str) -> None:
    with pytest.raises(UsageError, match=r"^az://: credentials in a location, expected az://bucket/folder") as caught:
        store_of(Path(f"az://{place}"))
    assert "SECRET" not in str(caught.value)


def test_what_cannot_be_seen_is_not_missing_and_no_secret_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_of(Path("standin://bucket"))
    store.put(b"", "a.mp4")
    with pytest.raises(MissingError):
        store.identity("b.mp4")
    monkeypatch.setenv("STANDIN_CLOSED", "1")
    with pytest.raises(UnreachableError, match=r"^standin://bucket/a\.mp4: nobody is let in without cred") as caught:
        store.has("a.mp4")
    assert standin.SECRET not in str(caught.value)


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from videmo.store import foreign_calls

    foreign_calls._file_system.cache_clear()
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, "gs", raising=False)
    with pytest.raises(UsageError, match=r"^gs://: needs a library that is not installed\. Install it with: .* gcsfs$"):
        store_of(Path("gs://bucket")).has("a.mp4")
