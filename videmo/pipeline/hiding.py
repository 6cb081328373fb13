"""What hiding faces adds to the work on a recording: search its chunks, follow what was seen, deal out what to hide."""

from __future__ import annotations

import pandas as pd

from videmo.annotate.cover import Cover, follow
from videmo.annotate.hide import Hider
from videmo.annotate.search import Searcher, Sights, search_chunk
from videmo.errors import OutputError
from videmo.pipeline.job import Job
from videmo.records import Chunk
from videmo.tables.parts import kept_part, load_part, save_part


def searched(job: Job, chunk: Chunk) -> Sights:
    """What may be a face in a chunk; searched unless an earlier run has."""
    return kept_part(job.search_part(chunk), Sights, lambda: search_chunk(job.recording, chunk, job.settings))


def deal_out_cover(job: Job, observations: pd.DataFrame) -> None:
    """Follow what may be faces through the whole recording, and give each chunk what its video has to hide."""
    settings = job.settings
    parts = [searched(job, chunk) for chunk in job.chunks]
    cover = follow(parts, observations, settings.tracking, settings.anonymize)
    for chunk in job.chunks:
        save_part(cover.between(*job.seconds_of(chunk)), job.cover_part(chunk))


def hider_of(job: Job, chunk: Chunk) -> Hider:
    """What hides the faces of a chunk.

    Raises:
        OutputError: what was dealt out is not there any more.
    """
    cover = load_part(job.cover_part(chunk), Cover)
    if cover is None:
        raise OutputError(f"{job.cover_part(chunk)}: gone or damaged while videmo was working. Start again.")
    settings = job.settings.anonymize
    return Hider(cover, Searcher(settings, job.settings.detector), settings)
