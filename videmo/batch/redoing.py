"""Tell which recordings a run would observe again though there are results of them, and why.

Observations take hours; all that follows from them takes seconds. So results whose observations would be lost only
because other settings are wanted are not replaced unless that is asked for. Where a new version of videmo observes
otherwise, or the recording has changed, they are made anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from videmo.errors import Given, RecordingError, UsageError, VidemoError
from videmo.pipeline.graph import sections_of
from videmo.pipeline.plan import network_hashes
from videmo.pipeline.stages.observation import OBSERVE
from videmo.records import Source
from videmo.results.folder import ResultsFolder
from videmo.results.recording import RecordingResults
from videmo.settings import Settings
from videmo.settings.differing import Change, changes
from videmo.store.recordings import compare

_MOST = 4


class OtherSettings(UsageError):
    """Results would be lost because other settings are wanted.

    Args:
        out: the folder of results.
        lost: the settings that differ, by the key of each recording.
    """

    def __init__(self, out: Path, lost: Mapping[str, Sequence[Change]]) -> None:
        self.count = len(lost)
        self.changes = tuple(Counter(change for each in lost.values() for change in each))
        what = (
            "the results of 1 recording were" if self.count == 1 else f"the results of {self.count:,} recordings were"
        )
        would = "it would be analysed" if self.count == 1 else "they would all be analysed"
        advice = "Choose the settings of then, or another folder for the results; or have the results overwritten."
        super().__init__(out, f"{what} made with other settings ({self.differing()}), and {would} again", advice=advice)

    def differing(self) -> str:
        """Name the settings that differ, with their values."""
        more = len(self.changes) - _MOST
        return "; ".join(map(str, self.changes[:_MOST])) + (f"; and {more} more" if more > 0 else "")


@dataclass(frozen=True, slots=True)
class Redone:
    """Recordings whose observations are there, complete, and would be made again, by their keys."""

    by_settings: Mapping[str, Sequence[Change]]
    """Because other settings are wanted: which ones."""
    by_version: Sequence[str]
    """Because this version of videmo observes otherwise."""

    def notes(self) -> list[str]:
        """Say what is made again without asking."""
        count = len(self.by_version)
        what = "1 recording is" if count == 1 else f"{count:,} recordings are"
        why = "this version of videmo observes otherwise than the one that made the results"
        return [f"{what} analysed again, as {why}."] if count else []


def redone(sources: Iterable[Source], folder: ResultsFolder, settings: Settings, networks: Mapping[str, str]) -> Redone:
    """Find the recordings of a run that would be observed again.

    Args:
        sources: of the run.
        folder: of results.
        settings: the wanted ones.
        networks: from `network_hashes`.
    """
    known = {results.manifest.key: results for results in folder.known()}
    own = _OwnHashes()
    by_settings: dict[str, Sequence[Change]] = {}
    by_version: list[str] = []
    for source in sources:
        results = known.get(source.key)
        if results is None or not _stands(results, source) or results.manifest.stages["observe"] == networks["observe"]:
            continue
        then = results.manifest.settings or settings
        differing = changes(then, settings, sections_of(OBSERVE))
        if differing and own.of(then) in ("", results.manifest.stages["observe"]):
            by_settings[source.key] = differing
        else:
            by_version.append(source.key)
    return Redone(by_settings, by_version)


def refuse_to_show(sources: Iterable[Source], folder: ResultsFolder, settings: Settings) -> None:
    """Refuse to show faces again that earlier runs have hidden, where nobody said that they are to be shown.

    Args:
        sources: of the run.
        folder: of results.
        settings: the wanted ones, in which it was not said how faces are hidden.

    Raises:
        UsageError: faces are hidden now, and would be shown by this run, or by later commands, which take the settings
            of the last run for those that are wanted.
    """
    if settings.anonymize.hides_faces:
        return
    known = ((source.key, folder.recording(source.key).known) for source in sources)
    hidden = [key for key, manifest in known if manifest is not None and manifest.hides_faces]
    if hidden:
        which = "1 recording" if len(hidden) == 1 else f"{len(hidden):,} recordings"
        named = hidden[0] if len(hidden) == 1 else f"{hidden[0]}, …"
        found = f"faces are hidden in the results of {which} ({named}), but not by this run"
        advice = "Name a way with 'anonymize' to go on hiding them, or 'none' to show them."
        raise UsageError(Given("out", folder.path), found, advice=advice)


def _stands(results: RecordingResults, source: Source) -> bool:
    """Tell whether there are observations, of the same content."""
    if not (results.manifest.is_observed and results.has(*OBSERVE.files)):
        return False
    try:
        return bool(compare(results.manifest.input, source.path))
    except RecordingError:
        return False  # who analyses it says why


class _OwnHashes:
    """The hash that observations with some settings have today; empty if that can't be told."""

    def __init__(self) -> None:
        self._known: dict[Settings, str] = {}

    def of(self, settings: Settings) -> str:
        if settings not in self._known:
            try:
                self._known[settings] = network_hashes(settings)["observe"]
            except VidemoError:  # a network of then is gone
                self._known[settings] = ""
        return self._known[settings]
