"""Write the annotated video of one chunk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from videmo.annotate.labels import Labels
from videmo.annotate.layout import STRIP_S
from videmo.annotate.overlay import Overlay
from videmo.annotate.strip import strip_box
from videmo.records import Chunk, Recording
from videmo.settings import AnnotationSettings
from videmo.video.displayed import displayed_yuv420p, even
from videmo.video.planar import Plane
from videmo.video.read import ReadCounts, read_frames
from videmo.video.write import segment_writer


def annotate_chunk(
    recording: Recording,
    chunk: Chunk,
    labels: Labels,
    target: Path,
    settings: AnnotationSettings,
    *,
    names: Mapping[int, str] | None = None,
    hide: Callable[[Plane, float], None] | None = None,
) -> int:
    """Draw the labels over every frame of a chunk, sampled or not, and encode them as one segment.

    ``hide`` receives each picture and its time in seconds before anything is drawn, and hides faces in it.

    Returns:
        The number of frames written.

    Raises:
        RecordingError: the recording can't be read.
        OutputError: the segment can't be written.
    """
    written, last_pts = 0, None
    overlay = overlay_for(even(recording.width), even(recording.height), labels, names or {})
    with segment_writer(target, recording, quality=settings.quality) as writer:
        for frame in read_frames(recording, chunk, fps=None, counts=ReadCounts()):
            if last_pts is not None and frame.pts <= last_pts:
                continue  # an encoder takes no two pictures for one moment
            picture = displayed_yuv420p(frame.picture, recording, frame.aspect)
            if hide is not None:
                hide(picture, frame.time_s)
            overlay.draw(picture, labels.at(frame.time_s), labels.around(frame.time_s, STRIP_S), frame.time_s)
            writer.write(picture, frame.pts, frame.picture)
            written, last_pts = written + 1, frame.pts
    return written


def overlay_for(width: int, height: int, labels: Labels, names: Mapping[int, str]) -> Overlay:
    """Prepare to draw: the running timeline goes along the edge with fewer faces, or the lower one if equal."""
    boxes = labels.boxes()
    covered = []
    for on_top in (False, True):
        strip = strip_box(width, height, labels.words, on_top=on_top)
        inside = (boxes[:, 1] < strip.top + strip.height) & (boxes[:, 1] + boxes[:, 3] > strip.top)
        covered.append(int(inside.sum()))
    return Overlay(width, height, names, words=labels.words, strip_on_top=covered[1] < covered[0])
