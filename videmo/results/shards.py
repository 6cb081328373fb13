"""Note what each shard of a run has to do and did, so that one of them, or a person, can gather it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from videmo.errors import ResultsError, UsageError
from videmo.files import read_json, write_json
from videmo.results import names
from videmo.results.failures import Failure
from videmo.results.folder import ResultsFolder


@dataclass(frozen=True, slots=True)
class ShardNote:
    """Hold what one shard has to do, and how far it came."""

    index: int
    """From 1."""
    count: int
    keys: Mapping[str, str]
    """The recordings that it has to do: key and location of each."""
    failed: tuple[Failure, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    """All of them, as plain values."""


class ShardNotes:
    """The notes of all shards of a folder of results.

    Args:
        folder: which has to be held while something is written.
    """

    def __init__(self, folder: ResultsFolder) -> None:
        self._folder = folder

    def agree(self, count: int, settings: str, networks: Mapping[str, str]) -> None:
        """Note what all shards of a run have to have alike; refuse others while it goes on.

        Args:
            count: of shards.
            settings: a hash of them.
            networks: hashes of the files that they name, by name.

        Raises:
            UsageError: shards of another number, or with other settings or networks, have begun.
            OutputError: it can't be written.
        """
        self.refuse_others(count, settings, networks)
        if self._agreed() is None:
            with self._folder.writing(names.SHARDS) as path:
                write_json(path, {"count": count, "settings": settings, "networks": dict(networks)})

    def refuse_others(self, count: int, settings: str, networks: Mapping[str, str]) -> None:
        """Refuse shards that don't fit those that have begun, and note nothing.

        Args and errors are those of `agree`.
        """
        known = self._agreed()
        if known is None:
            return
        advice = "Gather the folder first, or start this shard as the others were started."
        if known["count"] != count:
            found = f"shards of {known['count']} have begun there"
            raise UsageError(self._folder.path, found, f"shards of {known['count']}, not of {count}", advice)
        if known["settings"] != settings:
            raise UsageError(self._folder.path, "shards with other settings have begun there", advice=advice)
        for name, digest in networks.items():
            if known.get("networks", {}).get(name) != digest:
                raise UsageError(self._folder.path, f"shards with another {name} have begun there", advice=advice)

    @property
    def count(self) -> int:
        """Return into how many shards the run is divided; 0 if no shard has begun."""
        known = self._agreed()
        return 0 if known is None else int(known["count"])

    def _agreed(self) -> dict[str, Any] | None:
        if not self._folder.has(names.SHARDS):
            return None
        with self._folder.reading(names.SHARDS) as path:
            known = read_json(path)
        if known is None or not isinstance(known.get("count"), int) or not isinstance(known.get("settings"), str):
            raise ResultsError(
                self._folder.path / names.SHARDS, "damaged", advice="Delete it, and start the shards again."
            )
        return known

    def write(self, note: ShardNote) -> None:
        """Write the note of a shard.

        Raises:
            OutputError: it can't be written.
        """
        with self._folder.writing(names.shard_note(note.index)) as path:
            write_json(path, asdict(note))

    def read(self) -> list[ShardNote]:
        """Read the notes of the shards that have begun, in order."""
        found = []
        for index in range(1, self.count + 1):
            if self._folder.has(names.shard_note(index)):
                with self._folder.reading(names.shard_note(index)) as path:
                    known = read_json(path)
                if known is None:
                    raise ResultsError(
                        self._folder.path / names.shard_note(index), "damaged", advice="Run that shard again."
                    )
                failed = tuple(Failure(**each) for each in known.pop("failed"))
                found.append(ShardNote(**known, failed=failed))
        return found

    def clear(self) -> None:
        """Remove all notes: the run is gathered.

        Raises:
            OutputError: one can't be removed.
        """
        indexes = range(1, self.count + 1)
        self._folder.remove(*(names.shard_note(index) for index in indexes), names.SHARDS)
