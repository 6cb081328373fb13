"""Divide the recordings of a run among machines that know nothing of each other, and gather what they did."""

from __future__ import annotations

import csv
import hashlib
import heapq
import io
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from videmo.batch.closing import closing_notes
from videmo.batch.engines.local import LocalEngine
from videmo.batch.engines.protocol import EngineKind
from videmo.batch.following import RunResult
from videmo.batch.hold import guarded, held
from videmo.batch.progress import Listener
from videmo.batch.run import analyse, failures_of
from videmo.config import fingerprint, settings_from_dict
from videmo.errors import Given, ResultsError, UsageError
from videmo.records import Source
from videmo.results.failures import Failure
from videmo.results.folder import ResultsFolder
from videmo.results.shards import ShardNote, ShardNotes
from videmo.settings import Settings, shaping
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

    Without a plan the name alone decides, so that a recording stays with its shard whatever comes beside it. With one,
    the longest goes first, each to the shard that has least to do.

    Args:
        sources: of the whole run.
        shard: which.
        plan: how long each recording takes, by key; those that it doesn't know are shared by their names.
    """
    if plan is None:
        return [source for source in sources if _bucket(source.key, shard.count) == shard.index]
    loads = [(0.0, index) for index in range(1, shard.count + 1)]
    mine = set()
    # By the plan alone: what one shard finds, and another one that begins later doesn't, changes no other's share.
    for key in sorted(plan, key=lambda key: (-plan[key], key)):
        load, index = heapq.heappop(loads)
        heapq.heappush(loads, (load + plan[key], index))
        if index == shard.index:
            mine.add(key)
    return [
        source
        for source in sources
        if (source.key in mine if source.key in plan else _bucket(source.key, shard.count) == shard.index)
    ]


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
) -> RunResult:
    """Analyse the recordings of one shard into a folder of results, in which other shards may be at work.

    The tables of the folder are not written; see `gather`.

    Args:
        sources: of this shard, see `chosen`.
        out: the folder of results.
        settings: what is wanted, the same for all shards.
        shard: which.
        jobs: number of tasks at a time.
        overwrite: whether to analyse again what is finished.
        progress: receives what happens.
        engine: makes what runs the tasks.

    Raises:
        UsageError, WeightsError: the detector or a network that the settings name can't be loaded, or shards of another
            number, or with other settings or networks, have begun.
        OutputError: the folder can't be written to, or a run or the same shard is at work there.
    """
    folder = ResultsFolder(out)
    notes, keys = ShardNotes(folder), {source.key: spelled(source.path, out) for source in sources}
    note, wanted = ShardNote(shard.index, shard.count, keys, settings=asdict(settings)), fingerprint(shaping(settings))
    networks = digests_of(named_files(settings), Path.cwd())
    notes.refuse_others(shard.count, wanted, networks)

    def begin() -> None:
        notes.agree(shard.count, wanted, networks)
        notes.write(note)

    hold = _shard_held(folder, shard.index, begin, progress.noted), folder.shard_guard(shard.index)
    result = analyse(
        sources,
        out,
        settings,
        hold,
        shard=(shard.index, shard.count),
        jobs=jobs,
        overwrite=overwrite,
        progress=progress,
        engine=engine,
    )
    notes.write(replace(note, failed=tuple(failures_of(result))))
    return result


@contextmanager
def _shard_held(
    folder: ResultsFolder, index: int, begin: Callable[[], None], note: Callable[[str], None]
) -> Iterator[None]:
    """Hold a shard, and wait for the workers of one that was killed."""
    with folder.lock_shard(index, begin, note), guarded(folder.shard_guard(index)):
        yield


@dataclass(frozen=True, slots=True)
class Gathered:
    """The result of `gather`."""

    count: int
    """Of shards."""
    finished: int
    """Recordings of them that are finished."""
    failed: tuple[Failure, ...]
    absent: tuple[int, ...]
    """Shards that never began."""
    notes: tuple[str, ...]
    """What there is to know about the folder, in sentences."""
    missing: Mapping[int, tuple[str, ...]]
    """For each shard that broke off or is not done the recordings that are missing, by key."""

    @property
    def complete(self) -> bool:
        """Tell whether nothing is missing; recordings that failed are not."""
        return not self.absent and not self.missing


def _worked_in(notes: ShardNotes, out: Path) -> list[ShardNote]:
    """Read the notes of the shards.

    Raises:
        ResultsError: there are none.
    """
    found = notes.read()
    if not found:
        raise ResultsError(out, "no shard has worked here", advice="Analyse with shards first.")
    return found


def gather(out: Path) -> Gathered:
    """Write the tables, the plot and the page of a folder that shards have worked in.

    What is missing is named, and the notes of the shards stay until nothing is.

    Raises:
        ResultsError: no shard has worked there.
        OutputError: one is still at work, or the folder can't be written to.
    """
    from videmo.pipeline.folder import update_folder

    folder = ResultsFolder(out)
    notes = ShardNotes(folder)
    if not folder.has_traces:
        _worked_in(notes, out)  # before the folder is held, which would make it
    with held(folder):
        found = _worked_in(notes, out)
        count = found[0].count
        states = {results.manifest.key: results.manifest.state for results in folder.finished()}
        told = [failure for note in found for failure in note.failed]
        failed = {failure.key: failure for failure in told if failure.counts(states)}
        finished = states.keys() - failed.keys()
        missing = {note.index: _missing(note, finished, failed) for note in found}
        gathered = Gathered(
            count=count,
            finished=sum(key in finished for note in found for key in note.keys),
            failed=tuple(failed.values()),
            absent=tuple(sorted(set(range(1, count + 1)) - {note.index for note in found})),
            notes=closing_notes(folder, {key for note in found for key in note.keys}),
            missing={index: keys for index, keys in missing.items() if keys},
        )
        earlier = folder.failures({key for note in found for key in note.keys})
        settings = settings_from_dict(found[0].settings)
        update_folder(folder, [*failed.values(), *earlier], settings, noted=settings)
        if gathered.complete:
            folder.remove_statuses(Shard(index, count).name for index in range(1, count + 1))
            notes.clear()
    return gathered


def _missing(note: ShardNote, finished: Collection[str], failed: Collection[str]) -> tuple[str, ...]:
    return tuple(key for key in note.keys if key not in finished and key not in failed)
