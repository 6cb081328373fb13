"""What a chunk gives, on disk until its recording is complete: read back as it was, or none at all."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from videmo.faces.likeness import SIDE, THUMB
from videmo.faces.recognition import VALUES
from videmo.measures import registry
from videmo.pipeline.chunks import ChunkObservations
from videmo.results.parts import load_part, save_part
from videmo.results.recording import RecordingResults
from videmo.video.scene import THUMBNAIL


def files_in(folder: Path) -> list[str]:
    """Names of all files in a folder, hidden ones too."""
    return sorted(os.listdir(folder))


def part(frames: int = 3, faces: int = 2) -> ChunkObservations:
    """A chunk's observations with arbitrary numbers."""
    rng = np.random.default_rng(2)
    return ChunkObservations(
        frame=np.arange(frames, dtype=np.int64) * 5,
        pts=np.arange(frames, dtype=np.int64) * 512,
        time_s=np.arange(frames) / 3,
        change=np.array([np.nan, *rng.random(frames)][:frames], np.float32),
        edge_thumbnails=rng.integers(0, 256, (3, *THUMBNAIL)).astype(np.uint8),
        edge_rows=np.zeros(0, np.int64),
        edge_looks=np.zeros((0, SIDE, SIDE), np.uint8),
        edge_thumbs=np.zeros((0, THUMB, THUMB), np.uint8),
        face_change=rng.random(faces).astype(np.float32),
        row=np.sort(rng.integers(0, max(1, frames), faces)).astype(np.int64),
        box=rng.random((faces, 5)).astype(np.float32),
        landmarks=rng.random((faces, 10)).astype(np.float32),
        values=rng.random((faces, len(registry.COLUMNS["five"]))).astype(np.float32),
        vector_row=np.zeros(0, np.int64),
        vectors=np.zeros((0, VALUES), np.int8),
        decoded=5 * frames,
        damaged=1,
        unordered=2,
        end_s=frames / 3,
    )


def assert_same_part(found: ChunkObservations, wanted: ChunkObservations) -> None:
    """Compare all columns, their types too."""
    for column in dataclasses.fields(ChunkObservations):
        left, right = getattr(found, column.name), getattr(wanted, column.name)
        np.testing.assert_array_equal(left, right, err_msg=column.name)
        assert getattr(left, "dtype", int) == getattr(right, "dtype", int), column.name


@pytest.mark.parametrize(("frames", "faces"), [(3, 2), (1, 0), (0, 0), (200, 500)])
def test_a_part_comes_back_as_it_was(tmp_path: Path, frames: int, faces: int) -> None:
    save_part(part(frames, faces), tmp_path / ".work" / "part.npz")
    back = load_part(tmp_path / ".work" / "part.npz", ChunkObservations)
    assert back is not None
    assert_same_part(back, part(frames, faces))
    assert files_in(tmp_path / ".work") == ["part.npz"]


def test_the_same_part_is_the_same_file(tmp_path: Path) -> None:
    save_part(part(), tmp_path / "a.npz")
    save_part(part(), tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def cut_short(content: bytes) -> bytes:
    """The first half of a file."""
    return content[: len(content) // 2]


def with_zeros(content: bytes) -> bytes:
    """A file whose middle was never written."""
    third = len(content) // 3
    return content[:third] + bytes(third) + content[2 * third :]


@pytest.mark.parametrize("damage", [cut_short, with_zeros, lambda _: b"", lambda _: b"PK\x03\x04", lambda _: b"text"])
def test_a_damaged_part_is_as_if_there_were_none(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "part.npz"
    save_part(part(), path)
    path.write_bytes(damage(path.read_bytes()))
    assert load_part(path, ChunkObservations) is None


def test_a_missing_part_is_none(tmp_path: Path) -> None:
    assert load_part(tmp_path / "gone.npz", ChunkObservations) is None


def test_a_part_without_one_of_its_columns_is_none(tmp_path: Path) -> None:
    columns = {column.name: getattr(part(), column.name) for column in dataclasses.fields(ChunkObservations)}
    del columns["values"]
    np.savez(tmp_path / "part.npz", **columns)
    assert load_part(tmp_path / "part.npz", ChunkObservations) is None


def load_with_one_byte_changed(path: Path, places: range) -> None:
    """Change each of these bytes in turn: the part is as it was, where the byte means nothing, or none."""
    content = path.read_bytes()
    for place in places:
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        back = load_part(path, ChunkObservations)
        if back is not None:
            assert_same_part(back, part())


def test_a_part_with_a_wrong_byte_in_its_data_is_none(tmp_path: Path) -> None:
    path = tmp_path / "part.npz"
    save_part(part(), path)
    load_with_one_byte_changed(path, range(0, path.read_bytes().index(b"PK\x01\x02"), 11))


def test_a_part_with_a_wrong_byte_in_its_directory_is_none(tmp_path: Path) -> None:
    path = tmp_path / "part.npz"
    save_part(part(), path)
    content = path.read_bytes()
    load_with_one_byte_changed(path, range(content.index(b"PK\x01\x02"), len(content), 2))


def test_a_kept_part_is_made_once_and_again_when_it_is_damaged(tmp_path: Path) -> None:
    results, name, made = RecordingResults(tmp_path), ".work/part.npz", []
    path = tmp_path / name

    def make() -> ChunkObservations:
        made.append(1)
        return part()

    for _ in range(2):
        assert_same_part(results.kept_part(name, ChunkObservations, make), part())
    assert len(made) == 1
    path.write_bytes(cut_short(path.read_bytes()))
    assert_same_part(results.kept_part(name, ChunkObservations, make), part())
    assert len(made) == 2
    assert load_part(path, ChunkObservations) is not None
