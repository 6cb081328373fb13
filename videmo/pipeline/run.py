"""Do what is due for a recording: one function that `analyze`, `report`, `annotate` and `live` share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from videmo.pipeline.graph import STAGES
from videmo.pipeline.networks import expect_networks
from videmo.pipeline.stage import Stage, visible
from videmo.pipeline.update import Update
from videmo.pipeline.work import Work
from videmo.results.manifest import Manifest

if TYPE_CHECKING:
    import pandas as pd

    from videmo.persons.sights import Sights


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the work on a recording: stages that run chunk by chunk, then what needs all chunks."""

    chunked: tuple[Stage, ...]
    whole: tuple[Stage, ...]
    last: bool
    """True if the recording is finished after it."""


def bring_up_to_date(work: Work, observations: pd.DataFrame | None = None, sights: Sights | None = None) -> Update:
    """Do all that is due for a recording, in this process.

    Args:
        work: what there is to do.
        observations: of a recording that was observed elsewhere, see `Update`.
        sights: what recognises its faces.

    Raises:
        VidemoError: a stage failed; what was done before it is kept.
    """
    update = update_of(work, observations)
    update.sights = sights if work.settings.identity.enabled else None
    for phase in phases_of(work):
        for chunk in work.chunks if phase.chunked else ():
            run_chunk(work, phase, chunk.index)
        run_whole(update, phase)
    return update


def update_of(work: Work, observations: pd.DataFrame | None = None) -> Update:
    """Open a recording to bring it up to date."""
    files = {stage.name: (*stage.files, *stage.beside) for stage in STAGES if stage.files}
    return Update(work, files, observations)


def phases_of(work: Work) -> tuple[Phase, ...]:
    """Split the work on a recording where all chunks have to be done before anything goes on; at least one phase."""
    return tuple(_phases([stage for stage in STAGES if stage.name in work.due]))


def _phases(due: Sequence[Stage]) -> Iterator[Phase]:
    chunked: list[Stage] = []
    whole: list[Stage] = []
    for stage in due:
        # What goes chunk by chunk waits for what is done in one go before it, but not for its neighbours.
        if stage.per_chunk is not None and len(whole) > len(chunked):
            yield Phase(tuple(chunked), tuple(whole), last=False)
            chunked, whole = [], []
        if stage.per_chunk is not None:
            chunked.append(stage)
        whole.append(stage)
    yield Phase(tuple(chunked), tuple(whole), last=True)


def run_chunk(work: Work, phase: Phase, index: int) -> int:
    """Run the stages of a phase for one chunk; returns the number of frames that were looked at or written just now."""
    expect_networks(work.source.path, work.settings, work.hashes, [stage.name for stage in phase.chunked])
    frames = 0
    for stage in phase.chunked:
        if stage.per_chunk is not None:
            frames = stage.per_chunk(work, work.chunks[index], visible(STAGES, stage, work.settings)) or frames
    return frames


def run_whole(update: Update, phase: Phase) -> Manifest:
    """Run the rest of a phase, when all its chunks are done; returns the manifest."""
    waiting: dict[str, str] = {}
    for stage in phase.whole:
        if stage.run is not None:
            stage.run(update, visible(STAGES, stage, update.work.settings))
        if stage.lasting:
            waiting[stage.name] = update.work.hashes[stage.name]
        if waiting and not stage.noted_later:
            update.note_done(waiting)
            waiting = {}
    return update.finish() if phase.last else update.manifest
