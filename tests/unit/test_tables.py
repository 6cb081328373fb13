"""Tables, parts and manifests on disk: whole or not there at all, and read back as they were written."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from videmo.pipeline.identity import Stages, stages_after, stages_for

from videmo.config import load_settings
from videmo.errors import OutputError, RecordingError, ResultsError
from videmo.files import read_json, replacing, write_json, write_text
from videmo.measures.emotions import EMOTIONS
from videmo.records import LANDMARKS, Recording
from videmo.results.csv import read_csv
from videmo.results.manifest import (
    FILE,
    WORK,
    describe,
    file_sha256,
    finish,
    input_identity,
    read_manifest,
    read_progress,
    same_input,
    save_progress,
)
from videmo.results.parts import THUMBNAIL, ChunkObservations, change_between, load_part, save_part
from videmo.results.schema import DECIMALS, OBSERVATIONS, read_observations, write_table
from videmo.settings import Settings
from videmo.spreadsheet import csv_safe, csv_unsafe


def files_in(folder: Path) -> list[str]:
    """Names of all files in a folder, hidden ones too."""
    return sorted(os.listdir(folder))


def fail_while_writing(path: Path, error: Exception) -> None:
    """Begin to replace a file, write half of it, and fail."""
    with replacing(path) as partial:
        partial.write_text("half of the new te")
        raise error


def observations() -> pd.DataFrame:
    """Three sampled frames, with a person, a stray and no face; numbers with more digits than are written."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"frame": [0, 0, 1, 2], "time_s": [0.0, 0.0, 1001 / 30000, 2002 / 30000]})
    table["status"] = ["ok", "stray", "no_face", "ok"]
    table["person"] = pd.array([1, None, None, 1], dtype="Int64")
    numbers = ["x", "y", "w", "h", "face_score", *EMOTIONS, "confidence", "brightness", "sharpness", "scene_change"]
    for name in numbers:
        table[name] = rng.normal(0, 1, 4) * (100 if name in "xywh" else 1)
        table.loc[2, name] = np.nan
    table["emotion"] = ["happy", "sad", None, "neutral"]
    table[list(LANDMARKS)] = rng.random((4, len(LANDMARKS))) * 300
    table["left_out"] = ["", "dark", "", "small"]
    return table[list(OBSERVATIONS)]


def part(frames: int = 3, faces: int = 2) -> ChunkObservations:
    """A chunk's observations with arbitrary numbers."""
    rng = np.random.default_rng(2)
    return ChunkObservations(
        frame=np.arange(frames, dtype=np.int64) * 5,
        pts=np.arange(frames, dtype=np.int64) * 512,
        time_s=np.arange(frames) / 3,
        change=np.array([np.nan, *rng.random(frames)][:frames], np.float32),
        edge_thumbnails=rng.integers(0, 256, (3, *THUMBNAIL)).astype(np.uint8),
        row=np.sort(rng.integers(0, max(1, frames), faces)).astype(np.int64),
        box=rng.random((faces, 5)).astype(np.float32),
        landmarks=rng.random((faces, 10)).astype(np.float32),
        probabilities=rng.random((faces, 5)).astype(np.float32),
        quality=rng.random((faces, 2)).astype(np.float32),
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


def recording(path: Path) -> Recording:
    """What probing a small file said."""
    stat = path.stat()
    return Recording(
        path=path,
        container="mov,mp4",
        codec="h264",
        pixel_format="yuv420p",
        width=640,
        height=360,
        rotation=0,
        time_base=Fraction(1, 12800),
        start_s=0.0,
        duration_s=2.0,
        average_fps=25.0,
        frame_count_from_header=50,
        audio=("aac",),
        keyframes=(0, 12800),
        size_bytes=stat.st_size,
        modified_ns=stat.st_mtime_ns,
    )


def stages_with(overrides: dict[str, Any] | None = None, detector: str = "haar", classifier: str = "abc") -> Stages:
    """Hashes of the stages with some settings changed."""
    return stages_for(load_settings(overrides=overrides), detector, classifier)


def changed_stages(overrides: dict[str, Any]) -> set[str]:
    """Names of the stages that other settings change."""
    before, after = dataclasses.asdict(stages_with()), dataclasses.asdict(stages_with(overrides))
    return {name for name in before if before[name] != after[name]}


# Files


def test_a_file_is_replaced_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "below" / "table.csv"
    with replacing(path) as partial:
        partial.write_text("new")
        assert not path.exists()
        assert partial.parent == path.parent
        assert partial.suffix == ".csv"
    assert path.read_text() == "new"
    assert files_in(path.parent) == ["table.csv"]


@pytest.mark.parametrize("error", [ValueError("wrong"), KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_block_that_fails_leaves_the_old_file_and_no_temporary_one(tmp_path: Path, error: Exception) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises((type(error), OutputError)):
        fail_while_writing(path, error)
    assert path.read_text() == "old"
    assert files_in(tmp_path) == ["table.csv"]


def test_a_block_that_fails_leaves_nothing_where_nothing_was(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="wrong"):
        fail_while_writing(tmp_path / "table.csv", ValueError("wrong"))
    assert files_in(tmp_path) == []


def test_a_full_disk_is_an_output_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"table\.csv: cannot be written \(No space left on .*another folder"):
        fail_while_writing(tmp_path / "table.csv", OSError(28, "No space left on device"))


def test_a_folder_that_cannot_be_made_is_an_output_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("a file, no folder")
    path = tmp_path / "notes.txt" / "results" / "table.csv"
    with pytest.raises(OutputError) as caught:
        write_text(path, "text")
    assert str(path) in str(caught.value)
    assert (tmp_path / "notes.txt").read_text() == "a file, no folder"


def test_a_folder_in_the_place_of_the_file_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "table.csv" / "inside").mkdir(parents=True)
    with pytest.raises(OutputError, match=r"table\.csv"):
        write_text(tmp_path / "table.csv", "text")
    assert files_in(tmp_path) == ["table.csv"]


def test_a_written_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain.txt").write_text("x")
    write_text(tmp_path / "videmo.txt", "x")
    assert (tmp_path / "videmo.txt").stat().st_mode == (tmp_path / "plain.txt").stat().st_mode


def test_json_comes_back_with_sorted_keys_and_any_language(tmp_path: Path) -> None:
    content = {"zebra": [1, 2.5, None], "anna": "Größe 測試", "path": "a/b"}
    write_json(tmp_path / "run.json", content)
    assert read_json(tmp_path / "run.json") == content
    text = (tmp_path / "run.json").read_text(encoding="utf-8")
    assert text.index("anna") < text.index("path") < text.index("zebra")
    assert "Größe 測試" in text


@pytest.mark.parametrize("content", [b"", b'{"half": ', b"[1, 2]", b"\xff\xfe\x00", b"null"])
def test_damaged_json_is_as_if_there_were_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.json").write_bytes(content)
    assert read_json(tmp_path / "run.json") is None
    assert read_json(tmp_path / "missing.json") is None


# Tables


def test_a_table_written_read_and_written_again_has_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    write_table(observations(), first)
    back = read_observations(first)
    write_table(back, second)
    assert second.read_bytes() == first.read_bytes()
    rounded = observations().round(DECIMALS)
    pd.testing.assert_frame_equal(back, rounded, check_exact=True, check_dtype=False)
    assert back["person"].dtype == "Int64"


def test_numbers_of_any_size_come_back_exactly(tmp_path: Path) -> None:
    times = np.random.default_rng(3).random(500) * 10.0 ** np.random.default_rng(4).integers(-7, 6, 500)
    write_table(pd.DataFrame({"time_s": times, "happy": times % 1}), tmp_path / "first.csv")
    back = read_csv(tmp_path / "first.csv")
    np.testing.assert_array_equal(back["time_s"], np.round(times, 6))
    write_table(back, tmp_path / "second.csv")
    assert (tmp_path / "second.csv").read_bytes() == (tmp_path / "first.csv").read_bytes()


def test_a_table_is_plain_utf8_with_empty_cells_for_what_is_missing(tmp_path: Path) -> None:
    table = pd.DataFrame({"recording": ["Größe.mp4", None], "person": pd.array([1, None], dtype="Int64")})
    table["time_s"] = [1 / 3, np.nan]
    write_table(table, tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_bytes() == "recording,person,time_s\nGröße.mp4,1,0.333333\n,,\n".encode()


def test_an_empty_table_keeps_its_columns(tmp_path: Path) -> None:
    write_table(observations().iloc[:0], tmp_path / "table.csv")
    back = read_observations(tmp_path / "table.csv")
    assert tuple(back.columns) == OBSERVATIONS
    assert len(back) == 0


def test_a_table_without_a_single_face_comes_back(tmp_path: Path) -> None:
    write_table(observations().iloc[[2]], tmp_path / "table.csv")
    back = read_observations(tmp_path / "table.csv")
    assert back["person"].isna().all()
    assert back["person"].dtype == "Int64"
    assert back["status"].tolist() == ["no_face"]


def test_texts_that_look_like_missing_values_stay_texts(tmp_path: Path) -> None:
    table = pd.DataFrame({"recording": ["NA", "null", "nan", "None", "a, b", 'say "hi"', "two\nlines"]})
    write_table(table, tmp_path / "table.csv")
    assert read_csv(tmp_path / "table.csv")["recording"].tolist() == table["recording"].tolist()


def test_a_name_with_a_carriage_return_stays_in_its_row(tmp_path: Path) -> None:
    write_table(pd.DataFrame({"recording": [csv_safe("day\r1.mp4")], "frames": [3]}), tmp_path / "table.csv")
    assert read_csv(tmp_path / "table.csv").to_numpy().tolist() == [["day␍1.mp4", 3]]


def test_a_name_that_is_not_utf8_can_be_written(tmp_path: Path) -> None:
    name = os.fsdecode(b"gr\xfc\xdfe.mp4")  # Latin-1, from an old disk
    write_table(pd.DataFrame({"recording": [csv_safe(name)]}), tmp_path / "recordings.csv")
    write_json(tmp_path / "run.json", {"key": name})
    assert (tmp_path / "recordings.csv").is_file()


@pytest.mark.parametrize("name", ["=a.mp4", "+a.mp4", "-a.mp4", "@a.mp4", "\ta.mp4", "=day/a.mp4"])
def test_names_that_a_spreadsheet_would_calculate_are_made_harmless_and_come_back(name: str) -> None:
    safe = csv_safe(name)
    assert safe[0] not in "=+-@\t\r"
    assert csv_unsafe(safe) == name


@pytest.mark.parametrize("name", ["a.mp4", "day=1/a.mp4", ".a.mp4", "größe.mp4", " a.mp4"])
def test_other_names_stay_as_they_are(name: str) -> None:
    assert csv_safe(name) == name
    assert csv_unsafe(name) == name


def test_a_missing_table_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"gone\.csv: no such table.*Analyse the recording again"):
        read_csv(tmp_path / "gone.csv")


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n1,2,3,4\n", b"a\n\xff\xfe\n", b'a\n"open'])
def test_a_damaged_table_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(ResultsError, match=r"table\.csv: not a readable table"):
        read_csv(tmp_path / "table.csv")


@pytest.mark.parametrize("content", ["frame,time_s\n0,0.0\n", "frame,status,person\n0,ok,anna\n"])
def test_damaged_observations_say_so(tmp_path: Path, content: str) -> None:
    (tmp_path / "observations.csv").write_text(content)
    with pytest.raises(ResultsError, match=r"observations\.csv"):
        read_observations(tmp_path / "observations.csv")


# Parts


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
    del columns["quality"]
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


def test_the_change_between_pictures_goes_from_zero_to_one() -> None:
    black, grey, white = (np.full(THUMBNAIL, value, np.uint8) for value in (0, 128, 255))
    assert change_between(black, black) == change_between(white, white) == 0
    assert change_between(black, white) == change_between(white, black)
    assert 0.9 < change_between(black, white) <= 1
    assert 0.2 < change_between(grey, white) < change_between(black, white)


def test_a_change_in_a_part_of_the_picture_is_a_part_of_the_change() -> None:
    black, half, white = np.zeros(THUMBNAIL, np.uint8), np.zeros(THUMBNAIL, np.uint8), np.full(THUMBNAIL, 255, np.uint8)
    half[: THUMBNAIL[0] // 2] = 255
    assert 0 < change_between(white, half) < change_between(white, black)


# Manifests


EVERYTHING = {"observe", "persons", "tables", "plots", "report", "annotation"}


@pytest.mark.parametrize(
    ("overrides", "changed"),
    [
        ({}, set()),
        ({"reading.chunk_s": 3.0}, set()),
        ({"reading.fps": 5.0}, EVERYTHING),
        ({"detector.scale_factor": 1.3}, EVERYTHING),
        ({"detector.max_side": 320}, EVERYTHING),
        ({"tracking.max_gap_s": 0.3}, {"persons", "tables", "plots", "report", "annotation"}),
        ({"tracking.cut_threshold": 0.5}, {"persons", "tables", "plots", "report", "annotation"}),
        ({"timeline.step_s": 0.5}, {"tables", "plots", "report"}),
        ({"timeline.smoothing_s": 0.0}, {"tables", "plots", "report"}),
        ({"timeline.max_gap_s": 0.1}, {"tables", "plots", "report", "annotation"}),
        ({"episodes.enter": 0.9}, {"tables", "plots", "report"}),
        ({"quality.min_brightness": 30.0}, {"tables", "plots", "report"}),
        ({"plots.dpi": 60}, {"plots"}),
        ({"plots.enabled": False}, set()),
        ({"report.enabled": False}, set()),
        ({"annotation.quality": 30}, {"annotation"}),
        ({"annotation.audio": False}, {"annotation"}),
    ],
    ids=lambda value: next(iter(value), "nothing") if isinstance(value, dict) else "",
)
def test_settings_change_only_the_stages_that_they_affect(overrides: dict[str, Any], changed: set[str]) -> None:
    assert changed_stages(overrides) == changed


def test_not_wanting_a_video_does_not_change_what_it_would_be() -> None:
    assert changed_stages({"annotation.enabled": False}) == set()


def test_another_detector_or_classifier_changes_everything() -> None:
    before = stages_with()
    for after in (stages_with(detector="another.xml:123"), stages_with(classifier="def")):
        assert not set(dataclasses.astuple(before)) & set(dataclasses.astuple(after))


def test_stages_behind_a_known_observation_are_the_same() -> None:
    assert stages_after(stages_with().observe, Settings()) == stages_with()


def test_a_recording_is_finished_only_at_the_end(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None
    assert read_progress(tmp_path) == {}
    save_progress(tmp_path, {"stages": {"observe": "1"}})
    assert read_manifest(tmp_path) is None
    assert read_progress(tmp_path) == {"stages": {"observe": "1"}}
    finish(tmp_path, {"stages": {"observe": "1", "tables": "2"}})
    assert read_manifest(tmp_path) == read_progress(tmp_path) == {"stages": {"observe": "1", "tables": "2"}}


def test_a_finished_recording_that_is_taken_up_again_is_not_finished(tmp_path: Path) -> None:
    finish(tmp_path, {"stages": {"observe": "1"}})
    save_progress(tmp_path, {"stages": {"observe": "2"}})
    assert not (tmp_path / FILE).exists()
    assert read_progress(tmp_path) == {"stages": {"observe": "2"}}
    assert (tmp_path / WORK / FILE).is_file()


def test_a_damaged_manifest_is_no_manifest(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"stages": ')
    assert read_manifest(tmp_path) is None
    assert read_progress(tmp_path) == {}


def test_an_untouched_file_is_known_by_size_and_time_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "anna.mp4"
    path.write_bytes(b"moving pictures")
    known = recording(path)
    manifest = {"input": input_identity(known)}
    path.unlink()
    assert same_input(manifest, path, known.size_bytes, known.modified_ns)


def test_a_copied_file_is_known_by_its_content(tmp_path: Path) -> None:
    path, copy = tmp_path / "anna.mp4", tmp_path / "copy.mp4"
    path.write_bytes(b"moving pictures")
    copy.write_bytes(b"moving pictures")
    known = recording(path)
    manifest = {"input": {**input_identity(known), "sha256": file_sha256(path)}}
    assert same_input(manifest, copy, known.size_bytes, known.modified_ns + 1)
    assert not same_input({"input": input_identity(known)}, copy, known.size_bytes, known.modified_ns + 1)


def test_a_changed_file_is_not_the_same_input(tmp_path: Path) -> None:
    path = tmp_path / "anna.mp4"
    path.write_bytes(b"moving pictures")
    known = recording(path)
    manifest = {"input": {**input_identity(known), "sha256": file_sha256(path)}}
    path.write_bytes(b"MOVING PICTURES")
    assert not same_input(manifest, path, known.size_bytes, known.modified_ns + 1)
    assert not same_input(manifest, path, known.size_bytes + 1, known.modified_ns)
    assert not same_input({}, path, known.size_bytes, known.modified_ns)


def test_a_file_that_cannot_be_read_has_no_hash(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"gone\.mp4: cannot be read"):
        file_sha256(tmp_path / "gone.mp4")


def test_the_description_of_a_recording_is_plain_and_knows_no_place(tmp_path: Path) -> None:
    path = tmp_path / "anna.mp4"
    path.write_bytes(b"moving pictures")
    known = describe(recording(path))
    assert json.loads(json.dumps(known)) == known
    assert known["time_base"] == "1/12800"
    assert (known["width"], known["height"], known["audio"]) == (640, 360, ["aac"])
    assert str(tmp_path) not in json.dumps(known)
    assert not {"path", "size_bytes", "modified_ns"} & set(known)
