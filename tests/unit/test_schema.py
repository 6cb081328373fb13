"""Tables on disk: their columns, their rounding, and read back as they were written."""

from __future__ import annotations

import os
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from videmo.errors import ResultsError
from videmo.files import write_json
from videmo.measures.emotions import EMOTIONS
from videmo.measures.registry import COLUMNS
from videmo.records import LANDMARKS
from videmo.results.csv import read_csv
from videmo.results.schema import (
    DECIMALS,
    KEPT,
    NEEDED,
    OBSERVATIONS,
    read_derived,
    read_observations,
    rewrite_observations,
    write_table,
)
from videmo.spreadsheet import csv_safe


def observations() -> pd.DataFrame:
    """Three sampled frames, with a person, a stray and no face; numbers with more digits than are written."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"frame": [0, 0, 1, 2], "time_s": [0.0, 0.0, 1001 / 30000, 2002 / 30000]})
    table["status"] = ["ok", "stray", "no_face", "ok"]
    table["person"] = pd.array([1, None, None, 1], dtype="Int64")
    table["name"] = ["Anna", None, None, "Anna"]
    table["track"] = pd.array([1, 2, None, 1], dtype="Int64")
    numbers = ["x", "y", "w", "h", "face_score", *EMOTIONS, "confidence", "brightness", "sharpness"]
    numbers += ["other", "valence", "yaw", "pitch", "roll", "scene_change", "face_change"]
    for name in numbers:
        table[name] = rng.normal(0, 1, 4) * (100 if name in "xywh" else 1)
        table.loc[2, name] = np.nan
    table["emotion"] = ["happy", "sad", None, "neutral"]
    table[list(LANDMARKS)] = rng.random((4, len(LANDMARKS))) * 300
    table["left_out"] = ["", "dark", "", "small"]
    return table[list(OBSERVATIONS)]


def test_a_table_written_read_and_written_again_has_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    write_table(observations(), first)
    back = read_observations(first)
    write_table(back, second)
    assert second.read_bytes() == first.read_bytes()
    rounded = observations().round(DECIMALS)
    pd.testing.assert_frame_equal(back, rounded, check_exact=True, check_dtype=False)
    assert back["person"].dtype == back["track"].dtype == "Int64"


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
    assert back[["person", "track"]].isna().all(axis=None)
    assert back["person"].dtype == back["track"].dtype == "Int64"
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


def test_a_missing_table_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"gone\.csv: no such table.*Analyse the recording again"):
        read_csv(tmp_path / "gone.csv")


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n1,2,3,4\n", b"a\n\xff\xfe\n", b'a\n"open'])
def test_a_damaged_table_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(ResultsError, match=r"table\.csv: not a readable table"):
        read_csv(tmp_path / "table.csv")


@pytest.mark.parametrize(
    "content",
    [
        "frame,time_s\n0,0.0\n",
        "frame,status,person\n0,ok,anna\n",
        f"{','.join(OBSERVATIONS)}\n{','.join('anna' if name == 'person' else '1' for name in OBSERVATIONS)}\n",
        f"{','.join(OBSERVATIONS)}\n{','.join('1.5' if name == 'track' else '1' for name in OBSERVATIONS)}\n",
    ],
)
def test_damaged_observations_say_so(tmp_path: Path, content: str) -> None:
    (tmp_path / "observations.csv").write_text(content)
    with pytest.raises(ResultsError, match=r"observations\.csv"):
        read_observations(tmp_path / "observations.csv")


# Columns


def test_the_columns_stand_in_the_order_that_users_know() -> None:
    assert (
        "frame", "time_s", "status", "person", "name", "track", "x", "y", "w", "h", "face_score",
        "neutral", "happy", "sad", "surprise", "angry", "emotion", "confidence", "other", "valence", "brightness",
        "sharpness", "yaw", "pitch", "roll", "scene_change", "face_change", *LANDMARKS, "left_out",
    ) == OBSERVATIONS  # fmt: skip


def test_every_measured_number_has_its_decimals() -> None:
    for column in chain.from_iterable(COLUMNS.values()):
        assert DECIMALS[column.name] == column.decimals


def test_columns_are_needed_or_kept_and_never_both() -> None:
    assert sorted((*KEPT, *NEEDED)) == sorted(OBSERVATIONS)
    assert {"track", "person", "left_out"} <= set(NEEDED)


def test_only_the_columns_that_are_asked_for_are_read(tmp_path: Path) -> None:
    write_table(observations(), tmp_path / "table.csv")
    back = read_observations(tmp_path / "table.csv", ("time_s", "person", "left_out"))
    assert set(back.columns) == {"time_s", "person", "left_out"}
    assert back["left_out"].tolist() == ["", "dark", "", "small"]
    with pytest.raises(ResultsError, match="no column age"):
        read_observations(tmp_path / "table.csv", ("time_s", "age"))


def test_columns_that_a_user_added_are_not_in_the_way_and_stay(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_table(observations().assign(note=["a", None, "c", "d"]), path)
    assert tuple(read_observations(path).columns) == OBSERVATIONS
    table = read_observations(path, NEEDED)
    rewrite_observations(table.iloc[::-1], np.arange(4, dtype=np.int32)[::-1], path, path)
    assert read_csv(path)["note"].fillna("").tolist() == ["d", "c", "", "a"]


def test_rewriting_changes_what_is_needed_and_nothing_else(tmp_path: Path) -> None:
    path, wanted = tmp_path / "table.csv", tmp_path / "wanted.csv"
    write_table(observations(), path)
    before = path.read_bytes()
    table = read_observations(path, NEEDED)
    places = np.arange(4, dtype=np.int32)
    rewrite_observations(table, places, path, path)
    assert path.read_bytes() == before
    order = np.array([1, 0, 2, 3], np.int32)
    rewrite_observations(table.assign(happy=0.5).iloc[order], places[order], path, path)
    write_table(observations().assign(happy=0.5).iloc[order], wanted)
    assert path.read_bytes() == wanted.read_bytes()


def test_observations_of_version_0_1_0_know_neither_tracks_nor_names(tmp_path: Path) -> None:
    write_table(observations().drop(columns=["track", "name", "face_change"]), tmp_path / "table.csv")
    for wanted in (OBSERVATIONS, NEEDED):
        back = read_observations(tmp_path / "table.csv", wanted)
        assert back["track"].isna().all()
        assert back["track"].dtype == "Int64"
        assert back[["name", "face_change"]].isna().all(axis=None)
    assert tuple(read_observations(tmp_path / "table.csv").columns) == OBSERVATIONS


@pytest.mark.parametrize("names", [["007", "12"], [None, None], ["Anna", None]])
def test_names_in_a_summary_are_texts(names: list[str | None], tmp_path: Path) -> None:
    write_table(pd.DataFrame({"person": [1, 2], "name": names}), tmp_path / "summary.csv")
    back = read_derived(tmp_path / "summary.csv", "summary")["name"]
    assert [None if pd.isna(name) else name for name in back] == names


@pytest.mark.parametrize(
    ("column", "value"),
    [("time_s", "soon"), ("time_s", ""), ("time_s", "inf"), ("time_s", "-1e12"), ("w", "wide"), ("w", "1e300"),
     ("happy", "1e308"), ("frame", ""), ("frame", "x"),
     ("track", str(2**63 - 1)), ("track", "0"), ("person", str(2**62)), ("person", "-1"),
     ("track", str(2**64)), ("person", "1" + "0" * 400), ("track", "0x10"), ("frame", "1.5"), ("frame", "-1")],
)  # fmt: skip
def test_numbers_that_cannot_be_are_refused_by_the_name_of_their_column(
    column: str, value: str, tmp_path: Path
) -> None:
    path = tmp_path / "observations.csv"
    write_table(observations(), path)
    table = pd.read_csv(path, dtype=object, keep_default_na=False)
    table.loc[3, column] = value
    table.to_csv(path, index=False)
    with pytest.raises(ResultsError, match=f"column {column}"):
        read_observations(path)


def test_a_first_line_of_millions_of_columns_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "observations.csv").write_text("," * 10_000_000)
    with pytest.raises(ResultsError, match="its first line is longer than that of any table"):
        read_csv(tmp_path / "observations.csv")
