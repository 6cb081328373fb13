"""Searching in some frames and following in all between."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest

import videmo as package
from clips import make_clip
from videmo.faces.detector import make_detector
from videmo.faces.finding import search_rate
from videmo.faces.following import MOST_WAITING, PATIENCE, LiveFollower, find_faces
from videmo.faces.network import NetworkDetector
from videmo.faces.steadying import steadied
from videmo.pipeline.observer import LiveObserver, observe_chunk
from videmo.records import Box, Chunk, Detection
from videmo.settings import AnonymizeSettings, DetectorSettings, ReadingSettings, Settings
from videmo.video.luma import Luma
from videmo.video.plan import plan_chunks
from videmo.video.probe import probe
from videmo.video.read import ReadCounts, read_frames

EVERY = 5
"""Frames between two searches in these tests."""


@dataclass(frozen=True)
class Still:
    """A frame whose number is written in its only pixel."""

    pts: int

    @property
    def time_s(self) -> float:
        return float(self.pts)

    @property
    def luma(self) -> Luma:
        return Luma(np.full((1, 1), self.pts, np.uint8), limited=False, rotation=0)


@dataclass
class Scripted:
    """A detector that knows where each face is in which frames, and which it misses."""

    faces: dict[int, tuple[range, float]]
    """By left edge: the frames in which a face is there, and its score."""
    missed: set[int] = field(default_factory=set)
    searched: list[int] = field(default_factory=list)

    def search(self, luma: Luma) -> list[Detection]:
        number = int(luma.plane[0, 0])
        self.searched.append(number)
        return self._there(number)

    def detect_in(self, luma: Luma, window: Box) -> list[Detection]:
        number = int(luma.plane[0, 0])
        if number in self.missed:
            return []
        return [face for face in self._there(number) if window.left <= face.x <= window.left + window.width]

    def _there(self, number: int) -> list[Detection]:
        return [
            Detection(left, 10.0, 20.0, 20.0, score) for left, (frames, score) in self.faces.items() if number in frames
        ]


def _found(detector: Scripted, chunk: Chunk, first: int = 0, last: int = 30) -> dict[int, list[float]]:
    """Left edges of the faces in each frame that a chunk yields."""
    begin, end = ((pts or 0) // EVERY for pts in (chunk.start_pts, chunk.end_pts))
    frames = map(Still, range(first, last))
    found = find_faces(frames, chunk, detector, lambda time_s: int(time_s) // EVERY, begin, end)
    return {frame.pts: sorted(face.x for face in faces) for frame, faces in found}


WHOLE = Chunk(0, None, None, None, 1.0)


def test_the_picture_is_searched_on_a_grid_and_faces_are_followed_between() -> None:
    detector = Scripted({100: (range(30), 0.9)})
    assert _found(detector, WHOLE) == {number: [100.0] for number in range(30)}
    assert detector.searched == [0, 5, 10, 15, 20, 25]


def test_who_appears_between_two_searches_is_seen_from_the_first_frame_on() -> None:
    found = _found(Scripted({100: (range(12, 30), 0.9)}), WHOLE)
    assert [number for number, faces in found.items() if faces] == list(range(12, 30))


def test_who_leaves_between_two_searches_is_seen_to_the_last_frame() -> None:
    found = _found(Scripted({100: (range(13), 0.9)}), WHOLE)
    assert [number for number, faces in found.items() if faces] == list(range(13))


def test_a_face_that_is_missed_in_a_few_frames_is_looked_for_again() -> None:
    found = _found(Scripted({100: (range(30), 0.9)}, missed={6, 7}), WHOLE)
    assert [number for number, faces in found.items() if not faces] == [6, 7]
    assert len({6, 7}) <= PATIENCE


def test_a_face_that_both_searches_know_is_there_once() -> None:
    found = _found(Scripted({100: (range(30), 0.9), 400: (range(30), 0.9)}), WHOLE)
    assert all(faces == [100.0, 400.0] for faces in found.values())


@pytest.mark.parametrize("cut", range(1, 30))
def test_where_a_recording_is_cut_changes_nothing(cut: int) -> None:
    faces = {100: (range(30), 0.9), 400: (range(8, 13), 0.5), 700: (range(17, 24), 0.7)}
    missed = {3, 9, 18, 19}
    whole = _found(Scripted(faces, missed), WHOLE)
    one = _found(Scripted(faces, missed), Chunk(0, None, None, cut, 1.0))
    other = _found(Scripted(faces, missed), Chunk(1, cut, cut, None, 1.0), first=cut)
    assert not one.keys() & other.keys()
    assert one | other == whole


def test_any_number_of_chunks_shorter_than_a_step_gives_the_same() -> None:
    faces = {100: (range(30), 0.9), 400: (range(8, 13), 0.5)}
    whole = _found(Scripted(faces), WHOLE)
    bounds = [None, 3, 4, 6, 11, 12, 13, 27, None]
    joined: dict[int, list[float]] = {}
    for index, (start, end) in enumerate(itertools.pairwise(bounds)):
        part = _found(Scripted(faces), Chunk(index, start, start, end, 1.0), first=start or 0)
        assert not joined.keys() & part.keys()
        joined |= part
    assert joined == whole


@dataclass
class Trembling(Scripted):
    """A detector whose boxes of a face differ from frame to frame, and more between searches and windows."""

    speed: float = 0.0
    """Pixels from frame to frame."""

    def search(self, luma: Luma) -> list[Detection]:
        return [self._moved(face, luma, 3.0) for face in super().search(luma)]

    def detect_in(self, luma: Luma, window: Box) -> list[Detection]:
        return [self._moved(face, luma, (-1.0) ** int(luma.plane[0, 0])) for face in super().detect_in(luma, window)]

    def _moved(self, face: Detection, luma: Luma, by: float) -> Detection:
        x = face.x + self.speed * int(luma.plane[0, 0]) + by
        return Detection(x, face.y, face.w + 60 + by, face.h + 60, face.score, ((x, 0.0), (x + 9, 1.0)))


@dataclass(frozen=True)
class Quick(Still):
    """A frame of 25 a second."""

    @property
    def time_s(self) -> float:
        return self.pts / 25


def _tracked(detector: Scripted, chunk: Chunk = WHOLE, first: int = 0) -> dict[int, Detection]:
    begin, end = ((pts or 0) // EVERY for pts in (chunk.start_pts, chunk.end_pts))
    frames = map(Quick, range(first, 30))
    found = find_faces(frames, chunk, detector, lambda time_s: round(25 * time_s) // EVERY, begin, end)
    return {frame.pts: faces[0] for frame, faces in found if faces}


def test_a_face_that_keeps_still_has_a_steadier_box() -> None:
    found = _tracked(Trembling({100: (range(30), 0.9)}))
    lefts, widths = (np.array([getattr(face, name) for face in found.values()]) for name in ("x", "w"))
    assert len(lefts) == 30
    as_seen = np.array([3.0 if number % EVERY == 0 else (-1.0) ** number for number in range(30)])
    assert np.abs(np.diff(lefts)).mean() < 0.4 * np.abs(np.diff(as_seen)).mean()
    assert np.abs(np.diff(widths)).mean() < 0.4 * np.abs(np.diff(as_seen)).mean()
    assert {face.score for face in found.values()} == {0.9}


def test_where_the_detector_saw_a_face_stays_known() -> None:
    scripted = Trembling({100: (range(30), 0.9)})
    seen = {number: face.as_seen() for number, face in _tracked(scripted).items()}
    assert [seen[number].x for number in range(30)] == [
        103.0 if number % EVERY == 0 else 100 + (-1.0) ** number for number in range(30)
    ]
    assert all(face.as_seen() is face for face in seen.values())


def test_a_face_that_moves_is_where_it_is() -> None:
    found = _tracked(Trembling({100: (range(30), 0.9)}, speed=2.0))
    behind = [face.x - 100 - 2 * number for number, face in found.items()]
    assert max(map(abs, behind)) <= 3.0, "no more than the detector is off"


@pytest.mark.parametrize("cut", range(1, 30))
def test_where_a_recording_is_cut_steadies_nothing_else(cut: int) -> None:
    faces, missed = {100: (range(3, 28), 0.9)}, {9, 18}
    whole = _tracked(Trembling(faces, missed))
    one = _tracked(Trembling(faces, missed), Chunk(0, None, None, cut, 1.0))
    other = _tracked(Trembling(faces, missed), Chunk(1, cut, cut, None, 1.0), first=cut)
    assert not one.keys() & other.keys()
    assert one | other == whole


def test_who_takes_the_place_of_another_is_not_mixed_with_that_one() -> None:
    sights = [Detection(10.0 if number < 4 else 22.0, 0.0, 50.0, 50.0, 0.9) for number in range(8)]
    assert [face and face.box for face in steadied(sights, [number / 25 for number in range(8)])] == [
        face.box for face in sights
    ]


def test_few_frames_a_second_leave_boxes_as_they_are() -> None:
    sights = [None, *(Detection(10.0 + number, 0.0, 50.0, 50.0, 0.9) for number in range(4)), None]
    assert steadied(sights, [number / 8 for number in range(6)]) == sights


def test_a_clock_that_stands_still_does_not_fill_the_memory() -> None:
    detector = Scripted({100: (range(256), 0.9)})
    frames = map(Still, range(250))
    found = find_faces(frames, WHOLE, detector, lambda time_s: 0, 0, 0)
    assert [frame.pts for frame, faces in found if faces] == list(range(250))
    assert detector.searched == [0, MOST_WAITING + 1, 2 * (MOST_WAITING + 1)]


def test_live_only_what_is_known_counts() -> None:
    detector = Scripted({100: (range(12, 30), 0.9)})
    follower = LiveFollower(detector, lambda time_s: int(time_s) // EVERY)
    found = [bool(follower.find(Still(number).luma, float(number))) for number in range(30)]
    assert found == [number >= 15 for number in range(30)]


def test_no_more_is_searched_than_is_sampled() -> None:
    slow = Settings(reading=ReadingSettings(fps=2.0))
    assert search_rate(slow) == 2.0
    assert search_rate(Settings()) == Settings().detector.search_fps


@pytest.mark.slow
@pytest.mark.parametrize("fps", [None, 3.0, 10.0])
def test_observations_do_not_depend_on_the_cut(fps: float | None, samples: Path) -> None:
    recording = probe(samples / "two-people.mp4")
    settings = Settings(reading=ReadingSettings(fps=fps))
    seen = []
    for chunk_s in (2.0, 1000.0):
        parts = [observe_chunk(recording, chunk, settings) for chunk in plan_chunks(recording, chunk_s=chunk_s)]
        times = np.concatenate([part.time_s for part in parts])
        boxes = np.concatenate([part.box for part in parts])
        frames = np.cumsum([0, *(part.decoded for part in parts)])[:-1]
        numbers = np.concatenate([part.frame + first for part, first in zip(parts, frames)])
        seen.append((times, boxes, numbers))
    assert all(np.array_equal(one, other) for one, other in zip(*seen, strict=True))


SEEN_PX = 17
"""Height of the smallest face in the searched picture that the network sees."""
HEIGHTS = (12, 17, 24, 34, 48, 68, 96, 136, 192, 272, 355)
"""Heights of a face in a picture of 640×360, up to one that fills it."""


@pytest.fixture(scope="module")
def portrait(samples: Path) -> np.ndarray:
    """A square picture 1.6 times as high as the face in its middle."""
    recording = probe(samples / "expressions.mp4")
    (chunk, *_) = plan_chunks(recording, chunk_s=1000.0)
    frame = next(iter(read_frames(recording, chunk, fps=1.0, counts=ReadCounts())))
    detector = make_detector(DetectorSettings())
    face = detector.detect(frame.luma)[0]
    side = 1.6 * face.h
    return frame.luma.patch(face.x + face.w / 2 - side / 2, face.y + face.h / 2 - side / 2, side, round(side))


def with_face(portrait: np.ndarray, height: int) -> tuple[np.ndarray, Box]:
    """A picture with a face of this height in it, of whose surroundings as much is seen as fits, and its box."""
    side = round(1.6 * height)
    large = cv2.resize(portrait, (side, side), interpolation=cv2.INTER_AREA)
    cut = max(0, side - 360) // 2
    large = large[cut : cut + 360]
    picture = np.full((360, 640), 90, np.uint8)
    top, left = (360 - len(large)) // 2, min(200, 640 - side)
    picture[top : top + len(large), left : left + side] = large
    return picture, Box(left + side / 2 - 0.4 * height, top + len(large) / 2 - height / 2, 0.8 * height, height)


@pytest.mark.slow
@pytest.mark.parametrize("max_side", [None, 320, 640, 1280])
@pytest.mark.parametrize("height", HEIGHTS)
def test_faces_of_any_size_are_found_at_any_setting(height: int, max_side: int | None, portrait: np.ndarray) -> None:
    if height * (max_side or 640) / 640 < SEEN_PX:
        pytest.skip("smaller in the searched picture than what has to be found")
    picture, box = with_face(portrait, height)
    detector = make_detector(DetectorSettings(max_side=max_side))
    assert isinstance(detector, NetworkDetector)
    found = detector.search(Luma(picture, limited=False, rotation=0))
    assert any(face.box.overlap(box) >= 0.4 for face in found), [(face.h, round(face.score, 2)) for face in found]


@pytest.mark.parametrize("max_side", [None, 320, 640, 1280])
@pytest.mark.parametrize("height", [48, 272, 355])
def test_single_pictures_are_searched_for_faces_of_any_size(
    height: int, max_side: int | None, portrait: np.ndarray
) -> None:
    picture, box = with_face(portrait, height)
    large = cv2.resize(picture, (1280, 720), interpolation=cv2.INTER_CUBIC)
    (face,) = package.FaceDetector(max_side=max_side).detect(large)
    assert Box(2 * box.left, 2 * box.top, 2 * box.width, 2 * box.height).overlap(face.box) >= 0.4
    assert face.score >= 0.6


def test_doubtful_faces_of_a_single_picture_are_left_out_unless_asked_for(portrait: np.ndarray) -> None:
    picture, _ = with_face(portrait, 11)
    assert package.FaceDetector().detect(picture) == []
    assert package.FaceDetector(min_score=0.3).detect(picture)


def test_a_region_of_a_turned_picture_is_that_of_the_displayed_one() -> None:
    stored = np.arange(12 * 8, dtype=np.uint8).reshape(12, 8)
    for rotation in (0, 90, 180, 270):
        luma = Luma(stored, limited=False, rotation=rotation)
        whole = luma.full()
        assert np.array_equal(luma.region(2, 3, 4, 5, 4, 5), whole[3:8, 2:6])


@pytest.mark.parametrize("side", [200, 213, 319, 400, 512, 638])
def test_a_face_that_fills_a_picture_of_any_size_is_found(side: int, portrait: np.ndarray) -> None:
    cut = len(portrait) // 8
    close = cv2.resize(portrait[cut:-cut, cut:-cut], (side, side), interpolation=cv2.INTER_AREA)
    (face,) = package.FaceDetector().detect(close)
    assert face.h > 0.6 * side
    detector = make_detector(DetectorSettings())
    assert isinstance(detector, NetworkDetector)
    (searched, *_) = detector.search(Luma(close, False, 0))
    assert searched.score >= 0.7, "sure, as a person's face has to be"


@pytest.mark.parametrize(("how", "late"), [("none", 4), ("blur", 0)])
def test_live_nobody_who_is_to_be_hidden_is_seen_until_the_next_search(
    how: str, late: int, portrait: np.ndarray, tmp_path: Path
) -> None:
    dark, face = np.full((360, 640, 3), 40, np.uint8), cv2.cvtColor(with_face(portrait, 200)[0], cv2.COLOR_GRAY2RGB)
    path = tmp_path / "appears.mp4"
    make_clip(path, size=(640, 360), frames=12, gop=250, pictures=lambda number: dark if number < 6 else face)
    recording, settings = probe(path), Settings(anonymize=AnonymizeSettings(how=how))
    observer = LiveObserver(settings)
    frames = read_frames(recording, plan_chunks(recording, chunk_s=1000.0)[0], fps=None, counts=ReadCounts())
    seen = [bool(observer.observe(frame, recording)) for frame in frames]
    assert seen.index(True) == 6 + late
    assert all(seen[6 + late :])
