"""Who holds a folder of results: told across machines, taken over only from who is gone."""

from __future__ import annotations

import errno
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from leases import FakeTime, holding
from videmo.errors import OutputError
from videmo.files import Owner, this_process
from videmo.results import names
from videmo.results.folder import ResultsFolder
from videmo.results.locks import Locks
from videmo.results.study import StudyFolder
from videmo.store.lease import (
    EXPIRES_S,
    Held,
    Lease,
    LeaseLost,
    Seen,
    holder_in,
    kept,
    require_free,
)
from videmo.store.local import LocalStore
from videmo.store.local_lease import LocalLease

FAR = Owner("node17", "0123456789ab", 4711)
OTHER = "ba9876543210"


@pytest.fixture
def file(tmp_path: Path) -> LocalLease:
    return LocalLease(tmp_path / "leases" / "run")


@pytest.fixture
def no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without locks."""
    fcntl = pytest.importorskip("fcntl")

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)


def locks(folder: Path, time: FakeTime | None = None, said: list[str] | None = None) -> Locks:
    """The locks of a folder, by a time that passes at once."""
    return Locks(LocalStore(folder), folder, [].append if said is None else said.append, time or FakeTime())


def everything(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


# The file


def test_one_of_many_gets_a_lease(file: LocalLease) -> None:
    start, won = threading.Barrier(8), []

    def try_it(name: bytes) -> None:
        start.wait()
        if file.create(name):
            won.append(name)

    threads = [threading.Thread(target=try_it, args=(f"{index}".encode(),)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    seen = file.look()
    assert seen is not None
    assert seen.content == won[0]


def test_a_lease_is_taken_only_as_it_was_seen(file: LocalLease, tmp_path: Path) -> None:
    assert file.look() is None
    assert not file.take(Seen(b"", ""))
    file.create(b"one")
    seen = file.look()
    assert seen is not None
    os.utime(file._path, ns=(0, 5))
    assert not file.take(seen), "it was renewed"
    renewed = file.look()
    assert renewed is not None
    assert renewed.sign != seen.sign
    assert file.take(renewed)
    assert file.look() is None
    assert everything(tmp_path) == [], "its folder goes with it"


def test_a_lease_that_was_taken_by_mistake_is_put_back(file: LocalLease, monkeypatch: pytest.MonkeyPatch) -> None:
    file.create(b"left")
    left = file.look()
    assert left is not None
    file.take(left)
    file.create(b"of a faster one")
    monkeypatch.setattr(file, "look", lambda: left)
    assert not file.take(left)
    monkeypatch.undo()
    seen = file.look()
    assert seen is not None
    assert seen.content == b"of a faster one"


def test_who_holds_a_lease_can_be_read_and_nonsense_cannot() -> None:
    lease = Lease(LocalLease(Path("nowhere")), FAR)
    assert holder_in(lease.holder.written()) == lease.holder
    for nonsense in (b"", b"{", b"[]", b'{"owner": {}}', b'{"owner": {"host": "a", "place": "b", "process": "c"}}'):
        assert holder_in(nonsense) is None


# Who lives, and who is gone


def test_a_lease_of_another_machine_is_free_when_nobody_renewed_it_for_so_long(file: LocalLease) -> None:
    Lease(file, FAR).claim()
    time, said = FakeTime(), list[str]()
    require_free([file], note=said.append, time=time)
    assert EXPIRES_S <= time.passed_s < EXPIRES_S + 10
    assert len(said) == 1
    assert "process 4711 on node17" in said[0]
    assert file.look() is None


def test_one_sign_of_life_is_enough(file: LocalLease) -> None:
    theirs = Lease(file, FAR)
    theirs.claim()
    time = FakeTime()

    def renew_late() -> None:
        if time.passed_s > EXPIRES_S - 5:
            os.utime(file._path, ns=(0, int(time.passed_s)))

    time.meanwhile = renew_late
    with pytest.raises(Held, match="process 4711 on node17"):
        require_free([file], time=time)
    assert file.look() is not None


def test_clocks_are_never_compared(file: LocalLease) -> None:
    for changed_ns in (0, 2**62):  # long ago, and far in the future
        Lease(file, FAR).claim()
        os.utime(file._path, ns=(changed_ns, changed_ns))
        time = FakeTime()
        require_free([file], time=time)
        assert time.passed_s >= EXPIRES_S


def test_several_leases_are_watched_together(tmp_path: Path) -> None:
    files = [LocalLease(tmp_path / name) for name in "abc"]
    for file in files:
        Lease(file, FAR).claim()
    time = FakeTime()
    require_free(files, time=time)
    assert time.passed_s < EXPIRES_S + 10


def test_a_lease_that_was_cut_off_is_watched_too(file: LocalLease) -> None:
    file.create(b'{"own')
    time = FakeTime()
    require_free([file], time=time)
    assert time.passed_s >= EXPIRES_S


def test_a_lease_of_a_dead_process_of_this_machine_is_free_at_once(file: LocalLease) -> None:
    here = this_process()
    Lease(file, Owner(here.host, here.place, 2**31 - 1)).claim()
    time = FakeTime()
    require_free([file], time=time)
    assert time.waits == []


def test_an_owner_that_was_stopped_for_too_long_ends_and_leaves_what_is_anothers(file: LocalLease) -> None:
    mine = Lease(file)
    mine.claim()
    seen = file.look()
    assert seen is not None
    file.take(seen)
    theirs = Lease(file, FAR)
    theirs.claim()
    mine.renew()
    assert (mine.lost, mine.lost_to) == (True, theirs.holder)
    mine.release()
    still = file.look()
    assert still is not None
    assert still.content == theirs.holder.written()


def test_a_lease_that_somebody_deleted_is_written_again(file: LocalLease) -> None:
    mine = Lease(file)
    mine.claim()
    file._path.unlink()
    mine.renew()
    assert not mine.lost
    assert file.look() is not None


class AtOnce(FakeTime):
    """A lease is looked at again as soon as it is held."""

    def wait(self, seconds: float, over: threading.Event) -> bool:
        return over.is_set()


@pytest.fixture
def lost(file: LocalLease) -> Lease:
    """A lease that somebody far away has taken over, which its holder doesn't know yet."""
    mine = Lease(file)
    mine.claim()
    seen = file.look()
    assert seen is not None
    file.take(seen)
    Lease(file, FAR).claim()
    return mine


def test_a_block_is_interrupted_when_its_lease_is_lost(lost: Lease) -> None:
    waits = threading.Event()
    with pytest.raises(LeaseLost, match="process 4711 on node17"), kept(lost, AtOnce()):
        waits.wait(60)


def test_a_lease_that_is_lost_before_the_block_begins_says_so(lost: Lease, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(threading.Thread):
        def start(self) -> None:
            super().start()
            threading.Event().wait(60)  # until it is interrupted

    monkeypatch.setattr("videmo.store.lease.threading.Thread", Slow)
    with pytest.raises(LeaseLost, match="process 4711 on node17"), kept(lost, AtOnce()):
        pytest.fail("the block has begun")


def test_a_lease_that_is_lost_as_the_block_ends_says_so(lost: Lease, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lost, "release", lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(LeaseLost, match="process 4711 on node17"), kept(lost, FakeTime()):
        lost.renew()


def test_ctrl_c_is_no_lost_lease(file: LocalLease) -> None:
    mine = Lease(file)
    mine.claim()
    with pytest.raises(KeyboardInterrupt), kept(mine, FakeTime()):
        signal.raise_signal(signal.SIGINT)
    assert file.look() is None, "it is not given back"


# Folders and shards


@pytest.fixture(params=["locks", "no locks"])
def any_system(request: pytest.FixtureRequest) -> None:
    """A file system that has locks, and one that has none."""
    if request.param == "no locks":
        request.getfixturevalue("no_locks")


@pytest.mark.slow
@pytest.mark.usefixtures("any_system")
def test_who_holds_a_folder_on_this_machine_is_named_and_is_gone_when_killed(tmp_path: Path) -> None:
    time = FakeTime()
    with holding(tmp_path) as there:
        words = rf"another videmo run is writing to it \(process {there.process.pid} on .+, since 20.+Z\)\. Wait"
        with pytest.raises(OutputError, match=words), locks(tmp_path, time).whole():
            pass
        with pytest.raises(OutputError, match=words), locks(tmp_path, time).shard(3, lambda: None):
            pass
        there.kill()
        with locks(tmp_path, time).whole():
            pass
    assert time.waits == []
    assert names.LEASES not in everything(tmp_path)


@pytest.mark.slow
@pytest.mark.usefixtures("no_locks")
@pytest.mark.parametrize("begin", [
    lambda held: held.whole(), lambda held: held.shard(3, lambda: None), lambda held: held.shard(4, lambda: None),
])  # fmt: skip
def test_a_run_on_another_machine_keeps_others_out_while_it_lives(
    begin: Callable[[Locks], object], tmp_path: Path
) -> None:
    with holding(tmp_path, place=OTHER) as there:
        time, said = FakeTime(), list[str]()
        time.meanwhile = lambda: None if time.passed_s < 20 else [there.renew()].clear()
        with pytest.raises(OutputError, match=rf"process {there.process.pid} on node17, since .* end it on node17"):
            begin(locks(tmp_path, time, said)).__enter__()  # type: ignore[attr-defined]
        assert time.passed_s <= 22
        assert [words[:7] for words in said] == ["waiting"]


@pytest.mark.slow
@pytest.mark.usefixtures("no_locks")
def test_a_run_on_a_machine_that_is_gone_is_followed(tmp_path: Path) -> None:
    with holding(tmp_path, place=OTHER) as there:
        there.kill()
    time = FakeTime()
    with locks(tmp_path, time).whole():
        assert time.passed_s >= EXPIRES_S
    with locks(tmp_path, time).whole():
        pass


@pytest.mark.slow
@pytest.mark.usefixtures("no_locks")
def test_a_run_that_was_taken_for_gone_learns_it(tmp_path: Path) -> None:
    with holding(tmp_path, place=OTHER) as there:
        assert there.renew() == "renewed"
        with locks(tmp_path).whole():
            assert there.renew() == "lost"


@pytest.mark.slow
@pytest.mark.usefixtures("no_locks")
def test_shards_of_other_machines_keep_a_run_and_the_same_shard_out_and_others_not(tmp_path: Path) -> None:
    with holding(tmp_path, place=OTHER, shard=3) as there:
        time = FakeTime(lambda: [there.renew()].clear())
        with pytest.raises(OutputError, match=r"shard 3 is at work already \(process .* on node17"):
            locks(tmp_path, time).shard(3, lambda: None).__enter__()
        with locks(tmp_path, time).shard(4, lambda: None):
            pass
        with pytest.raises(OutputError, match=r"shards are at work there \(a shard is held \(process .* on node17"):
            locks(tmp_path, time).whole().__enter__()
        there.kill()
    time.meanwhile = lambda: None
    with locks(tmp_path, time).whole():
        pass


@pytest.mark.slow
def test_a_shard_of_this_machine_keeps_a_run_out_at_once(tmp_path: Path) -> None:
    with holding(tmp_path, shard=3) as there:
        time = FakeTime()
        with pytest.raises(OutputError, match=rf"shard 3 is held \(process {there.process.pid}"):
            locks(tmp_path, time).whole().__enter__()
        there.kill()
        with locks(tmp_path, time).shard(3, lambda: None):
            pass
    assert time.waits == []


def test_a_lease_that_does_not_fit_on_the_disk_does_not_stay_empty(
    file: LocalLease, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match="No space left on device"):
            file.create(b"mine")
    assert file.look() is None, "nobody has to wait for whoever that was"
    assert file.create(b"mine")


def test_nothing_is_left_of_leases(tmp_path: Path) -> None:
    with ResultsFolder(tmp_path / "out").lock():
        assert names.RUN_LEASE in everything(tmp_path / "out")
    with ResultsFolder(tmp_path / "out").lock_shard(2, lambda: None):
        assert names.shard_lease(2) in everything(tmp_path / "out")
    assert names.LEASES not in everything(tmp_path / "out")
    with StudyFolder(tmp_path / "study").lock():
        assert f"results/{names.RUN_LEASE}" in everything(tmp_path / "study")
    assert f"results/{names.LEASES}" not in everything(tmp_path / "study")
