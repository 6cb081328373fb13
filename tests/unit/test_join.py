"""From the chunks of a recording to its tables: as if it had never been cut."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from videmo.faces.likeness import SIDE, THUMB
from videmo.faces.recognition import VALUES
from videmo.measures.emotions import EMOTIONS
from videmo.persons.assigning import assign_persons
from videmo.pipeline.chunks import ChunkObservations, join_chunks, join_sights
from videmo.pipeline.derive import derive
from videmo.pipeline.stages.observation import joined as joined_parts
from videmo.results.schema import DECIMALS, OBSERVATIONS
from videmo.settings import (
    EpisodeSettings,
    IdentitySettings,
    QualitySettings,
    ReadingSettings,
    Settings,
    TimelineSettings,
    TrackingSettings,
)
from videmo.video.cells import FirstInCell, sampling_cell
from videmo.video.scene import THUMBNAIL, change_between

TRACKING = TrackingSettings(max_gap_s=1.0, min_detections=3, min_duration_s=0.2, min_presence=0.3, cut_threshold=0.35)
ALL_FRAMES = Settings(reading=ReadingSettings(fps=None))
HAPPY, SAD = (0.05, 0.8, 0.05, 0.05, 0.05), (0.1, 0.1, 0.7, 0.05, 0.05)


@dataclass(frozen=True)
class Face:
    """What is seen of one face in one frame."""

    x: float
    y: float = 100.0
    size: float = 80.0
    probabilities: tuple[float, ...] = HAPPY


@dataclass(frozen=True)
class Shot:
    """One frame of a recording: when, how bright the picture, and who is in it."""

    time_s: float
    faces: tuple[Face, ...] = ()
    grey: int = 100


def film(frames: Sequence[Sequence[Face]], *, fps: float = 25.0, greys: Sequence[int] = ()) -> list[Shot]:
    """A recording at a constant rate."""
    return [Shot(k / fps, tuple(faces), greys[k] if greys else 100) for k, faces in enumerate(frames)]


def plain(grey: int) -> npt.NDArray[np.uint8]:
    """The thumbnail of an evenly grey picture."""
    return np.full(THUMBNAIL, grey, np.uint8)


def observe(shots: Sequence[Shot], fps: float | None = None) -> ChunkObservations:
    """What a worker makes of one chunk: sampled frames, their faces and the changes between them."""
    sampled: list[tuple[int, Shot]] = []
    for index, shot in enumerate(shots):
        if fps and sampled and sampling_cell(shot.time_s, fps) == sampling_cell(sampled[-1][1].time_s, fps):
            continue
        sampled.append((index, shot))
    greys = [plain(shot.grey) for _, shot in sampled]
    changes = [change_between(before, after) for before, after in itertools.pairwise(greys)]
    faces = [(row, face) for row, (_, shot) in enumerate(sampled) for face in shot.faces]
    blank = np.zeros(THUMBNAIL, np.uint8)
    return ChunkObservations(
        frame=np.array([index for index, _ in sampled], np.int64),
        pts=np.array([round(shot.time_s * 12800) for _, shot in sampled], np.int64),
        time_s=np.array([shot.time_s for _, shot in sampled], np.float64),
        change=np.array([np.nan, *changes][: len(sampled)], np.float32),
        edge_thumbnails=np.stack(
            [greys[0], greys[min(1, len(greys) - 1)], greys[-1]] if greys else [blank, blank, blank]
        ),
        edge_rows=np.arange(len(faces)),
        edge_looks=np.zeros((len(faces), SIDE, SIDE), np.uint8),
        edge_thumbs=np.zeros((len(faces), THUMB, THUMB), np.uint8),
        face_change=np.zeros(len(faces), np.float32),
        row=np.array([row for row, _ in faces], np.int64),
        box=np.array([(f.x, f.y, f.size, f.size, 0.9) for _, f in faces], np.float32).reshape(-1, 5),
        landmarks=np.full((len(faces), 10), np.nan, np.float32),
        values=np.array([(*f.probabilities, 0.1, 0.5, f.x / 10, f.size, 0, 0, 0) for _, f in faces], np.float32),
        vector_row=np.zeros(0, np.int64),
        vectors=np.zeros((0, VALUES), np.int8),
        decoded=len(shots),
        damaged=0,
        unordered=0,
        end_s=shots[-1].time_s + 0.04 if shots else 0.0,
    )


def joined(shots: Sequence[Shot], borders: Sequence[int] = (), fps: float | None = None) -> pd.DataFrame:
    """The table of a recording that was cut before these frames."""
    bounds = [0, *borders, len(shots)]
    parts = [observe(shots[begin:end], fps) for begin, end in itertools.pairwise(bounds)]
    return join_chunks(parts, Settings(reading=ReadingSettings(fps=fps)))


def assert_same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    """Compare two observation tables to the last bit; columns of text may be held in different ways."""
    text = ["status", "emotion"]
    alike = [table.assign(**{name: table[name].astype(object).fillna("") for name in text}) for table in (left, right)]
    pd.testing.assert_frame_equal(*alike, check_exact=True)


def people(count: int) -> list[list[Face]]:
    """Frames with one to three faces, and now and then none."""
    crowd = (Face(100), Face(400, probabilities=SAD), Face(700))
    return [list(crowd[: (k // 3) % 4]) for k in range(count)]


# Joining


def described_in(part: ChunkObservations, rate: float, begins: bool) -> ChunkObservations:
    """Describe the faces whose turn it is, as a worker does that knows this chunk alone."""
    first = FirstInCell(rate)
    turns = [first.sampled(time_s) is not None for time_s in part.time_s.tolist()]
    if not begins and len(turns) > 1:
        turns[1] = True
    rows = np.flatnonzero(np.array(turns, bool)[part.row])
    vectors = np.repeat(part.frame[part.row[rows]].astype(np.int8)[:, None], VALUES, axis=1)
    return replace(part, vector_row=rows, vectors=vectors)


def sights_of(shots: Sequence[Shot], borders: Sequence[int], fps: float | None, rate: float) -> list[tuple[int, float]]:
    """Frame and place of what recognises the faces of a recording that was cut before these frames."""
    bounds = [0, *borders, len(shots)]
    parts = [observe(shots[begin:end], fps) for begin, end in itertools.pairwise(bounds)]
    parts = [described_in(part, rate, begins=number == 0) for number, part in enumerate(parts)]
    settings = Settings(reading=ReadingSettings(fps=fps), identity=IdentitySettings(rate=rate))
    sights = join_sights(parts, settings, "network")
    return [*zip(sights.frame.tolist(), sights.place[:, 0].tolist(), strict=True)]


@pytest.mark.parametrize("fps", [None, 5.0, 7.0])
@pytest.mark.parametrize("rate", [4.0, 3.0, 100.0])
def test_what_recognises_faces_does_not_depend_on_where_chunks_are_cut(fps: float | None, rate: float) -> None:
    shots = film([[Face(10), Face(300)]] * 60)
    whole = sights_of(shots, [], fps, rate)
    assert len(whole) >= 2 * 7
    for borders in ([30], [2, 3, 4], [8, 15, 22, 29, 36], [*range(1, 60)]):
        assert sights_of(shots, borders, fps, rate) == whole


def test_one_chunk_becomes_one_row_for_each_face_and_for_each_frame_without_one() -> None:
    table = joined(film([[Face(10), Face(300, probabilities=SAD)], [], [Face(12)]]))
    assert tuple(table.columns) == OBSERVATIONS
    assert table["frame"].tolist() == [0, 0, 1, 2]
    assert table["time_s"].tolist() == [0.0, 0.0, 0.04, 0.08]
    assert table["status"].tolist() == ["ok", "ok", "no_face", "ok"]
    assert table["x"].tolist()[:2] == [10, 300]
    assert table["emotion"].tolist()[:2] == ["happy", "sad"]
    assert table["confidence"].tolist()[:2] == [pytest.approx(0.8), pytest.approx(0.7)]
    assert table[["person", "track"]].isna().all(axis=None)
    assert table["brightness"].tolist()[:2] == [1, 30]
    assert table["sharpness"].tolist()[:2] == [80, 80]
    numbers = ["x", "y", "w", "h", "face_score", *EMOTIONS, "confidence", "brightness", "sharpness", "emotion"]
    assert table.loc[2, numbers].isna().all()
    assert table.loc[[0, 1, 3], numbers].notna().all(axis=None)


def test_frame_numbers_run_through() -> None:
    shots = film([[Face(100)]] * 10)
    assert joined(shots, [3, 4, 8])["frame"].tolist() == list(range(10))


def test_frame_numbers_count_the_frames_that_were_not_sampled() -> None:
    # Of 25 frames a second, the first in each fifth of a second.
    shots = film([[Face(100)]] * 40)
    assert joined(shots, [20], fps=5)["frame"].tolist() == list(range(0, 40, 5))


@pytest.mark.parametrize("borders", [[1], [7, 8, 9], [10, 20, 30, 40], list(range(1, 50))], ids=str)
def test_cutting_differently_gives_the_identical_table(borders: list[int]) -> None:
    greys = np.random.default_rng(1).integers(0, 256, 50).tolist()
    shots = film(people(50), greys=greys)
    assert_same(joined(shots, borders), joined(shots))


@pytest.mark.parametrize("border", range(1, 24))
def test_a_second_sample_of_a_cell_at_a_border_is_dropped(border: int) -> None:
    shots = film(people(25))
    whole = joined(shots, fps=5)
    assert whole["frame"].unique().tolist() == [0, 5, 10, 15, 20]
    assert_same(joined(shots, [border], fps=5), whole)


def test_many_short_chunks_in_one_cell_give_one_sample() -> None:
    shots = film(people(25))
    assert_same(joined(shots, list(range(1, 25)), fps=5), joined(shots, fps=5))


def test_a_chunk_that_begins_in_a_cell_of_its_own_loses_nothing() -> None:
    shots = film(people(25))
    assert joined(shots, [5], fps=5)["frame"].unique().tolist() == [0, 5, 10, 15, 20]


def test_without_a_rate_no_frame_is_dropped_though_two_have_one_time() -> None:
    shots = [Shot(0.0), Shot(0.04), Shot(0.04), Shot(0.08)]
    assert joined(shots, [2])["frame"].tolist() == [0, 1, 2, 3]


def test_the_change_across_a_border_comes_from_the_thumbnails() -> None:
    step = change_between(plain(10), plain(112))
    assert step > 0.3
    table = joined(film([[Face(100)]] * 4, greys=[10, 10, 112, 112]), [2])
    assert np.isnan(table["scene_change"][0])
    assert table["scene_change"].tolist()[1:] == pytest.approx([0, step, 0])


def test_the_change_across_an_empty_chunk_is_that_between_its_neighbours() -> None:
    shots = film([[Face(100)]] * 4, greys=[10, 10, 112, 112])
    step = change_between(plain(10), plain(112))
    damaged = replace(observe([]), decoded=3)
    table = join_chunks([observe(shots[:2]), damaged, observe(shots[2:])], ALL_FRAMES)
    assert table["scene_change"].tolist()[1:] == pytest.approx([0, step, 0])
    assert table["frame"].tolist() == [0, 1, 5, 6]


@pytest.mark.parametrize("borders", [[7], [6, 8]], ids=str)
def test_changes_do_not_depend_on_the_cut_though_a_sample_was_dropped(borders: list[int]) -> None:
    shots = film([[Face(100)]] * 25, greys=[4 * k for k in range(25)])
    assert_same(joined(shots, borders, fps=5), joined(shots, fps=5))


def test_a_cut_between_scenes_is_seen_though_its_sample_was_dropped() -> None:
    # A new scene, and with it a keyframe and a chunk, begins in the middle of a cell of the sampling grid.
    shots = film([[Face(100)]] * 50, greys=[10] * 27 + [200] * 23)
    persons = assign_persons(joined(shots, [27], fps=5), TRACKING)["person"].tolist()
    assert persons == assign_persons(joined(shots, fps=5), TRACKING)["person"].tolist()
    assert max(persons) == 2


def test_every_sampled_frame_has_a_row() -> None:
    shots = film(people(60))
    for fps, sampled in ((None, 60), (5, 12)):
        table = joined(shots, [13, 29, 41], fps=fps)
        assert table["frame"].nunique() == sampled
        assert table.groupby("frame")["status"].nunique().max() == 1
        assert (table["status"] == "no_face").sum() == (table[table["status"] == "no_face"]["frame"].nunique())


def test_chunks_without_frames_or_faces_do_no_harm() -> None:
    shots = film([[]] * 6)
    for parts in ([observe(shots)], [observe([]), observe(shots[:3]), observe([]), observe(shots[3:]), observe([])]):
        table = join_chunks(parts, ALL_FRAMES)
        assert table["frame"].tolist() == list(range(6))
        assert set(table["status"]) == {"no_face"}
    nothing = join_chunks([observe([]), observe([])], ALL_FRAMES)
    assert nothing.empty
    assert tuple(nothing.columns) == OBSERVATIONS


def test_the_length_reaches_to_the_end_of_the_last_part_with_frames() -> None:
    """The first part has the rows of frames that the second one counts, and nothing behind it can be decoded."""
    whole = observe(film([[Face(100)]] * 8, fps=10.0))
    first = replace(whole, decoded=5, end_s=0.5)
    second = replace(observe([]), decoded=3, end_s=0.8)
    observations, result = joined_parts([first, second, observe([])], ALL_FRAMES)
    assert result.duration_s == 0.8
    assert result.decoded == observations["frame"].nunique() == 8


def test_joining_leaves_the_parts_as_they_are() -> None:
    parts = [observe(film([[Face(100)]] * 3)), observe(film([[Face(100)]] * 3))]
    before = [part.change.copy() for part in parts]
    join_chunks(parts, ALL_FRAMES)
    for part, change in zip(parts, before):
        np.testing.assert_array_equal(part.change, change)


# Persons


def test_persons_are_followed_across_the_borders_of_chunks() -> None:
    shots = film([[Face(100 + 2 * k), Face(600 - 2 * k)] for k in range(30)])
    table = assign_persons(joined(shots, [10, 20]), TRACKING)
    assert table["person"].tolist() == [1, 2] * 30
    assert table.loc[table["person"] == 1, "x"].tolist() == [100 + 2 * k for k in range(30)]


def test_a_face_that_is_nobody_is_a_stray_and_keeps_its_row() -> None:
    frames = [[Face(100)] for _ in range(20)]
    frames[7] = [Face(900, probabilities=SAD), Face(100)]
    table = assign_persons(joined(film(frames)), TRACKING)
    own = table[table["frame"] == 7]
    assert own["status"].tolist() == ["ok", "stray"]
    assert own["person"].tolist() == [1, pd.NA]
    assert own["track"].tolist() == [1, 2], "what was followed, person or not"
    assert own["emotion"].tolist() == ["happy", "sad"]
    assert (table["status"] == "stray").sum() == 1
    assert len(table) == 21


def test_a_scene_change_ends_all_persons() -> None:
    shots = film([[Face(100)]] * 20, greys=[10] * 10 + [200] * 10)
    assert assign_persons(joined(shots), TRACKING)["person"].tolist() == [1] * 10 + [2] * 10
    blind = replace(TRACKING, cut_threshold=1.0)
    assert assign_persons(joined(shots), blind)["person"].tolist() == [1] * 20


def test_rows_of_a_frame_are_ordered_by_person_and_strays_come_last_from_the_left() -> None:
    frames = [[Face(500)]] * 5 + [[Face(100), Face(900), Face(500)]] * 10
    frames[8] = [Face(800, 400), Face(100), Face(300, 400), Face(900), Face(500)]
    table = assign_persons(joined(film(frames)), TRACKING)
    own = table[table["frame"] == 8]
    assert own["x"].tolist() == [500, 100, 900, 300, 800]
    assert own["person"].tolist() == [1, 2, 3, pd.NA, pd.NA]


def test_frames_without_a_face_stay_in_the_table() -> None:
    table = assign_persons(joined(film(people(40))), TRACKING)
    assert table["frame"].unique().tolist() == list(range(40))
    assert (table["status"] == "no_face").sum() == sum(not faces for faces in people(40))
    assert table["person"].dtype == table["track"].dtype == "Int64"
    assert (table["track"].isna() == (table["status"] == "no_face")).all()


def test_following_persons_twice_gives_the_same_table() -> None:
    rng = np.random.default_rng(3)
    frames = [
        [
            Face(float(x), float(rng.integers(0, 300)))
            for x in rng.permutation([50, 250, 450, 650])[: rng.integers(0, 5)]
        ]
        for _ in range(80)
    ]
    once = assign_persons(joined(film(frames), [20, 50]).round(DECIMALS), TRACKING)
    assert {"ok", "stray", "no_face"} == set(once["status"])
    assert_same(assign_persons(once, TRACKING), once)


def test_other_settings_give_the_same_whatever_the_settings_before() -> None:
    # The right face, which the detector tells first, is a stray to the strict and a person to the lenient.
    frames = [[Face(600), Face(100)]] * 6 + [[Face(100)]] * 20
    table, strict = joined(film(frames)), replace(TRACKING, min_detections=10)
    fresh = assign_persons(table, TRACKING)
    again = assign_persons(assign_persons(table, strict), TRACKING)
    assert_same(again, fresh)


def test_frames_out_of_order_are_put_in_order_of_time() -> None:
    shots = film([[Face(100)]] * 10)
    shots[4], shots[5] = shots[5], shots[4]
    table = assign_persons(joined(shots), TRACKING)
    assert table["time_s"].is_monotonic_increasing
    assert table["person"].tolist() == [1] * 10


def test_a_table_without_rows_stays_empty() -> None:
    assert assign_persons(join_chunks([observe([])], ALL_FRAMES), TRACKING).empty


# Everything that follows


def test_the_tables_of_a_known_recording() -> None:
    # Happy for 2 s, then sad for 1 s; a second face is there in the last second.
    frames = [[Face(100)]] * 50 + [[Face(100, probabilities=SAD), Face(500)]] * 25
    table = assign_persons(joined(film(frames), [30]), TRACKING)
    timeline, episodes = TimelineSettings(step_s=0.2, smoothing_s=0.0), EpisodeSettings(enter=0.6, leave=0.4)
    tables = derive(table, timeline, episodes, QualitySettings(), 3.0)
    assert tables.timeline["frames"].sum() == (table["status"] == "ok").sum() == 100
    found = tables.episodes[["person", "emotion", "start_s", "end_s"]].to_numpy().tolist()
    assert found == [
        [1, "happy", 0.0, pytest.approx(2.0)],
        [1, "sad", pytest.approx(2.0), pytest.approx(3.0)],
        [2, "happy", pytest.approx(2.0), pytest.approx(3.0)],
    ]
    assert tables.summary["person"].tolist() == [1, 2]
    assert tables.summary["seen_s"].tolist() == pytest.approx([3.0, 1.0])
    assert tables.summary["share_sad"].tolist() == pytest.approx([1 / 3, 0])
    assert tables.summary["dominant"].tolist() == ["happy", "happy"]


def test_deriving_twice_and_from_another_cut_gives_the_same_tables() -> None:
    shots = film(people(80))
    results = [
        derive(
            assign_persons(joined(shots, borders), TRACKING),
            TimelineSettings(),
            EpisodeSettings(),
            QualitySettings(),
            2.0,
        )
        for borders in ([], [], [11, 37, 64])
    ]
    assert len(results[0].episodes) > 0
    for other in results[1:]:
        for name in ("timeline", "episodes", "summary"):
            pd.testing.assert_frame_equal(getattr(other, name), getattr(results[0], name), check_exact=True)


def test_a_recording_without_faces_has_empty_tables_and_a_duration() -> None:
    table = assign_persons(joined(film([[]] * 50)), TRACKING)
    tables = derive(table, TimelineSettings(), EpisodeSettings(), QualitySettings(), 2.0)
    assert tables.timeline.empty
    assert tables.episodes.empty
    assert tables.summary.empty
