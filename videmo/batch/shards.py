"""Divide the recordings of a run among machines that know nothing of each other."""

from __future__ import annotations

import csv
import hashlib
import heapq
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from videmo.batch.engines.local import LocalEngine
from videmo.batch.engines.protocol import EngineKind
from videmo.batch.following import RunResult
from videmo.batch.hold import guarded
from videmo.batch.progress import Listener
from videmo.batch.run import analyse, failures_of
from videmo.config import fingerprint
from videmo.errors import Given, UsageError
from videmo.pipeline.plan import network_hashes
from videmo.records import Source
from videmo.results.folder import ResultsFolder
from videmo.results.shards import Agreement, Seen, ShardNote, ShardNotes
from videmo.settings import Settings
from videmo.spreadsheet import csv_safe, csv_table, csv_unsafe
from videmo.store.places import spelled
from videmo.weights.named import digests_of, named_files

MOST: Final = 10_000
_OF: Final = re.compile(r"([0-9]{1,5})/([0-9]{1,5})")
_ARRAYS: Final = (
    ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_STEP"),
    ("SGE_TASK_ID", "SGE_TASK_FIRST", "SGE_TASK_LAST", "SGE_TASK_STEPSIZE"),
)
"""Variables of SLURM and Grid Engine: number, first, last, step. PBS does not say how many there are."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several parts of a run."""

    index: int
    """From 1."""
    count: int

    @property
    def name(self) -> str:
        """Return it as it is written."""
        return f"{self.index}/{self.count}"


def parse_shard(text: str, environment: Mapping[str, str] = os.environ) -> Shard:
    """Read which shard is meant: ``3/16``, or ``auto`` within an array of jobs.

    Raises:
        UsageError: it can't be meant, or there is no array.
    """
    if text == "auto":
        return _of_array(environment)
    found = _OF.fullmatch(text.strip())
    index, count = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= index <= count <= MOST:
        raise UsageError(
            Given("shard", text), "not a shard", f"its number and how many there are, such as 3/16, up to {MOST}"
        )
    return Shard(index, count)


def _of_array(environment: Mapping[str, str]) -> Shard:
    for variables in _ARRAYS:
        if environment.get(variables[0], "undefined") == "undefined":  # as Grid Engine says outside of arrays
            continue
        try:
            number, first, last, step = (int(environment[name]) for name in variables)
        except (KeyError, ValueError):
            break
        if step >= 1 and first <= number <= last:
            return Shard((number - first) // step + 1, (last - first) // step + 1)
    if "PBS_ARRAY_INDEX" in environment or "PBS_ARRAYID" in environment:
        found, advice = "PBS does not say how many jobs the array has", "Write $PBS_ARRAY_INDEX/16 for 1 to 16."
    else:
        found, advice = "this is no array of jobs", "Say which shard, such as 3/16."
    raise UsageError(Given("shard", "auto"), found, "an array of SLURM or Grid Engine", advice)


def chosen(sources: Sequence[Source], shard: Shard, plan: Mapping[str, float] | None = None) -> list[Source]:
    """Return the recordings of a shard, in order.

    Args:
        sources: of the whole run.
        shard: which.
        plan: see `owners`.
    """
    whose = owners([source.key for source in sources], shard.count, plan)
    return [source for source in sources if whose[source.key] == shard.index]


def owners(keys: Iterable[str], count: int, plan: Mapping[str, float] | None = None) -> dict[str, int]:
    """Tell which shard has to do each recording.

    Without a plan the name alone decides, so that a recording stays with its shard whatever comes beside it. With one,
    the longest goes first, each to the shard that has least to do.

    Args:
        keys: of the recordings.
        count: of shards.
        plan: how long each recording takes, by key; those that it doesn't know are shared by their names.
    """
    planned, loads = dict[str, int](), [(0.0, index) for index in range(1, count + 1)]
    # By the plan alone: what one shard finds, and another one that begins later doesn't, changes no other's share.
    for key, seconds in sorted((plan or {}).items(), key=lambda each: (-each[1], each[0])):
        load, planned[key] = heapq.heappop(loads)
        heapq.heappush(loads, (load + seconds, planned[key]))
    return {key: planned[key] if key in planned else _bucket(key, count) for key in keys}


def _bucket(key: str, count: int) -> int:
    digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
    return int(digest[:8], 16) % count + 1


def plan_text(lengths: Mapping[str, float]) -> str:
    """Write a plan: how long each recording is, in seconds."""
    rows = [(csv_safe(key), f"{seconds:.3f}") for key, seconds in sorted(lengths.items())]
    return csv_table([("recording", "seconds"), *rows])


def read_plan(path: Path) -> dict[str, float]:
    """Read a plan.

    Raises:
        UsageError: it is none.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
        return {csv_unsafe(row["recording"]): float(row["seconds"]) for row in rows}
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise UsageError(Given("plan", path), f"cannot be read ({exc})") from exc
    except (KeyError, TypeError, ValueError) as exc:
        raise UsageError(Given("plan", path), "not a plan", "a table with the columns recording and seconds") from exc


def agreement_of(shard: Shard, settings: Settings, plan: Mapping[str, float] | None = None) -> Agreement:
    """Return what a shard has to have alike with the others, see `run_shard`.

    Raises:
        UsageError, WeightsError: the detector or a network that the settings name can't be loaded.
    """
    networks = digests_of(named_files(settings), Path.cwd())
    return Agreement(shard.count, asdict(settings), networks, fingerprint(dict(plan)) if plan is not None else "")


def run_shard(
    sources: Sequence[Source],
    out: Path,
    settings: Settings,
    shard: Shard,
    *,
    jobs: int,
    overwrite: bool,
    progress: Listener,
    engine: EngineKind = LocalEngine,
    plan: Mapping[str, float] | None = None,
    ignored: Iterable[str] = (),
) -> RunResult:
    """Analyse the recordings of one shard into a folder of results, in which other shards may be at work.

    The tables of the folder are not written; see `gathering.gather`.

    Args:
        sources: of the whole run: the shard does its own, see `chosen`.
        out: the folder of results.
        settings: what is wanted, the same for all shards.
        shard: which.
        jobs: number of tasks at a time.
        overwrite: whether to analyse again what is finished.
        progress: receives what happens.
        engine: makes what runs the tasks.
        plan: by which the work is shared, the same for all shards; see `owners`.
        ignored: keys of recordings that the user ignores: that they failed in an earlier run is forgotten.

    Raises:
        UsageError, WeightsError: the detector or a network that the settings name can't be loaded, or shards of another
            number, or with other settings, networks or another plan, have begun.
        OutputError: the folder can't be written to, or a run or the same shard is at work there.
    """
    folder = ResultsFolder(out)
    notes, whose = ShardNotes(folder), owners([source.key for source in sources], shard.count, plan)
    seen = {source.key: Seen(whose[source.key], spelled(source.path, out)) for source in sources}
    agreement = agreement_of(shard, settings, plan)
    notes.refuse_others(agreement)
    note = ShardNote(
        shard.index,
        {key: each.location for key, each in seen.items() if each.owner == shard.index},
        agreement.identity,
        ignored=tuple(ignored),
        overwrite=overwrite,
        stages=network_hashes(settings),
    )

    def begin() -> None:
        nonlocal note
        notes.agree(agreement)
        note = notes.begin(note, seen)

    def end(result: RunResult) -> None:
        notes.write(replace(note, ended=True, failed=tuple(failures_of(result))))

    return analyse(
        [source for source in sources if source.key in note.keys],
        out,
        settings,
        (_shard_held(folder, shard.index, begin, progress.noted), folder.shard_guard(shard.index)),
        shard=(shard.index, shard.count),
        jobs=jobs,
        overwrite=overwrite,
        progress=progress,
        engine=engine,
        end=end,
    )


@contextmanager
def _shard_held(
    folder: ResultsFolder, index: int, begin: Callable[[], None], note: Callable[[str], None]
) -> Iterator[None]:
    """Hold a shard, and wait for the workers of one that was killed."""
    with folder.lock_shard(index, begin, note), guarded(folder.shard_guard(index)):
        yield
