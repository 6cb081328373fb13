"""Recordings and results in object storage: the same bytes, through failures and kills, and no secret anywhere."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import videmo as package
from buckets import BUCKET, SECRETS, Asked, Bucket, Refused, installed, refusal, serving
from clips import make_clip
from clusters import Cluster, cluster, until
from runs import command
from videmo.batch.engines.cluster import Cluster as ClusterOf
from videmo.batch.engines.dask import MANY, DaskEngine
from videmo.results import names
from videmo.store.stores import store_of

pytestmark = pytest.mark.slow
KEY = "day1/expressions.mp4"
SETTINGS = "[reading]\nfps = 2.0\nchunk_s = 2.0\n[annotation]\nquality = 35\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Bucket]:
    installed()
    with serving() as bucket:
        yield bucket


@pytest.fixture(scope="module")
def root(server: Bucket, samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recording that lies in the bucket too, and with settings."""
    root = tmp_path_factory.mktemp("cloud")
    near = root / "recordings" / KEY
    near.parent.mkdir(parents=True)
    near.write_bytes((samples / "expressions.mp4").read_bytes())
    store_of(server.location("recordings")).put(near.read_bytes(), KEY)
    (root / "settings.toml").write_text(SETTINGS)
    for name in ("home", "scratch", "work"):
        (root / name).mkdir()
    return root


@pytest.fixture(autouse=True)
def bucket(server: Bucket) -> Iterator[Bucket]:
    server.reset()
    yield server
    server.reset()


def analysis(source: Path, out: Path, root: Path, *more: str) -> tuple[list[str], dict[str, str]]:
    """The command line of an analysis and its environment: a home and a folder for temporary files of its own."""
    environment = {
        **os.environ, "TMPDIR": str(root / "scratch"), "HOME": str(root / "home"),
        "XDG_STATE_HOME": str(root / "home" / "state"),
        "PYTHONPATH": os.pathsep.join([str(Path(package.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]),
    }  # fmt: skip
    arguments = (source, "--out", out, "--config", root / "settings.toml", "--jobs", "2", *more)
    return command("analyze", *arguments), environment


def analyse(source: Path, out: Path, root: Path, *more: str) -> subprocess.CompletedProcess[str]:
    line, environment = analysis(source, out, root, *more)
    return subprocess.run(
        line, env=environment, cwd=root / "work", capture_output=True, text=True, timeout=500, check=False
    )


def in_folder(out: Path) -> dict[str, bytes]:
    files = (path for path in out.rglob("*") if path.is_file())
    return _lasting({path.relative_to(out).as_posix(): path.read_bytes() for path in files})


def in_bucket(location: Path) -> dict[str, bytes]:
    store = store_of(location)
    found = {}
    for key in store.list():
        with store.open(key) as stream:
            found[key] = stream.read()
    return _lasting(found)


def _lasting(files: dict[str, bytes]) -> dict[str, bytes]:
    """Leave out locks, and what tells how a run went."""
    return {key: files[key] for key in sorted(files) if not key.startswith((".videmo-w", ".videmo.lock", "run-status"))}


def assert_same(far: dict[str, bytes], near: dict[str, bytes]) -> None:
    """Check that files are the same; manifests apart from where the recording lies, when it changed, and its ETag."""
    assert far.keys() == near.keys()
    for key in near:
        if key != "run.json" and not key.endswith("/run.json"):
            assert far[key] == near[key], key
            continue
        told = [json.loads(files[key]) for files in (far, near)]
        for each in told:
            each.pop("source", None)
            each.pop("stages" if key == "run.json" else "nothing", None)  # these contain the manifests
            for name in ("etag", "modified_ns"):
                each.get("input", {}).pop(name, None)
        assert told[0] == told[1], key


def every_fifth() -> object:
    """Refuse one request in five, as a store does that is too busy."""
    numbers = itertools.count()

    def refuse(asked: Asked) -> Refused | None:
        return refusal("SlowDown", "503 Slow Down") if next(numbers) % 5 == 4 else None

    return refuse


@pytest.fixture(scope="module")
def near(root: Path) -> dict[str, bytes]:
    """The results on this machine of the recording on this machine."""
    done = analyse(root / "recordings", root / "near", root)
    assert done.returncode == 0, done.stderr
    return in_folder(root / "near")


def test_results_in_a_bucket_are_the_same_bytes_though_it_is_busy_and_no_secret_is_written(
    root: Path, near: dict[str, bytes], bucket: Bucket
) -> None:
    bucket.refuse = every_fifth()  # type: ignore[assignment]
    done = analyse(bucket.location("recordings"), bucket.location("near"), root)
    assert done.returncode == 0, done.stderr
    requests = len(bucket.requests)
    bucket.reset()
    far = in_bucket(bucket.location("near"))
    assert {f"{KEY}/annotated.mp4", f"{KEY}/report.html", f"{KEY}/observations.csv", "index.html"} <= near.keys()
    assert_same(far, near)
    assert requests < 700
    assert list((root / "scratch").iterdir()) == [], "copies are gone"
    assert list((root / "work").iterdir()) == [], "no location was taken for a path of this machine"
    on_disk = {str(path): path.read_bytes() for path in (root / "home").rglob("*") if path.is_file()}
    printed = {"stdout": done.stdout.encode(), "stderr": done.stderr.encode()}
    for name, content in {**in_bucket(bucket.location()), **on_disk, **printed}.items():
        for secret in SECRETS:
            assert secret not in name
            assert secret.encode() not in content, name
    again = analyse(bucket.location("recordings"), bucket.location("near"), root)
    assert "1 skipped" in again.stdout, again.stderr


def test_a_recording_in_a_bucket_with_results_on_this_machine(
    root: Path, near: dict[str, bytes], bucket: Bucket
) -> None:
    done = analyse(bucket.location(f"recordings/{KEY}"), root / "mixed", root)
    assert done.returncode == 0, done.stderr
    mixed = in_folder(root / "mixed")
    for table in ("observations.csv", "timeline.csv", "episodes.csv", "summary.csv", "quality.csv"):
        assert mixed[f"expressions.mp4/{table}"] == near[f"{KEY}/{table}"]
    told = json.loads(mixed["expressions.mp4/run.json"])
    assert told["source"] == f"s3:/{BUCKET}/recordings/{KEY}"


@pytest.mark.thorough
def test_killed_and_started_again_gives_the_same_bytes(root: Path, near: dict[str, bytes], bucket: Bucket) -> None:
    out, kills = bucket.location("killed"), 0
    for after in ("/.work/observe-", "/observations.csv", "/annotated.mp4"):
        bucket.reset()
        line, environment = analysis(bucket.location("recordings"), out, root)
        with subprocess.Popen(line, env=environment, cwd=root / "work", start_new_session=True) as run:
            while run.poll() is None and not _was_put(bucket, after):
                time.sleep(0.01)
            if run.poll() is None:
                os.killpg(run.pid, signal.SIGKILL)
                kills += 1
    assert kills >= 2
    assert f"{KEY}/run.json" not in in_bucket(out), "it is not finished"
    done = analyse(bucket.location("recordings"), out, root)
    assert done.returncode == 0, done.stderr
    assert_same(in_bucket(out), near)


@pytest.mark.thorough
def test_shards_and_all_that_reads_results_work_in_a_bucket(root: Path, bucket: Bucket, tmp_path: Path) -> None:
    out = str(bucket.location("shards"))
    few = ("--no-annotate", "--no-plots", "--quiet")
    lines = [
        ("analyze", str(bucket.location("recordings")), "--out", out, "--shard", "1/1", *few),
        ("status", out), ("gather", out), ("people", out), ("report", out), ("annotate", out),
        ("export", out, "--to", "srt", "--into", str(tmp_path / "captions")),
    ]  # fmt: skip
    _, environment = analysis(Path(), Path(), root)
    for line in lines:
        done = subprocess.run(
            command(*line), env=environment, cwd=root / "work", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (line, done.stderr)
    found = in_bucket(bucket.location("shards"))
    assert {"recordings.csv", "index.html", f"{KEY}/people.csv", f"{KEY}/annotated.mp4"} <= found.keys()
    assert not any(key.startswith((names.LEASES, ".videmo-shard")) for key in found)
    assert [path.suffix for path in (tmp_path / "captions").rglob("*.srt")] == [".srt"]


def _was_put(bucket: Bucket, part: str) -> bool:
    return any(method == "PUT" and part in path for method, path, _ in [*bucket.requests])


def test_a_run_reads_hardly_more_than_the_bytes_of_a_recording(root: Path, bucket: Bucket, tmp_path: Path) -> None:
    noise = np.random.default_rng(18).integers(0, 256, (180, 240, 320, 3), np.uint8)
    make_clip(tmp_path / "long.mp4", size=(320, 240), frames=180, fps=1, gop=10, pictures=lambda index: noise[index])
    content = (tmp_path / "long.mp4").read_bytes()
    store_of(bucket.location("long")).put(content, "long.mp4")
    (tmp_path / "minutes.toml").write_text("[reading]\nchunk_s = 60.0\n")
    for out, more in (("tables", ["--no-annotate"]), ("all", [])):
        bucket.reset()
        config = ("--config", str(tmp_path / "minutes.toml"))
        done = analyse(bucket.location("long"), bucket.location(out), root, *config, *more)
        assert done.returncode == 0, done.stderr
        ranges = [each for method, path, each in bucket.requests if method == "GET" and path.endswith("/long.mp4")]
        bounds = [tuple(map(int, each.removeprefix("bytes=").split("-"))) for each in ranges]
        assert sum(last - first + 1 for first, last in bounds) <= 1.3 * len(content)
        parts = [path for method, path, _ in bucket.requests if method == "PUT" and "/.work/observe-" in path]
        assert len(parts) == 3


# A cluster of Dask


NO_CREDENTIALS = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), "")


@pytest.fixture
def workers(bucket: Bucket, tmp_path: Path) -> Iterator[Cluster]:
    """A cluster whose workers reach the bucket, and nothing in the folder in which the run is started."""
    pytest.importorskip("distributed", reason="Dask is not installed")
    for name in ("elsewhere", "scratch"):
        (tmp_path / name).mkdir()
    with cluster(tmp_path / "cluster") as started:
        started.add(1, cwd=tmp_path / "elsewhere", env={"TMPDIR": str(tmp_path / "scratch")})
        yield started


def assert_no_secret(text: str) -> None:
    assert "Traceback" not in text
    assert not any(secret in text for secret in SECRETS)


def test_a_cluster_of_dask_works_in_a_bucket_and_travels_with_no_secret(
    root: Path, near: dict[str, bytes], bucket: Bucket, workers: Cluster, tmp_path: Path
) -> None:
    out = bucket.location("dask")
    done = analyse(bucket.location("recordings"), out, root, "--engine", str(workers.file))
    assert done.returncode == 0, done.stderr
    assert_same(in_bucket(out), near)
    assert not any(".videmo" in key for key in store_of(out).list()), "marks and leases are gone"
    until(lambda: not [*(tmp_path / "scratch").iterdir()], 20)
    assert not [*(tmp_path / "elsewhere").iterdir()], "no location was taken for a path of a worker"
    logs = "".join(path.read_text() for path in (tmp_path / "cluster").glob("*.log"))
    assert_no_secret(done.stdout + done.stderr + logs)


def test_a_worker_without_credentials_is_refused_and_a_late_one_left_out(
    root: Path, bucket: Bucket, workers: Cluster, tmp_path: Path
) -> None:
    out, notes = bucket.location("refused"), []
    recordings, guard = [bucket.location(f"recordings/{KEY}")], tmp_path / names.GUARD
    engine = partial(DaskEngine, MANY, guard=guard, out=out, sources=recordings, cluster=ClusterOf(workers.address))
    with engine(note=notes.append):
        worker = workers.add(1, env=NO_CREDENTIALS)
        until(lambda: notes)
    assert re.fullmatch(
        r"worker tcp://127.0.0.1:\d+ on \S+: s3://videmo-test/refused/\S+: no credentials were found\. It gets no "
        r"tasks\. Set it up like the machine that started the run, or end that worker\.",
        notes[0],
    )
    done = analyse(bucket.location("recordings"), out, root, "--engine", workers.address)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "no credentials were found" in done.stderr
    assert_no_secret(done.stderr + "".join(notes))
    assert [*store_of(out).list()] == []
    workers.remove(worker)


def test_a_worker_whose_credentials_expire_costs_no_recording(
    root: Path, near: dict[str, bytes], bucket: Bucket, workers: Cluster, tmp_path: Path
) -> None:
    workers.add(1, cwd=tmp_path, env={"AWS_ACCESS_KEY_ID": "AKIAEXPIRES", "TMPDIR": str(tmp_path)})
    begun = []

    def refuse(asked: Asked) -> Refused | None:
        if "AKIAEXPIRES" not in asked.get("HTTP_AUTHORIZATION", ""):
            return None
        begun.extend([1] if "/.work/" in asked["PATH_INFO"] else [])
        return refusal("ExpiredToken", "400 Bad Request") if begun else None

    bucket.refuse = refuse
    out = bucket.location("expired")
    done = analyse(bucket.location("recordings"), out, root, "--engine", workers.address)
    assert done.returncode == 0, done.stderr
    assert begun
    assert re.search(
        r"worker tcp://\S+: s3://videmo-test/\S+: the credentials have expired, .* It gets no tasks\.", done.stderr
    )
    assert_no_secret(done.stderr)
    bucket.reset()
    assert_same(in_bucket(out), near)


@pytest.mark.parametrize(("source", "out", "without", "words"), [
    ("s3://no-such-bucket/day1", "near", (), "s3://no-such-bucket: no such bucket."),
    (f"s3://{BUCKET}/nothing", "near", (), "no recordings found"),
    (f"s3://{BUCKET}/recordings", "s3://no-such-bucket/out", (), "s3://no-such-bucket: no such bucket."),
    (f"s3://{BUCKET}/recordings", "near", ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "no credentials were found."),
])  # fmt: skip
def test_what_cannot_be_reached_is_one_sentence(
    source: str, out: str, without: tuple[str, ...], words: str, root: Path
) -> None:
    line, environment = analysis(Path(source), Path(out) if ":" in out else root / out, root)
    for name in without:
        del environment[name]
    done = subprocess.run(line, env=environment, cwd=root / "work", capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_nothing_of_it_is_imported_without_a_bucket() -> None:
    script = (
        "import sys, pathlib, videmo.store.recordings as r\n"
        "r.may_exist(pathlib.Path('a.mp4'))\n"
        "print(sorted({'fsspec', 's3fs', 'botocore', 'aiohttp', 'videmo.store.s3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
