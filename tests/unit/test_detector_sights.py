"""What was found in a recording against a reference, on frames by hand."""

from __future__ import annotations

import numpy as np
import pytest

from videmo.training.detector.sights import (
    NO_BOXES,
    Annotated,
    Breaks,
    Mistaken,
    Shown,
    Sights,
    Tally,
    broken,
    count_false,
    count_found,
    first_sights,
    paired,
    shown_faces,
    sights_of,
)

LEFT, RIGHT, FAR = (10.0, 10.0, 20.0, 20.0), (60.0, 10.0, 20.0, 20.0), (200.0, 200.0, 20.0, 20.0)
Seen = tuple[int, tuple[float, ...], int, int]


def sights(*seen: Seen, frames: int = 31, cuts: tuple[int, ...] = ()) -> Sights:
    """Frames at ten a second; seen: frame, box, person, track."""
    rows = sorted(seen, key=lambda one: one[0])
    return Sights(
        np.arange(frames) / 10,
        cuts,
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows]).reshape(-1, 4),
        np.array([row[2] for row in rows], np.int64),
        np.array([row[3] for row in rows], np.int64),
    )


def annotated(frame: int, *faces: tuple[float, ...], undecided: tuple[tuple[float, ...], ...] = ()) -> Annotated:
    return Annotated(frame, np.array(faces).reshape(-1, 4), np.array(undecided).reshape(-1, 4))


def test_faces_found_and_boxes_elsewhere_are_counted_in_annotated_frames_only() -> None:
    reference = [annotated(0, LEFT, RIGHT), annotated(10, LEFT, undecided=(RIGHT,)), annotated(20)]
    seen = sights((0, LEFT, 1, 1), (10, RIGHT, 2, 2), (20, FAR, 3, 3), (5, FAR, 3, 3))
    assert count_found(reference, seen) == Tally(faces=3, found=1, elsewhere=1, frames=3)


def test_persons_alone_are_counted_without_what_is_nobodys() -> None:
    seen = sights((0, LEFT, 0, 1), (0, RIGHT, 1, 2))
    assert count_found([annotated(0, LEFT, RIGHT)], seen).found == 2
    assert count_found([annotated(0, LEFT, RIGHT)], seen.of_persons).found == 1


def test_one_box_between_two_faces_finds_both_and_is_paired_with_the_nearer_one() -> None:
    near, beside = (10.0, 10.0, 20.0, 20.0), (18.0, 10.0, 20.0, 20.0)
    box = np.array([(13.0, 10.0, 20.0, 20.0)])
    assert count_found([annotated(0, near, beside)], sights((0, tuple(box[0]), 1, 1))).found == 2
    assert paired(np.array([beside, near]), box) == [(1, 0)]


def test_a_face_is_followed_through_the_reference_and_through_undecided_frames() -> None:
    reference = [annotated(0, LEFT), annotated(10, undecided=(LEFT,)), annotated(20, RIGHT, LEFT)]
    faces = shown_faces(reference, ())
    assert [face.frames for face in faces] == [(0, 20), (20,)]
    assert faces[1].boxes.tolist() == [list(RIGHT)]


def test_what_is_never_certain_is_no_face_and_a_gap_or_a_cut_begins_another() -> None:
    assert shown_faces([annotated(0, undecided=(LEFT,))], ()) == []
    gap = [annotated(0, LEFT), annotated(10), annotated(20, LEFT)]
    assert [face.frames for face in shown_faces(gap, ())] == [(0,), (20,)]
    steady = [annotated(0, LEFT), annotated(10, LEFT), annotated(20, LEFT)]
    assert [face.frames for face in shown_faces(steady, (10,))] == [(0,), (10, 20)]
    assert [face.frames for face in shown_faces(steady, (11,))] == [(0, 10), (20,)]


def steady(*frames: int) -> list[Shown]:
    return [Shown(frames, np.array([LEFT] * len(frames)))]


def test_a_face_seen_in_its_first_frame_is_seen_at_once() -> None:
    seen = sights((0, LEFT, 1, 1))
    firsts = first_sights(steady(0, 10), sights_of(steady(0, 10), seen), seen)
    assert (firsts.at_once, firsts.never, firsts.delays_s) == (1, 0, (0.0,))


def test_the_first_sight_is_where_the_track_begins_behind_the_last_frame_that_missed_it() -> None:
    faces = steady(0, 10, 20)
    late = sights((14, LEFT, 1, 1), (15, LEFT, 1, 1), (20, LEFT, 1, 1))
    assert first_sights(faces, sights_of(faces, late), late).delays_s == (pytest.approx(1.4),)
    elsewhere = sights((3, FAR, 1, 1), (10, FAR, 1, 1), (17, LEFT, 1, 1), (20, LEFT, 1, 1))
    assert first_sights(faces, sights_of(faces, elsewhere), elsewhere).delays_s == (pytest.approx(1.7),)


def test_a_face_that_nobody_has_is_never_seen() -> None:
    seen = sights((0, FAR, 1, 1))
    firsts = first_sights(steady(0, 10), sights_of(steady(0, 10), seen), seen)
    assert (firsts.faces, firsts.at_once, firsts.never, firsts.delays_s) == (1, 0, 1, ())


def test_a_face_whose_track_or_person_changes_is_broken_though_it_was_missed_between() -> None:
    faces = steady(0, 10, 20, 30)
    seen = sights((0, LEFT, 1, 1), (10, LEFT, 1, 2), (30, LEFT, 2, 3))
    assert broken(sights_of(faces, seen), seen) == Breaks(seconds=3.0, tracks=2, persons=1)


def test_a_face_that_is_followed_throughout_is_not_broken() -> None:
    faces = steady(0, 10, 20)
    seen = sights((0, LEFT, 1, 1), (10, LEFT, 1, 1), (20, LEFT, 1, 1))
    assert broken(sights_of(faces, seen), seen) == Breaks(seconds=2.0, tracks=0, persons=0)


def test_two_faces_in_one_frame_are_never_the_same_box() -> None:
    faces = [*steady(0), Shown((0,), np.array([RIGHT]))]
    seen = sights((0, LEFT, 1, 1), (0, RIGHT, 2, 2))
    found = sights_of(faces, seen)
    assert [seen.person[one[0]] for one in found] == [1, 2]


def test_faces_are_mistaken_in_frames_without_one_only() -> None:
    without = np.arange(31) >= 11
    seen = sights((5, LEFT, 1, 1), (12, LEFT, 1, 1), (13, LEFT, 1, 1), (13, FAR, 2, 2), (20, FAR, 2, 3))
    assert count_false(seen, without) == Mistaken(pytest.approx(2.0), frames=20, mistaken=3, tracks=3)
    assert count_false(sights(), without) == Mistaken(pytest.approx(2.0), frames=20, mistaken=0, tracks=0)


def test_a_frame_without_faces_has_no_rows() -> None:
    assert sights().boxes[sights().rows(3)].tolist() == NO_BOXES.tolist()
