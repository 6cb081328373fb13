"""Recordings and results that are not on this machine: the same bytes, and nothing beside the store."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import videmo
from clips import first_frames
from runs import python
from stores import FarStore, far_away, gathered
from videmo.batch.export import export_results
from videmo.batch.people import write_templates
from videmo.batch.report import report_folder
from videmo.store.stores import STORES, store_of

SUPPORT = Path(__file__).parent.parent / "support"
KEY = "day1/expressions.mp4"
KILLED = 9

ANALYSIS = """
import os, sys
from pathlib import Path
from inline import InlineEngine
from stores import far_away
from videmo.batch import tasks
from videmo.batch.discover import discover
from videmo.batch.progress import Silent
from videmo.batch.run import run_batch
from videmo.config import load_settings
from videmo.results.recording import RecordingResults

source, out, how, until = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
far_away(Path(sys.argv[5]))
steps = 0


def killed_after(function):
    def counted(*arguments):
        global steps
        value = function(*arguments)
        steps += 1
        if steps == until:
            os._exit(9)
        return value
    return counted


tasks.run_chunk = killed_after(tasks.run_chunk)
RecordingResults.save = killed_after(RecordingResults.save)
RecordingResults.finish = killed_after(RecordingResults.finish)
wanted = {"reading.fps": 2.0, "reading.chunk_s": 2.0, "annotation.quality": 35, "anonymize.how": how}
result = run_batch(discover([source], out), out, load_settings(overrides=wanted), jobs=1, overwrite=False,
                   progress=Silent(), engine=InlineEngine)
assert not result.failed, result.failed
print(steps)
"""


def analysed(source: Path, out: Path, root: Path, how: str = "none", until: int = 0) -> int:
    """Analyse in a process of its own that is killed after so many chunks and stages; returns how many it did.

    It works in an empty folder, and has another one for temporary files: both are empty when it is done.
    """
    work, scratch = root / "work", root / "scratch"
    for folder in (work, scratch):
        folder.mkdir(exist_ok=True)
    places = os.pathsep.join([str(SUPPORT), str(Path(videmo.__file__).parent.parent)])
    done = python(ANALYSIS, source, out, how, str(until), root, cwd=work, PYTHONPATH=places, TMPDIR=str(scratch))
    assert list(work.iterdir()) == [], "a path of the store was taken for one of this machine"
    if until and done.returncode == KILLED:
        return until
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def local_files(out: Path) -> dict[str, bytes]:
    """All files of a folder of results on this machine, without what only this machine needs."""
    found = {path.relative_to(out).as_posix(): path for path in out.rglob("*") if path.is_file()}
    apart = (".videmo", "run-status")
    return {key: path.read_bytes() for key, path in sorted(found.items()) if not key.startswith(apart)}


def assert_same(far: dict[str, bytes], near: dict[str, bytes]) -> None:
    """Check that files are the same, apart from where the recording lies, and from how the run went."""
    far = {key: content for key, content in far.items() if not key.startswith("run-status")}
    assert far.keys() == near.keys()
    for key in near:
        if key.endswith("run.json"):
            told = [json.loads(files[key]) for files in (far, near)]
            if key != "run.json":
                assert told[0]["source"] == f"../recordings/{KEY}"
            else:  # its hashes contain the manifests of the recordings
                assert all("tables" in each.pop("stages") for each in told)
            assert told[0] == told[1]
        else:
            assert far[key] == near[key], key


@pytest.fixture(scope="module")
def root(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for everything: recordings on this machine, and the same ones far away."""
    root = tmp_path_factory.mktemp("stores")
    hidden = samples / "no-face.mp4"
    near = root / "recordings" / KEY
    near.parent.mkdir(parents=True)
    first_frames(samples / "expressions.mp4", near, 100, gop=50)
    far_away(root)
    store = FarStore(Path("/recordings"))
    store.put(near.read_bytes(), KEY)
    store.put(hidden.read_bytes(), "day1/.trash/no-face.mp4")
    store.put(b"", "day1/notes.txt")
    store.put(b'{"videmo": "0.1.0"}', "older/run.json")
    store.put(hidden.read_bytes(), "older/a.mp4/annotated.mp4")
    stamp = near.stat().st_mtime_ns
    os.utime(FarStore.root / os.fsencode(f"recordings/{KEY}").hex(), ns=(stamp, stamp))
    yield root
    del STORES["far"]


@pytest.fixture(scope="module")
def near(root: Path) -> dict[str, bytes]:
    """The results on this machine of the recording on this machine."""
    analysed(root / "recordings", root / "near", root)
    return local_files(root / "near")


@pytest.fixture(scope="module")
def steps(root: Path, near: dict[str, bytes]) -> int:
    """The results far away of the recording far away; returns the number of chunks and stages."""
    return analysed(Path("far:/recordings"), Path("far:/near"), root)


def test_results_far_away_are_the_same_bytes_and_nothing_lies_beside_them(
    root: Path, near: dict[str, bytes], steps: int
) -> None:
    assert {f"{KEY}/annotated.mp4", f"{KEY}/report.html", f"{KEY}/timeline.svg", "index.html"} <= near.keys()
    assert_same(gathered(Path("far:/near")), near)
    assert list((root / "scratch").iterdir()) == []
    assert {path.name for path in (root / "locks").rglob("*") if path.is_file()} <= {".videmo.lock"}


def test_killed_after_any_chunk_or_stage_far_away_gives_the_same_bytes(
    root: Path, near: dict[str, bytes], steps: int
) -> None:
    out, kills = Path("far:/killed"), 0
    for until in itertools.cycle((1, 3, 4)):
        if analysed(Path("far:/recordings"), out, root, until=until) != until:
            break
        kills += 1
        assert f"{KEY}/run.json" not in gathered(out), "it is not finished"
    assert kills >= 4
    assert_same(gathered(out), near)
    assert analysed(Path("far:/recordings"), out, root) == 0 < steps, "all is done"


@pytest.mark.thorough
def test_hidden_faces_far_away_are_the_same_bytes(root: Path) -> None:
    analysed(root / "recordings", root / "hidden", root, "box")
    analysed(Path("far:/recordings"), Path("far:/hidden"), root, "box")
    assert_same(gathered(Path("far:/hidden")), local_files(root / "hidden"))


def test_what_reads_and_rewrites_results_finds_them_far_away(
    root: Path, near: dict[str, bytes], steps: int, tmp_path: Path
) -> None:
    out = Path("far:/near")
    results = videmo.read(out)
    assert list(results) == [KEY]
    assert len(results.timeline) == near[f"{KEY}/timeline.csv"].count(b"\n") - 1
    written = write_templates(out).written
    assert [str(path) for path in written] == [f"far:/near/{KEY}/people.csv"]
    store = store_of(out)
    store.put(b"person,name\n1,Anna\n2,\n", f"{KEY}/people.csv")
    wrong = report_folder(out, None, {}).failures
    assert wrong[0].startswith(f"far:/near/{KEY}/people.csv, line 3: person 2 has no name")
    store.put(b"person,name\n1,Anna\n", f"{KEY}/people.csv")
    done = report_folder(out, None, {})
    assert (done.keys, done.failures, done.stale_videos) == ((KEY,), (), 1)
    assert b"Anna" in gathered(out)[f"{KEY}/summary.csv"]
    exported = export_results(out, ["srt"], tmp_path)
    assert exported.failures == ()
    assert [path.is_file() for path in exported.files] == [True]
    with pytest.raises(videmo.VidemoError, match="Choose a folder of this machine"):
        export_results(out, ["srt"], None)
