"""Who is who through time: persons linked over small scenes made by hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import linear_sum_assignment

from videmo.persons.following import FrameDetections, _cheapest
from videmo.persons.linking import link
from videmo.records import Detection
from videmo.settings import TrackingSettings

SETTINGS = TrackingSettings(max_gap_s=1.0, min_overlap=0.25, min_detections=3, min_duration_s=0.2, min_presence=0.3)


def face(x: float, y: float = 100.0, size: float = 80.0) -> Detection:
    """A square face."""
    return Detection(x, y, size, size, 0.9)


def scene(
    frames: Sequence[Sequence[Detection]], *, fps: float = 25.0, cuts: Sequence[int] = ()
) -> list[FrameDetections]:
    """Moments at a constant rate; a cut begins with each frame in ``cuts``."""
    return [FrameDetections(round(k / fps, 6), tuple(faces), k in cuts) for k, faces in enumerate(frames)]


def by_frame(numbers: npt.NDArray[np.int64], moments: Sequence[FrameDetections]) -> list[list[int]]:
    """One number for each face, dealt out to the frames that the faces are in."""
    bounds = np.cumsum([len(moment.faces) for moment in moments])
    assert len(numbers) == sum(len(moment.faces) for moment in moments)
    return [part.tolist() for part in np.split(numbers, bounds[:-1])] if len(moments) else []


def persons_in(moments: Sequence[FrameDetections], settings: TrackingSettings = SETTINGS) -> list[list[int]]:
    """Ids of the persons of all faces, frame by frame."""
    return by_frame(link(moments, settings).persons, moments)


def tracks_in(moments: Sequence[FrameDetections], settings: TrackingSettings = SETTINGS) -> list[list[int]]:
    """Numbers of the tracks of all faces, frame by frame."""
    return by_frame(link(moments, settings).tracks, moments)


def linked(frames: Sequence[Sequence[Detection]], *, fps: float = 25.0, cuts: Sequence[int] = ()) -> list[list[int]]:
    """Ids of the persons of all faces, frame by frame."""
    return persons_in(scene(frames, fps=fps, cuts=cuts))


def moving(frames: int, place: Callable[[int], Detection]) -> list[list[Detection]]:
    """A scene with one face in each frame."""
    return [[place(k)] for k in range(frames)]


def test_a_still_face_is_one_person() -> None:
    assert linked([[face(100)]] * 10) == [[1]] * 10


def test_person_keeps_its_id_over_a_two_frame_gap() -> None:
    frames = [[face(100)]] * 10 + [[]] * 2 + [[face(104)]] * 10
    assert linked(frames) == [[1]] * 10 + [[]] * 2 + [[1]] * 10


def test_a_moving_person_keeps_its_id_over_a_gap() -> None:
    # 20 pixels a frame, unseen for ten frames: 200 pixels, two and a half faces, further on.
    frames = moving(30, lambda k: face(100 + 20 * k))
    frames[12:22] = [[]] * 10
    ids = linked(frames)
    assert ids[:12] == [[1]] * 12
    assert ids[22:] == [[1]] * 8


def held(frames: Sequence[Sequence[Detection]], still: int, still_s: float = 10.0) -> list[FrameDetections]:
    """A scene in which one picture stands still."""
    moments = scene(frames)
    return [*moments[: still + 1], *(FrameDetections(m.time_s + still_s, m.faces, m.cut) for m in moments[still + 1 :])]


@pytest.mark.parametrize("missed", [0, 1, 20])
def test_a_still_picture_with_the_face_is_no_gap(missed: int) -> None:
    frames = [[face(100)]] * 60 + [[]] * missed + [[face(104)]] * 18
    assert persons_in(held(frames, 59)) == [[1]] * 60 + [[]] * missed + [[1]] * 18


def test_a_still_picture_without_the_face_is_a_gap() -> None:
    frames = [[face(100)]] * 60 + [[]] + [[face(100)]] * 18
    assert persons_in(held(frames, 60)) == [[1]] * 60 + [[]] + [[2]] * 18


def test_frames_without_the_face_behind_a_still_picture_are_a_gap() -> None:
    frames = [[face(100)]] * 60 + [[]] * 40 + [[face(100)]] * 18
    assert persons_in(held(frames, 59)) == [[1]] * 60 + [[]] * 40 + [[2]] * 18


def test_a_person_who_comes_back_after_a_long_gap_is_a_new_one() -> None:
    frames = [[face(100)]] * 10 + [[]] * 50 + [[face(100)]] * 10
    ids = linked(frames)
    assert ids[:10] == [[1]] * 10
    assert ids[60:] == [[2]] * 10


def test_the_largest_gap_is_a_setting() -> None:
    frames = scene([[face(100)]] * 20 + [[]] * 30 + [[face(100)]] * 20)
    patient = persons_in(frames, TrackingSettings(max_gap_s=1.3))
    assert patient == [[1]] * 20 + [[]] * 30 + [[1]] * 20
    hasty = persons_in(frames, TrackingSettings(max_gap_s=1.2))
    assert hasty == [[1]] * 20 + [[]] * 30 + [[2]] * 20


def test_a_gap_as_long_as_the_largest_is_bridged_wherever_in_the_recording_it_is() -> None:
    ids = []
    for start in range(60):
        frames: list[list[Detection]] = [[]] * start + [[face(100)]] * 10 + [[]] * 24 + [[face(100)]] * 10
        ids.append(linked(frames)[-1])
    assert ids == [[1]] * 60


@pytest.mark.parametrize("step", [4, 10, 20], ids=["slow", "walking", "fast"])
def test_two_persons_who_cross_keep_their_ids(step: int) -> None:
    frames = [[face(100 + step * k), face(100 + step * (40 - k))] for k in range(41)]
    assert linked(frames) == [[1, 2]] * 41


def test_two_persons_who_cross_keep_their_ids_though_one_hides_the_other() -> None:
    frames = [[face(100 + 10 * k, 100), face(500 - 10 * k, 110)] for k in range(41)]
    for k in range(18, 23):
        frames[k] = frames[k][:1]
    ids = linked(frames)
    assert ids[:18] == [[1, 2]] * 18
    assert ids[18:23] == [[1]] * 5
    assert ids[23:] == [[1, 2]] * 18


def test_ids_do_not_follow_the_order_of_detections() -> None:
    left, right = face(100), face(400)
    frames = [[left, right] if k % 2 == 0 else [right, left] for k in range(10)]
    assert linked(frames) == [[1, 2], [2, 1]] * 5


def test_there_is_no_limit_to_the_number_of_persons() -> None:
    frames = [[face(120 * (n % 5) + 2 * k, 120 * (n // 5) + k) for n in range(20)] for k in range(12)]
    assert linked(frames) == [list(range(1, 21))] * 12


def test_no_person_is_followed_across_a_cut() -> None:
    frames = [[face(100)]] * 20
    assert linked(frames, cuts=[10]) == [[1]] * 10 + [[2]] * 10


def test_a_cut_in_a_frame_without_a_face_counts_too() -> None:
    frames = [[face(100)]] * 10 + [[]] + [[face(100)]] * 10
    assert linked(frames, cuts=[10])[11:] == [[2]] * 10


def test_a_face_that_jumps_across_the_picture_is_another_person() -> None:
    frames = [[face(100)]] * 10 + [[face(600)]] * 10
    assert linked(frames) == [[1]] * 10 + [[2]] * 10


def test_a_face_that_is_suddenly_twice_as_large_is_another_person() -> None:
    frames = [[face(100, 100, 80)]] * 10 + [[face(60, 60, 160)]] * 10
    assert linked(frames) == [[1]] * 10 + [[2]] * 10


def test_a_face_that_grows_slowly_stays_one_person() -> None:
    frames = moving(60, lambda k: face(400 - 2 * k, 400 - 2 * k, 40 + 4 * k))
    assert linked(frames) == [[1]] * 60


def test_a_brief_track_is_no_person() -> None:
    frames = [[face(100), face(500)] if 5 <= k < 7 else [face(100)] for k in range(20)]
    assert linked(frames) == [[1]] * 5 + [[1, 0]] * 2 + [[1]] * 13


@pytest.mark.parametrize(("nearly", "persons"), [(0, [0] * 40), (3, [1] * 40)])
def test_what_looks_like_a_face_for_an_instant_is_no_person(nearly: int, persons: list[int]) -> None:
    scores = [0.75] + [0.65] * nearly + [0.4] * (39 - nearly)
    frames = [[dataclasses.replace(face(100), score=score)] for score in scores]
    found = link(scene(frames), SETTINGS, sure_score=0.7).persons
    assert found.tolist() == persons, "a tenth of the sights has to be nearly sure"


@pytest.mark.parametrize(("scores", "person"), [((0.75, 0.4, 0.5, 0.4, 0.4), 0), ((0.75, 0.4, 0.65, 0.4, 0.4), 1)])
def test_of_few_sights_two_have_to_be_nearly_sure(scores: Sequence[float], person: int) -> None:
    frames = [[dataclasses.replace(face(100), score=score)] for score in scores]
    assert link(scene(frames), SETTINGS, sure_score=0.7).persons.tolist() == [person] * 5


def test_two_detections_are_no_person_however_far_apart() -> None:
    frames = [[face(100), face(500)] if 5 <= k < 7 else [face(100)] for k in range(20)]
    assert linked(frames, fps=2)[5:7] == [[1, 0]] * 2


def test_three_frames_at_a_high_rate_are_too_short_for_a_person() -> None:
    frames = [[face(100), face(500)] if 5 <= k < 8 else [face(100)] for k in range(20)]
    assert linked(frames)[5:8] == [[1, 0]] * 3
    assert persons_in(scene(frames), TrackingSettings(min_duration_s=0.1))[5:8] == [[1, 2]] * 3


def test_five_frames_at_25_a_second_last_the_shortest_duration_wherever_they_are() -> None:
    ids = []
    for start in range(1, 41):
        frames: list[list[Detection]] = [[]] * start + [[face(100)]] * 5 + [[]] * 5
        ids.append(linked(frames)[start])
    assert ids == [[1]] * 40


def test_a_track_with_many_holes_is_no_person() -> None:
    # A wrong detection in the wallpaper flickers up in each fifth frame.
    frames = [[face(100), face(500)] if k % 5 == 0 else [face(100)] for k in range(40)]
    assert linked(frames) == [[1, 0] if k % 5 == 0 else [1] for k in range(40)]
    lenient = persons_in(scene(frames), TrackingSettings(min_presence=0.1))
    assert lenient == [[1, 2] if k % 5 == 0 else [1] for k in range(40)]


def test_tracks_that_are_no_persons_use_up_no_ids() -> None:
    frames = [[face(500)]] * 2 + [[]] * 3 + [[face(100)]] * 10
    assert linked(frames) == [[0]] * 2 + [[]] * 3 + [[1]] * 10


def test_ids_are_in_order_of_first_appearance() -> None:
    frames = [[face(900)]] * 8 + [[face(500), face(900)]] * 8 + [[face(100), face(500), face(900)]] * 8
    assert linked(frames) == [[1]] * 8 + [[2, 1]] * 8 + [[3, 2, 1]] * 8


def test_the_same_scene_gives_the_same_ids() -> None:
    frames = [
        [face(100 * n + (7 * k * (n + 1)) % 90, 50 * (n % 3)) for n in range(8) if (k + n) % 5] for k in range(40)
    ]
    first = linked(frames)
    assert linked(frames) == first
    assert max(max(ids) for ids in first) >= 8


def test_who_belongs_together_does_not_depend_on_the_order_of_detections() -> None:
    frames = [[face(100 + 6 * k), face(400 - 6 * k), face(250, 100 + 6 * k)] for k in range(40)]
    forward = linked(frames)
    backward = [ids[::-1] for ids in linked([faces[::-1] for faces in frames])]
    names = dict(zip(forward[0], backward[0]))
    assert sorted(names) == [1, 2, 3]
    assert [[names[number] for number in ids] for ids in forward] == backward


def test_a_recording_of_a_single_frame_keeps_its_faces() -> None:
    assert linked([[face(100), face(400)]]) == [[1, 2]]


def test_a_recording_of_two_frames_keeps_its_face() -> None:
    assert linked([[face(100)], [face(101)]], fps=1) == [[1], [1]]


@pytest.mark.parametrize("fps", [0.2, 0.5, 1, 2], ids=lambda fps: f"{fps} frames a second")
def test_low_sampling_rates_still_link(fps: float) -> None:
    frames = moving(10, lambda k: face(100 + 15 * (k % 2), 100 + 10 * (k % 3)))
    assert linked(frames, fps=fps) == [[1]] * 10


def test_a_missed_frame_at_a_low_rate_is_bridged() -> None:
    frames = [[face(100)]] * 4 + [[]] + [[face(110)]] * 4
    assert linked(frames, fps=1) == [[1]] * 4 + [[]] + [[1]] * 4


def test_a_variable_rate_is_linked_by_time_and_not_by_frames() -> None:
    times = [0.0, 0.04, 0.08, 0.5, 0.54, 0.58, 0.62, 1.3, 1.34, 1.38]
    moments = [FrameDetections(time, (face(100 + 100 * time),), cut=False) for time in times]
    assert persons_in(moments, SETTINGS) == [[1]] * 10


def test_every_face_is_of_a_track_though_it_is_no_person() -> None:
    frames = scene([[face(100), face(500)] if 5 <= k < 7 else [face(100)] for k in range(20)])
    assert tracks_in(frames) == [[1]] * 5 + [[1, 2]] * 2 + [[1]] * 13
    assert persons_in(frames) == [[1]] * 5 + [[1, 0]] * 2 + [[1]] * 13


def test_tracks_are_numbered_in_order_of_first_sight_and_persons_without_those_that_are_none() -> None:
    frames = scene([[face(500)]] * 2 + [[]] * 3 + [[face(100), face(900)]] * 10)
    assert tracks_in(frames) == [[1]] * 2 + [[]] * 3 + [[2, 3]] * 10
    assert persons_in(frames) == [[0]] * 2 + [[]] * 3 + [[1, 2]] * 10


def test_a_cut_or_a_long_gap_ends_a_track() -> None:
    assert tracks_in(scene([[face(100)]] * 20, cuts=[10])) == [[1]] * 10 + [[2]] * 10
    gone = scene([[face(100)]] * 10 + [[]] * 50 + [[face(100)]] * 10)
    assert tracks_in(gone) == [[1]] * 10 + [[]] * 50 + [[2]] * 10


def test_what_makes_a_person_does_not_change_the_tracks() -> None:
    frames = scene([[face(100), face(500)] if k % 5 == 0 else [face(100)] for k in range(40)])
    lenient = TrackingSettings(min_presence=0.1)
    assert persons_in(frames, lenient) != persons_in(frames, SETTINGS)
    assert tracks_in(frames, lenient) == tracks_in(frames, TrackingSettings(min_detections=50))


def test_each_person_is_one_track() -> None:
    frames = [[face(120 * (n % 5) + 2 * k, 120 * (n // 5) + k) for n in range(20)] for k in range(12)]
    links = link(scene(frames), SETTINGS)
    assert len(links.tracks) == len(links.persons) == 240
    pairs = {(track, person) for track, person in zip(links.tracks.tolist(), links.persons.tolist()) if person}
    assert len(pairs) == len({track for track, _ in pairs}) == len({person for _, person in pairs}) == 20


def test_no_frames_and_no_faces_give_no_ids() -> None:
    for moments in ([], scene([[], [], []])):
        links = link(moments, SETTINGS)
        assert (len(links.tracks), len(links.persons)) == (0, 0)
    assert persons_in([], SETTINGS) == []
    assert linked([[], [], []]) == [[], [], []]


def test_few_ways_to_pair_give_what_the_general_algorithm_gives() -> None:
    random = np.random.default_rng(5)
    for _ in range(300):
        tracks, faces = random.integers(1, 5, 2)
        possible = random.random((tracks, faces)) < 0.7
        costs = {(int(t), int(f)): float(random.random()) for t, f in zip(*np.nonzero(possible))}
        table = np.full((tracks, faces), 1e6)
        for pair, cost in costs.items():
            table[pair] = cost
        rows, columns = linear_sum_assignment(table)
        meant = [(int(t), int(f)) for t, f in zip(rows, columns) if table[t, f] < 1e6]
        assert _cheapest(costs, sorted({track for track, _ in costs})) == meant
