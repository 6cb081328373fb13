"""Other machines: what is compared, and in which words a difference is told; which engine is meant; turns."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from videmo.batch.engines import host
from videmo.batch.engines.choose import engine_named
from videmo.batch.engines.dask import DaskEngine
from videmo.batch.engines.fitness import Demands, demands_of, digests, versions
from videmo.batch.engines.local import LocalEngine
from videmo.batch.engines.turns import Turns
from videmo.errors import UsageError
from videmo.store.marks import Mark
from videmo.weights.named import digests_of


@pytest.fixture
def demands(tmp_path: Path) -> Demands:
    """What this machine itself demands and fulfils."""
    mark = Mark.leave(tmp_path / "out", "marks", "this run")
    (tmp_path / "own.tflite").write_bytes(b"a network")
    networks = digests_of(["own.tflite"], tmp_path)
    return Demands(versions(), digests(), networks, str(tmp_path), str(tmp_path / "guard"), mark)


def test_a_machine_is_like_itself(demands: Demands) -> None:
    assert demands.trouble() == ""
    assert {"videmo", "Python", "numpy", "av"} <= demands.versions.keys()
    assert {"version.py", "weights/broad.tflite", "batch/engines/fitness.py"} <= demands.digests.keys()
    assert not any("__pycache__" in path for path in demands.digests)


def _older(demands: Demands) -> Demands:
    return replace(demands, versions={**demands.versions, "numpy": "9.9"})


def _lacking(demands: Demands) -> Demands:
    return replace(demands, versions={**demands.versions, "dlib": "19.1"})


def _other_weights(demands: Demands) -> Demands:
    return replace(demands, digests={**demands.digests, "weights/broad.tflite": "0"})


def _other_file(demands: Demands) -> Demands:
    return replace(demands, digests={path: it for path, it in demands.digests.items() if path != "version.py"})


def _other_network(demands: Demands) -> Demands:
    Path(demands.folder, "own.tflite").write_bytes(b"another network")
    return demands


def _no_network(demands: Demands) -> Demands:
    Path(demands.folder, "own.tflite").unlink()
    return demands


def _elsewhere(demands: Demands) -> Demands:
    return replace(demands, folder="/no/such/folder")


def _other_folder(demands: Demands) -> Demands:
    assert demands.mark is not None
    return replace(demands, mark=replace(demands.mark, content="another run"))


def _no_folder(demands: Demands) -> Demands:
    return replace(demands, mark=Mark("/no/such/folder/marks/this run", "this run"))


def _no_writing(demands: Demands) -> Demands:
    return replace(demands, guard="/proc/guard")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_older, r"numpy is \S+ there, and 9.9 here"),
        (_lacking, "dlib is not installed there, and 19.1 here"),
        (_other_weights, "its videmo/weights/broad.tflite is not the one from here"),
        (_other_file, "its videmo/version.py is not the one from here"),
        (_other_network, "the network own.tflite there is not the one from here"),
        (_no_network, "the network own.tflite is not there"),
        (_elsewhere, "/no/such/folder, in which the run was started, is not there"),
        (_other_folder, "is another folder there"),
        (_no_folder, "/no/such/folder is not the folder of the results there"),
        (_no_writing, r"/proc cannot be written to or has no locks there \(.+\)"),
    ],
)
def test_the_first_difference_is_told(
    change: Callable[[Demands], Demands], words: str, demands: Demands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videmo.store.marks.PATIENCE_S", 0.1)
    assert re.search(words, change(demands).trouble())


def test_a_mark_is_waited_for_where_others_see_it_late(demands: Demands) -> None:
    assert demands.mark is not None
    path, content = Path(demands.mark.location), demands.mark.content
    path.unlink()
    threading.Timer(0.3, path.write_text, (content,)).start()
    assert demands.trouble() == ""
    demands.mark.remove()
    assert not path.parent.exists()


@pytest.mark.parametrize(("sources", "out", "files", "relative"), [
    (["s3://in/a.mp4", "s3://in/b.mp4", "gs://more/c.mp4"], "s3://out/results", ["yunet", "/own.tflite"], False),
    (["s3://in/a.mp4"], "s3://out/results", ["own.tflite"], True),
    (["s3://in/a.mp4"], "/shared/results", [], True),
    (["a.mp4"], "s3://out/results", [], True),
    ([], None, [], True),
])  # fmt: skip
def test_workers_need_the_folder_of_the_run_where_anything_may_lie_below_it(
    sources: list[str], out: str | None, files: list[str], relative: bool
) -> None:
    found = demands_of(files, [*map(Path, sources)], Path("guard"), Path(out) if out else None, None)
    assert bool(found.folder) == relative
    assert bool(found.guard) == (out == "/shared/results"), "a bucket has no locks"
    assert len(found.far) == len({source.split("/")[2] for source in sources if "://" in source}), "one in each bucket"


def test_what_an_earlier_run_left_on_a_worker_is_ended_and_others_are_not(demands: Demands, tmp_path: Path) -> None:
    worker = SimpleNamespace(address="tcp://127.0.0.1:1")
    shard = replace(demands, mark=Mark.leave(tmp_path / "out", "marks-of-a-shard", "another"))
    try:
        for run, each in (("killed", demands), ("shard", shard)):
            assert asyncio.run(host.prepare(run, each, worker)).trouble == ""
        following = replace(demands, mark=Mark.leave(tmp_path / "out", "marks", "next"))
        assert asyncio.run(host.prepare("next", following, worker)).trouble == ""
        assert {run for run, address in host._HOSTS if address == worker.address} == {"shard", "next"}
    finally:
        for run in ("killed", "shard", "next"):
            asyncio.run(host.leave(run, worker))


def test_engines_are_chosen_by_name(tmp_path: Path) -> None:
    assert engine_named("local", print) == (LocalEngine, None)
    (tmp_path / "scheduler.json").touch()
    for text, where in (
        ("dask://host:8786", "tcp://host:8786"),
        ("tcp://10.0.0.1:8786/", "tcp://10.0.0.1:8786"),
        ("tls://host:1", "tls://host:1"),
        (str(tmp_path / "scheduler.json"), str(tmp_path / "scheduler.json")),
    ):
        kind, _ = engine_named(text, print)
        running = kind(1)
        assert isinstance(running, DaskEngine)
        assert str(running._cluster) == where


@pytest.mark.parametrize("text", ["ray", "dask://host", "ray://host:1", "scheduler.json", ""])
def test_what_is_no_engine_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected local, dask://host:port, or the file"):
        engine_named(text, print)


def test_who_lacks_dask_is_told_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    kind, _ = engine_named("dask://host:8786", print)
    with pytest.raises(UsageError, match=r"pip install -e '.*\[cluster\]'"):
        kind(1).__enter__()


def test_one_that_wants_to_be_alone_waits_for_others_and_keeps_new_ones_waiting() -> None:
    turns, order = Turns(), []

    def alone() -> None:
        with turns.alone():
            order.append("alone")
            time.sleep(0.1)
            order.append("done")

    def beside() -> None:
        with turns.together():
            order.append("beside")

    with turns.together(), turns.together():
        first = threading.Thread(target=alone)
        first.start()
        time.sleep(0.1)
        second = threading.Thread(target=beside)
        second.start()
        time.sleep(0.1)
        assert order == []
    first.join()
    second.join()
    assert order == ["alone", "done", "beside"]
