"""Runs on a cluster of Dask: the same bytes, whatever happens to workers, scheduler and run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

import clusters
from clips import make_clip
from clusters import cluster, environment, until
from runs import command, leftovers, tables
from tasks import Asks, Crashes, CrashesOnce, Fails, Says, Unreadable, Value, Waits
from videmo.batch.engines import guard
from videmo.batch.engines.cluster import Cluster, dashboard_of
from videmo.batch.engines.dask import MANY, DaskEngine
from videmo.batch.engines.protocol import Finished, Task
from videmo.batch.queue import run_tasks
from videmo.errors import EngineLost, UsageError
from videmo.results.names import GUARD

pytest.importorskip("distributed", reason="Dask is not installed: pip install -e '.[cluster]'")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="processes are killed by signals"),
    pytest.mark.filterwarnings("ignore"),  # Dask's own
]
OPTIONS = ("--fps", "2", "--no-annotate", "--no-plots", "--no-report")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[clusters.Cluster]:
    """A cluster with one worker that has two threads."""
    with cluster(tmp_path_factory.mktemp("cluster"), 2) as started:
        yield started


def engine(at: clusters.Cluster, notes: list[str] | None = None, **options: Any) -> DaskEngine:
    note = notes.append if notes is not None else print
    return DaskEngine(MANY, cluster=Cluster(at.address), note=note, **options)


def run(tasks: list[Any], running: DaskEngine) -> dict[str, Finished]:
    """Run tasks; returns what came of each, by name."""
    finished: dict[str, Finished] = {}

    def note(result: Finished) -> list[Task]:
        finished[result.task.source.key] = result
        return []

    run_tasks(tasks, note, running)
    return finished


def ended(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_tasks_fail_crash_and_ask_as_on_one_machine(two: clusters.Cluster, tmp_path: Path) -> None:
    Value.travelled = 0
    with engine(two) as running:
        reference = running.share(Value("x" * 1000))
        tasks: list[Any] = [
            Says("a"),
            Fails("b"),
            Crashes("c"),
            CrashesOnce("d", mark=tmp_path / "mark"),
            Unreadable("e"),
        ]
        tasks += [Asks(str(number), reference=reference) for number in range(40)]
        found = run([*tasks, Says("z")], running)
    assert (found["a"].value, found["z"].value, found["d"].value) == ("A", "Z", "survived")
    assert found["b"].failure.startswith("b: unexpected error (ValueError: oh).")
    assert "Traceback" in found["b"].details
    assert "it crashed the worker process twice" in found["c"].failure
    assert found["e"].failure.startswith("e: unexpected error")
    assert {found[str(number)].value for number in range(40)} == {"x" * 1000}
    assert 1 <= Value.travelled <= 6, "it is kept where it was asked for"
    assert len(found) == 46
    assert two.workers[0].poll() is None, "what a task does to its process is nothing to the worker of Dask"


def test_each_task_has_a_process_of_its_own_that_ends_with_the_run(two: clusters.Cluster) -> None:
    with engine(two) as running:
        found = run([Waits(name, seconds=0.5) for name in "abcd"], running)
        pids = {result.value[0] for result in found.values()}
        assert {result.value[1] for result in found.values()} == {two.workers[0].pid}
        assert len(pids) == 2, "as many as the worker has threads"
    until(lambda: all(ended(pid) for pid in pids), 10)


def test_what_is_under_way_is_ended_with_the_run(two: clusters.Cluster, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    with engine(two, guard=tmp_path / GUARD) as running:
        running.submit(Waits("a", seconds=60.0, begun=begun))
        pid = int(until(lambda: begun.exists() and begun.read_text()))
        assert not guard.removed(tmp_path / GUARD)
    until(lambda: ended(pid), 10)
    guard.wait_until_free(tmp_path / GUARD)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["begun"]


KILLED = """
import sys
from pathlib import Path
from test_dask import GUARD, MANY, Cluster, DaskEngine, Waits
with DaskEngine(MANY, guard=Path(sys.argv[1], GUARD), cluster=Cluster(sys.argv[2]), note=print) as running:
    running.submit(Waits("a", seconds=60.0, begun=Path(sys.argv[1], "begun"))).result()
"""


def test_what_is_under_way_is_ended_when_the_run_is_killed(two: clusters.Cluster, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path), two.address], env=environment())
    pid = int(until(lambda: begun.exists() and begun.read_text()))
    process.kill()
    process.wait()
    until(lambda: ended(pid), 30)
    guard.wait_until_free(tmp_path / GUARD)
    with engine(two, guard=tmp_path / GUARD) as running:
        assert run([Says("a")], running)["a"].value == "A"
    assert not list(tmp_path.glob(f"{GUARD}-*")), "the mark of the killed run is gone too"


def test_workers_that_are_lost_cost_their_tasks_and_late_ones_get_some(tmp_path: Path) -> None:
    with cluster(tmp_path, 1) as small, engine(small) as running:
        first, begun, go = small.workers[0], tmp_path / "begun", tmp_path / "go"

        def meddle() -> None:
            until(begun.exists)
            late = small.add(1)
            until(lambda: psutil.Process(late.pid).children())
            small.remove(first)
            go.touch()

        meddling = threading.Thread(target=meddle)
        meddling.start()
        found = run([Waits(str(number), begun=begun, go=go) for number in range(4)], running)
        meddling.join()
        assert {result.value[1] for result in found.values()} == {small.workers[0].pid}


def test_the_dashboard_is_told_where_there_is_one(two: clusters.Cluster) -> None:
    from distributed import Client, LocalCluster

    here = {"n_workers": 0, "processes": False, "dashboard_address": ":0"}
    with LocalCluster(**here) as shown, Client(shown, set_as_default=False) as client:
        assert re.fullmatch(r"http://[\d.]+:\d+/status", dashboard_of(client))
    notes: list[str] = []
    with engine(two, notes) as running:
        run([Says("one")], running)
        assert notes == [], "this one has none"


def test_a_scheduler_that_is_gone_ends_a_run_at_once(tmp_path: Path) -> None:
    with cluster(tmp_path, 1) as small:
        begun = tmp_path / "begun"

        def meddle() -> None:
            until(begun.exists)
            small.scheduler.kill()

        threading.Thread(target=meddle).start()
        with pytest.raises(EngineLost, match="the scheduler is gone") as lost, engine(small) as running:
            run([Waits("a", seconds=60.0, begun=begun), Says("b")], running)
        assert str(lost.value).endswith("Run the same command again to resume.")
        until(lambda: ended(int(begun.read_text())), 30)


def test_no_scheduler_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videmo.batch.engines.cluster.PATIENCE_S", 1.0)
    with pytest.raises(EngineLost, match=r"tcp://127.0.0.1:9: no scheduler of Dask answers\."):
        DaskEngine(1, cluster=Cluster("tcp://127.0.0.1:9"), note=print).__enter__()


def test_a_worker_of_another_version_is_refused_and_a_late_one_left_out(two: clusters.Cluster, tmp_path: Path) -> None:
    package = tmp_path / "other" / "videmo"
    shutil.copytree(clusters.ROOT / "videmo", package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "version.py").write_text('"""The version."""\n\n__version__ = "0.0.7"\n')
    other = {"PYTHONPATH": os.pathsep.join([str(package.parent), environment()["PYTHONPATH"]])}
    notes: list[str] = []
    with engine(two, notes) as running:
        worker = two.add(1, cwd=package.parent, env=other)
        until(lambda: notes)
        assert "videmo is 0.0.7 there, and " in notes[0]
        assert notes[0].startswith("worker tcp://127.0.0.1:")
        found = run([Waits(str(number), seconds=0.1) for number in range(6)], running)
        assert {result.value[1] for result in found.values()} == {two.workers[0].pid}
    with pytest.raises(UsageError, match=r"worker tcp://127.0.0.1:\d+ on .*: videmo is 0.0.7 there"), engine(two):
        pass
    two.remove(worker)


def test_a_worker_that_does_not_see_the_results_is_refused(two: clusters.Cluster, tmp_path: Path) -> None:
    hidden = ["unshare", "--mount", "sh", "-c", f'mount -t tmpfs none {tmp_path} && exec "$@"', "sh"]
    if subprocess.run([*hidden, "true"], capture_output=True).returncode:
        pytest.skip("nothing can be hidden from a process here")
    worker = two.add(1, prefix=hidden)
    with pytest.raises(UsageError, match="is not the folder of the results there"), engine(two, guard=tmp_path / GUARD):
        pass
    assert not list(tmp_path.glob(f"{GUARD}-*"))
    two.remove(worker)


def test_a_worker_with_another_network_at_the_same_path_is_refused_and_a_late_one_left_out(
    two: clusters.Cluster, tmp_path: Path
) -> None:
    own = tmp_path / "own.tflite"
    own.write_bytes(b"a network")
    script = f'mount -t tmpfs none {tmp_path} && printf other > {own} && exec "$@"'
    hidden = ["unshare", "--mount", "sh", "-c", script, "sh"]
    if subprocess.run([*hidden, "true"], capture_output=True).returncode:
        pytest.skip("nothing can be hidden from a process here")
    notes: list[str] = []
    found = f"the network {own} there is not the one from here"
    with engine(two, notes, files=[str(own)]) as running:
        worker = two.add(1, prefix=hidden)
        until(lambda: notes)
        assert found in notes[0]
        assert {result.value[1] for result in run([Waits("a"), Waits("b")], running).values()} == {two.workers[0].pid}
    with pytest.raises(UsageError, match=re.escape(found)), engine(two, files=[str(own)]):
        pass
    two.remove(worker)


# Through the command line.


@pytest.fixture(scope="module")
def source(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording with two persons, one in several chunks, and one that is none."""
    root = tmp_path_factory.mktemp("dask") / "in"
    root.mkdir()
    shutil.copy(samples / "two-people.mp4", root / "a.mp4")
    make_clip(root / "long.mp4", frames=480, fps=8, gop=40)
    (root / "broken.mp4").write_bytes(b"no video at all" * 100)
    return root


def start(source: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        command("analyze", source, "--out", out, *OPTIONS, *more), text=True, env=environment(), **pipes
    )


def finish(started: subprocess.Popen[str], code: int) -> str:
    _, said = started.communicate(timeout=600)
    assert started.returncode == code, said
    assert "Traceback" not in said
    return said


@pytest.fixture(scope="module")
def alone(source: Path) -> Path:
    """The results of one process on one machine."""
    out = source.parent / "alone"
    finish(start(source, out, "--jobs", "1"), 1)
    return out


def same(out: Path, alone: Path) -> None:
    assert tables(out) == tables(alone)
    assert json.loads((out / "run.json").read_text()) == json.loads((alone / "run.json").read_text())
    assert leftovers(out) == []


def test_one_worker_gives_the_same_bytes(source: Path, alone: Path, two: clusters.Cluster, tmp_path: Path) -> None:
    out = source.parent / "one"
    said = finish(start(source, out, "--engine", str(two.file)), 1)
    assert "broken.mp4: not a readable video" in said
    same(out, alone)
    assert sorted(path.name for path in out.iterdir()) == sorted(path.name for path in alone.iterdir())


@pytest.mark.thorough
def test_a_killed_worker_and_a_lost_scheduler_leave_the_same_bytes(source: Path, alone: Path, tmp_path: Path) -> None:
    out = source.parent / "three"
    with cluster(tmp_path / "first", 1, 1, 1) as three:
        started = start(source, out, "--engine", three.address.replace("tcp:", "dask:"))
        until(lambda: list(out.rglob(".work/*")))
        three.scheduler.kill()
        said = finish(started, 3)
        assert said.splitlines()[-1].endswith(
            "the scheduler is gone, or has dropped the tasks. Run the same command again to resume."
        )
    with cluster(tmp_path / "second", 1, 1, 1) as three:
        started = start(source, out, "--engine", three.address)
        until(lambda: psutil.Process(three.workers[0].pid).children())
        three.workers[0].kill()
        finish(started, 1)
    same(out, alone)
