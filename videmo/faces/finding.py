"""Find the faces in the frames of a chunk, as the detector does it: searched and followed, or frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from videmo.faces.detector import FaceDetector
from videmo.faces.following import Followable, find_faces
from videmo.faces.network import NetworkDetector
from videmo.faces.picture import faces_in_picture
from videmo.records import Chunk, Detection, Recording
from videmo.settings import Settings
from videmo.video.cells import sampling_cell
from videmo.video.luma import Luma
from videmo.video.read import Frame, ReadCounts, read_frames


def faces_in_chunk(
    recording: Recording, chunk: Chunk, settings: Settings, detector: FaceDetector, counts: ReadCounts
) -> Iterator[tuple[Frame, list[Detection]]]:
    """Find the faces in the sampled frames of a chunk; where they are followed, its frames begin with a search.

    Args:
        recording: as probed.
        chunk: of it.
        settings: how frames are sampled and searched.
        detector: which finds the faces.
        counts: filled on the way.

    Raises:
        RecordingError: the file can't be read, or it changed since it was probed.
    """
    fps = settings.reading.fps
    if not isinstance(detector, NetworkDetector):
        for frame in read_frames(recording, chunk, fps=fps, counts=counts):
            yield frame, detector.detect(frame.luma)
        return
    yield from followed_in_chunk(recording, chunk, detector, fps, search_rate(settings), counts)


def followed_in_chunk(
    recording: Recording, chunk: Chunk, detector: Followable, fps: float | None, rate: float, counts: ReadCounts
) -> Iterator[tuple[Frame, list[Detection]]]:
    """Search the frames of a chunk ``rate`` times per second and follow what is found in those between.

    Args:
        recording: as probed.
        chunk: of it.
        detector: which searches and follows.
        fps: frames sampled per second; None for every frame.
        rate: searches per second.
        counts: filled on the way.

    Raises:
        RecordingError: the file can't be read, or it changed since it was probed.
    """
    begin, end = (
        0 if pts is None else sampling_cell(pts * float(recording.time_base) - recording.start_s, rate)
        for pts in (chunk.start_pts, chunk.end_pts)
    )
    frames = read_frames(recording, chunk, fps=fps, counts=counts, beyond=True)
    yield from find_faces(frames, chunk, detector, lambda time_s: sampling_cell(time_s, rate), begin, end)


def search_rate(settings: Settings) -> float:
    """Return how often per second whole frames are searched: every sampled frame, if these are rare."""
    fps, rate = settings.reading.fps, settings.detector.search_fps
    return rate if fps is None else min(fps, rate)


def whole_frame(detector: FaceDetector) -> Callable[[Luma], list[Detection]]:
    """Return how a detector looks at a whole frame of a recording."""
    return detector.search if isinstance(detector, NetworkDetector) else detector.detect


def single_picture(detector: FaceDetector) -> Callable[[Luma], list[Detection]]:
    """Return how a detector looks at a picture that stands alone: no frames before and behind make a face sure."""
    return partial(faces_in_picture, detector) if isinstance(detector, NetworkDetector) else detector.detect
