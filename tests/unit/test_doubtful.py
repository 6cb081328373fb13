"""Persons of doubtful identity are told wherever the quality of a recording is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from results import Face, build_recording, observations
from videmo.batch.report import report_folder
from videmo.faces.identity import recognition_identity
from videmo.faces.recognition import as_bytes
from videmo.persons.linked import UNSURE, Links, doubts, how_sure
from videmo.persons.people import People
from videmo.persons.sights import Sights
from videmo.pipeline.stages.persons import PERSONS
from videmo.report.index import IndexRow, render_index
from videmo.results.folder import ResultsFolder
from videmo.settings import Settings

FACES: tuple[Face, ...] = ((0.0, 3.9, 50.0, "happy"), (5.0, 9.9, 400.0, "sad"), (0.0, 9.9, 550.0, "neutral"))
"""Two who are seen one after the other, and somebody beside them."""
DOUBT = "2 persons (1, 3) are of doubtful identity: the faces may belong to two people, or to another person here"


def looks(apart: float) -> np.ndarray:
    """What recognises three faces, of which the first and the second are as far apart as is said."""
    rng = np.random.default_rng(4)
    units = np.linalg.qr(rng.normal(size=(128, 3)))[0].T
    half = apart / 2
    near = [np.sqrt(1 - half**2) * units[0] + side * half * units[1] for side in (1, -1)]
    return np.stack([as_bytes(each) for each in (*near, units[2])])


def recognised(apart: float) -> Sights:
    """A sight of each face every second."""
    table = observations(FACES, 10.0)
    rows = table[(table["frame"] % 10 == 0) & table["x"].notna()]
    known = [[50.0, 400.0, 550.0].index(x) for x in rows["x"]]
    places = rows[["x", "y"]].to_numpy(np.float64)
    return Sights(rows["frame"].to_numpy(), places, looks(apart)[known], recognition_identity(Settings().identity))


def text_of(page: Path) -> str:
    """The words of a page, without its data and scripts."""
    bare = re.sub(r"<(script|style).*?</\1>", "", page.read_text("utf-8"), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", bare).split())


def cells(page: Path) -> list[list[str]]:
    """The cells of the table of quality on a page, without its bars."""
    table = re.search(r'<table class="quality">(.*?)</table>', page.read_text("utf-8"), re.DOTALL)
    assert table
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in table.group(1).split("</tr>")[:-1]]
    return [[" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in row] for row in rows]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A recording with two persons of doubtful identity, and one without."""
    folder = tmp_path / "out"
    build_recording(folder, "day/doubtful.mp4", FACES, sights=recognised(0.26))
    build_recording(folder, "day/sure.mp4", FACES, sights=recognised(0.9))
    assert report_folder(folder, None, {}, plots=False).failures == ()
    return folder


def test_each_person_s_row_says_how_sure_the_identity_is(out: Path) -> None:
    for key, expected in (("doubtful", ["doubtful", "recognised", "doubtful"]), ("sure", ["recognised"] * 3)):
        table = pd.read_csv(out / "day" / f"{key}.mp4" / "quality.csv")
        assert table["person"].fillna(0).tolist() == [0, 1, 2, 3]
        assert table["identity"].fillna("").tolist() == ["", *expected]
        assert table["quality"].iloc[0] == "good", "what could be seen of the faces has another rating"


def test_the_list_of_recordings_warns_of_them(out: Path) -> None:
    table = pd.read_csv(out / "recordings.csv").set_index("recording")
    assert table["warnings"].to_dict() == {
        "day/doubtful.mp4": f"{DOUBT}; the same content as day/sure.mp4",
        "day/sure.mp4": "the same content as day/doubtful.mp4",
    }
    page = text_of(out / "index.html")
    assert page.count(DOUBT) == 2, "among what to look at first, and in the list"
    assert "Look at these first doubtful day/ doubtful.mp4" in page
    assert page.count("day/ sure.mp4") == 1, "not among the first"


def test_the_page_says_so_where_it_rates(out: Path) -> None:
    page = out / "day" / "doubtful.mp4" / "report.html"
    text = text_of(page)
    assert "doubtful identity 2 of 3 persons" in text
    assert text.count("doubtful identity these faces may belong to two people, or to another person here") == 2
    assert f"{DOUBT}." in text
    _, *rows = cells(page)
    assert [row[0] for row in rows] == ["Recording", "Person 1 doubtful", "Person 2 recognised", "Person 3 doubtful"]
    assert [row[1] for row in rows] == ["good"] * 4
    _, *rows = cells(out / "day" / "sure.mp4" / "report.html")
    assert [row[0] for row in rows[1:]] == [f"Person {number} recognised" for number in (1, 2, 3)]
    assert "doubtful identity" not in text_of(out / "day" / "sure.mp4" / "report.html")


def test_the_word_of_the_user_ends_the_doubt(out: Path) -> None:
    (out / "day" / "doubtful.mp4" / "people.csv").write_text("person,merge_into\n3,1\n")
    assert report_folder(out, None, {}, plots=False).failures == ()
    assert not pd.read_csv(out / "recordings.csv")["warnings"].str.contains("doubtful identity").any()
    assert "doubtful identity" not in text_of(out / "index.html")
    table = pd.read_csv(out / "day" / "doubtful.mp4" / "quality.csv")
    assert table["identity"].fillna("").tolist() == ["", "recognised", "recognised"]


def test_where_nobody_is_recognised_nothing_is_said_of_it(tmp_path: Path) -> None:
    build_recording(tmp_path / "out", "a.mp4", FACES)
    assert report_folder(tmp_path / "out", None, {}, plots=False).failures == ()
    rows = cells(tmp_path / "out" / "a.mp4" / "report.html")[1:]
    assert [row[0] for row in rows] == ["Recording", "Person 1", "Person 2", "Person 3"]
    assert "identity" not in text_of(tmp_path / "out" / "index.html")


def test_few_are_named_and_many_are_counted() -> None:
    rest = "of doubtful identity: the faces may belong to two people, or to another person here"
    assert doubts({1: "recognised", 2: "followed", 3: ""}) == []
    assert doubts({1: UNSURE, 2: "followed"}) == [f"person 1 is {rest}"]
    assert doubts(dict.fromkeys(range(1, 10), UNSURE)) == [f"9 persons (1, 2, 3, 4, 5, 6, …) are {rest}"]


def test_who_may_be_somebody_that_was_merged_may_be_the_one_who_stays() -> None:
    links = Links({1: (1,), 2: (2,), 3: (3,)}, ((2, 3, 0.26),), {1: 5, 2: 5, 3: 5})
    sure = how_sure(links, People(merges={2: 1}))
    assert (sure[1], sure[3]) == (UNSURE, UNSURE)


def test_a_recording_that_is_poor_and_doubtful_is_listed_once_with_both() -> None:
    rows = [
        IndexRow("good.mp4", "ok", quality="good", usable_share=1.0, unsure="person 1 is of doubtful identity"),
        IndexRow("both.mp4", "ok", quality="poor", usable_share=0.1, unsure="person 2 is of doubtful identity"),
        IndexRow("sure.mp4", "ok", quality="good", usable_share=1.0),
    ]
    page = render_index(rows, version="1")
    [look] = re.findall(r'class="panel look".*?</section>', page, re.DOTALL)
    said = re.findall(r'<li><span class="light (\w+)">([^<]*)</span>.*?<bdi>(\w+\.mp4)</bdi>.*?soft">([^<]*)<', look)
    assert said == [
        ("poor", "poor", "both.mp4", "10\N{NO-BREAK SPACE}% of frames usable; person 2 is of doubtful identity"),
        ("fair", "doubtful", "good.mp4", "person 1 is of doubtful identity"),
    ]
    assert page.count("data-doubtful") == 2


def test_a_manifest_keeps_the_doubt(out: Path) -> None:
    manifests = {each.manifest.key: each.manifest for each in ResultsFolder(out).finished()}
    assert manifests["day/doubtful.mp4"].notes["identity"] == (DOUBT,)
    assert "identity" not in manifests["day/sure.mp4"].notes


def test_names_for_persons_that_another_version_found_otherwise_are_noted(tmp_path: Path) -> None:
    """The settings are the same; what makes persons of tracks is not."""
    out = tmp_path / "out"
    folder = build_recording(out, "a.mp4", FACES, sights=recognised(0.2))

    def noted() -> bool:
        assert report_folder(out, None, {}, plots=False).failures == ()
        return "found otherwise" in str(pd.read_csv(out / "recordings.csv")["warnings"][0])

    today = PERSONS.version
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("videmo.persons.recognising.SAME", 0.1)
        object.__setattr__(PERSONS, "version", 0)
        try:
            assert not noted()
            (folder / "people.csv").write_text("person,name\n2,Anna\n", "utf-8")
            assert not noted()
        finally:
            object.__setattr__(PERSONS, "version", today)
    assert noted()
    assert noted(), "until somebody looked"
    (folder / "people.csv").write_text("person,name\n2,Ben\n", "utf-8")
    assert not noted()


def test_a_damaged_table_of_persons_is_made_again_though_somebody_is_named(tmp_path: Path) -> None:
    out = tmp_path / "out"
    folder = build_recording(out, "a.mp4", FACES, people="person,name\n2,Anna\n", sights=recognised(0.2))
    assert report_folder(out, None, {}, plots=False).failures == ()
    whole = (folder / "persons.csv").read_bytes()
    (folder / "persons.csv").write_text("person\n1\n")
    noted = json.loads((folder / "run.json").read_text("utf-8"))
    noted["stages"]["persons"] = "due again"
    (folder / "run.json").write_text(json.dumps(noted), "utf-8")
    assert report_folder(out, None, {}, plots=False).failures == ()
    assert (folder / "persons.csv").read_bytes() == whole


def test_names_for_another_recording_of_the_same_name_are_noted(tmp_path: Path) -> None:
    out = tmp_path / "out"
    folder = build_recording(out, "a.mp4", FACES, people="person,name\n2,Anna\n")

    def noted(content: str) -> str:
        noted = json.loads((folder / "run.json").read_text("utf-8"))
        noted["input"]["sha256"] = content
        noted["stages"]["persons"] = "of the analysis of that file"
        (folder / "run.json").write_text(json.dumps(noted), "utf-8")
        assert report_folder(out, None, {}, plots=False).failures == ()
        return str(pd.read_csv(out / "recordings.csv")["warnings"][0])

    first = json.loads((folder / "run.json").read_text("utf-8"))["input"]["sha256"]
    said = "people.csv was written for another recording of this name: check its numbers"
    assert [said in noted(content) for content in (first, "of another", "of another", first)] == [
        False,
        True,
        True,
        False,
    ]
    assert said in noted("of another")
    (folder / "people.csv").write_text("person,name\n2,Ben\n", "utf-8")
    assert said not in noted("of another")
