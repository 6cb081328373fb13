"""Read and write the folder of results of many recordings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from videmo.config import merge_settings
from videmo.errors import ResultsError, UsageError
from videmo.files import read_json, write_json
from videmo.results import names
from videmo.results.failures import Failure, failures_in
from videmo.results.folder_files import FolderFiles
from videmo.results.keys import folded
from videmo.results.locks import Locks, Note, unheard
from videmo.results.recording import RecordingResults
from videmo.settings import Settings
from videmo.store.protocol import StoreError
from videmo.store.recordings import may_fail_again
from videmo.store.stores import kind_of
from videmo.version import __version__


@dataclass(frozen=True, slots=True)
class FolderManifest:
    """``run.json`` of the whole folder."""

    settings: Mapping[str, Any] | None = None
    """Of the last run, as plain values."""
    failed: tuple[Failure, ...] = ()
    stages: Mapping[str, str] = field(default_factory=dict)
    """Of each stage of the folder, the hash of all that it depends on."""
    videmo: str = __version__


class ResultsFolder(FolderFiles):
    """A folder of results.

    Args:
        path: its location; it need not exist yet.
    """

    def recording(self, key: str) -> RecordingResults:
        """Return the results of one recording, whether there are any or not."""
        return RecordingResults(self.path / key, lambda: self.cast.of(key))

    def links_on_the_way_to(self, key: str) -> bool:
        """Tell whether the results of a recording would be written through a link, which may lead anywhere."""
        parts = PurePosixPath(key).parts
        ways = [self.path.joinpath(*parts[:depth]) for depth in range(1, len(parts) + 1)]
        return not kind_of(self.path) and any(way.is_symlink() for way in ways)

    def finished(self) -> list[RecordingResults]:
        """List the finished recordings, in order of their keys."""
        return [results for results in self._found() if results.finished]

    def begun(self) -> list[RecordingResults]:
        """List the recordings that were begun but not finished, in order of their keys."""
        return [results for results in self._found() if not results.finished]

    def known(self) -> list[RecordingResults]:
        """List the recordings that are finished or begun, in order of their keys."""
        return self._found()

    def discard_parts(self) -> list[str]:
        """Remove what was kept of recordings that are not finished; returns their keys.

        Raises:
            OutputError: something can't be removed.
        """
        found = {str(PurePosixPath(key).parent) for key in self._store.list() if f"/{names.WORK}/" in f"/{key}"}
        for place in sorted(found):
            self._store.clear(place)
        return sorted({str(PurePosixPath(place).parent) for place in found})

    @property
    def is_study(self) -> bool:
        """Tell whether it is the folder of a study."""
        return self.has(names.STUDY) and not self.has_tables

    @property
    def has_traces(self) -> bool:
        """Tell whether any run has been at work here, to whatever end."""
        if (self._store.here / names.LOCK).exists():
            return True
        return any(names.MANIFEST in key or f"/{names.WORK}/" in f"/{key}" for key in self._store.list())

    def require_finished(self) -> list[RecordingResults]:
        """List the finished recordings.

        Raises:
            UsageError: it is the folder of a single recording, or of a study.
            ResultsError: there are none.
        """
        found = self.finished()
        if not found:
            self.refuse_recording()
            if self.is_study:
                advice = "Name the folder that the study is about: results in its study.toml."
                raise UsageError(self.path, "this is a study", "a folder of results", advice)
            gone = not kind_of(self.path) and not self.path.exists()
            advice = "There is no such folder: check the path." if gone else "Analyse some recordings into it first."
            raise ResultsError(self.path, "no results found", advice=advice)
        return found

    def require_observed(self) -> list[RecordingResults]:
        """List the finished recordings, and those whose observations are complete though what follows broke off.

        Raises:
            ResultsError: there are none.
        """
        begun = [results for results in self.begun() if results.manifest.is_observed]
        found = sorted([*self.finished(), *begun], key=lambda results: results.manifest.key)
        return found or self.require_finished()

    def __iter__(self) -> Iterator[RecordingResults]:
        return iter(self.finished())

    def misplaced(self) -> list[RecordingResults]:
        """List results in folders that were renamed or moved since: they count for nothing, but are there."""
        own = {results.manifest.key for results in self._found()}
        everywhere = self._everywhere().items()
        return [each for place, each in everywhere if str(place) != each.manifest.key or each.manifest.key not in own]

    def damaged(self, known: Collection[str]) -> list[str]:
        """List the places of finished results whose manifest can't be read: they count for nothing, but are there.

        Args:
            known: the places of all others; what lies within these is part of them.
        """
        places = [place for place in self._manifests() if {str(place), *map(str, place.parents)}.isdisjoint(known)]
        results = {str(place): self.recording(str(place)) for place in places}
        return [
            place
            for place, each in results.items()
            if each.has(names.MANIFEST, names.OBSERVATIONS) and each.known is None
        ]

    def _found(self) -> list[RecordingResults]:
        everywhere = self._everywhere()
        own = {str(place): results for place, results in everywhere.items() if str(place) == results.manifest.key}
        for place, results in everywhere.items():
            key = results.manifest.key
            # A file system that doesn't tell such names apart may spell the name of a folder otherwise.
            if key not in own and folded(key) == folded(str(place)):
                named = self.recording(key)
                if named.known is not None and named.known.key == key:
                    own[key] = named
        return [own[key] for key in sorted(own)]

    def _everywhere(self) -> dict[PurePosixPath, RecordingResults]:
        found: dict[PurePosixPath, RecordingResults] = {}
        for place in self._manifests():
            if found.keys().isdisjoint(place.parents):  # else it lies among the files of a recording
                results = self.recording(str(place))
                if results.known is not None:
                    found[place] = results
        return found

    def _manifests(self) -> list[PurePosixPath]:
        """List the folders with a manifest below this one, outer ones first."""
        places = set()
        for key in map(PurePosixPath, self._store.list()):
            if key.name == names.MANIFEST:
                places.add(key.parent.parent if key.parent.name == names.WORK else key.parent)
        return sorted(place for place in places if place.parts and names.WORK not in place.parts)

    def lock(self, note: Note = unheard) -> AbstractContextManager[None]:
        """Hold the folder for one run.

        Args:
            note: receives a sentence where something has to be waited for.

        Raises:
            UsageError: it is the folder of a single recording.
            OutputError: another run or a shard holds it, or takes it over, or it can't be written to.
        """
        self.refuse_recording()
        return Locks(self._store, self.path, note).whole()

    def lock_shard(self, index: int, begin: Callable[[], None], note: Note = unheard) -> AbstractContextManager[None]:
        """Hold a shard of the folder; others may be held at the same time.

        Args:
            index: of the shard.
            begin: what to do first, while no other shard begins.
            note: receives a sentence where something has to be waited for.

        Raises:
            UsageError: it is the folder of a single recording.
            OutputError: a run, or the same shard, holds it, or takes it over, or it can't be written to.
        """
        self.refuse_recording()
        return Locks(self._store, self.path, note).shard(index, begin)

    @property
    def own_key(self) -> str:
        """Return the key of the recording whose folder this is; empty for a folder of many."""
        known = RecordingResults(self.path).known
        return "" if known is None else known.key

    def refuse_recording(self) -> None:
        """Refuse to take the folder of a single recording for one of many.

        Raises:
            UsageError: it is one.
        """
        if self.own_key:
            advice = "Choose the folder above it."
            raise UsageError(self.path, "this is the folder of a single recording", advice=advice)

    # What is known of the folder as a whole.

    @property
    def manifest(self) -> FolderManifest:
        """Read what the last run noted; an empty manifest where there is none or it is damaged."""
        content = self._noted(names.MANIFEST)
        settings, stages = content.get("settings"), content.get("stages")
        stages = stages if isinstance(stages, dict) else {}
        return FolderManifest(
            settings if isinstance(settings, dict) else None,
            tuple(failures_in(content.get("failed"))),
            {name: noted for name, noted in stages.items() if isinstance(noted, str)},
        )

    def status(self, shard: str = "") -> dict[str, Any]:
        """Read how far the last run has come, or a shard such as ``3/16``; empty where nobody has told."""
        return self._noted(names.status(shard))

    def write_status(self, content: Mapping[str, Any], shard: str = "") -> None:
        """Write how far a run or a shard has come.

        Raises:
            OutputError: it can't be written.
        """
        with self.writing(names.status(shard)) as path:
            write_json(path, content)

    def write_manifest(self, manifest: FolderManifest) -> None:
        """Note what a run did."""
        content = {
            "videmo": manifest.videmo,
            "settings": manifest.settings,
            "failed": [asdict(failure) for failure in manifest.failed],
            "stages": dict(manifest.stages),
        }
        with self.writing(names.MANIFEST) as path:
            write_json(path, content)

    def over_results(self, failures: Iterable[Failure]) -> list[Failure]:
        """Note of failures over which finished results they happened, which are not what was asked for."""
        states = {failure.key: self.recording(failure.key) for failure in failures}
        return [
            replace(failure, over=states[failure.key].manifest.state if states[failure.key].finished else "")
            for failure in failures
        ]

    def failures(self, tried: Collection[str] = ()) -> list[Failure]:
        """List what failed in earlier runs, may do so again, and is not among the keys tried now."""
        untried = [failure for failure in self.manifest.failed if failure.key not in tried]
        return [failure for failure in untried if may_fail_again(failure.location(self.path))]

    @property
    def as_it_is(self) -> Settings:
        """Return settings by which what belongs to the whole folder is made again, and nothing that is not there."""
        made = {"plots.enabled": self.has_overview, "report.enabled": self.has_index}
        return merge_settings(Settings(), None, {**made, "tables.csv_style": self.csv_style})

    def discard(self, key: str) -> None:
        """Remove all results of a recording; what can't be removed stays."""
        self._store.clear(key)

    def tidy(self) -> None:
        """Remove temporary files of runs that were killed."""
        self._store.sweep()

    def holds_results(self) -> bool:
        """Tell whether it contains results, of one recording or of many: it is then not searched for recordings."""
        return any("videmo" in self._noted(name) for name in (names.MANIFEST, names.BEGUN))

    def _noted(self, name: str) -> dict[str, Any]:
        """Read a manifest of any kind as plain values; empty where there is none or it is damaged."""
        try:
            with self._store.local(name) as path:
                return read_json(path) or {}
        except StoreError:
            return {}

    def __repr__(self) -> str:
        return f"<folder of results {self.path}>"
