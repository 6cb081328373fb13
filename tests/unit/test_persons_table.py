"""``persons.csv`` and what recognises faces: written, read, forgotten."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from results import Face, build_recognised, build_recording, observations
from runs import videmo
from videmo.batch.forget import forget
from videmo.batch.matching import match_people
from videmo.batch.report import report_folder
from videmo.cli.app import app
from videmo.config import load_settings
from videmo.errors import ResultsError
from videmo.faces.recognition import VALUES
from videmo.persons.linked import Links, how_sure
from videmo.persons.people import People, Stretch
from videmo.persons.sights import Sights
from videmo.results.persons import read_links, write_persons
from videmo.results.recording import RecordingResults
from videmo.settings import Settings

FACES: list[Face] = [(0.0, 3.0, 50.0, "happy"), (6.0, 9.9, 400.0, "sad")]
LINKS = Links(
    {1: (1, 4), 2: (2,), 3: (3,)},
    ((1, 3, 0.25), (2, 3, 0.301)),
    {1: 12, 2: 3, 3: 0},
    {1: 0.105},
    {1: 0.37},
    {1: (7.28, 8.0), 3: (0.04,)},
)


@pytest.mark.parametrize("style", ["plain", "excel"])
def test_links_are_read_as_they_were_written(style: str, tmp_path: Path) -> None:
    people = People({1: "=Anna"}, {3: 1})
    write_persons(LINKS, observations(FACES, 10.0), people, tmp_path / "persons.csv", style=style)
    assert read_links(tmp_path / "persons.csv") == LINKS
    text = (tmp_path / "persons.csv").read_text("utf-8-sig")
    assert "\n1" in text
    assert "=Anna" not in text.replace("'=Anna", "").replace(" =Anna", "").replace("./=Anna", "")


def test_nobody_is_a_table_too(tmp_path: Path) -> None:
    write_persons(Links({}), observations([], 2.0), People(), tmp_path / "persons.csv")
    assert read_links(tmp_path / "persons.csv").tracks == {}


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("1 4", "1 x", "'1 x'"),
        ("12", "many", "'many'"),
        ("0.250", "near", "maybe_same_as"),
        ("7.280 ", "7.28;", "7.28;8.000"),
        ("7.280 8.000", "7.280 ", "maybe_other_from_s"),
    ],
)
def test_a_damaged_table_is_told(old: str, new: str, found: str, tmp_path: Path) -> None:
    path = tmp_path / "persons.csv"
    write_persons(LINKS, observations(FACES, 10.0), People(), path)
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ResultsError, match=found):
        read_links(path)


def test_what_recognises_faces_is_forgotten_and_persons_stay(tmp_path: Path) -> None:
    out = tmp_path / "out"
    folder = build_recording(out, "a.mp4", FACES)
    work = out / "b.mp4" / ".work"
    work.mkdir(parents=True)
    (work / "observe-1-0000.npz").write_bytes(b"parts of a recording that is not finished")
    before = pd.read_csv(folder / "summary.csv")
    done = forget(out)
    assert (done.finished, done.begun) == (("a.mp4",), ("b.mp4",))
    assert not (folder / "tracks.npz").exists()
    assert not work.exists()
    (folder / "people.csv").write_text("person,name,merge_into\n1,Anna,\n2,,1\n")
    assert report_folder(out, None, {}, plots=False).failures == ()
    assert pd.read_csv(folder / "summary.csv")["name"].tolist() == ["Anna"]
    (folder / "people.csv").unlink()
    assert report_folder(out, None, {}, plots=False).failures == ()
    pd.testing.assert_frame_equal(pd.read_csv(folder / "summary.csv"), before)
    assert forget(out).finished == ()


def test_recordings_that_are_begun_are_forgotten_too(tmp_path: Path) -> None:
    out = tmp_path / "out"
    build_recognised(out, "a.mp4", 1, 2)
    begun = build_recognised(out, "b.mp4", 1, 2)
    RecordingResults(begun).reopen()
    assert (begun / ".work" / "run.json").is_file()
    done = forget(out)
    assert (done.finished, done.begun) == (("a.mp4",), ("b.mp4",))
    assert not list(out.rglob("tracks.npz"))


def test_recordings_in_renamed_folders_are_forgotten_too(tmp_path: Path) -> None:
    out = tmp_path / "out"
    build_recognised(out, "a.mp4", 1, 2)
    build_recognised(out, "b.mp4", 1, 2).rename(out / "b of Monday")
    assert forget(out).finished == ("a.mp4", "b of Monday")
    assert not list(out.rglob("tracks.npz"))


def forgotten(out: Path) -> str:
    """What the command says, in one line."""
    said = CliRunner().invoke(app, ["forget", str(out)])
    assert said.exit_code == 0, said.output
    return " ".join(said.stdout.split())


def test_what_forgetting_costs_and_which_pictures_of_faces_stay_is_said(tmp_path: Path) -> None:
    out = tmp_path / "out"
    build_recognised(out, "a.mp4", 1, 2)
    build_recognised(out, "b.mp4", 1, 2)
    assert report_folder(out, None, {}, plots=False).failures == ()
    before = match_people(out, jobs=1)
    assert before.unknown == ()
    (out / "a.mp4" / "portraits.npz").write_bytes(b"pictures")
    said = forgotten(out)
    assert "forgotten a.mp4 forgotten b.mp4 Persons stay as they were found, and what cast.csv says stays." in said
    assert "'videmo people --match' cannot recognise them any more" in said
    assert "analyse the recordings again" in said
    assert f"Pictures of faces stay: {out / 'cast.html'}, and report.html, portraits.npz of the recordings." in said
    assert "delete these files" in said
    after = match_people(out, jobs=1)
    assert after.unknown == ("a.mp4", "b.mp4"), "as it said"
    assert (after.kept, after.added, after.plan.proposed) == (4, 0, before.plan.proposed)
    again = forgotten(out)
    assert "nothing in it recognises people" in again
    assert "Pictures of faces stay" in again
    for path in (out / "cast.html", *out.glob("*/portraits.npz"), *out.glob("*/report.html")):
        path.unlink()
    assert "Pictures" not in forgotten(out)
    (out / "b.mp4" / "recording.mp4").write_bytes(b"a live session")
    said = forgotten(out)
    assert "Pictures of faces stay: recording.mp4 of the recordings." in said
    assert "Nothing makes recording.mp4 anew: it is the recording of a live session." in said


def test_pages_on_which_faces_are_hidden_are_no_pictures_of_them(tmp_path: Path) -> None:
    out = tmp_path / "out"
    build_recording(out, "a.mp4", FACES, settings=load_settings(overrides={"anonymize.how": "blur"}))
    (out / "a.mp4" / "report.html").write_text("a page")
    assert "Pictures" not in forgotten(out)


def test_persons_of_other_settings_are_followed_only_once_faces_are_forgotten(tmp_path: Path) -> None:
    out = tmp_path / "out"
    build_recording(out, "a.mp4", FACES)
    forget(out)
    assert report_folder(out, None, {"tracking.max_gap_s": 1.0}, plots=False).failures == ()
    noted = str(pd.read_csv(out / "recordings.csv")["warnings"][0])
    assert "can't be recognised" in noted


def test_a_table_of_persons_that_is_missing_is_made_anew(tmp_path: Path) -> None:
    out = tmp_path / "out"
    folder = build_recording(out, "a.mp4", FACES)
    assert report_folder(out, None, {}, plots=False).failures == ()
    before = (folder / "persons.csv").read_bytes()
    (folder / "persons.csv").unlink()
    assert report_folder(out, None, {}, plots=False).failures == ()
    assert (folder / "persons.csv").read_bytes() == before
    forget(out)
    (folder / "persons.csv").unlink()
    assert report_folder(out, None, {}, plots=False).failures == ()
    assert (folder / "persons.csv").is_file()
    assert "can't be recognised" in str(pd.read_csv(out / "recordings.csv")["warnings"][0])


def test_a_folder_without_results_has_nothing_to_forget(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="no results found"):
        forget(tmp_path)


def test_the_table_of_an_earlier_version_is_read_without_limits(tmp_path: Path) -> None:
    path = tmp_path / "persons.csv"
    write_persons(LINKS, observations(FACES, 10.0), People(), path)
    table = pd.read_csv(path, dtype=str)
    table.drop(columns=["apart_limit", "maybe_other_from_s"]).to_csv(path, index=False)
    assert read_links(path) == dataclasses.replace(LINKS, limit={}, other_from={})
    table.drop(columns="apart").to_csv(path, index=False)
    with pytest.raises(ResultsError, match="without the column apart"):
        read_links(path)


def test_sights_are_kept_as_they_are(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sights = Sights(np.arange(5), rng.random((5, 2)), rng.integers(-127, 128, (5, VALUES)).astype(np.int8))
    results = RecordingResults(tmp_path)
    results.write_sights(sights)
    read = results.sights()
    assert read is not None
    for name in ("frame", "place", "vectors"):
        np.testing.assert_array_equal(getattr(read, name), getattr(sights, name))


@pytest.mark.slow
def test_what_recognises_faces_is_only_there_if_it_may_be(samples: Path, tmp_path: Path) -> None:
    def analyse(*options: str) -> Path:
        clip = samples / "two-people.mp4"
        done = videmo(
            "analyze", clip, "--out", tmp_path / "out", "--no-annotate", "--no-plots", "--overwrite", *options
        )
        assert done.returncode == 0, done.stderr
        return tmp_path / "out" / "two-people.mp4"

    folder = analyse()
    assert len(pd.read_csv(folder / "persons.csv")) == 2
    assert (folder / "tracks.npz").exists()
    plain = analyse("--no-identity")
    assert len(pd.read_csv(plain / "persons.csv")) == 3
    assert not (plain / "tracks.npz").exists(), "those of the analysis before it are gone"
    hidden = analyse("--anonymize", "blur")
    assert len(pd.read_csv(hidden / "persons.csv")) == 2
    assert not (hidden / "tracks.npz").exists()
    assert Settings().identity.enabled


def test_how_sure_a_person_is_one_is_said() -> None:
    links = Links(
        {1: (1, 5), 2: (2,), 3: (3,), 4: (4, 6), 5: (7,)},
        ((2, 3, 0.25), (1, 3, 0.33)),
        {1: 9, 2: 9, 3: 4, 4: 8, 5: 0},
        {1: 0.21, 4: 0.1},
    )
    sure = how_sure(links, People())
    assert sure == {1: "doubtful", 2: "doubtful", 3: "doubtful", 4: "recognised", 5: "followed"}
    # The user's word: 2 and 3 are one, and 1 is with 4, whatever the distance.
    sure = how_sure(links, People(merges={3: 2, 4: 1}))
    assert sure == {1: "recognised", 2: "recognised", 3: "recognised", 4: "recognised", 5: "followed"}
    assert how_sure(links, People(stretches=(Stretch(1, 0.0, 1.0, 9, 2),)))[1] == "recognised"
    # Who has two names is two people; one name tells nothing of the other person.
    assert how_sure(links, People(names={2: "Anna", 3: "Ben"}))[2] == "recognised"
    assert how_sure(links, People(names={2: "Anna"}))[2] == "doubtful"
    # Merged either way: whoever looked knows that they are one.
    assert how_sure(links, People(merges={1: 3}))[1] == how_sure(links, People(merges={3: 1}))[1] == "doubtful"
    assert how_sure(links, People(merges={1: 4}))[1] == "recognised"
    # Who has no sights of their own has those of who was merged into them.
    assert how_sure(links, People(merges={4: 5}))[5] == "recognised"
