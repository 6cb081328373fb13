"""Observe every sampled frame: chunk by chunk, then joined."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from videmo.errors import RecordingError
from videmo.faces.detector import detector_identity
from videmo.faces.identity import landmarks_identity, recognition_identity
from videmo.measures.registry import MEASURES, measures
from videmo.pipeline.stage import Stage
from videmo.pipeline.update import Update
from videmo.pipeline.work import Work
from videmo.records import Chunk
from videmo.results import names
from videmo.results.manifest import Result, new_manifest
from videmo.results.schema import DECIMALS
from videmo.settings import Settings
from videmo.store.recordings import with_content

if TYPE_CHECKING:
    import pandas as pd

    from videmo.pipeline.chunks import ChunkObservations

_UPRIGHT: Final = 0.75
"""Mean score of the surest face in each frame with one, below which faces may not stand upright."""


def _observe(work: Work, chunk: Chunk, settings: Settings) -> int:
    """Observe one chunk, unless an earlier run has; returns the number of frames that were sampled just now."""
    kept = work.results.has(work.part("observe", chunk))
    part = _part(work, chunk, settings)
    return 0 if kept else len(part.frame)


def _part(work: Work, chunk: Chunk, settings: Settings) -> ChunkObservations:
    from videmo.pipeline.chunks import ChunkObservations
    from videmo.pipeline.observer import observe_chunk

    def observe() -> ChunkObservations:
        with work.opened() as recording:
            return observe_chunk(recording, chunk, settings)

    return work.results.kept_part(work.part("observe", chunk), ChunkObservations, observe)


def _join(update: Update, settings: Settings) -> None:
    """Join the chunks; nothing is written yet.

    Raises:
        RecordingError: not a single frame could be decoded.
    """
    from videmo.pipeline.chunks import join_sights

    work, earlier = update.work, update.results.known
    update.results.await_files(*(work.part("observe", chunk) for chunk in work.chunks))
    # Deleted or damaged since, a part costs one chunk, not the recording.
    parts = [_part(work, chunk, settings) for chunk in work.chunks]
    if not sum(len(part.frame) for part in parts):
        advice = "Copy it again from its source."
        raise RecordingError(work.source.path, "not a single frame could be decoded", advice=advice)
    update.observations, result = joined(parts, settings)
    update.fresh = update.anew = True
    if settings.identity.enabled:
        update.sights = join_sights(parts, settings, recognition_identity(settings.identity))
    manifest = new_manifest(work.spelled_source, work.source.key, work.recording)
    people = earlier.people if earlier else manifest.people
    if earlier and people.said and not people.content:  # version 0.2.0 and before
        people = dataclasses.replace(people, content=earlier.input.content)
    known = with_content(manifest.input, work.source.path)
    manifest = dataclasses.replace(manifest, input=known, result=result, people=people)
    manifest = update.with_ending(manifest)
    update.manifest = manifest.with_note("turning", _of_turning(update.observations, work, settings))


def _of_turning(observations: pd.DataFrame, work: Work, settings: Settings) -> list[str]:
    """Say how pictures were turned, or that they should have been.

    Faces that stand upright have high scores. Only where these are low, or there are none, is another look taken.
    """
    from videmo.faces.turning import best_turn

    turn = work.recording.turned
    if turn:
        why = ", as faces are clearest then" if settings.reading.rotate == "auto" else ""
        return [f"pictures were turned by {turn}°{why}"]
    best = observations.groupby("frame")["face_score"].max()
    if settings.reading.rotate != "none" or best.mean() >= _UPRIGHT:  # not a number, where there is no face
        return []
    with work.opened() as opened:
        turn = best_turn(opened, settings.detector)
    if not turn:
        return []
    found = f"faces are clearer when its pictures are turned by {turn}°"
    return [f"{found}: if the camera was turned, analyse it again with rotate = {turn}"]


def joined(parts: Sequence[ChunkObservations], settings: Settings) -> tuple[pd.DataFrame, Result]:
    """Make the observation table of all parts of a recording, and the result of reading it."""
    from videmo.pipeline.chunks import join_chunks
    from videmo.video.losses import RHYTHM, is_steady
    from videmo.video.read import COUNTED

    observations = join_chunks(parts, settings).round(DECIMALS)
    # Not that of the part with the last row: a part also has rows of frames that the next one counts.
    ends_s = [part.end_s for part in parts if part.decoded]
    counted = {name: sum(getattr(part, name) for part in parts) for name in (*COUNTED, *RHYTHM)}
    if not is_steady(counted.pop("even"), counted.pop("odd"), counted["gaps"]):
        counted |= {"gaps": 0, "missing": 0}
    return observations, Result(
        duration_s=round(max(ends_s[-1], *(part.time_s.max(initial=0.0) for part in parts)), 6),
        decoded=sum(part.decoded for part in parts),
        **counted,
    )


def _networks(settings: Settings) -> tuple[object, ...]:
    measured = [(measure.name, measure.names, measure.identity(settings)) for measure in measures(settings)]
    networks = detector_identity(settings.detector), landmarks_identity(settings.landmarks)
    return *networks, recognition_identity(settings.identity), measured


OBSERVE: Final = Stage(
    name="observe",
    words="analyse",
    settings=(
        "reading",
        "detector",
        "landmarks",
        "identity",
        *dict.fromkeys(name for each in MEASURES.values() for measure in each for name in measure.sections),
    ),
    files=(names.OBSERVATIONS,),
    beside=(names.TRACKS,),
    per_chunk=_observe,
    run=_join,
    version=12,
    depends=_networks,
    noted_later=True,
)
