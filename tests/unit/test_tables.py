"""Tables that join: every column is declared, a name means one thing, and recordings stand together in one table."""

from __future__ import annotations

import json
import shutil
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest

from results import TWO, build_recording
from videmo.batch.people import write_templates
from videmo.cli.results_page import results_page
from videmo.errors import ResultsError
from videmo.persons.cast_file import cast_text
from videmo.pipeline.folder import update_folder
from videmo.pipeline.plan import plan_report
from videmo.pipeline.run import bring_up_to_date
from videmo.results.columns import ELSEWHERE, MEANINGS
from videmo.results.csv import read_csv, write_csv
from videmo.results.damaged import DamagedResults
from videmo.results.dictionary import TABLES, dictionary
from videmo.results.folder import Failure, ResultsFolder
from videmo.results.recording import RecordingResults
from videmo.results.schema import DECIMALS, FORMER
from videmo.results.together import write_together
from videmo.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "results.md"
KEY = '=day 1/"a", b.mp4'
TOGETHER = ("timeline", "episodes", "quality")
QUICK = {"plots.enabled": False, "report.enabled": False}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two recordings with two persons each, one in which nobody was found, and one that failed."""
    folder = tmp_path_factory.mktemp("tables") / "out"
    build_recording(folder, KEY, TWO, duration_s=4.0)
    build_recording(folder, "b.mp4", TWO, duration_s=4.0, people="person,name\n1,=Anna\n")
    build_recording(folder, "empty.mkv", [], duration_s=1.0)
    update(folder)
    return folder


def update(folder: Path, style: str = "plain", failures: tuple[Failure, ...] = ()) -> None:
    """Bring the tables of a folder up to date."""
    from videmo.config import merge_settings

    update_folder(
        ResultsFolder(folder), failures, merge_settings(Settings(), None, {**QUICK, "tables.csv_style": style})
    )


def results_in(folder: Path) -> list[RecordingResults]:
    """The recordings of a folder."""
    return ResultsFolder(folder).finished()


# What is declared.


def test_every_column_that_is_written_is_in_the_dictionary_and_the_other_way_round(out: Path) -> None:
    write_templates(out)
    results = RecordingResults(out / "b.mp4")
    results.people_file.write_text("person,name,merge_into,from_s,to_s\n2,Berta,,,\n")
    (out / "cast.csv").write_text(cast_text((), {}))
    told = json.loads((out / "tables.json").read_text())["tables"]
    written: dict[str, set[str]] = {name: set() for name in told}
    for path in out.rglob("*.csv"):
        columns = set(read_csv(path, nrows=0).columns)
        assert columns <= {column["name"] for column in told[path.stem]["columns"]}, path
        written[path.stem] |= columns
    of_seven = {name for name in MEANINGS if name.rpartition("_")[2] in ("fear", "disgust")}
    for name, table in told.items():
        assert {column["name"] for column in table["columns"]} - of_seven == written[name], name
    assert told.keys() == TABLES.keys()


def test_a_name_has_one_meaning_and_one_type_in_all_tables() -> None:
    meanings: dict[str, set[str]] = {}
    types: dict[str, set[str]] = {}
    for table in dictionary()["tables"].values():
        for column in table["columns"]:
            meanings.setdefault(column["name"], set()).add(column["meaning"])
            types.setdefault(column["name"], set()).add(column["type"])
    assert {name for name, several in meanings.items() if len(several) > 1} == {name for _, name in ELSEWHERE}
    assert all(len(several) == 1 for several in types.values())


def test_what_is_declared_is_whole() -> None:
    for column in [*MEANINGS.values(), *ELSEWHERE.values()]:
        assert column.meaning.endswith("."), column
        assert column.meaning[0].isupper() or column.meaning[0] in "xy", column
        assert column.since, column
        assert (column.kind == "number") == (column.decimals is not None), column
    for table in TABLES.values():
        assert set(table.keys) <= {"recording", *(column.name for column in table.columns)}


def test_values_are_as_they_are_declared(out: Path) -> None:
    for path in out.rglob("*.csv"):
        declared = {column.name: column for column in TABLES[path.stem].columns}
        for name, values in read_csv(path, dtype={"name": str}).items():
            column = declared.get(str(name), MEANINGS[str(name)])
            known = values.dropna()
            if column.words:
                assert set(known) <= set(column.words), (path, name)
            elif column.type != "text":
                assert (
                    known.empty or known.between(column.low or -1e9, 1e9 if column.high is None else column.high).all()
                )
            if column.type == "whole number":
                assert (known.astype(float) % 1 == 0).all(), (path, name)


def test_decimals_follow_from_the_declaration() -> None:
    assert DECIMALS["time_s"] == 6
    assert set(DECIMALS) == {name for name, column in MEANINGS.items() if column.type == "number"}


def test_the_page_of_results_is_made_from_the_declarations() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert results_page(text) == text, "run: make docs"


# Joins: by all names that two tables share, as R's merge and dplyr's joins do when nobody says by what.


def test_tables_of_one_folder_join_by_the_names_that_they_share(out: Path) -> None:
    tables = {
        name: read_csv(out / f"{name}.csv") for name in ("recordings", "summary", "quality", "episodes", "timeline")
    }
    for one, other in combinations(tables, 2):
        shared = set(tables[one].columns) & set(tables[other].columns)
        expected = {"recording", *({"person", "name"} if one != "recordings" else ())}
        same = {("recordings", "quality"): {"sampled"}, ("summary", "quality"): {"usable"},
                ("episodes", "timeline"): {"emotion", "start_s", "end_s"}}.get((one, other), set())  # fmt: skip
        assert shared == expected | same, (one, other)
    persons = tables["quality"].dropna(subset="person")
    assert len(tables["summary"].merge(persons)) == len(tables["summary"]) == 4
    assert len(tables["recordings"].merge(tables["quality"])) == len(tables["quality"]) == 7
    assert len(tables["timeline"].merge(tables["summary"])) == len(tables["timeline"])


def test_names_stand_beside_the_numbers_in_every_table_and_go_again(tmp_path: Path) -> None:
    people = build_recording(tmp_path / "out", "a.mp4", TWO, duration_s=2.0) / "people.csv"
    for name in ("'=Anna", ""):
        people.write_text("person,name\n1,=Anna\n") if name else people.unlink()
        bring_up_to_date(plan_report(RecordingResults(people.parent), Settings(), plots=False, report=False))
        update(tmp_path / "out")
        paths = [path for path in (tmp_path / "out").rglob("*.csv") if path.stem not in ("recordings", "people")]
        assert len(paths) == 6 + 4
        for path in paths:
            table = read_csv(path, dtype={"name": str}).fillna({"name": ""})
            assert [*table.columns][[*table.columns].index("person") + 1] == "name", path
            assert set(table.loc[table["person"] == 1, "name"]) == {name}, path
            assert set(table.loc[table["person"] != 1, "name"]) <= {""}, path


def test_names_of_results_whose_summary_alone_has_them_stand_in_all_tables(tmp_path: Path) -> None:
    folder = build_recording(tmp_path / "out", "a.mp4", TWO, duration_s=2.0, people="person,name\n1,=Anna\n")
    build_recording(tmp_path / "out", "b.mp4", TWO, duration_s=2.0)
    wanted = RecordingResults(folder).tables()
    for name in (*TOGETHER, "observations"):
        read_csv(folder / f"{name}.csv", dtype=str).drop(columns="name").to_csv(folder / f"{name}.csv", index=False)
    tables = RecordingResults(folder).tables()
    for name in (*TOGETHER, "observations"):
        assert getattr(tables, name)["name"].dropna().unique().tolist() == ["'=Anna"], name
        pd.testing.assert_frame_equal(getattr(tables, name), getattr(wanted, name))
    for name in TOGETHER:
        write_together(results_in(tmp_path / "out"), name, tmp_path / f"{name}.csv", style="plain")
        named = read_csv(tmp_path / f"{name}.csv").dropna(subset="name")
        assert named[["recording", "person", "name"]].drop_duplicates().to_numpy().tolist() == [["a.mp4", 1, "'=Anna"]]


def test_a_person_has_one_type_in_all_tables_that_are_read(out: Path) -> None:
    for results in results_in(out):
        tables = results.tables()
        for name in ("observations", *TOGETHER, "summary"):
            assert getattr(tables, name)["person"].dtype == "Int64", name


def test_tables_of_an_earlier_version_are_read_with_the_present_names(tmp_path: Path) -> None:
    folder = build_recording(tmp_path / "out", "a.mp4", TWO, duration_s=2.0)
    update(tmp_path / "out")
    present = {name: read_csv(folder / f"{name}.csv") for name in ("summary", "quality")}
    for name, table in present.items():
        write_csv(table.rename(columns={new: old for old, new in FORMER[name].items()}), folder / f"{name}.csv", {})
        assert set(FORMER[name]) <= set(read_csv(folder / f"{name}.csv").columns)
    recordings = read_csv(tmp_path / "out" / "recordings.csv")
    old = recordings.rename(columns={new: old for old, new in FORMER["recordings"].items()})
    write_csv(old, tmp_path / "out" / "recordings.csv", {})
    results = RecordingResults(folder)
    assert [*results.summary.columns] == [*present["summary"].columns]
    assert [*results.quality.columns] == [*present["quality"].columns]
    assert [*ResultsFolder(tmp_path / "out").read_recordings().columns] == [*recordings.columns]
    write_together([results], "quality", tmp_path / "quality.csv", style="plain")
    assert [*read_csv(tmp_path / "quality.csv").columns] == ["recording", *present["quality"].columns]


# All recordings in one table.


@pytest.mark.parametrize("name", TOGETHER)
def test_the_tables_of_all_recordings_are_those_of_each_with_the_recording_in_front(name: str, out: Path) -> None:
    together = read_csv(out / f"{name}.csv")
    assert [*together.columns] == ["recording", *read_csv(out / "b.mp4" / f"{name}.csv").columns]
    for results in results_in(out):
        own = read_csv(results.folder / f"{name}.csv")
        key = results.manifest.key
        rows = together[together["recording"] == (f"./{key}" if key == KEY else key)]
        pd.testing.assert_frame_equal(
            rows.drop(columns="recording").reset_index(drop=True), own, check_exact=True, check_dtype=False
        )
    assert together["recording"].is_monotonic_increasing or name == "quality"


@pytest.mark.parametrize("name", TOGETHER)
def test_text_that_is_copied_and_rows_that_are_parsed_are_the_same_bytes(name: str, out: Path, tmp_path: Path) -> None:
    recordings = results_in(out)
    write_together(recordings, name, tmp_path / "fast.csv", style="plain")
    for results in recordings:
        copy = RecordingResults(tmp_path / "out" / results.manifest.key)
        copy.folder.mkdir(parents=True)
        text = (results.folder / f"{name}.csv").read_text()
        (copy.folder / f"{name}.csv").write_text(text.replace("\n", "\r\n"), newline="")
        copy.finish(results.manifest)
    write_together(results_in(tmp_path / "out"), name, tmp_path / "slow.csv", style="plain")
    assert (tmp_path / "slow.csv").read_bytes() == (tmp_path / "fast.csv").read_bytes() == (
        out / f"{name}.csv"
    ).read_bytes()  # fmt: skip


@pytest.mark.parametrize("size", [1, 7, 64])
def test_blocks_may_end_anywhere(size: int, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videmo.results.together._BLOCK", size)
    monkeypatch.setattr("videmo.results.together._header", lambda *_: ("plain", header))
    header = [*read_csv(out / "b.mp4" / "episodes.csv").columns]
    write_together(results_in(out), "episodes", tmp_path / "episodes.csv", style="plain")
    assert (tmp_path / "episodes.csv").read_bytes() == (out / "episodes.csv").read_bytes()


@pytest.mark.parametrize("name", TOGETHER)
def test_recordings_in_another_style_than_the_folder_keep_their_digits(name: str, out: Path, tmp_path: Path) -> None:
    recordings = results_in(out)
    write_together(recordings, name, tmp_path / "excel.csv", style="excel")
    content = (tmp_path / "excel.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfrecording;")
    pd.testing.assert_frame_equal(read_csv(tmp_path / "excel.csv"), read_csv(out / f"{name}.csv"), check_exact=True)
    assert content.count(b"\xef\xbb\xbf") == 1


def test_words_for_emotions_that_a_recording_was_not_asked_for_stay_empty(tmp_path: Path) -> None:
    five = build_recording(tmp_path / "out", "five.mp4", TWO, duration_s=2.0)
    seven = build_recording(tmp_path / "out", "seven.mp4", TWO, duration_s=2.0)
    table = read_csv(seven / "timeline.csv").drop(columns="other")
    table.insert(10, "fear", 0.25)
    table.insert(11, "disgust", 0.5)
    write_csv(table, seven / "timeline.csv", DECIMALS)
    update(tmp_path / "out")
    together = read_csv(tmp_path / "out" / "timeline.csv")
    assert [*together.columns] == [column["name"] for column in dictionary()["tables"]["timeline"]["columns"]]
    one, other = (together[together["recording"] == name] for name in ("five.mp4", "seven.mp4"))
    assert one[["fear", "disgust"]].isna().all(axis=None)
    assert one["other"].tolist() == read_csv(five / "timeline.csv")["other"].tolist()
    assert other["other"].isna().all()
    assert other["disgust"].eq(0.5).all()
    assert other["valence"].tolist() == table["valence"].tolist()


def test_a_folder_without_results_has_tables_with_the_usual_columns(tmp_path: Path) -> None:
    update(tmp_path / "out", failures=(Failure("b.mp4", "/b.mp4", "it is broken."),))
    header = (tmp_path / "out" / "timeline.csv").read_text()
    assert header == (
        "recording,start_s,end_s,person,name,frames,coverage,neutral,happy,sad,surprise,angry,emotion,confidence,other,valence\n"
    )


@pytest.mark.parametrize("content", [b"", b"person,start_s", b"person,start_s\n1,2,3\n\r\n", b"person\n\xff\r\n"])
def test_a_damaged_table_of_a_recording_says_so(content: bytes, tmp_path: Path) -> None:
    folder = build_recording(tmp_path / "out", "a.mp4", TWO, duration_s=2.0)
    (folder / "episodes.csv").write_bytes(content)
    with pytest.raises(ResultsError, match=r"a\.mp4/episodes\.csv: not a readable table"):
        write_together(results_in(tmp_path / "out"), "episodes", tmp_path / "episodes.csv", style="plain")
    assert not (tmp_path / "episodes.csv").exists()


def folder_tables(folder: Path) -> dict[str, bytes]:
    """The tables of all recordings."""
    return {path.name: path.read_bytes() for path in folder.glob("*.csv")}


@pytest.mark.parametrize("name", ["summary", *TOGETHER])
def test_a_damaged_table_of_a_recording_stops_no_other(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    for key in ("a.mp4", "b.mp4", "c.mp4", "d.mp4"):
        build_recording(folder, key, TWO, duration_s=2.0)
    update(folder)
    before, own = folder_tables(folder), folder / "b.mp4" / f"{name}.csv"
    whole = own.read_bytes()
    own.write_bytes(b"")
    (folder / "c.mp4" / "quality.csv").write_bytes(b"\xff\n")
    for _ in range(2):
        shutil.rmtree(folder / "d.mp4", ignore_errors=True)  # what there is to do first, then nothing new
        with pytest.raises(DamagedResults) as caught:
            update(folder)
        assert [*caught.value.errors] == ["b.mp4", "c.mp4"]
        assert str(caught.value).startswith(f"{own}: not a readable table (")
        assert caught.value.found.endswith("; tables of c.mp4 are damaged too")
        assert caught.value.advice == "Delete it, and analyse the recording again."
        listed = read_csv(folder / "recordings.csv", index_col="recording")
        assert listed["status"].to_dict() == {"a.mp4": "ok", "b.mp4": "failed", "c.mp4": "failed"}
        assert listed.loc["b.mp4", "reason"].startswith(f"b.mp4/{name}.csv: not a readable table (")
        for each in ("summary", *TOGETHER):
            assert set(read_csv(folder / f"{each}.csv")["recording"]) == {"a.mp4"}, each
    own.write_bytes(whole)
    (folder / "c.mp4" / "quality.csv").write_bytes((folder / "b.mp4" / "quality.csv").read_bytes())
    build_recording(folder, "d.mp4", TWO, duration_s=2.0)
    update(folder)
    assert folder_tables(folder) == before


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_table_that_lacks_rows_is_damaged(ends: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    build_recording(folder, "a.mp4", TWO, duration_s=2.0)
    table = folder / "a.mp4" / "timeline.csv"
    lines = table.read_text().splitlines()
    table.write_text(ends.join([*lines[:-1], ""]), newline="")
    with pytest.raises(
        DamagedResults, match=rf"{len(lines) - 2} rows, expected the {len(lines) - 1} that were wri.*Run"
    ):
        update(folder)


def test_they_are_made_anew_only_when_a_table_of_a_recording_changed(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    build_recording(folder, "a.mp4", TWO, duration_s=2.0)
    update(folder)
    results = RecordingResults(folder / "a.mp4")
    before = {name: (folder / f"{name}.csv").stat().st_mtime_ns for name in (*TOGETHER, "summary")}
    results.finish(results.manifest.with_note("plots", ["A note."]))
    update(folder)
    after = {name: (folder / f"{name}.csv").stat().st_mtime_ns for name in (*TOGETHER, "summary")}
    assert {name for name in after if after[name] != before[name]} == {"summary"}
    build_recording(folder, "b.mp4", TWO, duration_s=2.0)
    update(folder)
    assert read_csv(folder / "episodes.csv")["recording"].unique().tolist() == ["a.mp4", "b.mp4"]
