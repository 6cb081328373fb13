"""Rounds on object storage: the run is killed again and again, or the storage is slow, busy and cuts answers off."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import os
import random
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from buckets import BUCKET, Bucket, serving
from flaky import flaky

from .cluster_hosts import film
from .harness import Entry, Options, Ran, Round, differences, run_videmo, started

KILLS_PER_ROUND: Final = 5
BAD_DAYS: Final = 1
PATIENCE_S: Final = 600.0
_TABLE: Final = "On object storage"
_KILLED: Final = "the run is killed"
_BAD: Final = "the storage is slow, busy and cuts answers off"
_SETTINGS: Final = "[reading]\nfps = 2.0\nchunk_s = 1.0\n[plots]\nenabled = false\n[annotation]\nquality = 35\n"


def impossible() -> str:
    """Say why there is no object storage here; empty if there is."""
    missing = [name for name in ("s3fs", "moto") if importlib.util.find_spec(name) is None]
    return f"{' and '.join(missing)} not installed" if missing else ""


@dataclass
class Scene:
    """Recordings in a bucket, and what an undisturbed run into the same bucket leaves."""

    folder: Path
    wanted: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def prepare(self, bucket: Bucket) -> None:
        """Put the recordings into a fresh bucket; what a run leaves is found out the first time."""
        from videmo.store.stores import store_of

        near = self.folder / "recordings"
        if not near.exists():
            near.mkdir(parents=True)
            (self.folder / "settings.toml").write_text(_SETTINGS)
            film(near / "anna.mp4", 3)
            film(near / "ben.mkv", 2, first=40)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it tells of every request
        store = store_of(bucket.location("recordings"))
        for path in sorted(near.iterdir()):
            store.put(path.read_bytes(), f"day 1/{path.name}")
        if not self.wanted:
            ran = run_videmo(*self.arguments(bucket), timeout=PATIENCE_S)
            assert ran.code == 0, ran.said
            self.wanted, self.seconds = objects(bucket), ran.seconds
            store_of(bucket.location("results")).clear("")

    def arguments(self, bucket: Bucket) -> tuple[str, ...]:
        config = str(self.folder / "settings.toml")
        places = str(bucket.location("recordings")), "--out", str(bucket.location("results"))
        return ("analyze", *places, "--config", config, "--jobs", "1")


def objects(bucket: Bucket) -> dict[str, str]:
    """Hash of each object of the results; manifests without when a recording came into the bucket."""
    from videmo.store.stores import store_of

    store, found = store_of(bucket.location("results")), {}
    for key in store.list():
        with store.open(key) as stream:
            content = stream.read()
        if not key.startswith("run-status"):
            found[key] = hashlib.sha256(_lasting(key, content)).hexdigest()
    return found


def _lasting(key: str, content: bytes) -> bytes:
    if key.rpartition("/")[2] != "run.json":
        return content
    told = json.loads(content)
    told.get("input", {}).pop("modified_ns", None)
    if key == "run.json":
        told.pop("stages")  # these contain the manifests of the recordings
    return json.dumps(told, sort_keys=True).encode()


def rounds(options: Options) -> Iterator[Round]:
    """Yield the rounds."""
    scene = Scene(options.scratch.parent / "bucket")
    for number in range(min(BAD_DAYS, options.count)):
        yield Round(f"bad storage {number}", BadDay(number, scene, options).run)
    left = options.count
    while left > 0:
        kills = min(left, KILLS_PER_ROUND)
        number = (options.count - left) // KILLS_PER_ROUND
        yield Round(f"kills on object storage {number}", Killing(number, kills, scene, options).run)
        left -= kills


@dataclass(frozen=True)
class Killing:
    """A run that is killed several times, and then runs to its end."""

    number: int
    kills: int
    scene: Scene
    options: Options

    def run(self, entry: Entry) -> None:
        """Kill it so often, each time at a random moment of its whole length."""
        if reason := impossible():
            entry.notes.append(f"The rounds on object storage were left out: {reason}.")
            return
        chance = random.Random(f"{self.options.seed}/bucket/{self.number}")
        with serving() as bucket:
            self.scene.prepare(bucket)
            kills = 0
            while kills < self.kills and not entry.found:
                run = started(*self.scene.arguments(bucket))
                with suppress(subprocess.TimeoutExpired):
                    run.communicate(timeout=chance.uniform(0.0, 1.05 * self.scene.seconds))
                if run.poll() is not None:
                    entry.count(_TABLE, _KILLED, "runs that ended before")
                    entry.check(run.returncode == 0, f"kills {self.number}: exit code {run.returncode}")
                    self._compare(bucket, entry)
                    self._clear(bucket)
                    continue
                os.killpg(run.pid, signal.SIGKILL)
                said, _ = run.communicate()
                kills += 1
                entry.count(_TABLE, _KILLED, "kills")
                entry.check_said(said, f"kills {self.number}")
                self._check_broken_off(bucket, entry)
            ran = run_videmo(*self.scene.arguments(bucket), timeout=PATIENCE_S)
            entry.count(_TABLE, _KILLED, "runs to the end")
            check_end(ran, entry, f"kills {self.number}, run again")
            self._compare(bucket, entry)

    def _check_broken_off(self, bucket: Bucket, entry: Entry) -> None:
        """Check that a recording with a manifest has everything else, for that is written last."""
        seen = objects(bucket)
        for manifest in [key for key in seen if key.count("/") == 2 and key.endswith("/run.json")]:
            folder = manifest.removesuffix("run.json")
            for key in self.scene.wanted:
                if key.startswith(folder):
                    same = seen.get(key) == self.scene.wanted[key]
                    entry.check(same, f"kills {self.number}: {folder} has a manifest, and no whole {key}")

    def _compare(self, bucket: Bucket, entry: Entry) -> None:
        compare(bucket, self.scene, entry, f"kills {self.number}")

    def _clear(self, bucket: Bucket) -> None:
        from videmo.store.stores import store_of

        store_of(bucket.location("results")).clear("")


@dataclass(frozen=True)
class BadDay:
    """A run whose storage is at its worst."""

    number: int
    scene: Scene
    options: Options

    def run(self, entry: Entry) -> None:
        """Run once."""
        if reason := impossible():
            entry.notes.append(f"The rounds on object storage were left out: {reason}.")
            return
        with serving() as bucket:
            self.scene.prepare(bucket)
            with flaky(bucket.address, self.options.seed + self.number) as proxy:
                away = {"AWS_ENDPOINT_URL": proxy.address}
                # Most of the time is spent waiting before requests are made again: two tasks at a time wait together.
                ran = run_videmo(*self.scene.arguments(bucket), "--jobs", "2", timeout=2 * PATIENCE_S, more=away)
            entry.count(_TABLE, _BAD, "runs to the end")
            for what, count in proxy.counts.items():
                entry.count("Requests of the runs on bad storage", what, "requests", count)
            where = f"bad storage {self.number}"
            entry.check(not ran.hung, f"{where}: it does not end")
            check_end(ran, entry, where)
            compare(bucket, self.scene, entry, where)


def check_end(ran: Ran, entry: Entry, where: str) -> None:
    """Check that a run came to a good end, and said nothing that is for nobody."""
    entry.check(ran.code == 0, f"{where}: exit code {ran.code}: {ran.said[-400:]}")
    entry.check_said(ran.said, where)


def compare(bucket: Bucket, scene: Scene, entry: Entry, where: str) -> None:
    """Compare with what an undisturbed run leaves; nothing else may be there, in whatever state."""
    seen = objects(bucket)
    for difference in differences(seen, scene.wanted):
        entry.check(False, f"{where}: {difference}")
    folders = {key.rpartition("/")[0] for key in seen if key.endswith("/observations.csv")}
    for key in seen:
        temporary = ".partial-" in key or ".work" in key.split("/") or key.startswith(".videmo")
        entry.check(not temporary, f"{where}: {key} is left")
    for folder in folders:
        entry.check(f"{folder}/run.json" in seen, f"{where}: {folder} has no manifest")
    for upload in _unfinished(bucket):
        entry.check(False, f"{where}: an upload of {upload} was begun and not ended")


def _unfinished(bucket: Bucket) -> list[str]:
    from videmo.store.s3_calls import Calls

    found = Calls(f"s3://{BUCKET}")("list_multipart_uploads", Bucket=BUCKET)
    return [each["Key"] for each in found.get("Uploads", ())]
