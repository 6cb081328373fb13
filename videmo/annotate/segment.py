"""Write the annotated video of one chunk."""

from __future__ import annotations

from pathlib import Path

from videmo.annotate.labels import Labels
from videmo.annotate.overlay import draw_labels
from videmo.config import AnnotationSettings
from videmo.records import Chunk, Recording
from videmo.video.read import ReadCounts, read_frames
from videmo.video.write import displayed_yuv420p, segment_writer


def annotate_chunk(
    recording: Recording, chunk: Chunk, labels: Labels, target: Path, settings: AnnotationSettings
) -> int:
    """Draw the labels over every frame of a chunk, sampled or not, and encode them as one segment.

    Returns:
        The number of frames written.

    Raises:
        RecordingError: the recording can't be read.
        OutputError: the segment can't be written.
    """
    written, last_pts = 0, None
    with segment_writer(target, recording, quality=settings.quality) as writer:
        for frame in read_frames(recording, chunk, fps=None, counts=ReadCounts()):
            if last_pts is not None and frame.pts <= last_pts:
                continue  # an encoder takes no two pictures for one moment
            picture = displayed_yuv420p(frame.picture, recording)
            draw_labels(picture, labels.at(frame.time_s))
            writer.write(picture, frame.pts, frame.picture)
            written, last_pts = written + 1, frame.pts
    return written
