"""Write the annotated video: labels for each chunk, a segment per chunk, joined with the recording's audio."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, TypeVar

from videmo.annotate.layout import STRIP_S
from videmo.errors import OutputError
from videmo.pipeline.stage import Stage
from videmo.pipeline.update import Update
from videmo.pipeline.work import Work
from videmo.records import Chunk
from videmo.results import names
from videmo.settings import Settings

if TYPE_CHECKING:
    from videmo.anonymize.anonymizer import Anonymizer

Part = TypeVar("Part")
MARKING: Final = tuple(
    f"quality.{name}"
    for name in (
        "leave_out", "min_height_px", "min_sharpness", "min_brightness", "max_outside", "max_yaw", "max_pitch",
        "min_score",
    )
)  # fmt: skip
"""The settings that tell which faces count."""
LABEL_MARGIN_S: Final = 2.0 + STRIP_S / 2
"""Seconds beyond a chunk's ends whose observations its labels may depend on."""


def _write_labels(update: Update, settings: Settings) -> None:
    """Write what each chunk's video needs, so that no worker has to hold a long recording's table."""
    from videmo.annotate.labels import sights_of
    from videmo.timeline.quality import mark_left_out
    from videmo.timeline.sampling import sampling_of

    work, recording = update.work, update.manifest.recording
    marked = mark_left_out(update.open_observations(), recording.width, recording.height, settings.quality)
    sights = sights_of(marked)
    gap_s = max(settings.timeline.max_gap_s, settings.tracking.max_gap_s)
    sampling = sampling_of(sights.times)
    margin = sampling.longest_wait_s(gap_s) + LABEL_MARGIN_S
    for chunk in work.chunks:
        begin, end = work.seconds_of(chunk)
        part = sights.between(begin - margin, end + margin, sampling.usual_s)
        update.results.put_part(work.part("labels", chunk), part)


def _segment(work: Work, chunk: Chunk, settings: Settings) -> int:
    """Write the annotated video of one chunk; returns the number of frames, 0 if an earlier run has written it."""
    from videmo.annotate.labels import Labels, Sights
    from videmo.annotate.segment import annotate_chunk

    results, segment = work.results, _segment_part(work, chunk)
    if results.has(segment):
        return 0
    labels = Labels(_made(work, "labels", chunk, Sights), settings.timeline.max_gap_s)
    hides = settings.anonymize.hides_faces
    hide = _anonymizer(work, chunk, settings).hide if hides else None
    known = {} if hides else work.people.names
    with results.writing(segment) as path, work.opened() as recording:
        return annotate_chunk(recording, chunk, labels, path, settings.annotation, names=known, hide=hide)


def _segment_part(work: Work, chunk: Chunk) -> str:
    from videmo.video.write import SEGMENT_SUFFIX

    return work.part("annotation", chunk, SEGMENT_SUFFIX)


def _anonymizer(work: Work, chunk: Chunk, settings: Settings) -> Anonymizer:
    from videmo.anonymize.anonymizer import Anonymizer
    from videmo.anonymize.cover import Cover
    from videmo.anonymize.search import Searcher

    searcher = Searcher(settings.anonymize, settings.detector)
    return Anonymizer(_made(work, "cover", chunk, Cover), searcher, settings.anonymize)


def _made(work: Work, stage: str, chunk: Chunk, kind: type[Part]) -> Part:
    """Read what a stage of this run made for a chunk.

    Raises:
        OutputError: it is gone.
    """
    work.results.await_files(work.part(stage, chunk))
    part = work.results.load_part(work.part(stage, chunk), kind)
    if part is None:
        path = work.folder / work.part(stage, chunk)
        raise OutputError(path, "gone or damaged while videmo was working", advice="Run again.")
    return part


def _join(update: Update, settings: Settings) -> None:
    """Join the segments; a video that an earlier run joined stays."""
    from videmo.video.mux import join_segments

    work, results = update.work, update.results
    if settings.anonymize.hides_faces:
        update.begin_hiding()
    segments = [_segment_part(work, chunk) for chunk in work.chunks]
    joined = update.manifest.stages.get("annotation") == work.hashes["annotation"] and results.has_video
    if not joined:
        results.await_files(*segments)
    if joined and not results.has(*segments):
        return
    restarts = update.manifest.result.restarts
    with ExitStack() as stack:
        paths = [stack.enter_context(results.reading(segment)) for segment in segments]
        target = stack.enter_context(results.writing(names.VIDEO))
        recording = stack.enter_context(work.opened())
        warnings = join_segments(paths, recording, target, audio=settings.annotation.audio, restarts=restarts)
    update.manifest = update.manifest.with_note("video", warnings)


LABELS: Final = Stage(
    name="labels",
    words="",
    needs=("persons",),
    settings=("timeline.max_gap_s", *MARKING),
    run=_write_labels,
    version=3,
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
    version=6,
)
