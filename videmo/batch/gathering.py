"""Gather what shards did, or have a run of the whole folder take their place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from videmo.batch.closing import closing_notes
from videmo.batch.hold import held
from videmo.batch.overwriting import Overwriting
from videmo.config import settings_from_dict
from videmo.errors import ResultsError
from videmo.pipeline.plan import is_up_to_date
from videmo.records import Source
from videmo.results.damaged import DamagedResults
from videmo.results.failures import Failure, failure_of
from videmo.results.folder import ResultsFolder
from videmo.results.shards import Agreement, Seen, ShardNote, ShardNotes
from videmo.settings import Settings
from videmo.store.places import located
from videmo.store.recordings import may_exist
from videmo.terminal import some


@dataclass(frozen=True, slots=True)
class Gathered:
    """The result of `gather`."""

    count: int
    """Of shards; 0 where that can't be told."""
    finished: int
    """Recordings of them that are finished, in this run."""
    failed: tuple[Failure, ...]
    cut_off: Mapping[str, str]
    """Of finished recordings whose file is cut off, where, in words; by key."""
    absent: tuple[int, ...]
    """Shards that never began."""
    notes: tuple[str, ...]
    """What there is to know about the folder, in sentences."""
    missing: Mapping[int, tuple[str, ...]]
    """For each shard that broke off or is not done the recordings that are missing, by key; none where it broke off
    and all are there."""
    unseen: Mapping[int, tuple[str, ...]]
    """For each shard the recordings that it ought to have done, by key: others have found them, and it has not."""

    @property
    def complete(self) -> bool:
        """Tell whether nothing is missing; recordings that failed are not."""
        return not (self.absent or self.missing or self.unseen)


def gather(out: Path, *, give_up: bool = False) -> Gathered:
    """Write the tables, the plot and the page of a folder that shards have worked in.

    What is missing is named, and the notes of the shards stay until nothing is, and no table is damaged.

    Args:
        out: the folder of results.
        give_up: whether to remove the notes all the same, those that can't be read as well, so that other shards, or a
            run of the whole folder, can begin. All results stay.

    Raises:
        ResultsError: no shard has worked there, or a note is damaged or of an earlier version.
        OutputError: one is still at work, or the folder can't be written to.
    """
    folder = ResultsFolder(out)
    notes = ShardNotes(folder)
    if not folder.has_traces:
        _agreed(notes, out)  # before the folder is held, which would make it
    with held(folder):
        try:
            agreed, found = _agreed(notes, out), notes.read()
            settings, seen = settings_from_dict(agreed.settings), notes.seen(found)
        except ResultsError:
            if give_up and folder.shard_files:
                return _forgotten(folder, notes)
            raise
        results = {each.manifest.key: each for each in folder.finished()}
        states = {key: each.manifest.state for key, each in results.items()}
        told = [failure for note in found for failure in note.failed]
        failed = {failure.key: failure for failure in told if failure.counts(states)}
        done = {note.index: _done(note, folder, states.keys() - failed.keys(), settings) for note in found}
        finished, had = set[str]().union(*done.values()), {key for note in found for key in note.keys}
        unseen, gone = _nobodys(found, seen, out)
        gathered = Gathered(
            count=agreed.count,
            finished=len(finished),
            failed=tuple(failed.values()),
            cut_off={key: where for key in sorted(finished) if (where := results[key].manifest.result.incomplete)},
            absent=tuple(sorted(set(range(1, agreed.count + 1)) - {note.index for note in found})),
            notes=(*_twice(found), *_vanished(gone), *closing_notes(folder, had)),
            missing={
                note.index: keys
                for note in found
                if (keys := tuple(sorted(note.keys.keys() - done[note.index] - failed.keys()))) or not note.ended
            },
            unseen=unseen,
        )
        earlier = folder.failures({*had, *(key for note in found for key in note.ignored)})
        afresh = any(note.overwrite for note in found)
        damaged = _updated(folder, [*failed.values(), *earlier], settings, noted=settings, afresh=afresh)
        finished -= {each.key for each in damaged}
        gathered = replace(gathered, finished=len(finished), failed=(*gathered.failed, *damaged))
        if give_up:
            notes.give_up()
        elif gathered.complete and not damaged:
            notes.clear()
    return gathered


def _updated(
    folder: ResultsFolder, failures: list[Failure], settings: Settings, *, noted: Settings | None, afresh: bool
) -> list[Failure]:
    """Bring the folder up to date; returns the recordings that are left out because their tables are damaged."""
    from videmo.pipeline.folder import update_folder

    try:
        update_folder(folder, failures, settings, noted=noted, afresh=afresh)
    except DamagedResults as exc:
        return [
            failure_of(key, folder.recording(key).source, str(error), folder.path) for key, error in exc.errors.items()
        ]
    return []


def _forgotten(folder: ResultsFolder, notes: ShardNotes) -> Gathered:
    """Remove notes that can't be read, and list what there is."""
    damaged = _updated(folder, folder.failures(), folder.as_it_is, noted=None, afresh=True)
    finished = len(folder.finished()) - len(damaged)
    notes.give_up()
    said = "What the shards noted can't be read, so all results in the folder are listed."
    return Gathered(0, finished, tuple(damaged), {}, (), (said,), {}, {})


def take_place_of_shards(folder: ResultsFolder, keys: Collection[str], note: Callable[[str], None]) -> None:
    """Have a run of a folder, which is held, take the place of shards that nobody has gathered.

    It does if it has all of their recordings; else they can still go on.

    Args:
        folder: of results.
        keys: of the recordings of the run, and of those that the user ignores.
        note: receives a sentence about it.

    Raises:
        OutputError: the notes of the shards can't be removed.
    """
    notes = ShardNotes(folder)
    with suppress(ResultsError):  # 'videmo gather' says so, and the run does not need to know
        agreed, found = notes.agreed, notes.read()
        if agreed is None:
            return
        if not agreed.videmo:
            notes.clear()
            note(f"{agreed.shards} have begun there, which can't go on: this run takes their place.")
            return
        if not found:  # all were killed before they noted anything
            notes.clear()
            return
        have, them = ("has", "it") if len(found) == 1 else ("have", "them")
        begun = f"{len(found)} of {agreed.count} shards {have} begun there, and nobody has gathered {them}"
        if notes.seen(found).keys() <= set(keys):
            notes.clear()
            note(f"{begun}: this run takes the place of all shards.")
        else:
            note(f"{begun}: 'videmo gather' still has to be run, for this run has not all of their recordings.")


def _agreed(notes: ShardNotes, out: Path) -> Agreement:
    """Read what the shards have alike.

    Raises:
        ResultsError: there are none, or they are of an earlier version.
    """
    agreed = notes.agreed
    if agreed is None:
        raise ResultsError(out, "no shard has worked here", advice="Analyse with shards first.")
    if not agreed.videmo:
        advice = "Have 'videmo gather' give them up, and start all shards anew: they skip what is finished."
        raise ResultsError(out, f"{agreed.shards} have worked here", "shards of this version", advice)
    return agreed


def _done(note: ShardNote, folder: ResultsFolder, finished: Collection[str], settings: Settings) -> set[str]:
    """Tell which recordings of a shard are finished: where it broke off, results may be those of an earlier run."""
    there = {key for key in note.keys if key in finished}
    if note.ended:
        return there
    if note.overwrite:
        there &= Overwriting(folder.overwriting(note.index), settings).overwritten
    sources = [Source(located(note.keys[key], folder.path), key) for key in sorted(there)]
    return {
        source.key for source in sources if is_up_to_date(source, folder.recording(source.key), settings, note.stages)
    }


def _nobodys(
    found: Iterable[ShardNote], seen: Mapping[str, Seen], out: Path
) -> tuple[dict[int, tuple[str, ...]], list[str]]:
    """Find the recordings that some shard has found, and none has had: of each shard, and those that are gone by now.

    Those of shards that never began are not among them.
    """
    begun, had = {note.index for note in found}, {key for note in found for key in note.keys}
    unseen, gone = defaultdict[int, list[str]](list), list[str]()
    for key, each in sorted(seen.items()):
        if key not in had and each.owner in begun:
            place = unseen[each.owner] if may_exist(located(each.location, out)) else gone
            place.append(key)
    return {index: tuple(keys) for index, keys in sorted(unseen.items())}, gone


def _vanished(gone: list[str]) -> list[str]:
    what = "1 recording was" if len(gone) == 1 else f"{len(gone):,} recordings were"
    return [f"{what} there when one shard began, and gone when another did ({some(gone)})."] if gone else []


def _twice(found: Iterable[ShardNote]) -> list[str]:
    """Say which files were analysed under several names: shards that begin with other paths name recordings others."""
    called = defaultdict[str, list[str]](list)
    for note in found:
        for key, location in note.keys.items():
            called[location].append(key)
    return [
        f"{location} was analysed {len(keys)} times, as {some(sorted(keys))}: shards were started with different paths."
        for location, keys in sorted(called.items())
        if len(keys) > 1
    ]
