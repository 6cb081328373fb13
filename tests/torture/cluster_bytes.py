"""The same recordings through every way to run: one hash of all tables."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

from buckets import BUCKET, serving
from clusters import cluster
from runs import TABLES, leftovers, tables

from . import cluster_bucket
from .cluster_hosts import film
from .harness import Entry, Options, Round, cleared, forbidden, run_videmo

PATIENCE_S: Final = 300.0
RECORDINGS: Final = ("anna.mp4", "ben.mkv", "clara.avi", "day 1/dora.mp4", "day 1/emil.mov")
OPTIONS: Final = ("--fps", "2", "--no-annotate", "--no-plots", "--no-report")
_TABLE: Final = "One hash of all tables"


class Scene:
    """Recordings, where they lie in this round, and where the results go."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder, folder / "out"

    @cached_property
    def recordings(self) -> Path:
        """Make the recordings."""
        shutil.rmtree(self.folder, ignore_errors=True)
        place = self.folder / "recordings"
        (place / "day 1").mkdir(parents=True)
        for number, name in enumerate(RECORDINGS):
            film(place / name, 2 + number % 3, first=31 * number)
        (self.folder / "settings.toml").write_text("[reading]\nchunk_s = 1.0\n")
        return place

    @cached_property
    def wanted(self) -> str:
        """Return the hash for one process."""
        with self.fresh():
            self.analyze("--jobs", "1")
            return self.digest()

    @contextmanager
    def fresh(self) -> Iterator[None]:
        """A folder of results for a while."""
        assert self.recordings
        with cleared(self.out):
            self.out.rmdir()
            yield

    def analyze(self, *more: str, source: str = "", out: str = "") -> None:
        """Analyse the recordings."""
        where = (source or str(self.recordings), "--out", out or str(self.out))
        self.say("analyze", *where, "--config", str(self.folder / "settings.toml"), *OPTIONS, *more)

    def say(self, *arguments: str) -> None:
        """Run a command that has to do well."""
        ran = run_videmo(*arguments, timeout=PATIENCE_S, cwd=self.folder)
        if ran.code or forbidden(ran.said):
            raise Wrong(f"{' '.join(arguments)}: exit code {ran.code}: {ran.said[-500:]}")

    def digest(self) -> str:
        """Return one hash of all tables of the results."""
        if left := leftovers(self.out):
            raise Wrong(f"left behind: {left}")
        return _one(tables(self.out))


class Wrong(Exception):
    """A run did not do well."""


def _one(hashes: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()[:16]


Way = Callable[[Scene], str]


def rounds(options: Options) -> Iterator[Round]:
    """Yield a round for each way."""
    scene = Scene(options.scratch.parent / "bytes")
    for name, way in WAYS.items():
        yield Round(f"same bytes: {name}", Through(name, way, scene).run)


@dataclass(frozen=True)
class Through:
    """One way."""

    name: str
    way: Way
    scene: Scene

    def run(self, entry: Entry) -> None:
        """Run it, and compare."""
        try:
            with self.scene.fresh():
                found = self.way(self.scene)
        except Wrong as exc:
            entry.check(False, f"{self.name}: {exc}")
            return
        except pytest.skip.Exception as exc:
            entry.notes.append(f"{self.name} was left out: {exc.msg}.")
            return
        entry.count(_TABLE, self.name, found)
        entry.check(found == self.scene.wanted, f"{self.name}: other tables than those of one process")


def _jobs(count: int) -> Way:
    def run(scene: Scene) -> str:
        scene.analyze("--jobs", str(count))
        return scene.digest()

    return run


def _shards(count: int) -> Way:
    def run(scene: Scene) -> str:
        for index in range(count, 0, -1):
            scene.analyze("--jobs", "2", "--shard", f"{index}/{count}")
        scene.say("gather", str(scene.out))
        return scene.digest()

    return run


def _dask(workers: int) -> Way:
    def run(scene: Scene) -> str:
        if find_spec("distributed") is None:
            pytest.skip("Dask is not installed")
        with cleared(scene.folder / "cluster") as place, cluster(place, *[1] * workers) as started:
            scene.analyze("--engine", started.address)
        return scene.digest()

    return run


def _addresses(scene: Scene) -> str:
    scene.analyze("--jobs", "2", source=scene.recordings.as_uri(), out=scene.out.as_uri())
    return scene.digest()


def _moto(scene: Scene) -> str:
    if reason := cluster_bucket.impossible():
        pytest.skip(reason)
    with serving():
        return _through_a_bucket(scene)


def _s3rver(scene: Scene) -> str:
    """Run with another program that speaks S3, which knows no conditions."""
    program = shutil.which("s3rver")
    if program is None or cluster_bucket.impossible():
        pytest.skip("there is no s3rver on the path (npm install s3rver)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line = [program, "--directory", str(scene.folder / "s3rver"), "--address", "127.0.0.1", "--port", str(port)]
    (scene.folder / "s3rver").mkdir(exist_ok=True)
    with (
        subprocess.Popen([*line, "--silent", "--configure-bucket", BUCKET]) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        try:
            known = {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "S3RVER",
                "AWS_SECRET_ACCESS_KEY": "S3RVER", "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            }  # fmt: skip
            for name, value in known.items():
                patch.setenv(name, value)
            _await_port(port)
            return _through_a_bucket(scene)
        finally:
            server.kill()


def _await_port(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _through_a_bucket(scene: Scene) -> str:
    from videmo.store.s3_calls import _client
    from videmo.store.stores import store_of

    _client.cache_clear()
    recordings = store_of(Path(f"s3://{BUCKET}/recordings"))
    for name in RECORDINGS:
        recordings.put((scene.recordings / name).read_bytes(), name)
    source, out = f"s3://{BUCKET}/recordings", f"s3://{BUCKET}/results"
    scene.analyze("--jobs", "2", source=source, out=out)
    results, found = store_of(Path(out)), {}
    for key in results.list():
        if Path(key).name in TABLES:
            with results.open(key) as stream:
                found[key] = hashlib.sha256(stream.read()).hexdigest()
        if ".work" in key.split("/") or ".partial-" in key:
            raise Wrong(f"left behind: {key}")
    _client.cache_clear()
    return _one(found)


WAYS: Final[dict[str, Way]] = {
    "one process": _jobs(1),
    "two processes": _jobs(2),
    "1 shard, gathered": _shards(1),
    "3 shards, gathered": _shards(3),
    "7 shards, gathered": _shards(7),
    "Dask, one worker": _dask(1),
    "Dask, three workers": _dask(3),
    "file:// for recordings and results": _addresses,
    "recordings and results in S3 (moto)": _moto,
    "recordings and results in S3 (s3rver)": _s3rver,
}
