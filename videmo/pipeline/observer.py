"""Find the faces in a frame and measure them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2

from videmo.faces.detector import FaceDetector, detector_identity, framing_of, make_detector, on_recording
from videmo.faces.finding import faces_in_chunk, search_rate
from videmo.faces.following import LiveFollower
from videmo.faces.likeness import glance_at
from videmo.faces.network import NetworkDetector
from videmo.measures.measure import Instrument, Measure
from videmo.measures.registry import MEASURES, plain_crop
from videmo.pipeline.chunks import ChunkObservations, Columns
from videmo.pipeline.crops import Cutter
from videmo.records import Chunk, Detection, Observation, Recording
from videmo.settings import DetectorSettings, Settings
from videmo.video.read import Frame, ReadCounts, sampling_cell


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
        self._crops = {plain_crop(), *(measure.crop for measure in MEASURES)}
        self._instruments: list[tuple[Measure, Instrument]] = []
        for place, measure in enumerate(MEASURES):
            sections = _Sections(measure.sections, tuple(getattr(settings, name) for name in measure.sections))
            instrument = _instrument(place, sections, measure.identity(settings))
            self._instruments.append((measure, instrument))

    @property
    def detector(self) -> FaceDetector:
        """Which finds the faces."""
        return self._detector

    def measure(self, frame: Frame, recording: Recording, faces: Sequence[Detection]) -> list[Observation]:
        """Measure the faces that were found in a frame."""
        cutter, observed = Cutter(frame, recording, self._framing), []
        for face in faces:
            crops = {crop: cutter.cut(face, crop) for crop in self._crops}
            values: list[float] = []
            for measure, instrument in self._instruments:
                crop = crops[measure.crop]
                values.extend(instrument(crop) if crop is not None else (math.nan,) * len(measure.columns))
            plain = crops[plain_crop()]
            assert plain is not None  # only what is aligned can be missing
            look = glance_at(frame.luma, face, plain)
            observed.append(Observation(on_recording(face, frame.luma, recording), tuple(values), look))
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

    def observe(self, frame: Frame, recording: Recording) -> list[Observation]:
        """Return the observations of the next picture."""
        if self._follower is None:
            found = self._observer.detector.detect(frame.luma)
        else:
            found = self._follower.find(frame.luma, frame.time_s)
        observed = self._observer.measure(frame, recording, found)
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
    for frame, faces in faces_in_chunk(recording, chunk, settings, observer.detector, counts):
        columns.add(frame.index, frame, observer.measure(frame, recording, faces))
    return columns.finish(counts)
