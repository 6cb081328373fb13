"""Exports of a whole folder, opened again by programs that did not write them."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest

from results import TWO, build_recording
from runs import leftovers
from videmo.batch.export import export_results
from videmo.batch.report import report_folder
from videmo.config import merge_settings
from videmo.export import excel
from videmo.export.collection import TOGETHER
from videmo.measures.emotions import EMOTIONS
from videmo.pipeline.folder import update_folder
from videmo.results.columns import MEANINGS
from videmo.results.csv import read_csv
from videmo.results.folder import Failure, ResultsFolder
from videmo.settings import Settings
from videmo.spreadsheet import csv_plain, csv_unsafe

KEY = '=day 1/"a";, b.mp4'
NAME = "=HYPERLINK(1)"
FORMATS = {"excel": 1, "sav": 5, "long": 1}
TABLES = ("recordings", *TOGETHER)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two persons, one of whom has the name of a formula; with nobody; and with a failure."""
    folder = tmp_path_factory.mktemp("exports") / "study"
    build_recording(folder, KEY, TWO, duration_s=3.0, people=f"person,name\n1,{NAME}\n")
    build_recording(folder, "empty.mkv", [], duration_s=1.0)
    quick = merge_settings(Settings(), None, {"plots.enabled": False, "report.enabled": False})
    update_folder(ResultsFolder(folder), [Failure("=b.mp4", "/b.mp4", "=b.mp4: it is broken.")], quick)
    return folder


def expected(out: Path, table: str) -> pd.DataFrame:
    """A table of the folder, with recordings and names as they are."""
    found = read_csv(out / f"{table}.csv", dtype={"name": str})
    found["recording"] = found["recording"].map(csv_unsafe)
    return found.assign(name=found["name"].map(csv_plain, na_action="ignore")) if "name" in found else found


def same(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    """Check that two tables say the same, whatever says that something is unknown."""
    assert [*found.columns] == [*wanted.columns]
    assert len(found) == len(wanted)
    for name in wanted:
        if MEANINGS[name].type == "text":
            assert found[name].fillna("").tolist() == wanted[name].fillna("").astype(str).tolist(), name
        else:
            numbers = [column.astype("float64").to_numpy() for column in (found[name], wanted[name])]
            pd.testing.assert_series_equal(*map(pd.Series, numbers), check_exact=True)


@pytest.mark.parametrize(("name", "count"), FORMATS.items())
def test_each_format_writes_files_of_the_folder_with_the_same_bytes_each_time(
    name: str, count: int, out: Path, tmp_path: Path
) -> None:
    done = export_results(out, [name], tmp_path / "one")
    assert (done.recordings, done.failures, len(done.files)) == (2, (), count)
    assert all(path.parent == tmp_path / "one" and path.name.startswith("study.") for path in done.files)
    again = export_results(out, [name], tmp_path / "two")
    assert [path.read_bytes() for path in again.files] == [path.read_bytes() for path in done.files]
    assert not leftovers(tmp_path)


def test_a_workbook_holds_the_tables_and_what_they_mean(out: Path, tmp_path: Path) -> None:
    (path,) = export_results(out, ["excel"], tmp_path).files
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["recordings", "summary", "episodes", "quality", "dictionary", "timeline"]
    for name in TABLES:
        head, *rows = book[name].iter_rows(values_only=True)
        same(pd.DataFrame(rows, columns=[*head]), expected(out, name))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n"}, "no formulas"
    assert NAME in {cell.value for cell in book["summary"]["C"]}
    assert not any(cell.hyperlink for sheet in book for row in sheet.iter_rows() for cell in row)
    told = {(row[0], row[1]) for row in book["dictionary"].iter_rows(min_row=2, values_only=True)}
    assert told == {(name, column) for name in TABLES for column in expected(out, name).columns}


def test_a_timeline_that_no_sheet_holds_is_left_out_as_a_whole(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = len(read_csv(out / "timeline.csv"))
    for most, held in ((rows + 1, True), (rows, False)):
        monkeypatch.setattr(excel, "MOST_ROWS", most)
        (path,) = export_results(out, ["excel"], tmp_path).files
        sheet = openpyxl.load_workbook(path)["timeline"]
        assert sheet.max_row == (rows + 1 if held else 1)
        assert held == (sheet["A1"].value == "recording")
    assert sheet["A1"].value == f"The timeline has {rows} rows, and a sheet holds {rows}: use timeline.csv."


def test_a_text_that_no_cell_holds_is_marked_as_cut() -> None:
    longest = "\N{GRINNING FACE}" * 16_383
    assert excel._fitting(longest) == longest
    cut = excel._fitting(longest + "abc")
    assert cut.endswith("\N{GRINNING FACE} …")
    assert len(cut.encode("utf-16-le")) // 2 <= 32_767


def test_spss_has_labels_and_levels_of_measurement(out: Path, tmp_path: Path) -> None:
    files = {path.name.split(".")[-2]: path for path in export_results(out, ["sav"], tmp_path).files}
    assert [*files] == [*TABLES]
    for name, path in files.items():
        found, about = pyreadstat.read_sav(path)
        same(found, expected(out, name))
        for column in found:
            known = MEANINGS[column]
            assert about.variable_measure[column] == known.level
            assert about.column_names_to_labels[column].startswith(known.meaning[:40].removesuffix("."))
    assert about.column_names_to_labels["start_s"] == "Where the cell or the episode begins (s)"


def test_the_long_table_has_a_row_for_each_probability(out: Path, tmp_path: Path) -> None:
    (path,) = export_results(out, ["long"], tmp_path).files
    long = read_csv(path, dtype={"name": str})
    assert [*long.columns] == ["recording", "person", "name", "start_s", "emotion", "probability"]
    assert long["recording"].unique().tolist() == [f"./{KEY}"]
    assert set(long["name"].dropna()) == {f"'{NAME}"}
    assert long.groupby("person")["name"].nunique().to_dict() == {1: 1, 2: 0}
    timeline = read_csv(out / "timeline.csv")
    wide = long.pivot(index=["recording", "person", "start_s"], columns="emotion", values="probability")
    seen = timeline.dropna(subset="emotion").set_index(["recording", "person", "start_s"])
    pd.testing.assert_frame_equal(
        wide[list(EMOTIONS)].sort_index(), seen[list(EMOTIONS)].sort_index(), check_names=False, check_exact=True
    )
    assert long["emotion"].tolist()[:5] == list(EMOTIONS)


def test_parquet_has_the_tables_of_the_folder_too(out: Path, tmp_path: Path) -> None:
    files = export_results(out, ["parquet"], tmp_path).files
    ours = {path.name.split(".")[-2]: path for path in files if path.name.startswith("study.")}
    assert [*ours] == [*TABLES]
    for name, path in ours.items():
        same(pq.read_table(path).to_pandas(), expected(out, name))
    assert str(pq.read_schema(ours["quality"]).field("person").type) == "int64"
    assert len(files) == 2 * 4 + len(TABLES)


def test_tables_of_recordings_have_the_same_types_whether_anybody_is_seen_or_not(tmp_path: Path) -> None:
    out = tmp_path / "out"
    build_recording(out, "a.mp4", TWO, duration_s=1.0)
    build_recording(out, "nobody.mp4", [], duration_s=1.0)
    report_folder(out, None, {}, plots=False, report=False)
    files = {path.name: path for path in export_results(out, ["parquet"], tmp_path / "into").files}
    for table in ("observations", "timeline", "episodes", "summary"):
        one, other = (pq.read_schema(files[f"{name}.mp4.{table}.parquet"]) for name in ("a", "nobody"))
        assert one.equals(other), table


def test_columns_of_the_user_have_names_that_spss_takes(tmp_path: Path) -> None:
    out = tmp_path / "out"
    folder = build_recording(out, "a.mp4", TWO, duration_s=1.0)
    report_folder(out, None, {}, plots=False, report=False)
    table = pd.read_csv(folder / "summary.csv")
    table.assign(**{"my note": "x", "my-note": "y", "with": "z", "2nd": "w"}).to_csv(
        folder / "summary.csv", index=False
    )
    done = export_results(out, ["sav"], tmp_path / "into")
    assert done.failures == ()
    [path] = [path for path in done.files if path.name.endswith(".summary.sav")]
    values, about = pyreadstat.read_sav(path)
    assert values[["my_note", "my_note_2", "v_with", "v_2nd"]].iloc[0].tolist() == ["x", "y", "z", "w"]
    assert [about.column_names_to_labels[name] for name in ("my_note", "v_2nd")] == ["my note", "2nd"]


def test_a_folder_that_is_not_whole_is_not_exported_as_if_it_were(tmp_path: Path) -> None:
    build_recording(tmp_path / "out", "a.mp4", TWO, duration_s=1.0)
    build_recording(tmp_path / "out", "b.mp4", TWO, duration_s=1.0)
    report_folder(tmp_path / "out", None, {}, plots=False, report=False)
    (tmp_path / "out" / "b.mp4" / "people.csv").write_text("person,name\n1,Anna\n")
    done = export_results(tmp_path / "out", ["excel", "srt"], tmp_path / "into")
    assert [path.name for path in done.files] == ["a.mp4.srt"]
    changed, incomplete = done.failures
    assert "says other names or persons than when its tables were made" in changed
    assert "no file of the whole folder was written: 1 of 2 recordings can't be exported" in incomplete


def test_recordings_that_the_tables_of_the_folder_lack_are_asked_for(tmp_path: Path) -> None:
    build_recording(tmp_path / "out", "a.mp4", TWO, duration_s=1.0)
    for more in (False, True):
        done = export_results(tmp_path / "out", ["long", "srt"], tmp_path / "into")
        assert [path.name for path in done.files] == (["a.mp4.srt", "b.mp4.srt"] if more else ["a.mp4.srt"])
        assert "its tables lack recordings. Run 'videmo report' first" in done.failures[0]
        report_folder(tmp_path / "out", None, {}, plots=False, report=False)
        if not more:
            build_recording(tmp_path / "out", "b.mp4", TWO, duration_s=1.0)
    assert export_results(tmp_path / "out", ["long"], tmp_path / "into").failures == ()
