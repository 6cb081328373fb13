"""Shards whose notes are damaged or of an earlier version are no dead end; nor are those with damaged tables."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from clips import make_clip
from inline import InlineEngine
from results import TWO, build_recording
from runs import videmo
from videmo.batch.deciding import overwriting_in
from videmo.batch.gathering import gather, take_place_of_shards
from videmo.batch.progress import Silent
from videmo.batch.redoing import OtherSettings
from videmo.batch.run import run_batch
from videmo.batch.shards import Shard, run_shard
from videmo.batch.status import read_statuses
from videmo.config import load_settings
from videmo.errors import ResultsError, UsageError
from videmo.records import Source
from videmo.results.folder import ResultsFolder
from videmo.results.shards import Agreement, ShardNote, ShardNotes
from videmo.settings import Settings

BARE = {"annotation.enabled": False, "plots.enabled": False, "report.enabled": False, "identity.enabled": False}


def begin_as_earlier(out: Path) -> None:
    """Note what shards noted in version 0.1.0."""
    write(out, ".videmo-shards.json", {"count": 2, "settings": "1f3a", "networks": {}})
    write(out, ".videmo-shard-0001.json", {"index": 1, "count": 2, "keys": {}, "failed": [], "settings": {}})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder of results in which the first of two shards has ended."""
    out = tmp_path / "out"
    for key in ("a.mp4", "b.mp4"):
        build_recording(out, key, TWO)
    return out


def write(out: Path, name: str, content: object) -> None:
    (out / name).write_text(json.dumps(content) if not isinstance(content, str) else content, encoding="utf-8")


def noted(out: Path) -> list[str]:
    return sorted(path.name for path in out.glob(".videmo-*.json*"))


def test_shards_of_an_earlier_version_are_told_and_can_be_given_up(out: Path) -> None:
    begin_as_earlier(out)
    write(out, ".videmo-overwriting-0001.jsonl", "")
    with pytest.raises(UsageError, match="shards of an earlier version of videmo have begun there"):
        run_shard(
            [Source(out / "none", "a.mp4")], out, Settings(), Shard(1, 2), jobs=1, overwrite=False,
            progress=Silent(), engine=InlineEngine,
        )  # fmt: skip
    with pytest.raises(ResultsError, match=r"no run has told how far it is|all shards are gathered"):
        read_statuses(ResultsFolder(out))
    done = videmo("gather", out)
    assert done.returncode == 1
    assert "shards of an earlier version of videmo have worked here, expected shards of this version" in done.stderr
    assert "'videmo gather' give them up" in done.stderr
    done = videmo("gather", out, "--give-up")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "2 recordings finished."
    assert done.stdout.splitlines()[-1] == "The shards are given up: others can begin."
    assert noted(out) == []
    assert (out / "recordings.csv").read_text().count("\n") == 3


def test_a_run_takes_the_place_of_shards_of_an_earlier_version(out: Path) -> None:
    begin_as_earlier(out)
    said: list[str] = []
    take_place_of_shards(ResultsFolder(out), ["a.mp4"], said.append)
    expected = "shards of an earlier version of videmo have begun there, which can't go on: this run takes their place."
    assert (said, noted(out)) == ([expected], [])


def test_a_run_says_nothing_of_shards_that_noted_nothing(out: Path) -> None:
    ShardNotes(ResultsFolder(out)).agree(Agreement(2, {}))
    take_place_of_shards(ResultsFolder(out), ["a.mp4"], pytest.fail)
    assert noted(out) == []


@pytest.mark.parametrize("name", [".videmo-shards.json", ".videmo-shard-0001.json"])
def test_shards_with_damaged_notes_can_be_given_up(name: str, out: Path) -> None:
    notes = ShardNotes(ResultsFolder(out))
    notes.agree(agreed := Agreement(1, {}))
    notes.begin(ShardNote(1, {"a.mp4": "a.mp4"}, agreed.identity), {})
    write(out, name, '{"count"')
    with pytest.raises(ResultsError, match="damaged"):
        gather(out)
    found = gather(out, give_up=True)
    assert (found.finished, found.complete, noted(out)) == (2, True, [])


@pytest.mark.parametrize("give_up", [False, True])
def test_a_damaged_table_fails_its_recording_where_shards_are_gathered(give_up: bool, out: Path) -> None:
    notes = ShardNotes(ResultsFolder(out))
    notes.agree(agreed := Agreement(1, {}))
    keys = {"a.mp4": "a.mp4", "b.mp4": "b.mp4"}
    notes.write(notes.begin(ShardNote(1, keys, agreed.identity, ended=True), {}))
    kept = out / "b.mp4" / "timeline.csv"
    shutil.copy(kept, out.parent)
    kept.write_text("")
    found = gather(out, give_up=give_up)
    assert ([failure.key for failure in found.failed], found.finished, found.complete) == (["b.mp4"], 1, True)
    assert "not a readable table" in found.failed[0].reason
    if give_up:
        assert noted(out) == []
        return
    assert noted(out), "the shard that has it can be run again"
    shutil.copy(out.parent / "timeline.csv", kept)
    found = gather(out)
    assert (found.failed, found.finished, noted(out)) == ((), 2, [])


def test_a_whole_run_may_lose_what_failed_when_a_shard_overwrote_it_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    folder, settings = ResultsFolder(out), load_settings(overrides=BARE)
    sources = [Source(tmp_path / "a.mp4", "a.mp4"), Source(tmp_path / "b.mp4", "b.mp4")]
    for number, source in enumerate(sources):
        make_clip(source.path, frames=6 + number)
    slower = load_settings(overrides={**BARE, "reading.fps": 1.0})

    def run(wanted: Settings) -> None:
        run_batch(sources, out, wanted, jobs=1, overwrite=False, progress=Silent(), engine=InlineEngine)

    run(settings)
    overwriting_in(folder, slower, shard=1).begin(["a.mp4", "b.mp4"])  # as a shard that is killed
    with pytest.raises(OtherSettings):
        run(slower)
    for source in sources:
        folder.recording(source.key).reopen()  # as where both failed
    run(slower)
    assert {results.manifest.settings.reading.fps for results in folder.finished() if results.manifest.settings} == {1}
