"""Rounds on a cluster of Dask: a desk and two hosts, whose workers are killed, stopped, cut off, late, and leave."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from clips import make_clip
from clusters import until
from hosts import HOSTS, Machines, Process, Worker, begun_again, machines
from hosts import impossible as no_machines
from runs import leftovers
from videmo.files import PARTIAL, writer_of

from .harness import Entry, Options, Round, contents, differences, run_videmo
from .originals import face_pictures

KILL_EVERY_S: Final = 2.0
KILLS: Final = 30
CUT_S: Final = 40.0
STOPPED_S: Final = 20.0
TTL_S: Final = 20.0
"""How long a worker may give no sign of life where one is stopped for ever."""
IN_THE_MIDDLE: Final = 4
"""Tasks that a worker has begun when something happens to it: its process is there then."""
LEAVES_AFTER_S: Final = 8.0
PATIENCE_S: Final = 400.0
SETTLED_S: Final = 5.0
"""Several times what a worker takes to notice that nobody waits for its task any more."""
_TABLE: Final = "On two hosts"
_BY_HOST: Final = "Tasks by host"
FPS: Final = 12


def impossible() -> str:
    """Say why there are no machines with a cluster here; empty if there are."""
    return no_machines() if find_spec("distributed") else "Dask is not installed"


class Scene:
    """Recordings, and what a run of one process on this machine leaves."""

    def __init__(self, folder: Path, recordings: int, seconds: int) -> None:
        self.folder, self.out = folder, folder / "out"
        self._recordings, self._seconds = recordings, seconds

    @property
    def arguments(self) -> tuple[str, ...]:
        return ("analyze", str(self.folder / "recordings"), "--out", str(self.out), "--config", str(self.config))

    @property
    def config(self) -> Path:
        return self.folder / "settings.toml"

    @cached_property
    def wanted(self) -> dict[str, str]:
        """Make the recordings, and analyse them undisturbed."""
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "recordings").mkdir(parents=True)
        self.config.write_text(
            "[reading]\nchunk_s = 1.0\n[plots]\nenabled = false\n[report]\nenabled = false\n"
            "[annotation]\nenabled = false\n"
        )
        for number in range(self._recordings):
            film(self.folder / "recordings" / f"{number:02}.mp4", self._seconds, first=37 * number)
        ran = run_videmo(*self.arguments, "--jobs", "1", timeout=PATIENCE_S)
        assert ran.code == 0, ran.said
        return contents(self.out)


def film(path: Path, seconds: int, first: int = 0) -> None:
    """Write a clip of a face that changes its expression, with a keyframe every second."""
    size = (160, 120)
    pictures = face_pictures(size)
    make_clip(
        path, size=size, fps=FPS, gop=FPS, frames=seconds * FPS, pictures=lambda number: pictures(first + number // 3)
    )


@dataclass(frozen=True)
class Act:
    """A round on the machines."""

    name: str
    body: Callable[[Act, Machines, Entry], None]
    scene: Scene
    options: Options
    dask: tuple[tuple[str, str], ...] = ()
    kills: int = KILLS

    def run(self, entry: Entry) -> None:
        """Set up the machines, play it, and clear up."""
        if reason := impossible():
            entry.notes.append(f"The rounds on two hosts were left out: {reason}.")
            return
        assert self.scene.wanted
        shutil.rmtree(self.scene.out)
        place = self.options.scratch / "machines"
        shutil.rmtree(place, ignore_errors=True)
        with machines(place, **dict(self.dask)) as started:
            try:
                self.body(self, started, entry)
            except AssertionError as exc:  # something was waited for in vain
                entry.check(False, f"{self.name}: {exc}")
            for host, count in sorted(Counter(n.host for n in started.notes() if n.what == "begun").items()):
                entry.count(_BY_HOST, self.name, host, count)
        if entry.found:
            shutil.copytree(place, self.options.kept / self.name.replace(" ", "-"), dirs_exist_ok=True)
        shutil.rmtree(place)

    def count(self, entry: Entry, column: str, by: int = 1) -> None:
        """Count something of this round."""
        entry.count(_TABLE, self.name, column, by)

    def start(self, on: Machines) -> Process:
        """Start a run into a fresh folder."""
        shutil.rmtree(self.scene.out, ignore_errors=True)
        return on.run(*self.scene.arguments, "--engine", on.engine, "--debug")

    def finish(self, on: Machines, run: Process, entry: Entry) -> None:
        """Wait for the end of a run, and compare."""
        with suppress(AssertionError):
            until(lambda: run.poll() is not None, PATIENCE_S)
        if not entry.check(run.poll() is not None, f"{self.name}: it does not end: {on.said[-400:]}"):
            return
        self.count(entry, "runs")
        entry.check(run.returncode == 0, f"{self.name}: exit code {run.returncode}: {on.said[-600:]}")
        entry.check_said(on.said, self.name)
        self.compare(entry)

    def compare(self, entry: Entry, when: str = "") -> None:
        """Compare the results with those of one process.

        What a killed worker was writing stays for an hour, for nobody on another machine can know that it is gone.
        """
        seen, left = contents(self.scene.out), leftovers(self.scene.out)
        half = {name for name in left if (owner := writer_of(Path(name).name, PARTIAL)) and owner.host in HOSTS}
        if not when:
            self.count(entry, "half-written files that stay", len(half))
        for name in left:
            entry.check(name in half, f"{self.name}{when}: {name} is left")
        kept = {name: digest for name, digest in seen.items() if name not in half}
        for difference in differences(kept, self.scene.wanted):
            entry.check(False, f"{self.name}{when}: {difference}")

    def again(self, on: Machines, entry: Entry, lost: int) -> None:
        """Count the tasks that were begun again: of each worker that was lost, at most the one that it had not done.

        What it had done is begun again where the answer was not fetched yet; chunks are then there already.
        """
        undone, unheard = begun_again(on.notes())
        self.count(entry, "workers lost", lost)
        self.count(entry, "tasks", len({note.key for note in on.notes()}))
        self.count(entry, "begun again", undone.total())
        self.count(entry, "answers lost", unheard.total())
        entry.peak("Most workers that one task lost", max((undone + unheard).values(), default=0))
        entry.check(undone.total() <= lost, f"{self.name}: {undone.total()} tasks begun again, for {lost} lost workers")
        entry.check(lost > 0 or not unheard, f"{self.name}: {unheard.total()} answers were lost, and no worker")


def rounds(options: Options) -> Iterator[Round]:
    """Yield the rounds."""
    few = options.count < KILLS
    scene = Scene(options.scratch.parent / "hosts", *((2, 4) if few else (6, 6)))
    often = (("SCHEDULER__ALLOWED_FAILURES", "20"),)
    short = (("SCHEDULER__WORKER_TTL", f"{TTL_S:.0f}s"),)
    acts = (
        Act("a worker is killed every 2 s", killed, scene, options, often, min(KILLS, options.count)),
        Act("the network of a host is down for 40 s", cut_off, scene, options),
        Act("a worker is stopped for 20 s", stopped, scene, options),
        Act("a worker is stopped for ever", stopped_for_ever, scene, options, short),
        Act("a worker is stopped until the run is over", stopped_until_over, scene, options, short),
        Act("workers come late and leave", late_and_leaving, scene, options),
        Act("a directory is seen 3 s late", seen_late, scene, options),
    )
    for act in acts:
        yield Round(act.name, act.run)


def killed(act: Act, on: Machines, entry: Entry) -> None:
    """Kill a random worker again and again, and start another one in its place; as many runs as that takes."""
    chance = random.Random(act.options.seed)
    for host in (*HOSTS, *HOSTS):
        on.add(host)
    until(lambda: all(worker.registered for worker in on.workers))
    kills = busy = 0
    while kills < act.kills and not entry.found:
        run, last = act.start(on), time.monotonic()
        while run.poll() is None:
            if kills < act.kills and time.monotonic() - last >= KILL_EVERY_S:
                victim = chance.choice([worker for worker in on.workers if worker.registered] or on.workers)
                busy += on.at_work(victim)
                on.kill(victim)
                on.add(victim.host)
                kills, last = kills + 1, time.monotonic()
            time.sleep(0.05)
        act.finish(on, run, entry)
    act.count(entry, "of these at work", busy)
    act.again(on, entry, kills)


def cut_off(act: Act, on: Machines, entry: Entry) -> None:
    """Take the network from a host that is at work, and give it back; who starts workers there starts them again."""
    run = _at_work(act, on)
    on.link("left", "down")
    lost = [worker for worker in on.workers if worker.host == "left"]
    end = time.monotonic() + CUT_S
    _started_again(on, lambda: time.monotonic() < end)
    on.link("left", "up")
    _started_again(on, lambda: run.poll() is None)
    act.finish(on, run, entry)
    _started_again(on, lambda: not all(worker.registered for worker in on.workers))
    time.sleep(SETTLED_S)
    act.compare(entry, ", when the host is back")
    act.again(on, entry, len(lost))


def stopped(act: Act, on: Machines, entry: Entry) -> None:
    """Stop a worker with all of its processes, and let it go on."""
    run = _at_work(act, on)
    worker = on.workers[0]
    worker.stop()
    time.sleep(STOPPED_S)
    worker.go_on()
    act.finish(on, run, entry)
    act.again(on, entry, 0)


def stopped_for_ever(act: Act, on: Machines, entry: Entry) -> None:
    """Stop a worker that never goes on."""
    run = _at_work(act, on)
    on.workers[0].stop()
    act.finish(on, run, entry)
    act.again(on, entry, 1)


def stopped_until_over(act: Act, on: Machines, entry: Entry) -> None:
    """Stop a worker, and let it go on when its task was done elsewhere and the run is over."""
    run = _at_work(act, on)
    worker = on.workers[0]
    worker.stop()
    act.finish(on, run, entry)
    act.again(on, entry, 1)
    worker.go_on()
    time.sleep(SETTLED_S)
    act.compare(entry, ", when the worker goes on")


def late_and_leaving(act: Act, on: Machines, entry: Entry) -> None:
    """Begin with one worker; two more come when it is at work, and leave again after a while."""
    first = on.add("left")
    until(lambda: first.registered)
    run = act.start(on)
    until(lambda: any(note.what == "begun" for note in on.notes()))
    began = time.time()
    guests = [on.add("right", "--lifetime", f"{LEAVES_AFTER_S:.0f}s") for _ in range(2)]
    registered: dict[int, float] = {}
    while run.poll() is None:
        for guest in guests:
            if guest.process.pid not in registered and guest.registered:
                registered[guest.process.pid] = time.time()
        time.sleep(0.02)
    act.finish(on, run, entry)
    for guest in guests:
        mine = [note.time_s for note in on.notes() if note.process == guest.process.pid and note.what == "begun"]
        if not entry.check(bool(mine), f"{act.name}: a worker that came late got no task"):
            continue
        entry.peak("Seconds from the start of a late worker to its first task", mine[0] - began)
        since = registered.get(guest.process.pid, mine[0])
        entry.peak("Seconds from a late worker's registration to its first task", max(0.0, mine[0] - since))
    left = sum(guest.process.poll() is not None for guest in guests)
    act.count(entry, "workers that left", left)
    act.again(on, entry, len(guests))


def seen_late(act: Act, on: Machines, entry: Entry) -> None:
    """Let each host see what another one has written only 3 s later; no chunk may be observed twice."""
    ledger = on.show_late()
    run = _at_work(act, on)
    act.finish(on, run, entry)
    written = Counter(line.split(" ", 1)[1] for line in ledger.read_text().splitlines() if "/observe-" in line)
    act.count(entry, "chunks", len(written))
    for name, times in written.items():
        entry.check(times == 1, f"{act.name}: {name} was written {times} times")
    entry.check(bool(written), f"{act.name}: nothing was noted")
    act.again(on, entry, 0)


def _at_work(act: Act, on: Machines) -> Process:
    """Start two workers on each host and a run, and wait until the first of them is in the middle of its work."""
    for host in (*HOSTS, *HOSTS):
        on.add(host)
    until(lambda: all(worker.registered for worker in on.workers))
    run, first = act.start(on), on.workers[0]
    until(lambda: (on.begun(first) >= IN_THE_MIDDLE and on.at_work(first)) or run.poll() is not None)
    return run


def _started_again(on: Machines, goes_on: Callable[[], bool]) -> None:
    """Start those workers again that end, for as long as something holds."""
    deadline = time.monotonic() + PATIENCE_S
    while goes_on() and time.monotonic() < deadline:
        for worker in [each for each in on.workers if each.process.poll() is not None]:
            _again(on, worker)
        time.sleep(0.2)


def _again(on: Machines, worker: Worker) -> None:
    on.workers.remove(worker)
    time.sleep(0.5)
    on.add(worker.host)
