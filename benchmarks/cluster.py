"""How well a large cluster would be used: task times of this machine, and a computed cluster that our queue feeds.

    python benchmarks/cluster.py times   [--recordings FOLDER]    # what tasks take here
    python benchmarks/cluster.py model   [--hours 10000]           # 64, 256 and 1,000 slots
    python benchmarks/cluster.py memory                            # of the run: 10,000 recordings of 100 chunks
    python benchmarks/cluster.py travel                            # what travels to workers, in bytes
    python benchmarks/cluster.py scheduler [--slots 1000]          # Dask's own scheduler beside the model

The model is in tests/support/simulated.py. Tasks of the last one sleep: Dask awaits them in the loops of its
workers, so that a thousand slots are no thousand threads.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from common import loop

from inline import InlineEngine
from results import TWO, build_recording
from simulated import CUT_S, Film, SimulatedEngine, Times, World, computing, films, simulate, work_of
from tasks import Says
from videmo.batch.engines.dask import DaskEngine, Order, _pickled
from videmo.batch.engines.protocol import Finished, Task
from videmo.batch.progress import Silent
from videmo.batch.queue import run_tasks
from videmo.batch.run import run_batch
from videmo.batch.tasks import Chunk, PlanAnalysis, Whole
from videmo.machine import machine
from videmo.pipeline.folder import update_folder
from videmo.records import Source
from videmo.results.folder import ResultsFolder
from videmo.settings import Settings

ROOT: Final = Path(__file__).parents[1]
REPORTS: Final = ROOT / "reports" / "scale"
SLOTS: Final = {64: 0.95, 256: 0.95, 1000: 0.90}
"""The least efficiency that will do."""
CLIPS: Final = ("woman-three-moods.mp4", "phone-neutral-to-smile.mp4")
"""Of $VIDEMO_DATA/recordings."""
LONG_S: Final = 60.0


def main() -> None:
    """Do one of them and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["times", "model", "memory", "travel", "scheduler"])
    parser.add_argument("--recordings", type=Path, default=Path(os.environ.get("VIDEMO_DATA", "")) / "recordings")
    parser.add_argument("--hours", type=float, default=10_000.0)
    parser.add_argument("--slots", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=15.0)
    arguments = parser.parse_args()
    text = {
        "times": lambda: times(arguments.recordings),
        "model": lambda: model(arguments.hours),
        "memory": memory,
        "travel": travel,
        "scheduler": lambda: scheduler(arguments.slots, arguments.rounds, arguments.seconds),
    }[arguments.what]()
    REPORTS.mkdir(parents=True, exist_ok=True)
    (REPORTS / f"{arguments.what}.md").write_text(text, encoding="utf-8")
    print(text)


# What tasks take.


class Timed(InlineEngine):
    """Runs tasks here, and notes the processor time of each: other work on the machine doesn't count."""

    took: Final[list[tuple[str, float, float]]] = []

    def submit(self, task: Task) -> Future[Finished]:
        """Run a task."""
        begun = time.process_time()
        future = super().submit(task)
        self._note(task, time.process_time() - begun)
        return future

    def _note(self, task: Task, took_s: float) -> None:
        match task:
            case Chunk(work, phase, index, count):
                seconds = sum(each.duration_s for each in work.get().chunks[index : index + count])
                self.took.append((f"chunk {phase}", seconds, took_s))
            case Whole(work, phase):
                self.took.append((f"whole {phase}", work.get().recording.duration_s or 0.0, took_s))
            case PlanAnalysis():
                self.took.append(("plan", 0.0, took_s))


def times(folder: Path) -> str:
    """Analyse recordings, one task at a time, with everything that is on by default."""
    with tempfile.TemporaryDirectory(prefix="videmo-benchmark-") as scratch:
        clips = [folder / name for name in CLIPS]
        clips.append(loop(folder / "woman-three-moods.mp4", Path(scratch, "long.mp4"), LONG_S))
        sources = [Source(path, path.name) for path in clips]
        options = {"jobs": 1, "overwrite": False, "progress": Silent(), "engine": Timed}
        run_batch(sources, Path(scratch, "warm"), Settings(), **options)  # type: ignore[arg-type]
        Timed.took.clear()  # that loaded libraries and networks, which a worker does once
        run_batch(sources, Path(scratch, "out"), Settings(), **options)  # type: ignore[arg-type]
        folder_s = _of_a_folder(Path(scratch, "many"))
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for what, seconds, took_s in Timed.took:
        found[what].append((seconds, took_s))
    known = Times(
        plan=statistics.mean(took for _, took in found["plan"]),
        observe=_pace(found["chunk 0"]),
        annotate=_pace(found["chunk 1"]),
        whole=_line(found["whole 0"]),
        last=_line(found["whole 1"]),
        folder=folder_s,
    )
    REPORTS.mkdir(parents=True, exist_ok=True)
    (REPORTS / "times.json").write_text(json.dumps(asdict(known), indent=2) + "\n")
    rows = [
        f"| {name} | {value if isinstance(value, float) else list(value)} |" for name, value in asdict(known).items()
    ]
    return "\n".join(
        [
            "# What tasks take",
            "",
            f"Machine: {machine()}. {len(sources)} recordings, {sum(s for s, _ in found['chunk 0']):.0f} s of "
            "video, every "
            "frame, with annotated videos, plots and pages: processor time, libraries loaded. "
            "`python benchmarks/cluster.py times`",
            "",
            "| task | seconds |",
            "|---|---|",
            *rows,
            "",
            "`observe` and `annotate` are for each second of a recording; `whole` and `last` are what follows "
            "the chunks: "
            "once, and for each second of a recording; `folder` is for each recording.",
            "",
        ]
    )


def _of_a_folder(out: Path) -> float:
    """Bring folders of 10 and of 40 recordings up to date; return what each recording adds."""
    took_s = []
    for count in (10, 40):
        folder = out / str(count)
        for number in range(count):
            build_recording(folder, f"{number:03}.mp4", TWO)
        update_folder(ResultsFolder(folder), [], Settings())
        (folder / "recordings.csv").unlink()
        begun = time.process_time()
        update_folder(ResultsFolder(folder), [], Settings())
        took_s.append(time.process_time() - begun)
    return (took_s[1] - took_s[0]) / 30


def _pace(pairs: list[tuple[float, float]]) -> float:
    return sum(took for _, took in pairs) / sum(seconds for seconds, _ in pairs)


def _line(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    """Fit ``once + each * seconds``: the long recording says what a second takes, the others what there is once."""
    seconds, took_s = max(pairs)
    rest = [pair for pair in pairs if pair[0] < seconds]
    short_s, short_took_s = (statistics.mean(column) for column in zip(*rest, strict=True))
    each = max(0.0, (took_s - short_took_s) / (seconds - short_s))
    return max(0.0, short_took_s - each * short_s), each


# The model.


def known_times() -> Times:
    """Read what `times` has found."""
    found = json.loads((REPORTS / "times.json").read_text())
    return Times(**{name: tuple(value) if isinstance(value, list) else value for name, value in found.items()})


def model(hours: float) -> str:
    """Analyse 10,000 hours on computed clusters."""
    listing = list(films(hours))
    lengths = sorted(film.seconds / 3600 for film in listing)
    rows = []
    for slots, least in SLOTS.items():
        begun = time.process_time()
        found = simulate(listing, slots, known_times())
        each_ms = (time.process_time() - begun) / found.tasks * 1000
        verdict = "yes" if found.efficiency >= least else "**no**"
        rows.append(
            f"| {slots:,} | {found.efficiency:.1%} | {least:.0%} | {verdict} | {found.hours:.2f} | {found.tasks:,} | "
            f"{found.tasks / found.hours / 3600:.0f} | {each_ms:.2f} |"
        )
    return "\n".join(
        [
            "# A large cluster, computed",
            "",
            f"{len(listing):,} recordings, {sum(lengths):,.0f} hours in all: half of them under "
            f"{statistics.median(lengths) * 60:.0f} minutes, the longest {lengths[-1]:.1f} hours. Task times as in "
            "[times.md](times.md). 2 % of the tasks lose their worker in their middle and are done again, 5 s "
            "later. The "
            "scheduler has 2 to 6 ms of work with each task, one after the other. Queue, window and division "
            "into tasks are "
            f"those of a run (`videmo/batch/queue.py`, `portions.py`, `engines/dask.py`). Machine: {machine()}. "
            f"`python benchmarks/cluster.py model --hours {hours:g}`",
            "",
            "Efficiency is what all tasks take once, over what all slots could have done until the folder's "
            "page is written.",
            "",
            "| slots | efficiency | floor | kept | hours | tasks | tasks/s | our time per task, ms (model included) |",
            "|---|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


# Memory, and what travels.


def memory() -> str:
    """Hand out 1,000,000 chunks to a computed cluster of 1,000 slots, with Dask's client loaded as well."""
    import distributed  # noqa: F401

    program = "import videmo.batch.run, videmo.cli.analyze, distributed, resource as r; "
    program += "print(r.getrusage(r.RUSAGE_SELF).ru_maxrss / 1024)"
    usual = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    usual_mb = float(usual.stdout)
    before_mb = _peak_mb()
    settings = Settings()
    listing = [Film(f"{number:06}.mp4", 100.4 * CUT_S) for number in range(10_000)]
    found = simulate(listing, 1000, known_times())
    chunks = sum(len(work_of(film, settings).chunks) for film in listing[:1])
    added_mb = _peak_mb() - before_mb
    return (
        "# Memory of a run\n\n"
        f"{found.recordings:,} recordings of {chunks} chunks, {found.tasks:,} tasks on 1,000 computed slots. What the "
        f"run adds: {added_mb:.0f} MB resident at most. With the {usual_mb:.0f} MB of Python, videmo and Dask's client "
        f"before a run: **{usual_mb + added_mb:.0f} MB**. At most 300 MB are allowed. (Measured in a process that "
        f"had more, {before_mb:.0f} MB, for the model.) Machine: {machine()}. `python benchmarks/cluster.py memory`\n"
    )


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def travel() -> str:
    """Compare what a task and what a recording's work are in bytes."""
    engine = SimulatedEngine(1, World(1, lambda task: 0.0), lambda task: None)
    rows = []
    for chunks in (10, 100, 1000):
        shared = engine.share(work_of(Film("a.mp4", (chunks + 0.5) * CUT_S), Settings()))
        body, keys = _pickled(Chunk(shared, 0, 3, 10))
        order = Order("0123456789ab", body, keys, "/recordings/a.mp4").packed({})
        rows.append(f"| {chunks} | {len(order):,} | {len(engine._shared.pickled(keys[0])):,} |")
    return "\n".join(
        [
            "# What travels to workers",
            "",
            "A task travels without the work on its recording, which follows once to each worker that lacks it "
            "(`tests/promises/test_dask.py` counts that). `python benchmarks/cluster.py travel`",
            "",
            "| chunks of the recording | bytes of a task | bytes of the work, once to a worker |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


# Dask's own scheduler.


@dataclass(frozen=True)
class Sleeps(Says):
    """Does nothing for a while."""

    seconds: float = 0.0


async def slept(task: Sleeps) -> Finished:
    """Wait as long as a task says."""
    await asyncio.sleep(task.seconds)
    return Finished(task, task.seconds, took_s=task.seconds)


class Sleeping(DaskEngine):
    """Our engine as it is, but tasks are awaited in the loops of Dask's workers, all in this process."""

    def __init__(self, client: Any, slots: int) -> None:
        super().__init__(1 << 20, cluster=None, note=print)  # type: ignore[arg-type]
        self._client, self._staff = client, SimpleNamespace(threads=slots)  # type: ignore[assignment]

    def submit(self, task: Task) -> Future[Finished]:
        return self._in_loop(self._sent(task))

    async def _sent(self, task: Task) -> Finished:
        key = f"videmo-{self._run}-{next(self._numbers)}"
        future = self._client.submit(slept, task, key=key, pure=False, retries=0, priority=-task.rank)
        try:
            found: Finished = await future
            return found
        finally:
            future.release()


def scheduler(slots: int, rounds: int, seconds: float) -> str:
    """Let Dask's scheduler hand out sleeping tasks, and compute the same with the rate that it reaches here."""
    from distributed import Client, LocalCluster

    threads, load = 25, os.getloadavg()[0]
    nap = [
        Sleeps(str(number), seconds=seconds * (0.5 + (number * 7919 % 1000) / 1000)) for number in range(slots * rounds)
    ]
    options = {
        "n_workers": slots // threads,
        "threads_per_worker": threads,
        "processes": False,
        "dashboard_address": None,
    }
    with LocalCluster(**options) as cluster, Client(cluster, set_as_default=False) as client:
        engine = Sleeping(client, slots)
        begun = time.monotonic()
        run_tasks([Sleeps(str(number)) for number in range(3000)], lambda finished: [], engine)
        each_s = (time.monotonic() - begun) / 3000
        begun = time.monotonic()
        run_tasks(nap, lambda finished: [], engine)
        real = sum(task.seconds for task in nap) / slots / (time.monotonic() - begun)
    world = World(slots, lambda task: task.seconds, service_s=(each_s, each_s), loss=0.0)  # type: ignore[attr-defined]
    computed = _computed(nap, slots, world)
    return (
        "# Dask's scheduler beside the model\n\n"
        f"{len(nap):,} tasks of {seconds:g} s on average (half to one and a half of that), which sleep, on "
        f"{slots:,} slots of "
        f"{slots // threads} workers of Dask in one process, handed out by our queue. The scheduler handed out "
        f"{1 / each_s:.0f} tasks per second that did nothing; the model has that rate. Machine: {machine()}; "
        f"load before {load:.1f}. `python benchmarks/cluster.py scheduler --slots {slots} --rounds {rounds} --seconds "
        f"{seconds:g}`\n\n"
        f"| | efficiency |\n|---|---|\n| Dask | {real:.1%} |\n| model | {computed:.1%} |\n"
        f"| difference, at most 3 points | {abs(real - computed) * 100:.1f} |\n"
    )


def _computed(nap: list[Sleeps], slots: int, world: World) -> float:
    with computing(world):
        run_tasks(nap, lambda finished: [], SimulatedEngine(slots, world, lambda task: None))
    return world.useful_s / slots / world.now


if __name__ == "__main__":
    main()
