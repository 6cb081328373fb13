"""Find the faces in a frame and measure them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from videmo.faces.aligning import leaning
from videmo.faces.detector import FaceDetector, detector_identity, framing_of, make_detector, on_recording
from videmo.faces.finding import faces_in_chunk, search_rate, whole_frame
from videmo.faces.following import LiveFollower
from videmo.faces.landmarks import SIDE, make_finder
from videmo.faces.likeness import glance_at
from videmo.faces.network import NetworkDetector
from videmo.faces.recognition import FaceRecogniser, make_recogniser, whose_turn
from videmo.measures.measure import Crop, Instrument, Measure
from videmo.measures.registry import measures
from videmo.pipeline.chunks import ChunkObservations, Columns
from videmo.pipeline.crops import Cutter
from videmo.pipeline.instruments import geometry_of, instrument_of
from videmo.records import Chunk, Detection, Observation, Recording
from videmo.settings import DetectorSettings, Settings
from videmo.video.cells import FirstInCell, sampling_cell
from videmo.video.luma import Luma
from videmo.video.read import Frame, ReadCounts

_FACE: Final = Crop(SIDE)
"""Is cut of every face, for its landmarks and its likeness; most measures want the same one."""


@lru_cache(maxsize=2)
def _detector(settings: DetectorSettings, identity: str) -> FaceDetector:
    """Load a detector once per process: that costs more than a short chunk. Another file of its name counts anew."""
    return make_detector(settings)


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
        self._finder = make_finder(settings.landmarks)
        self._recogniser: FaceRecogniser | None = None
        if settings.identity.enabled:
            self._recogniser = make_recogniser(settings.identity)
        self._recognisable_px, self._at_once = settings.identity.min_height_px, settings.identity.at_once
        self._instruments: list[tuple[Measure, Instrument | None]] = [
            (measure, None if measure.crop is None else instrument_of(measure, settings))
            for measure in measures(settings)
        ]
        wanted = (measure.crop for measure, _ in self._instruments if measure.crop is not None)
        others = dict.fromkeys(crop for crop in wanted if crop != _FACE)
        self._crops = tuple((crop, replace(crop, levelled=False) == _FACE) for crop in others)

    @property
    def detector(self) -> FaceDetector:
        """Return the detector that finds the faces."""
        return self._detector

    def measure(
        self, frame: Frame, recording: Recording, faces: Sequence[Detection], *, turn: int | None = None
    ) -> list[Observation]:
        """Measure the faces that were found in a frame, and describe those whose turn it is to be recognised.

        Args:
            frame: the frame.
            recording: that it belongs to.
            faces: that were found in it.
            turn: number of the cell in which faces are described if the frame is the first of one.
        """
        cutter, described = Cutter(frame, recording, self._framing), self._described(frame.luma, recording, faces, turn)
        return [
            self._measured(face, cutter, frame.luma, recording, place in described) for place, face in enumerate(faces)
        ]

    def _described(
        self, luma: Luma, recording: Recording, faces: Sequence[Detection], turn: int | None
    ) -> frozenset[int]:
        if turn is None or self._recogniser is None:
            return frozenset()
        shown = [on_recording(face.as_seen(), luma, recording) for face in faces]
        large = [place for place, face in enumerate(shown) if face.h >= self._recognisable_px]
        return frozenset(large[each] for each in whose_turn([shown[place] for place in large], turn, self._at_once))

    def _measured(
        self, found: Detection, cutter: Cutter, luma: Luma, recording: Recording, recognise: bool
    ) -> Observation:
        crop = cutter.framed(found, _FACE)
        face = self._finder.marked(found, luma, self._framing, crop)
        level = not leaning(face)
        crops: dict[Crop, npt.NDArray[np.uint8] | None] = {_FACE: crop}
        for other, alike in self._crops:
            crops[other] = crop if alike and level else cutter.cut(face, other)
        values: list[float] = []
        for measure, instrument in self._instruments:
            seen = None if measure.crop is None else crops[measure.crop]
            unknown = (math.nan,) * len(measure.columns)
            values.extend(unknown if instrument is None or seen is None else instrument(seen))
        shown = on_recording(face, luma, recording)
        # Who it is is told from where the detector saw the face: a mean box may reach across a cut.
        raw = found.as_seen()
        whole = crop if found.seen is None else cutter.framed(raw, _FACE)
        vector = None
        if recognise and self._recogniser is not None:
            marked = face if found.seen is None else self._finder.marked(raw, luma, self._framing, whole)
            vector = self._recogniser.recognise(marked, luma)
        return Observation(shown, tuple(values), glance_at(luma, raw, whole), vector)


class LiveObserver:
    """Finds and measures the faces in pictures as they come: only what is known so far counts.

    Args:
        settings: as for an `Observer`.
    """

    def __init__(self, settings: Settings) -> None:
        self._observer, self._recognition = Observer(settings), FirstInCell(settings.identity.rate)
        detector, rate = self._observer.detector, search_rate(settings)
        self._follower: LiveFollower | None = None
        if isinstance(detector, NetworkDetector) and not settings.anonymize.hides_faces:
            self._follower = LiveFollower(detector, lambda time_s: sampling_cell(time_s, rate))
        # In every picture, where faces are hidden: nobody is to be seen until the next search.
        self._look = whole_frame(detector)

    def observe(self, frame: Frame, recording: Recording) -> list[Observation]:
        """Return the observations of the next picture."""
        found = self._look(frame.luma) if self._follower is None else self._follower.find(frame.luma, frame.time_s)
        observed = self._observer.measure(frame, recording, found, turn=self._recognition.sampled(frame.time_s))
        for each in observed:
            each.look.settle()  # a camera's picture is gone when the next one comes
        return observed


def observe_chunk(recording: Recording, chunk: Chunk, settings: Settings) -> ChunkObservations:
    """Observe the sampled frames of a chunk. The result depends on nothing but the arguments.

    Raises:
        RecordingError: the file can't be read, or it changed since it was probed.
        UsageError, WeightsError: what the settings name can't be loaded.
    """
    observer, columns, counts = Observer(settings), Columns(geometry_of(settings)), ReadCounts()
    recognition = FirstInCell(settings.identity.rate)
    # Who joins chunks may drop the first sample, see `read_frames`: it is then the turn of the second one.
    droppable = not (settings.reading.fps is None or isinstance(observer.detector, NetworkDetector))
    for frame, faces in faces_in_chunk(recording, chunk, settings, observer.detector, counts):
        turn = recognition.sampled(frame.time_s)
        if turn is None and droppable and len(columns) == 1 and chunk.start_pts is not None:
            turn = sampling_cell(frame.time_s, settings.identity.rate)
        columns.add(frame.index, frame, observer.measure(frame, recording, faces, turn=turn))
    return columns.finish(counts)
