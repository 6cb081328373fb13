"""Decide what a run does with each recording, and whether it may: for the run, and for who asks what it would do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from videmo.batch.overwriting import Overwriting
from videmo.batch.redoing import OtherSettings, redone
from videmo.batch.tasks import PlanAnalysis
from videmo.pipeline.plan import network_hashes
from videmo.records import Source
from videmo.results.folder import ResultsFolder
from videmo.settings import Settings
from videmo.settings.differing import Change


@dataclass(frozen=True, slots=True)
class Decision:
    """Say what a run does, if it may."""

    folder: ResultsFolder
    plans: Sequence[PlanAnalysis]
    """What to begin with, for each recording."""
    lost: Mapping[str, Sequence[Change]] = field(default_factory=dict)
    """Results that nobody agreed to lose: which settings differ, by the key of each recording."""
    notes: Sequence[str] = ()
    """What is done without asking, in sentences."""

    @property
    def refusal(self) -> OtherSettings | None:
        """Return the error for which the run is refused; None if it is not."""
        return OtherSettings(self.folder.path, self.lost) if self.lost else None


def overwriting_in(folder: ResultsFolder, settings: Settings, shard: int | None = None) -> Overwriting:
    """Return the note of what is overwritten in a folder by a run over it, or by one of its shards.

    Whoever overwrites for the folder as a whole does so for all shards, and the other way round.
    """
    whole = folder.overwriting()
    if shard is None:
        return Overwriting(whole, settings, folder.shards_overwriting)
    return Overwriting(folder.overwriting(shard), settings, [whole])


def decide(
    sources: Sequence[Source], folder: ResultsFolder, settings: Settings, note: Overwriting, *, overwrite: bool
) -> Decision:
    """Decide what a run does.

    Args:
        sources: its recordings.
        folder: of the results.
        settings: the wanted ones.
        note: from `overwriting_in`.
        overwrite: whether to analyse again what is finished.

    Raises:
        UsageError, WeightsError: the detector or a network that the settings name can't be loaded.
    """
    networks = network_hashes(settings)
    done = note.done([source.key for source in sources])
    plans = [
        PlanAnalysis(
            source,
            folder.recording(source.key).folder,
            settings,
            networks,
            overwrite and source.key not in done,
            folder.cast.of(source.key),
        )
        for source in sources
    ]
    if overwrite:
        return Decision(folder, plans)
    again = redone(sources, folder, settings, networks)
    agreed = note.agreed | _failed(note.agreed_elsewhere, folder)
    lost = {key: differing for key, differing in again.by_settings.items() if key not in agreed}
    return Decision(folder, plans, lost, again.notes())


def _failed(agreed: Iterable[str], folder: ResultsFolder) -> frozenset[str]:
    """Return those of some results that failed when they were overwritten; others may have been made since."""
    return frozenset(key for key in agreed if not folder.recording(key).finished)
