"""Note what each shard of a run has to do and did, so that one of them, or a person, can gather it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from videmo.config import fingerprint, settings_from_dict
from videmo.errors import ResultsError, UsageError
from videmo.files import read_json, write_json
from videmo.results import names
from videmo.results.failures import Failure
from videmo.results.folder import ResultsFolder
from videmo.settings.differing import all_changes
from videmo.version import __version__

_ANEW = "Start this shard as the others were started; or have 'videmo gather' give these up, and start all shards anew."


@dataclass(frozen=True, slots=True)
class Agreement:
    """Hold what all shards of a run have alike."""

    count: int
    """Of shards."""
    settings: Mapping[str, Any]
    """All of them, as plain values: those as well that only say what is written."""
    networks: Mapping[str, str] = field(default_factory=dict)
    """Hashes of the files that they name, by name."""
    plan: str = ""
    """A hash of the plan by which the work is shared; empty where names decide."""
    videmo: str = __version__
    """Empty where an earlier version has begun that noted other things: what its shards did can't be told."""

    @property
    def identity(self) -> str:
        """Return a hash of it."""
        return fingerprint(asdict(self))

    @property
    def shards(self) -> str:
        """Say whose shards have begun, if they are of another version."""
        return f"shards of videmo {self.videmo}" if self.videmo else "shards of an earlier version of videmo"


@dataclass(frozen=True, slots=True)
class Seen:
    """A recording of the whole run, as a shard has found it when it began."""

    owner: int
    """The shard that has to do it."""
    location: str
    """As `store.places.spelled` spells it."""


@dataclass(frozen=True, slots=True)
class ShardNote:
    """Hold what one shard has to do, and how far it came."""

    index: int
    """From 1."""
    keys: Mapping[str, str]
    """The recordings that it has to do: key and location of each."""
    agreed: str
    """The identity of the agreement under which it began."""
    recordings: str = ""
    """The name of the list of all recordings that it found, see `ShardNotes.begin`."""
    ignored: tuple[str, ...] = ()
    """Keys of the recordings that its user ignores."""
    overwrite: bool = False
    """Whether it does again what is finished."""
    stages: Mapping[str, str] = field(default_factory=dict)
    """The hashes of the stages that run networks, with which its results have to be made."""
    ended: bool = False
    """Whether it came to its end; False while it is at work, and for good if it is killed."""
    failed: tuple[Failure, ...] = ()


class ShardNotes:
    """The notes of all shards of a folder of results.

    Args:
        folder: which has to be held while something is written.
    """

    def __init__(self, folder: ResultsFolder) -> None:
        self._folder = folder

    def agree(self, agreement: Agreement) -> None:
        """Note what all shards of a run have to have alike; refuse others while it goes on.

        Raises:
            UsageError: shards that differ have begun.
            OutputError: it can't be written.
        """
        self.refuse_others(agreement)
        if self.agreed is None:
            with self._folder.writing(names.SHARDS) as path:
                write_json(path, asdict(agreement))

    def refuse_others(self, agreement: Agreement) -> None:
        """Refuse shards that don't fit those that have begun, and note nothing.

        Raises:
            UsageError: shards of another number, or with other settings, networks or another plan, have begun.
        """
        known = self.agreed
        if known is None or known.identity == agreement.identity:
            return
        found, expected = _difference(known, agreement)
        raise UsageError(self._folder.path, found, expected, _ANEW)

    @property
    def agreed(self) -> Agreement | None:
        """Read what the shards have alike; None if no shard has begun.

        Raises:
            ResultsError: it is damaged.
        """
        if not self._folder.has(names.SHARDS):
            return None
        known = self._read(names.SHARDS) or {}
        if isinstance(known.get("count"), int) and isinstance(known.get("settings"), str):
            return Agreement(known["count"], {}, videmo="")
        try:
            agreement = Agreement(**known)
        except TypeError:
            agreement = None
        if agreement is None or not isinstance(agreement.count, int) or not isinstance(agreement.settings, dict):
            advice = "Delete it, and start the shards again."
            raise ResultsError(self._folder.path / names.SHARDS, "damaged", advice=advice)
        return agreement

    def begin(self, note: ShardNote, seen: Mapping[str, Seen]) -> ShardNote:
        """Write the note of a shard that begins, and the list of all recordings of the run that it has found.

        Shards that have found the same share one list.

        Raises:
            OutputError: one can't be written.
        """
        listed = {key: asdict(each) for key, each in sorted(seen.items())}
        recordings = names.shard_list(fingerprint(listed))
        if not self._folder.has(recordings):
            with self._folder.writing(recordings) as path:
                write_json(path, listed)
        begun = replace(note, recordings=recordings)
        self.write(begun)
        return begun

    def write(self, note: ShardNote) -> None:
        """Write the note of a shard.

        Raises:
            OutputError: it can't be written.
        """
        with self._folder.writing(names.shard_note(note.index)) as path:
            write_json(path, asdict(note))

    def read(self) -> list[ShardNote]:
        """Read the notes of the shards that have begun under what is agreed, in order.

        Raises:
            ResultsError: one is damaged.
        """
        agreed = self.agreed
        found = []
        for index in range(1, agreed.count + 1) if agreed and agreed.videmo else ():
            if self._folder.has(names.shard_note(index)):
                note = self._note(index)
                found += [note] if agreed and note.agreed == agreed.identity else []
        return found

    def _note(self, index: int) -> ShardNote:
        try:
            known = dict(self._read(names.shard_note(index)) or {})
            failed = tuple(Failure(**each) for each in known.pop("failed"))
            return ShardNote(**{**known, "ignored": tuple(known["ignored"])}, failed=failed)
        except (TypeError, KeyError) as exc:
            advice = "Run that shard again."
            raise ResultsError(self._folder.path / names.shard_note(index), "damaged", advice=advice) from exc

    def seen(self, notes: Iterable[ShardNote]) -> dict[str, Seen]:
        """Read which recordings some shards have found when they began, by key: those of the others as well.

        Raises:
            ResultsError: a list is damaged or gone.
        """
        found: dict[str, Seen] = {}
        for name in dict.fromkeys(note.recordings for note in notes):
            try:
                found |= {key: Seen(**each) for key, each in (self._read(name) or {}).items()}
            except TypeError as exc:
                advice = "Delete it, and run the shards again."
                raise ResultsError(self._folder.path / name, "damaged", advice=advice) from exc
        return found

    def clear(self) -> None:
        """Remove all that shards have noted: the run is gathered, or another one takes its place.

        Raises:
            OutputError: something can't be removed.
        """
        self._folder.remove(*self._folder.shard_files)

    def give_up(self) -> None:
        """Remove it for shards that won't end: nor do they go on where they were overwriting results.

        Raises:
            OutputError: something can't be removed.
        """
        for path in self._folder.shards_overwriting:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        self.clear()

    def _read(self, name: str) -> dict[str, Any] | None:
        with self._folder.reading(name) as path:
            return read_json(path)


def _difference(known: Agreement, wanted: Agreement) -> tuple[str, str]:
    """Say what shards have begun, and what was expected instead, of two agreements that differ."""
    if known.videmo != wanted.videmo:
        return f"{known.shards} have begun there", f"the same version, not {wanted.videmo}"
    if known.count != wanted.count:
        return f"shards of {known.count} have begun there", f"shards of {known.count}, not of {wanted.count}"
    if fingerprint(known.settings) != fingerprint(wanted.settings):
        differing = all_changes(settings_from_dict(known.settings), settings_from_dict(wanted.settings))
        return f"shards with other settings have begun there ({'; '.join(map(str, differing))})", ""
    if known.plan != wanted.plan:
        which = "another plan" if known.plan and wanted.plan else "a plan" if known.plan else "no plan"
        return f"shards with {which} have begun there", ""
    other = [name for name, digest in wanted.networks.items() if known.networks.get(name) != digest]
    return f"shards with another {', '.join(other) or 'network'} have begun there", ""
