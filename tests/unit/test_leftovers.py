"""Temporary files: never shared by two writers, and removed when their writer is gone, and only then."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from leftovers import NOBODY, left_over
from videmo import files as owner
from videmo.files import (
    LEFT_OVER_S,
    PARTIAL,
    Owner,
    is_left_over,
    lives,
    replacing,
    this_process,
    unique_name,
    writer_of,
)
from videmo.store.local import LocalStore

ELSEWHERE = "0123456789ab"
WRITER = """
import sys
from pathlib import Path
from videmo.files import replacing

with replacing(Path(sys.argv[1])) as partial:
    print(partial, flush=True)
    sys.stdin.readline()
"""


def old(path: Path, seconds: float) -> Path:
    """Make a file look as if nobody had written to it for so long."""
    changed = path.stat().st_mtime - seconds
    os.utime(path, (changed, changed))
    return path


def test_two_writers_of_one_file_at_one_moment_share_nothing(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    with replacing(target) as one, replacing(target) as other:
        assert one != other
        one.write_text("the same")
        other.write_text("the same")
    assert target.read_text() == "the same"
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_name_tells_who_writes() -> None:
    name = unique_name(PARTIAL, ".csv")
    writer = writer_of(name, PARTIAL)
    assert writer is not None
    assert (writer.process, writer.place, lives(writer)) == (os.getpid(), this_process().place, True)
    for strange in (".partial-1.csv", ".partial-x-y-z", ".partial-"):
        assert writer_of(strange, PARTIAL) is None


def test_a_host_may_be_called_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    for host in ("node-17.cluster.example", "größe", "", "x" * 200):
        monkeypatch.setattr(owner, "_host", lambda host=host: host)
        writer = writer_of(unique_name(PARTIAL, ""), PARTIAL)
        assert writer is not None
        assert len(writer.host) <= 20


@pytest.mark.slow
def test_what_a_living_process_writes_stays_and_what_a_killed_one_wrote_goes(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "a.csv")]
    store = LocalStore(tmp_path)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        partial = Path(writer.stdout.readline().strip())
        store.sweep()
        assert partial.exists()
        os.utime(partial, (0, 0))
        store.sweep()
        assert partial.exists(), "however long it takes"
        writer.kill()
        writer.wait()
        store.sweep()
        assert not partial.exists()


def test_a_process_that_got_the_number_of_one_that_ended_is_another(tmp_path: Path) -> None:
    here = this_process()
    assert lives(here)
    parent = Owner(here.host, here.place, os.getppid())
    assert lives(parent)
    if Path("/proc/self/stat").exists():
        assert lives(Owner(here.host, here.place, os.getppid(), begun="1")) is False
    assert lives(Owner(here.host, here.place, NOBODY)) is False
    assert lives(Owner(here.host, ELSEWHERE, os.getpid())) is None


def test_what_another_machine_wrote_goes_when_it_has_not_changed_for_long(tmp_path: Path) -> None:
    fresh, stale = left_over(tmp_path, place=ELSEWHERE), left_over(tmp_path, place=ELSEWHERE)
    old(fresh, LEFT_OVER_S / 2)
    old(stale, LEFT_OVER_S * 2)
    assert [is_left_over(path) for path in (fresh, stale)] == [False, True]
    assert sorted(tmp_path.iterdir()) == sorted([fresh, stale]), "looking leaves nothing"


def test_a_clock_that_is_wrong_makes_no_file_older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = left_over(tmp_path, place=ELSEWHERE)
    monkeypatch.setattr("time.time", lambda: 1e12)
    assert not is_left_over(fresh)


def test_what_earlier_versions_left_goes_by_its_age(tmp_path: Path) -> None:
    path = tmp_path / ".partial-k3_x8a1b.csv"
    path.touch()
    assert not is_left_over(path)
    assert is_left_over(old(path, LEFT_OVER_S * 2))
