"""Find the faces in a frame and measure them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2

from videmo.faces.detector import FaceDetector, detector_identity, framing_of, make_detector, on_recording
from videmo.faces.following import LiveFollower, find_faces
from videmo.faces.likeness import glance_at
from videmo.faces.network import NetworkDetector
from videmo.measures.measure import Crop, Instrument
from videmo.measures.registry import MEASURES
from videmo.pipeline.chunks import ChunkObservations, Columns
from videmo.records import Chunk, Detection, Observation, Recording
from videmo.settings import DetectorSettings, Settings
from videmo.video.luma import Luma
from videmo.video.read import Frame, ReadCounts, read_frames, sampling_cell


@lru_cache(maxsize=2)
def _detector(settings: DetectorSettings, identity: str) -> FaceDetector:
    """Load a detector once per process: that costs more than a short chunk. Another file of its name counts anew."""
    return make_detector(settings)


@dataclass(frozen=True, slots=True)
class _Sections:
    """The sections of the settings that a measure depends on, as the key under which its instrument is kept."""

    names: tuple[str, ...]
    records: tuple[object, ...]

    def tree(self) -> Settings:
        """Make settings with these sections and defaults for all others."""
        return Settings(**dict(zip(self.names, self.records)))  # type: ignore[arg-type]


@lru_cache(maxsize=8)
def _instrument(place: int, sections: _Sections, identity: str) -> Instrument:
    return MEASURES[place].load(sections.tree())


class Observer:
    """Find the faces in a frame and measure them. The result depends on the frame and the settings alone.

    Args:
        settings: of the detector and the measures.

    Raises:
        UsageError, WeightsError: what the settings name can't be loaded.
    """

    def __init__(self, settings: Settings) -> None:
        cv2.setNumThreads(1)  # chunks run side by side; and sums must not depend on a number of threads
        self._detector = _detector(settings.detector, detector_identity(settings.detector))
        self._framing = framing_of(settings.detector)
        self._instruments: list[tuple[Crop, Instrument]] = []
        for place, measure in enumerate(MEASURES):
            sections = _Sections(measure.sections, tuple(getattr(settings, name) for name in measure.sections))
            instrument = _instrument(place, sections, measure.identity(settings))
            self._instruments.append((measure.crop, instrument))

    @property
    def detector(self) -> FaceDetector:
        """Which finds the faces."""
        return self._detector

    def measure(self, luma: Luma, recording: Recording, faces: Sequence[Detection]) -> list[Observation]:
        """Measure the faces that were found in a frame."""
        observed, small = [], self._instruments[0][0]
        for face in faces:
            left, top, side = self._framing.square(face)
            crops = {crop: luma.patch(left, top, side, crop.size) for crop, _ in self._instruments}
            values = tuple(value for crop, measure in self._instruments for value in measure(crops[crop]))
            observed.append(
                Observation(on_recording(face, luma, recording), values, glance_at(luma, face, crops[small]))
            )
        return observed


class LiveObserver:
    """Finds and measures the faces in pictures as they come: only what is known so far counts.

    Args:
        settings: as for an `Observer`.
    """

    def __init__(self, settings: Settings) -> None:
        self._observer = Observer(settings)
        detector, rate = self._observer.detector, search_rate(settings)
        self._follower: LiveFollower | None = None
        if isinstance(detector, NetworkDetector):
            self._follower = LiveFollower(detector, lambda time_s: sampling_cell(time_s, rate))

    def observe(self, luma: Luma, recording: Recording, time_s: float) -> list[Observation]:
        """Return the observations of the next picture, which was taken at ``time_s``."""
        found = self._observer.detector.detect(luma) if self._follower is None else self._follower.find(luma, time_s)
        observed = self._observer.measure(luma, recording, found)
        for each in observed:
            each.look.settle()  # a camera's picture is gone when the next one comes
        return observed


def observe_chunk(recording: Recording, chunk: Chunk, settings: Settings) -> ChunkObservations:
    """Observe the sampled frames of a chunk. The result depends on nothing but the arguments.

    Raises:
        RecordingError: the file can't be read, or it changed since it was probed.
        UsageError, WeightsError: what the settings name can't be loaded.
    """
    observer, columns, counts = Observer(settings), Columns(), ReadCounts()
    for frame, faces in _found(recording, chunk, settings, observer, counts):
        columns.add(frame.index, frame, observer.measure(frame.luma, recording, faces))
    return columns.finish(counts)


def _found(
    recording: Recording, chunk: Chunk, settings: Settings, observer: Observer, counts: ReadCounts
) -> Iterator[tuple[Frame, list[Detection]]]:
    """Find the faces in the frames of a chunk; where they are followed, the chunk's frames begin with a search."""
    detector, fps = observer.detector, settings.reading.fps
    if not isinstance(detector, NetworkDetector):
        for frame in read_frames(recording, chunk, fps=fps, counts=counts):
            yield frame, detector.detect(frame.luma)
        return
    rate = search_rate(settings)
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
