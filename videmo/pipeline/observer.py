"""Find the faces in a frame and measure them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2

from videmo.faces.detector import FaceDetector, detector_identity, framing_of, make_detector, on_recording
from videmo.measures.measure import Crop, Instrument
from videmo.measures.registry import MEASURES
from videmo.pipeline.chunks import ChunkObservations, Columns
from videmo.records import Chunk, Observation, Recording
from videmo.settings import DetectorSettings, Settings
from videmo.video.luma import Luma
from videmo.video.read import ReadCounts, read_frames


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

    def observe(self, luma: Luma, recording: Recording) -> list[Observation]:
        """Return the observations of a frame, the largest face first."""
        observed = []
        for face in self._detector.detect(luma):
            left, top, side = self._framing.square(face)
            crops = {crop: luma.patch(left, top, side, crop.size) for crop, _ in self._instruments}
            values = tuple(value for crop, measure in self._instruments for value in measure(crops[crop]))
            observed.append(Observation(on_recording(face, luma, recording), values))
        return observed


def observe_chunk(recording: Recording, chunk: Chunk, settings: Settings) -> ChunkObservations:
    """Observe the sampled frames of a chunk. The result depends on nothing but the arguments.

    Raises:
        RecordingError: the file can't be read, or it changed since it was probed.
        UsageError, WeightsError: what the settings name can't be loaded.
    """
    observer = Observer(settings)
    columns = Columns()
    counts = ReadCounts()
    for frame in read_frames(recording, chunk, fps=settings.reading.fps, counts=counts):
        columns.add(frame.index, frame, observer.observe(frame.luma, recording))
    return columns.finish(counts)
