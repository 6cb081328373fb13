"""``people.csv``: naming and merging persons, and redoing everything from it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from results import Face, build_recording, observations
from runs import leftovers, tables, videmo
from videmo.batch.report import report_folder
from videmo.errors import PeopleError
from videmo.persons.merging import merge_persons
from videmo.persons.people import People, clean_name
from videmo.persons.people_file import read_people, write_template
from videmo.pipeline.graph import STAGES
from videmo.pipeline.stage import hashes_of
from videmo.settings import Settings

FACES: list[Face] = [(0.0, 3.0, 50.0, "happy"), (3.5, 9.9, 300.0, "sad"), (0.0, 9.9, 500.0, "neutral")]
"""Persons 1 and 3 are the same one who changes the seat; person 2 stays."""


def _said(folder: Path, text: str) -> People:
    folder.mkdir(exist_ok=True)
    (folder / "people.csv").write_bytes(text.encode("utf-8"))
    return read_people(folder / "people.csv")


def _hashes(people: People) -> dict[str, str]:
    """Hash of each stage of a recording of whose persons this is said."""
    return hashes_of(STAGES, Settings(), {"observe": "observed"}, {"persons": people.identity})


def _redo(out: Path) -> tuple[str, ...]:
    return report_folder(out, None, {}, plots=False).failures


@pytest.mark.parametrize(
    "text",
    [
        "person,name,merge_into\n1,Anna,\n2,Ben,\n3,,1\n",
        "person;name;merge_into\r\n1;Anna;\r\n2;Ben;\r\n3;;1\r\n",
        "\ufeffperson\tname\tmerge_into\n1\tAnna\t\n2\tBen\n3\t\t1",
        "merge_into,name,person\n\n,  Anna ,1\n,,\n,Ben,2\n1,,3\n",
        "Person,Name,Merge_into,first_s,last_s,seen_s\n1,Anna,,0,1,1\n2,Ben,,0,1,1\n3,Person 3,1,0,1,1\n",
        "person,name,merge_into\n1,Anna,\n2,Ben,\n3,Anna,1\n",
    ],
)
def test_all_spellings_of_a_csv_file_are_read(text: str, tmp_path: Path) -> None:
    people = _said(tmp_path, text)
    assert (people.names, people.merges) == ({1: "Anna", 2: "Ben"}, {3: 1})


def test_merges_are_followed_to_the_person_who_stays(tmp_path: Path) -> None:
    people = _said(tmp_path, "person,merge_into\n5,4\n4,2\n3,2\n")
    assert people.merges == {5: 2, 4: 2, 3: 2}


def test_no_file_says_nothing(tmp_path: Path) -> None:
    people = read_people(tmp_path / "people.csv")
    assert not people.anything
    assert people.identity == ""
    assert people.names == {}


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("person,name\n1,Anna\n1,Ben\n", 3, "is already in line 2"),
        ("person,name\n1,Anna\n2,   \n", 3, "has no name"),
        ("person,name\n1,\u202e\n", 2, "has no name"),
        ("person,name\nAnna,1\n", 2, "expected the number of a person"),
        ("person,name\n0,Anna\n", 2, "expected the number of a person"),
        ("person,name\n1.5,Anna\n", 2, "expected the number of a person"),
        ("person,merge_into\n1,Anna\n", 2, "merge_into is 'Anna'"),
        ("person,merge_into\n1,2\n2,1\n", 2, "1 into 2 into 1 goes round in a circle"),
        ("person,merge_into\n1,1\n", 2, "goes round in a circle"),
        ("person,merge_into\n4,1\n1,2\n2,3\n3,1\n", 2, "1 into 2 into 3 into 1"),
        ("person,name,merge_into\n1,Anna,\n2,Ben,1\n", 3, "Use the name 'Ben' for person 1"),
        ("person,nmae\n1,Anna\n", 1, "Did you mean 'name'"),
        ("person,name,name\n1,Anna,Ben\n", 1, "twice"),
        ("person\n1\n", 1, "expected the columns"),
        ("name\nAnna\n", 1, "expected the columns"),
        ("person,name\n1,Doe, Anna\n", 2, "in quotes"),
        ('person,name\n1,"Anna\n', 2, "not a line of a CSV file"),
        ("", 0, "empty"),
        ("\n\n", 0, "empty"),
    ],
)
def test_mistakes_are_told_with_file_and_line(text: str, line: int, why: str, tmp_path: Path) -> None:
    with pytest.raises(PeopleError) as caught:
        _said(tmp_path, text)
    assert why in str(caught.value)
    assert str(tmp_path / "people.csv") + (f", line {line}" if line else "") in str(caught.value)


def test_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes("person,name\n1,Jürgen\n".encode("latin-1"))
    with pytest.raises(PeopleError, match="UTF-8"):
        read_people(tmp_path / "people.csv")


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("person,name\n1,Anna\n9,Ben\n", 3, "no person 9 (person), expected one of 1, 2, 3."),
        ("person,merge_into\n1,9\n", 2, "no person 9 (merge_into)"),
        ("person,name\n1,Anna\n2,Anna\n", 3, "persons 1 and 2 are both called 'Anna'"),
        ("person,name\n2,Person 1\n", 2, "persons 1 and 2 are both called 'Person 1'"),
    ],
)
def test_contradictions_with_the_recording_are_told(text: str, line: int, why: str, tmp_path: Path) -> None:
    people = _said(tmp_path, text)
    with pytest.raises(PeopleError) as caught:
        people.check({1, 2, 3})
    assert why in str(caught.value)
    assert f"people.csv, line {line}" in str(caught.value)


def test_names_keep_their_letters() -> None:
    for name in (
        "Anna-Lena O'Brien",
        "\u05d3\u05e0\u05d4",
        "\u0645\u200c\u0627",
        "\u5b89\u5a1c",
        "<b>",
    ):
        assert clean_name(name) == name
    assert clean_name(" a\r\n\tb\u2028c\x00d ") == "a b c d"


def test_merged_persons_are_one_in_the_observations(tmp_path: Path) -> None:
    table = observations(FACES, 10.0)
    merged, warnings = merge_persons(table, _said(tmp_path, "person,merge_into\n3,1\n"))
    assert warnings == ()
    assert sorted(merged["person"].dropna().unique()) == [1, 2]
    assert (merged["person"] == 1).sum() == (table["person"].isin([1, 3])).sum()
    assert merged["person"].dtype == "Int64"
    for _, frame in merged.groupby("frame"):
        assert frame["person"].is_monotonic_increasing
    pd.testing.assert_frame_equal(
        merged.drop(columns="person").sort_values(["frame", "x"], ignore_index=True),
        table.drop(columns="person").sort_values(["frame", "x"], ignore_index=True),
    )


def test_of_two_faces_in_one_frame_the_more_certain_counts(tmp_path: Path) -> None:
    table = observations([(0.0, 4.9, 50.0, "happy"), (2.0, 4.9, 300.0, "sad")], 5.0)
    table.loc[(table["person"] == 2) & (table["time_s"] >= 4), "face_score"] = 0.95
    merged, (warning,) = merge_persons(table, _said(tmp_path, "person,merge_into\n2,1\n"))
    assert not merged[merged["person"].notna()].duplicated("frame").any()
    chosen = merged[merged["person"] == 1].set_index("time_s")["x"]
    assert (chosen[chosen.index < 4] == 50).all()
    assert (chosen[chosen.index >= 4] == 300).all()
    assert (merged["status"] == "stray").sum() == 30
    assert "merges persons 1 and 2" in warning
    assert "30 frames" in warning


def test_report_merges_and_names_in_all_tables_and_takes_it_back(tmp_path: Path) -> None:
    out = tmp_path / "out"
    folder = build_recording(out, "a.mp4", FACES)
    assert _redo(out) == ()
    before = tables(out)
    assert pd.read_csv(folder / "summary.csv")["name"].isna().all()
    _said(folder, "person,name,merge_into\n1,Anna,\n2,=Ben,\n3,,1\n")
    assert _redo(out) == ()
    for name in ("observations", "timeline", "episodes", "summary"):
        assert set(pd.read_csv(folder / f"{name}.csv")["person"]) == {1, 2}, name
    for path in (folder / "summary.csv", out / "summary.csv"):
        summary = pd.read_csv(path)
        assert summary["name"].tolist() == ["Anna", "'=Ben"]
        assert summary.loc[0, "seen_s"] == pytest.approx(9.6, abs=0.4)
    assert pd.read_csv(out / "recordings.csv")["people"].tolist() == [2]
    said = tables(out)
    assert _redo(out) == ()
    assert tables(out) == said, "doing it twice changes nothing"
    (folder / "people.csv").unlink()
    assert _redo(out) == ()
    assert tables(out) == before
    assert not leftovers(out)


def test_merging_who_was_seen_side_by_side_is_noted(tmp_path: Path) -> None:
    folder = build_recording(tmp_path / "out", "a.mp4", FACES)
    _said(folder, "person,merge_into\n2,1\n")
    assert _redo(tmp_path / "out") == ()
    (noted,) = pd.read_csv(tmp_path / "out" / "recordings.csv")["warnings"]
    assert "people.csv merges persons 1 and 2" in noted
    (folder / "people.csv").unlink()
    assert _redo(tmp_path / "out") == ()
    assert pd.read_csv(tmp_path / "out" / "recordings.csv")["warnings"].isna().all()


def test_names_for_persons_of_other_settings_are_noted(tmp_path: Path) -> None:
    out = tmp_path / "out"
    folder = build_recording(out, "a.mp4", FACES, people="person,name\n1,Anna\n")

    def noted(max_gap_s: float) -> bool:
        assert report_folder(out, None, {"tracking.max_gap_s": max_gap_s}, plots=False).failures == ()
        return "found otherwise" in str(pd.read_csv(out / "recordings.csv")["warnings"][0])

    assert [noted(2.0), noted(1.0), noted(1.0), noted(2.0), noted(1.0)] == [False, True, True, False, True]
    _said(folder, "person,name\n1,Anna L.\n")
    assert not noted(1.0), "it was looked at again"


def test_mistake_costs_one_recording_its_changes_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    wrong, right = build_recording(out, "a.mp4", FACES), build_recording(out, "b.mp4", FACES)
    assert _redo(out) == ()
    before = tables(out)
    _said(wrong, "person,name\n7,Anna\n")
    _said(right, "person,name\n1,Anna\n")
    (failure,) = _redo(out)
    assert f"{wrong / 'people.csv'}, line 2: no person 7" in failure
    after = tables(out)
    changed = {name for name in before if before[name] != after[name]}
    assert {name for name in changed if name.startswith("a.mp4/")} == set()
    assert {"b.mp4/summary.csv", "b.mp4/observations.csv", "summary.csv", "timeline.csv"} <= changed
    assert pd.read_csv(out / "recordings.csv")["status"].tolist() == ["ok", "ok"]
    _said(wrong, "person,name\n2,Anna\n")
    assert _redo(out) == (), "and it can be mended"


def test_only_what_shows_persons_depends_on_what_is_said(tmp_path: Path) -> None:
    before = _hashes(People())
    said = _hashes(_said(tmp_path, "person,name\n1,Anna\n"))
    assert {name for name in before if before[name] == said[name]} == {"observe"}
    assert {"tables", "plots", "report", "annotation"} <= {name for name in before if before[name] != said[name]}
    assert _hashes(_said(tmp_path, "name;person\n Anna;1\n")) == said


def test_what_the_template_says_is_nothing_that_anybody_said(tmp_path: Path) -> None:
    write_template(tmp_path / "people.csv", {1: (0.0, 3.0, 3.1), 2: (3.5, 9.9, 6.5)})
    template = read_people(tmp_path / "people.csv")
    assert not template.anything
    assert _hashes(template) == _hashes(People())
    half = _said(tmp_path, "person,name,merge_into\n1,Anna,\n2,Person 2,\n3,Person 3,1\n")
    assert _hashes(half) == _hashes(People({1: "Anna"}, {3: 1}))
    assert _said(tmp_path, "person,name\n1,Person 2\n").names == {1: "Person 2"}, "of somebody else"


@pytest.mark.slow
def test_template_says_nothing_new_and_is_never_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "out"
    folder = build_recording(out, "a.mp4", FACES)
    build_recording(out, "empty.mp4", [])
    done = videmo("people", out)
    assert done.returncode == 0, done.stderr
    assert "written" in done.stdout
    text = (folder / "people.csv").read_text()
    assert text.splitlines()[:2] == ["person,name,merge_into,first_s,last_s,seen_s", "1,Person 1,,0.0,3.0,3.1"]
    read_people(folder / "people.csv").check({1, 2, 3})
    assert not (out / "empty.mp4" / "people.csv").exists()
    (folder / "people.csv").write_text(text.replace("Person 1", "Anna"))
    assert not write_template(folder / "people.csv", {})
    assert "kept" in videmo("people", out).stdout
    assert read_people(folder / "people.csv").names == {1: "Anna"}


@pytest.mark.slow
def test_analyse_and_annotate_go_by_people_csv(samples: Path, tmp_path: Path) -> None:
    clip, out = tmp_path / "two-people.mp4", tmp_path / "out"
    shutil.copy(samples / "two-people.mp4", clip)
    arguments = ("analyze", clip, "--out", out, "--fps", "5", "--no-plots")
    assert videmo(*arguments).returncode == 0
    folder = out / clip.name
    video = (folder / "annotated.mp4").read_bytes()
    assert videmo("people", out).returncode == 0
    done = videmo("report", out)
    assert "removed" not in done.stdout
    assert (folder / "annotated.mp4").read_bytes() == video, "nobody edited anything"
    persons = pd.read_csv(folder / "summary.csv")["person"].tolist()
    assert len(persons) >= 2
    _said(folder, f"person,name,merge_into\n1,Anna,\n{persons[-1]},,1\n")
    refused = videmo("annotate", out)
    assert refused.returncode == 1
    assert "videmo report" in refused.stderr
    assert (folder / "annotated.mp4").read_bytes() == video
    done = videmo("report", out, "--no-plots")
    assert "1 annotated video removed" in done.stdout
    assert videmo("annotate", out).returncode == 0
    assert pd.read_csv(folder / "summary.csv")["person"].tolist() == persons[:-1]
    assert "1 skipped" in videmo(*arguments).stdout
    (folder / "people.csv").unlink()
    assert "1 renewed" in videmo(*arguments).stdout
    assert pd.read_csv(folder / "summary.csv")["person"].tolist() == persons
    assert (folder / "annotated.mp4").read_bytes() == video
    _said(folder, "person,name\n1,Anna\n")
    assert "1 renewed" in videmo(*arguments, "--no-annotate").stdout
    again = videmo("analyze", clip, "--out", out, "--fps", "4", "--overwrite", "--no-annotate")
    assert "check its numbers" in again.stdout
    _said(folder, "person,name\n99,Anna\n")
    wrong = videmo("analyze", clip, "--out", out, "--fps", "4", "--no-annotate")
    assert wrong.returncode == 1
    assert "people.csv, line 2: no person 99" in wrong.stderr


@pytest.mark.parametrize("number", ["1_0", "\N{FULLWIDTH DIGIT ONE}", "\N{ARABIC-INDIC DIGIT THREE}", "+1", "9" * 5000])
def test_only_plain_digits_are_the_number_of_a_person(number: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(f"person,name\n{number},Anna\n", encoding="utf-8")
    with pytest.raises(PeopleError, match="the number of a person"):
        read_people(tmp_path / "people.csv")


def test_a_long_chain_of_merges_is_followed_quickly_and_a_long_circle_is_short_to_read(tmp_path: Path) -> None:
    path, count = tmp_path / "people.csv", 20_000
    path.write_text("person,merge_into\n" + "".join(f"{k},{k + 1}\n" for k in range(1, count)))
    assert set(read_people(path).merges.values()) == {count}
    path.write_text(path.read_text() + f"{count},1\n")
    with pytest.raises(PeopleError, match="goes round in a circle") as raised:
        read_people(path)
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("person,from_s,to_s\n1,1,2\n", 1, "expected the columns"),
        ("person,name,from_s,to_s\n1,Anna,1,2\n", 2, "without merge_into"),
        ("person,merge_into,from_s,to_s\n1,9,2,1\n", 2, "begins at 2 s and ends at 1 s"),
        ("person,merge_into,from_s,to_s\n1,9,x,1\n", 2, "from_s is 'x', expected seconds"),
        ("person,merge_into,from_s,to_s\n1,1,0,1\n", 2, "merged into itself"),
        ("person,merge_into,from_s,to_s\n1,9,0,2\n1,8,1,\n", 3, "overlaps that in line 2"),
        ("person,merge_into,from_s,to_s,name\n1,9,0,2,Anna\n9,,,,Ben\n", 3, "is called 'Anna' and 'Ben'"),
    ],
)
def test_mistakes_in_stretches_are_told(text: str, line: int, why: str, tmp_path: Path) -> None:
    with pytest.raises(PeopleError) as caught:
        _said(tmp_path, text)
    assert why in str(caught.value)
    assert f"people.csv, line {line}" in str(caught.value)


def test_a_stretch_of_a_person_becomes_another_one(tmp_path: Path) -> None:
    people = _said(tmp_path, 'person,name,merge_into,from_s,to_s\n2,Cleo,9,5,"7,5"\n3,,1,0,1\n1,Anna,,,\n')
    before = observations(FACES, 10.0)
    after, _ = merge_persons(before, people)
    [left] = before[before["person"] == 2]["x"].unique()
    during, own = after["time_s"].between(5, 7.5, inclusive="left"), after["x"] == left
    assert (after["person"][own & during] == 9).all()
    assert (after["person"][own & ~during] == 2).all()
    assert people.names == {9: "Cleo", 1: "Anna"}
    assert people.identity != _said(tmp_path, "person,merge_into,from_s,to_s\n2,9,5,7\n").identity


def test_stretches_of_two_who_become_one_and_were_side_by_side_are_told_by_who_they_were(tmp_path: Path) -> None:
    table = observations([(0.0, 4.9, 50.0, "happy"), (2.0, 4.9, 300.0, "sad")], 5.0)
    _, (warning,) = merge_persons(table, _said(tmp_path, "person,merge_into,from_s,to_s\n1,7,3,5\n2,7,4,5\n"))
    assert warning.startswith("people.csv merges persons 1 and 2, but they appear side by side in 10 frames")


def test_a_stretch_in_which_the_person_is_not_seen_is_told(tmp_path: Path) -> None:
    people = _said(tmp_path, "person,merge_into,from_s,to_s\n2,9,100,200\n1,8,500,\n")
    _, warnings = merge_persons(observations(FACES, 10.0), people)
    assert warnings[0].endswith("line 2: person 2 has no face from 100 s to 200 s, so it changes nothing")
    assert warnings[1].endswith("line 3: person 1 has no face from 500 s on, so it changes nothing")
    assert len(warnings) == 2


def test_a_stretch_of_nobody_is_told(tmp_path: Path) -> None:
    people = _said(tmp_path, "person,merge_into,from_s\n7,9,5\n")
    with pytest.raises(PeopleError, match="line 2: no person 7"):
        people.check({1, 2})


def test_a_folder_that_cannot_be_written_to_costs_one_recording_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        build_recording(out, name, FACES)
    _said(out / "b.mp4", "person,name\n1,Anna\n")
    (out / "b.mp4" / ".work").symlink_to(tmp_path)  # through a link, nothing is written
    done = report_folder(out, None, {}, plots=False)
    assert done.keys == ("a.mp4", "c.mp4")
    (failure,) = done.failures
    assert "b.mp4" in failure
    assert "c.mp4" in pd.read_csv(out / "recordings.csv")["recording"].tolist()
