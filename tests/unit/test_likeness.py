"""Whether a face goes on is judged by the face and its surroundings, wherever the recording is cut into chunks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from people import CUTS, FPS, followed_in, forget_pictures, pictures
from videmo.faces.likeness import MEMORY, SIDE, Glance, Likeness, glance_at, look_of
from videmo.persons.assigning import assign_persons
from videmo.pipeline.chunks import HEAD, ChunkObservations, Columns, join_chunks
from videmo.pipeline.instruments import geometry_of
from videmo.records import Detection, Observation
from videmo.settings import ReadingSettings, Settings, TrackingSettings
from videmo.video.luma import Luma
from videmo.video.read import Frame, ReadCounts

SIZE = (240, 320)
Plane = npt.NDArray[np.uint8]


@pytest.fixture(scope="module", autouse=True)
def forgetting() -> Iterator[None]:
    """Free the memory of pictures behind the last test."""
    yield
    forget_pictures()


def smooth(seed: int, size: tuple[int, int] = SIZE, coarse: int = 8) -> Plane:
    """A pattern of soft patches, different for each seed."""
    import cv2

    rng = np.random.default_rng(seed)
    small = rng.integers(30, 220, (size[0] // coarse // 2, size[1] // coarse // 2)).astype(np.uint8)
    return np.asarray(cv2.resize(small, size[::-1], interpolation=cv2.INTER_CUBIC), np.uint8)


def scene(person: int, room: int, x: float = 130.0, y: float = 90.0, side: float = 60.0) -> tuple[Plane, Detection]:
    """A picture of a person's face in a room."""
    picture = smooth(1000 + room).copy()
    left, top, length = round(x), round(y), round(side)
    picture[top : top + length, left : left + length] = smooth(person, (length, length), 5)
    return picture, Detection(x, y, side, side, 0.9)


def change(before: tuple[Plane, Detection], after: tuple[Plane, Detection]) -> float:
    likeness = Likeness()
    for number, (picture, face) in enumerate((before, after)):
        [found] = likeness.changes(number / FPS, [face.box], [glance(picture, face)])
    return found


def glance(picture: Plane, face: Detection) -> Glance:
    shown = luma(picture)
    return glance_at(shown, face, shown.patch(face.x, face.y, face.w, 48))


def luma(picture: Plane, rotation: int = 0) -> Luma:
    return Luma(picture, False, rotation)


def test_another_person_in_another_room_is_seen() -> None:
    assert change(scene(1, 1), scene(2, 2)) > 0.5


def test_the_same_picture_is_no_change() -> None:
    assert change(scene(1, 1), scene(1, 1)) < 0.02


@pytest.mark.parametrize("step", [(6, 0), (0, 6), (5, 5), (-6, 3)])
def test_a_person_who_moves_goes_on(step: tuple[int, int]) -> None:
    assert change(scene(1, 1), scene(1, 1, 130 + step[0], 90 + step[1])) < 0.4


def test_a_box_that_jumps_does_not_make_another_person() -> None:
    picture, face = scene(1, 1)
    shifted = Detection(face.x + 9, face.y - 7, face.w * 1.1, face.h * 1.1, 0.9)
    assert change((picture, face), (picture, shifted)) < 0.4


def test_a_camera_that_moves_does_not_make_another_person() -> None:
    picture, face = scene(1, 1)
    moved = np.roll(picture, (4, 8), (0, 1))
    assert change((picture, face), (moved, Detection(face.x + 8, face.y + 4, face.w, face.h, 0.9))) < 0.4


def test_light_that_goes_on_does_not_make_another_person() -> None:
    picture, face = scene(1, 1)
    brighter = np.clip(picture.astype(np.float64) * 1.3 + 10, 0, 255).astype(np.uint8)
    assert change((picture, face), (brighter, face)) < 0.4


def test_a_face_where_none_was_is_no_change() -> None:
    likeness = Likeness()
    picture, face = scene(1, 1)
    far = Detection(20, 20, 40, 40, 0.9)
    likeness.changes(0.0, [far.box], [glance(picture, far)])
    assert likeness.changes(0.04, [face.box], [glance(picture, face)]) == [0.0]


def test_a_face_that_was_missed_for_a_moment_is_compared_with_what_it_was() -> None:
    likeness = Likeness()
    for number, shown in enumerate([scene(1, 1), None, scene(2, 2)]):
        faces = [] if shown is None else [shown[1]]
        looks = [] if shown is None else [glance(*shown)]
        found = likeness.changes(number / FPS, [face.box for face in faces], looks)
    assert found[0] > 0.5


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_look_is_of_the_displayed_picture(rotation: int) -> None:
    picture, face = scene(1, 1)
    stored = np.ascontiguousarray(np.rot90(picture, -(rotation // 90)))
    look = look_of(luma(stored, rotation), face)
    assert np.corrcoef(look.ravel(), look_of(luma(picture), face).ravel())[0, 1] > 0.95


# In the table, for any cut into chunks.


def table_of(
    shots: list[tuple[Plane, Detection] | None], borders: tuple[int, ...] = (), fps: float | None = None
) -> Any:
    """The observation table of a recording that was cut into chunks before these frames."""
    parts: list[ChunkObservations] = []
    for begin, end in itertools.pairwise([0, *borders, len(shots)]):
        columns, cell = Columns(geometry_of(Settings())), None
        for index, shot in enumerate(shots[begin:end]):
            time_s = (begin + index) / FPS
            if fps is not None and (now := int(time_s * fps + 1e-6)) == cell:
                continue
            cell = None if fps is None else now
            picture = smooth(999) if shot is None else shot[0]
            frame = Frame(index, begin + index, time_s, luma(picture), None)  # type: ignore[arg-type]
            faces = [] if shot is None else [shot[1]]
            values = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 120.0, 50.0, 0.0, 0.0, 0.0)
            columns.add(index, frame, [Observation(face, values, glance(frame.luma.plane, face)) for face in faces])
        parts.append(columns.finish(ReadCounts(frames=end - begin)))
    return join_chunks(parts, Settings(reading=ReadingSettings(fps=fps)))


def two_people() -> list[tuple[Plane, Detection] | None]:
    """One person, a frame in which nobody is found, then another person at the same place."""
    first = [scene(1, 1, 130 + number / 3) for number in range(13)]
    return [*first, None, *(scene(2, 2, 134 + number / 3) for number in range(13))]


@pytest.mark.parametrize("fps", [None, 12.5, 5.0])
def test_the_change_does_not_depend_on_where_the_recording_is_cut(fps: float | None) -> None:
    shots = two_people()
    whole = table_of(shots, fps=fps)
    assert (whole["face_change"] > 0.5).sum() == (fps != 5.0)
    for borders in [*((border,) for border in range(1, len(shots))), (5, 9), (12, 14, 16), tuple(range(1, len(shots)))]:
        assert table_of(shots, borders, fps)["face_change"].equals(whole["face_change"]), borders


def test_looks_are_kept_for_the_edges_of_a_chunk_alone() -> None:
    columns = Columns(geometry_of(Settings()))
    picture, face = scene(1, 1)
    for index in range(100):
        frame = Frame(index, index, index / FPS, luma(picture), None)  # type: ignore[arg-type]
        columns.add(
            index,
            frame,
            [Observation(face, (1.0, 0, 0, 0, 0, 0, 0, 120.0, 50.0, 0, 0, 0), glance(frame.luma.plane, face))],
        )
    part = columns.finish(ReadCounts(frames=100))
    assert part.edge_looks.shape == (HEAD + MEMORY, SIDE, SIDE)
    assert part.edge_rows.tolist() == [*range(HEAD), *range(100 - MEMORY, 100)]


def persons(table: Any, **settings: Any) -> list[int]:
    found = assign_persons(table, TrackingSettings(**settings))["person"]
    return [int(person) for person in found.dropna()]


def test_another_face_at_the_same_place_is_another_person() -> None:
    table = table_of(two_people())
    table["scene_change"] = 0.1
    assert persons(table) == [1] * 13 + [2] * 13
    assert persons(table, face_threshold=1.0) == [1] * 26


def test_who_was_replaced_does_not_come_back_by_place() -> None:
    """The track of the first person must not wait for the second one's face to be missed."""
    shots = [*two_people()[:13], *[scene(2, 2)] * 8, None, None, *[scene(2, 2)] * 8]
    table = table_of(shots)
    table["scene_change"] = 0.1
    assert persons(table) == [1] * 13 + [2] * 16


def test_tables_without_the_column_are_read(tmp_path: Path) -> None:
    from videmo.results.schema import read_observations, write_table

    table = assign_persons(table_of(two_people()), TrackingSettings())
    write_table(table.drop(columns="face_change"), tmp_path / "observations.csv")
    read = read_observations(tmp_path / "observations.csv")
    assert read["face_change"].isna().all()
    assert set(persons(read.assign(scene_change=0.1))) == {1}


# Real people.


def persons_in(shown: list[Any], path: Path) -> list[set[int]]:
    """The persons that are found in each frame of a clip, by following alone."""
    found, _ = followed_in(shown, path)
    return [{int(one) for one in rows["person"].dropna()} for _, rows in found.groupby("frame")]


@pytest.mark.parametrize(("before", "after"), CUTS)
def test_a_cut_between_two_people_is_seen(before: str, after: str, data: Path, tmp_path: Path) -> None:
    found = persons_in([*pictures(data, before), *pictures(data, after)], tmp_path / "cut.mp4")
    assert set.union(*found[:25]) == {1}
    assert set.union(*found[25:]) == {2}


def test_tiles_that_change_places_do_not_mix_people(data: Path, tmp_path: Path) -> None:
    names = ("glasses", "smiles", "selfie", "turns")
    tiles = {name: [picture[::2, ::2] for picture in pictures(data, name)] for name in names}

    def gallery(order: tuple[str, ...], number: int) -> Any:
        shown = [tiles[name][number] for name in order]
        return np.vstack([np.hstack(shown[:2]), np.hstack(shown[2:])])

    swapped = ("smiles", "glasses", "selfie", "turns")
    found = persons_in(
        [*(gallery(names, n) for n in range(25)), *(gallery(swapped, n) for n in range(25))], tmp_path / "gallery.mp4"
    )
    assert len(set.union(*found[:25])) == 4
    assert len(set.union(*found[:25]) & set.union(*found[25:])) == 2, "the lower two go on, the upper two don't"


def test_the_active_speaker_of_a_call_is_another_person_when_the_view_changes(data: Path, tmp_path: Path) -> None:
    def view(picture: Any) -> Any:
        frame = np.zeros((360, 640, 3), np.uint8)
        frame[:, 140:500] = picture
        return frame

    shown = [view(picture) for name in ("glasses", "turns") for picture in pictures(data, name)]
    found = persons_in(shown, tmp_path / "speaker.mp4")
    assert not set.union(*found[:25]) & set.union(*found[25:])
