"""What shards note, what is told of them when they are gathered, and the ways out where they were started wrongly."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from clips import make_clip
from inline import InlineEngine
from runs import tables, videmo
from videmo.batch import run as running
from videmo.batch.discover import discover
from videmo.batch.following import RunResult
from videmo.batch.gathering import Gathered, gather
from videmo.batch.progress import Silent
from videmo.batch.run import run_batch
from videmo.batch.shards import Shard, owners, run_shard
from videmo.config import load_settings
from videmo.errors import ResultsError, UsageError
from videmo.records import Source
from videmo.results.folder import ResultsFolder
from videmo.store.places import spelled

BARE = {"annotation.enabled": False, "plots.enabled": False, "report.enabled": False, "reading.fps": 5.0}
NAMES = ("a.mp4", "b.mp4", "c.mp4", "d.mp4")
OWNERS = owners(NAMES, 2)
FIRST = [name for name in NAMES if OWNERS[name] == 1]
SECOND = [name for name in NAMES if OWNERS[name] == 2]


class Told(Silent):
    """Progress that remembers what the user is told."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def noted(self, words: str) -> None:
        self.words.append(words)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four recordings of less than a second, with nobody in them."""
    folder = tmp_path_factory.mktemp("clips")
    for number, name in enumerate(NAMES):
        make_clip(folder / name, frames=10 + number)
    return folder


@pytest.fixture
def source(clips: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(clips, tmp_path / "in"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def run(
    sources: Sequence[Source],
    out: Path,
    shard: Shard,
    *,
    overwrite: bool = False,
    plan: Mapping[str, float] | None = None,
    ignored: tuple[str, ...] = (),
    **wanted: Any,
) -> RunResult:
    settings = load_settings(overrides={**BARE, **{name.replace("__", "."): value for name, value in wanted.items()}})
    return run_shard(
        [each for each in sources if each.key not in ignored], out, settings, shard, jobs=1, overwrite=overwrite,
        progress=Silent(), engine=InlineEngine, plan=plan, ignored=ignored,
    )  # fmt: skip


def shard(source: Path, out: Path, index: int, count: int = 2, **more: Any) -> RunResult:
    return run(discover([source], out), out, Shard(index, count), **more)


def whole(source: Path, out: Path, progress: Silent | None = None, ignored: tuple[str, ...] = ()) -> RunResult:
    sources = [each for each in discover([source], out) if each.key not in ignored]
    return run_batch(
        sources, out, load_settings(overrides=BARE), jobs=1, overwrite=False, progress=progress or Silent(),
        engine=InlineEngine, ignored=ignored,
    )  # fmt: skip


def broken_off(monkeypatch: pytest.MonkeyPatch, *arguments: Any, after: int = 0, **more: Any) -> None:
    """Run a shard that is killed when so many of its recordings are done."""
    done: list[str] = []

    def follow(plans: Any, *rest: Any, **others: Any) -> RunResult:
        follow_all(plans[:after], *rest, **others)
        done.extend(plan.source.key for plan in plans[:after])
        raise KeyboardInterrupt

    follow_all = running.follow
    with monkeypatch.context() as patched:
        patched.setattr(running, "follow", follow)
        with pytest.raises(KeyboardInterrupt):
            shard(*arguments, **more)
    assert len(done) == after


def noted(out: Path) -> list[str]:
    return sorted(path.name for path in out.glob(".videmo-shard*.json")) + sorted(
        path.name for path in out.glob("run-status-*")
    )


def test_two_shards_and_both_have_something_to_do() -> None:
    assert FIRST
    assert len(SECOND) > 1


def test_what_is_gathered_is_what_one_run_makes(source: Path, out: Path, tmp_path: Path) -> None:
    for index in (2, 1):
        shard(source, out, index)
    found = gather(out)
    assert (found.complete, found.finished, found.notes) == (True, 4, ())
    whole(source, tmp_path / "whole")
    assert tables(out) == tables(tmp_path / "whole")
    assert noted(out) == []


# Shards that broke off.


def test_older_results_of_recordings_that_changed_are_missing_where_a_shard_broke_off(
    source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole(source, out)
    make_clip(source / SECOND[0], frames=25)
    shard(source, out, 1)
    broken_off(monkeypatch, source, out, 2)
    found = gather(out)
    assert found.missing == {2: (SECOND[0],)}
    assert (found.complete, found.finished) == (False, 3)
    shard(source, out, 2)
    assert gather(out).complete


def test_results_that_were_to_be_overwritten_are_missing_where_a_shard_broke_off(
    source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole(source, out)
    shard(source, out, 1, overwrite=True)
    broken_off(monkeypatch, source, out, 2, overwrite=True, after=1)
    assert gather(out).missing == {2: tuple(SECOND[1:])}
    shard(source, out, 2, overwrite=True)
    assert gather(out).complete


def test_results_with_other_settings_are_missing_where_a_shard_broke_off(
    source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole(source, out)
    shard(source, out, 1, timeline__step_s=0.5)
    broken_off(monkeypatch, source, out, 2, timeline__step_s=0.5)
    assert gather(out).missing == {2: tuple(SECOND)}


def test_a_shard_that_broke_off_is_not_done_though_nothing_is_missing(
    source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shard(source, out, 1)
    shard(source, out, 2)
    broken_off(monkeypatch, source, out, 2)
    found = gather(out)
    assert (found.missing, found.complete, found.finished) == ({2: ()}, False, 4)
    done = videmo("gather", out)
    assert done.returncode == 1
    assert "shard 2/2 broke off before its end. Run it again, then gather again." in done.stderr
    assert "--give-up" in done.stderr


# Shards that began with something else.


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"count": 3}, "shards of 2 have begun there, expected shards of 2, not of 3"),
        ({"reading__fps": 4.0}, r"shards with other settings have begun there \(reading\.fps: 5 → 4\)"),
        ({"plots__enabled": True}, r"shards with other settings have begun there \(plots\.enabled: no → yes\)"),
        ({"report__enabled": True}, r"report\.enabled: no → yes"),
        ({"annotation__enabled": True}, r"annotation\.enabled: no → yes"),
        ({"reading__chunk_s": 3.0}, r"reading\.chunk_s: 10 → 3"),
        ({"plan": None}, "shards with a plan have begun there"),
        ({"plan": {"a.mp4": 2.0}}, "shards with another plan have begun there"),
    ],
    ids=str,
)
def test_shards_that_differ_are_refused(more: dict[str, Any], found: str, source: Path, out: Path) -> None:
    plan = {"a.mp4": 1.0}
    shard(source, out, 1, plan=plan)
    before = noted(out)
    with pytest.raises(UsageError, match=f"{found}.*'videmo gather' give these up"):
        shard(source, out, 2, **{"plan": plan, **more})
    assert noted(out) == before
    shard(source, out, 2, plan=plan)
    assert gather(out).complete


def test_a_shard_of_another_version_or_without_the_plan_of_others_is_refused(source: Path, out: Path) -> None:
    shard(source, out, 1)
    with pytest.raises(UsageError, match="shards with no plan have begun there"):
        shard(source, out, 2, plan={"a.mp4": 1.0})
    notes = out / ".videmo-shards.json"
    notes.write_text(json.dumps({**json.loads(notes.read_text()), "videmo": "0.1.9"}))
    with pytest.raises(UsageError, match=r"shards of videmo 0\.1\.9 have begun there"):
        shard(source, out, 2)


def test_recordings_that_come_or_go_between_the_starts_of_shards_are_told(source: Path, out: Path) -> None:
    later, gone = FIRST[0], SECOND[0]
    late = (source / later).rename(source.parent / later)
    shard(source, out, 1)
    late.rename(source / later)
    (source / gone).unlink()
    shard(source, out, 2)
    found = gather(out)
    assert found.unseen == {1: (later,)}
    assert found.notes[0] == f"1 recording was there when one shard began, and gone when another did ({gone})."
    assert (found.complete, found.finished) == (False, 2)
    done = videmo("gather", out)
    assert f"shard 1/2 did not find {later}, which others found. Run it again" in done.stderr
    shard(source, out, 1)
    assert gather(out).complete


def test_a_file_that_two_shards_know_by_different_names_is_told(source: Path, out: Path) -> None:
    others = (f"{folder}/a.mp4" for folder in ("in", "recordings", "day", "year"))
    other = next(key for key in others if owners([key], 2)[key] != OWNERS["a.mp4"])
    for key in ("a.mp4", other):  # as two name it that begin at one moment, with the folder and with the one above
        run([Source(source / "a.mp4", key)], out, Shard(owners([key], 2)[key], 2))
    assert gather(out).notes[0] == (
        f"{spelled(source / 'a.mp4', out)} was analysed 2 times, as {', '.join(sorted(('a.mp4', other)))}: "
        "shards were started with different paths."
    )


# Shards that were started wrongly.


def test_shards_are_given_up(source: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole(source, out)
    broken_off(monkeypatch, source, out, 1, 3, overwrite=True)
    (note,) = out.glob(".videmo-overwriting-*")
    done = videmo("gather", out, "--give-up")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("The shards are given up (")
    assert done.stdout.splitlines()[-1].endswith("2 shards not begun): others can begin.")
    assert noted(out) == []
    assert not note.exists()
    assert [results.manifest.key for results in ResultsFolder(out)] == [*NAMES]
    shard(source, out, 1, 4, plan={"a.mp4": 1.0})
    with pytest.raises(ResultsError, match="no shard has worked here"):
        gather(source)


def test_notes_of_other_shards_than_those_that_have_agreed_count_for_nothing(source: Path, out: Path) -> None:
    shard(source, out, 1, 3)
    (out / ".videmo-shards.json").unlink()
    shard(source, out, 2)
    assert gather(out).absent == (1,)
    shard(source, out, 1)
    assert gather(out).complete
    assert noted(out) == []


def test_a_whole_run_takes_the_place_of_shards_if_it_has_all_of_their_recordings(source: Path, out: Path) -> None:
    shard(source, out, 1)
    told = Told()
    whole(source / SECOND[0], out, told)
    begun = "1 of 2 shards has begun there, and nobody has gathered it: "
    assert told.words[-1].startswith(f"{begun}'videmo gather' still has to be run")
    assert ".videmo-shards.json" in noted(out)
    whole(source, out, told)
    assert told.words[-1] == f"{begun}this run takes the place of all shards."
    assert noted(out) == []
    whole(source, out, silent := Told())
    assert silent.words == []


# The same as a run of the whole folder.


def outcome(gathered: Gathered) -> list[str]:
    return [failure.key for failure in gathered.failed]


def test_failures_of_recordings_that_are_ignored_are_forgotten(source: Path, out: Path) -> None:
    (source / "broken.mp4").write_bytes(b"no video at all" * 100)
    whole(source, out)
    assert [failure.key for failure in ResultsFolder(out).failures()] == ["broken.mp4"]
    for index in (1, 2):
        shard(source, out, index, ignored=("broken.mp4",))
    assert outcome(gather(out)) == []
    assert ResultsFolder(out).failures() == []


def test_a_recording_that_is_cut_off_is_told_as_by_a_run(source: Path, out: Path) -> None:
    make_clip(source / "a.mkv", frames=100, size=(320, 240))
    content = (source / "a.mkv").read_bytes()
    (source / "a.mkv").write_bytes(content[: len(content) * 6 // 10])
    for index in (1, 2):
        shard(source, out, index)
    found = gather(out)
    assert found.complete
    (where,) = found.cut_off.values()
    for index in (1, 2):
        shard(source, out, index)
    done = videmo("gather", out)
    assert done.returncode == 1
    assert f"a.mkv: {where}" in done.stderr
