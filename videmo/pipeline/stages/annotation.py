"""Write the annotated video: labels for each chunk, a segment per chunk, joined with the recording's audio."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.annotate.labels import Labels
from videmo.annotate.overlay import STRIP_S
from videmo.annotate.segment import annotate_chunk
from videmo.anonymize.anonymizer import Anonymizer
from videmo.anonymize.cover import Cover
from videmo.anonymize.search import Searcher
from videmo.errors import OutputError
from videmo.measures.registry import carried
from videmo.pipeline.stage import Stage
from videmo.pipeline.update import Update
from videmo.pipeline.work import Work
from videmo.records import Chunk
from videmo.results import names
from videmo.results.parts import load_part
from videmo.results.schema import read_observations, write_table
from videmo.settings import Settings
from videmo.timeline.sampling import sampling_of
from videmo.video.write import SEGMENT_SUFFIX, join_segments

LABEL_MARGIN_S: Final = 2.0 + STRIP_S / 2
"""Seconds beyond a chunk's ends whose observations its labels may depend on."""
_LABELLED: Final = ("time_s", "status", "person", "x", "y", "w", "h", *carried().words)


def _write_labels(update: Update, settings: Settings) -> None:
    """Write the rows that each chunk's video needs, so that no worker has to hold a long recording's table."""
    work, observations = update.work, update.open_observations()
    times = observations["time_s"].to_numpy()
    gap_s = max(settings.timeline.max_gap_s, settings.tracking.max_gap_s)
    sampling = sampling_of(np.unique(times))
    margin = sampling.longest_wait_s(gap_s) + LABEL_MARGIN_S
    for chunk in work.chunks:
        begin, end = work.seconds_of(chunk)
        first, last = _with_still(times, begin - margin, end + margin, sampling.usual_s)
        write_table(observations.iloc[first:last][list(_LABELLED)], work.part("labels", chunk, ".csv"))


def _with_still(times: npt.NDArray[np.float64], begin: float, end: float, usual_s: float) -> tuple[int, int]:
    """Find the rows from one time to another, and those of a picture that stands still beyond either."""
    first, last = int(np.searchsorted(times, begin)), int(np.searchsorted(times, end, "right"))
    if 0 < first < len(times) and times[first] - times[first - 1] > usual_s:
        first = int(np.searchsorted(times, times[first - 1]))
    if 0 < last < len(times) and times[last] - times[last - 1] > usual_s:
        last = int(np.searchsorted(times, times[last], "right"))
    return first, last


def _segment(work: Work, chunk: Chunk, settings: Settings) -> int:
    """Write the annotated video of one chunk; returns the number of frames, 0 if an earlier run has written it."""
    path = work.part("annotation", chunk, SEGMENT_SUFFIX)
    if path.is_file():
        return 0
    table = read_observations(work.part("labels", chunk, ".csv"), _LABELLED)
    labels = Labels(table, settings.timeline.max_gap_s)
    hides = settings.anonymize.hides_faces
    hide = _anonymizer(work, chunk, settings).hide if hides else None
    known = {} if hides else work.people.names
    return annotate_chunk(work.recording, chunk, labels, path, settings.annotation, names=known, hide=hide)


def _anonymizer(work: Work, chunk: Chunk, settings: Settings) -> Anonymizer:
    """Make the anonymizer of a chunk.

    Raises:
        OutputError: the part with what to hide is gone.
    """
    path = work.part("cover", chunk)
    cover = load_part(path, Cover)
    if cover is None:
        raise OutputError(path, "gone or damaged while videmo was working", advice="Run again.")
    return Anonymizer(cover, Searcher(settings.anonymize, settings.detector), settings.anonymize)


def _join(update: Update, settings: Settings) -> None:
    """Join the segments; a video that an earlier run joined stays."""
    work, results = update.work, update.results
    segments = [work.part("annotation", chunk, SEGMENT_SUFFIX) for chunk in work.chunks]
    joined = update.manifest.stages.get("annotation") == work.hashes["annotation"] and results.video.is_file()
    if joined and not all(segment.is_file() for segment in segments):
        return
    restarts = update.manifest.result.restarts
    warnings = join_segments(
        segments, work.recording, results.video, audio=settings.annotation.audio, restarts=restarts
    )
    update.manifest = update.manifest.with_note("video", warnings)


LABELS: Final = Stage(
    name="labels",
    words="",
    needs=("persons",),
    settings=("timeline.max_gap_s",),
    run=_write_labels,
)
ANNOTATION: Final = Stage(
    name="annotation",
    words="annotated video",
    needs=("labels", "cover"),
    settings=("annotation", "anonymize.hides_faces"),
    files=(names.VIDEO,),
    per_chunk=_segment,
    run=_join,
    enabled=lambda settings: settings.annotation.enabled,
)
