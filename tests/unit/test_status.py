"""How far a run has come, for others: the file that it keeps, and what ``videmo status`` says of one or many."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runs import videmo
from videmo.batch import status as module
from videmo.batch.progress import Silent, Step
from videmo.batch.status import HostShare, RunStatus, Watched, read_statuses, watched
from videmo.errors import ResultsError
from videmo.records import Chunk, Outcome, Source
from videmo.results.folder import ResultsFolder
from videmo.results.shards import Agreement, ShardNotes
from videmo.settings import Settings

FILE = "run-status.json"


def source(key: str) -> Source:
    return Source(Path("/recordings", key), key)


def work(key: str, chunks: int = 2) -> Any:
    return SimpleNamespace(
        source=source(key),
        recording=SimpleNamespace(average_fps=25.0),
        settings=Settings(),
        chunks=[Chunk(index, None, None, None, 10.0) for index in range(chunks)],
    )


PHASES: Any = [SimpleNamespace(chunked=[SimpleNamespace(name="observe")])]


def follow(listener: Any) -> None:
    """Two recordings on two machines, one of which fails."""
    listener.inspected(2, 2)
    for key in ("a.mp4", "b.mp4"):
        listener.planned(work(key), PHASES)
    listener.advanced(Step(work("a.mp4"), "observe", 10.0, 250, 2.0, host="one"))
    listener.advanced(Step(work("a.mp4"), "observe", 10.0, 250, 2.0, host="two"))
    listener.ended(Outcome(source("b.mp4"), "failed", "b.mp4: oh. Do it.", host="two"))


def test_a_status_tells_what_was_done_where_and_what_failed() -> None:
    watching = Watched(Silent(), 2)
    assert watching.content()["state"] == "inspecting"
    follow(watching)
    told = watching.content()
    assert (told["state"], told["recordings"], told["analysed"], told["failed"]) == ("running", 2, 0, 1)
    assert told["frames"] == 500
    assert told["hosts"]["two"] == {"tasks": 1, "failed": 1, "frames": 250, "busy_s": 2.0}
    assert told["failures"] == [{"recording": "b.mp4", "reason": "b.mp4: oh. Do it."}]
    assert 0 < told["share"] < 1
    assert told["seconds_left"] > 0
    watching.ended(Outcome(source("a.mp4"), "analysed"))
    told = watching.content()
    assert (told["share"], told["seconds_left"], told["analysed"]) == (1.0, None, 1)
    assert json.loads(json.dumps(told)) == told
    assert RunStatus(**told).schema == 1


def test_it_is_written_while_the_run_goes_on_and_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY_S", 0.05)
    with watched(ResultsFolder(tmp_path), Silent(), 2) as listener:
        follow(listener)
        deadline = time.monotonic() + 10
        while not (tmp_path / FILE).exists() or json.loads((tmp_path / FILE).read_text())["failed"] != 1:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    (status,) = read_statuses(ResultsFolder(tmp_path)).statuses
    assert (status.state, status.failed, status.hosts["one"]) == ("ended", 1, HostShare(1, 0, 250, 2.0))
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize(("error", "state"), [(KeyboardInterrupt, "interrupted"), (OSError, "broken off")])
def test_it_says_how_a_run_broke_off(error: type[BaseException], state: str, tmp_path: Path) -> None:
    with pytest.raises(error), watched(ResultsFolder(tmp_path), Silent(), 1):
        raise error
    assert read_statuses(ResultsFolder(tmp_path)).statuses[0].state == state


def test_a_disk_that_is_full_does_not_end_the_run(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with watched(ResultsFolder(tmp_path), Silent(), 1):
        pass


def test_a_folder_without_one_is_refused(tmp_path: Path) -> None:
    for content in ("", "[]", '{"schema": 7}', '{"schema": 1, "nonsense": 2, "hosts": {}}'):
        (tmp_path / FILE).write_text(content)
        with pytest.raises(ResultsError, match="no run has told how far it is"):
            read_statuses(ResultsFolder(tmp_path))
    (tmp_path / "recordings.csv").write_text("recording\n")
    with pytest.raises(ResultsError, match=r"all shards are gathered.*recordings\.csv"):
        read_statuses(ResultsFolder(tmp_path))


def put(folder: Path, **known: Any) -> None:
    """Write the status of a shard."""
    status = RunStatus(host="node1", recordings=4, updated="2200-01-01T00:00:00Z", **known)
    name = f"run-status-{status.shard.replace('/', '-of-')}.json"
    (folder / name).write_text(json.dumps(asdict(status)))


def test_all_shards_are_shown_and_added_up(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    with folder.lock():
        ShardNotes(folder).agree(Agreement(3, {}))
    put(tmp_path, shard="1/3", state="ended", analysed=4, hosts={"node1": HostShare(9, 0, 900, 3.0)})
    reason = [{"recording": "x.mp4", "reason": "x.mp4: oh."}]
    put(tmp_path, shard="2/3", state="running", analysed=1, failed=1, seconds_left=600.0, failures=reason)
    done = videmo("status", tmp_path)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "shard 1/3 on node1: ended, 4 of 4 recordings",
        "shard 2/3 on node1: running, 2 of 4 recordings, 1 failed, 0%, 0 frames/s, about 10 min left",
        "together: 6 of 8 recordings, 0 frames/s, about 10 min left, 1 shard not begun",
        "  node1: 9 tasks, 900 frames, 300 frames/s in each worker",
        "  failed: x.mp4: oh.",
    ]


@pytest.mark.parametrize(
    ("updated", "shown"),
    [("2200-01-01T00:00:01Z", "run on node2"), ("2200-01-01T00:00:00Z", "run on node2"), ("2199-12-31T00:00:00Z", "")],
)
def test_a_run_that_tells_something_later_than_shards_is_shown(updated: str, shown: str, tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    with folder.lock():
        ShardNotes(folder).agree(Agreement(3, {}))
    put(tmp_path, shard="1/3", state="ended", analysed=4)
    run = RunStatus(state="running", host="node2", recordings=9, updated=updated)
    (tmp_path / FILE).write_text(json.dumps(asdict(run)))
    said = videmo("status", tmp_path).stdout.splitlines()
    assert said[0].startswith(shown or "shard 1/3 on node1")
    assert ("1 shard began before this run; run 'videmo gather' for them." in said) == bool(shown)


def test_a_run_that_gives_no_sign_of_life_is_told(tmp_path: Path) -> None:
    status = RunStatus(state="running", host="node1", updated="2026-01-01T00:00:00Z", recordings=1)
    (tmp_path / FILE).write_text(json.dumps(asdict(status)))
    done = videmo("status", tmp_path)
    assert done.returncode == 1
    assert "run on node1: running (no sign of life for " in done.stdout
