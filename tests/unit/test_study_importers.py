"""Logs of other programs that say the same give the same events, to the millisecond."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from studies import Face, put_recording, smile
from videmo.cli.app import app
from videmo.errors import StudyError
from videmo.pipeline.study.begin import begin_study
from videmo.pipeline.study.bring import bring_events
from videmo.study.events import read_events
from videmo.study.importers import import_events
from videmo.study.importers.imported import Options
from videmo.study.sheet import read_sheet

LOGS = Path(__file__).parents[1] / "support" / "logs"
SAME = (
    ("psychopy", "psychopy.csv"), ("eprime", "eprime.txt"), ("boris", "boris-tabular.csv"),
    ("boris", "boris-aggregated.csv"), ("bids", "sub-01_task-film_events.tsv"), ("elan", "elan.eaf"),
    ("textgrid", "praat.TextGrid"), ("vtt", "captions.vtt"), ("srt", "captions.srt"),
    ("facereader", "facereader.txt"), ("gorilla", "gorilla.csv"),
)  # fmt: skip
BEGAN = 1_772_373_900.0


def imported(kind: str, name: str, options: Options | None = None) -> list[tuple[float, float, str]]:
    """Onset, duration and label of each event, as a study reads them."""
    found = import_events([(name, (LOGS / name).read_bytes())], kind, options or Options())
    events = read_events(read_sheet(found.table().encode(), "events.csv"), {})
    return [(round(each.onset_s - (BEGAN if each.absolute else 0), 3), each.duration_s, each.label) for each in events]


@pytest.mark.parametrize(("kind", "name"), SAME)
def test_all_logs_say_the_same(kind: str, name: str) -> None:
    only = ("Film",) if kind == "gorilla" else ()
    assert imported(kind, name, Options(only)) == [(12.345, 6.0, "funny"), (22.5, 6.25, "neutral")]


def test_a_camera_gives_the_offset_and_gorilla_asks_for_the_beginning() -> None:
    found = import_events([("p.csv", (LOGS / "psychopy.csv").read_bytes())], "psychopy", Options())
    assert [(each.participant, each.offset_s) for each in found.offsets] == [("01", -2.5)]
    gorilla = import_events([("g.csv", (LOGS / "gorilla.csv").read_bytes())], "gorilla", Options())
    assert "start_utc" in gorilla.notes[0]
    assert len(gorilla.rows) == 3, "the pause between is a screen too"


def test_who_and_where_come_from_the_files() -> None:
    bids = import_events([("sub-01_task-film_events.tsv", (LOGS / "sub-01_task-film_events.tsv").read_bytes())], "bids",
                         Options())  # fmt: skip
    assert (bids.rows[0].participant, bids.rows[0].recording) == ("sub-01", "*sub-01_task-film[_.]*")
    boris = import_events([("b.csv", (LOGS / "boris-tabular.csv").read_bytes())], "boris", Options())
    assert (boris.rows[0].participant, boris.rows[0].recording) == ("01", "film.mp4")


def test_whose_events_they_are_the_files_say_first_and_in_which_recording_the_user() -> None:
    options = Options(participant="other", recording="other.mp4")
    said = {}
    for kind, name in (("elan", "elan.eaf"), ("boris", "boris-tabular.csv"), ("facereader", "facereader.txt")):
        found = import_events([(name, (LOGS / name).read_bytes())], kind, options)
        own = import_events([(name, (LOGS / name).read_bytes())], kind, Options())
        said[kind] = [(each.participant, each.recording) for each in found.rows]
        assert said[kind] == [(each.participant or "other", "other.mp4") for each in own.rows]
    assert ("01", "other.mp4") in said["boris"]


def test_qualtrics_is_refused_with_the_reason() -> None:
    with pytest.raises(StudyError, match="when a page was loaded"):
        import_events([("q.csv", b"StartDate\n")], "qualtrics", Options())


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        ("boris", b"Behavior,Behavior type,Time\nfunny,STOP,3\n", "stops without having started"),
        ("boris", b"Behavior,Behavior type,Time\nfunny,START,3\n", "never stops"),
        ("boris", b"a,b\n1,2\n", "no line with the column Behavior"),
        ("psychopy", b"a,b\n1,2\n", "no component"),
        ("elan", b"<x", "not an ELAN file"),
        ("textgrid", b"hello", "not a TextGrid"),
        ("srt", b"hello", "no captions"),
        ("eprime", b"hello,x\n1,2\n", "no events"),
        ("gorilla", b"a,b\n1,2\n", "no column UTC Timestamp"),
        ("nothing", b"", "no such format"),
    ],
)
def test_files_that_say_nothing_are_refused(kind: str, content: bytes, said: str) -> None:
    with pytest.raises(StudyError, match=said):
        import_events([("file.csv", content)], kind, Options())


def test_events_are_written_once(tmp_path: Path) -> None:
    files = [LOGS / "captions.vtt"]
    done = bring_events(files, "vtt", tmp_path / "study", Options(recording="film.mp4"))
    assert pd.read_csv(done.path)["recording"].tolist() == ["film.mp4", "film.mp4"]
    with pytest.raises(StudyError, match="already"):
        bring_events(files, "vtt", tmp_path / "study", Options())
    bring_events(files, "vtt", tmp_path / "study", Options(), overwrite=True)


def test_events_that_were_guessed_are_replaced_and_those_that_were_written_are_not(tmp_path: Path) -> None:
    put_recording(tmp_path / "out", "film.mp4", [Face(smile((2.0, 4.0)))])
    study = tmp_path / "study"
    begin_study(tmp_path / "out", study)
    done = bring_events([LOGS / "captions.vtt"], "vtt", study, Options())
    assert pd.read_csv(done.path)["label"].tolist() == ["funny", "neutral"]
    (study / "events.csv").unlink()
    begin_study(tmp_path / "out", study)
    (study / "events.csv").write_text((study / "events.csv").read_text(encoding="utf-8") + "1,2,mine,stimulus,*\n")
    with pytest.raises(StudyError, match="already"):
        bring_events([LOGS / "captions.vtt"], "vtt", study, Options())


FILMS = (
    b"participant,movie.started,movie.stopped,film,clip\n01,12.345,18.345,funny,a.mp4\n01,22.5,28.75,neutral,b.mp4\n"
)


def test_the_column_of_the_condition_may_have_any_name() -> None:
    plain = import_events([("p.csv", FILMS)], "psychopy", Options())
    assert [row.label for row in plain.rows] == ["movie", "movie"]
    assert "all 2 events are called 'movie'" in plain.notes[-1]
    found = import_events([("p.csv", FILMS)], "psychopy", Options(label="film", stimulus="clip"))
    assert [(row.label, row.stimulus) for row in found.rows] == [("funny", "a.mp4"), ("neutral", "b.mp4")]
    assert not any("are called" in note for note in found.notes)
    with pytest.raises(StudyError, match=r"p\.csv, line 1: no column 'flim'. Did you mean 'film'\?"):
        import_events([("p.csv", FILMS)], "psychopy", Options(label="flim"))


@pytest.mark.parametrize(
    ("kind", "name", "column", "labels"),
    [
        ("gorilla", "gorilla.csv", "Spreadsheet: stimulus", ["a.mp4", "b.mp4"]),
        ("eprime", "eprime.txt", "Procedure", ["TrialProc", "TrialProc"]),
        ("boris", "boris-tabular.csv", "Observation id", ["obs", "obs"]),
        ("boris", "boris-aggregated.csv", "Observation id", ["obs", "obs"]),
    ],
)
def test_every_log_with_columns_lets_them_be_chosen(kind: str, name: str, column: str, labels: list[str]) -> None:
    only = ("Film",) if kind == "gorilla" else ()
    content = (LOGS / name).read_bytes()
    found = import_events([(name, content)], kind, Options(only, label=column))
    assert [row.label for row in found.rows] == labels
    with pytest.raises(StudyError, match=r"no (column|attribute) 'nothing'"):
        import_events([(name, content)], kind, Options(only, stimulus="nothing"))


def test_logs_without_columns_have_none_to_choose() -> None:
    with pytest.raises(StudyError, match="no columns to take labels or stimuli from"):
        import_events([("a.srt", (LOGS / "captions.srt").read_bytes())], "srt", Options(label="film"))


@pytest.mark.parametrize(
    ("kind", "name"), [("srt", "captions.srt"), ("vtt", "captions.vtt"), ("textgrid", "praat.TextGrid")]
)
def test_several_files_that_do_not_say_their_recording_are_about_the_one_that_they_are_named_after(
    kind: str, name: str
) -> None:
    content, end = (LOGS / name).read_bytes(), name.rpartition(".")[2]
    keys = ["in/P01_film.mp4", "in/P02_film.mp4", "in/b/x.mp4", "in/a/x.mp4"]

    def recordings(*stems: str, options: Options = Options()) -> list[str]:  # noqa: B008
        found = import_events([(f"{stem}.{end}", content) for stem in stems], kind, options, keys)
        return sorted({row.recording for row in found.rows})

    assert recordings("logs/P01_film", "P02_film.mp4") == ["in/P01_film.mp4", "in/P02_film.mp4"]
    assert recordings("logs/a/x", "logs/b/x") == ["in/a/x.mp4", "in/b/x.mp4"]
    assert recordings("anything") == [""], "a single file stays everybody's"
    assert recordings("one", "two", options=Options(recording="*")) == ["*"]
    with pytest.raises(StudyError, match=r"P3.* no recording has its name.* or say in which recording"):
        recordings("P01_film", "P3")
    with pytest.raises(StudyError, match=r"2 recordings are called so: in/a/x\.mp4, in/b/x\.mp4"):
        recordings("P01_film", "x")


def test_captions_of_two_participants_are_no_longer_everybodys(tmp_path: Path) -> None:
    for number in (1, 2):
        put_recording(tmp_path / "results", f"P0{number}_film.mp4", [Face(smile((5, 8)))])
    begin_study(tmp_path / "results", tmp_path / "study")
    files = [tmp_path / f"P0{number}_film.srt" for number in (1, 2)]
    for place, path in enumerate(files):
        path.write_text(f"1\n00:00:0{place},000 --> 00:00:03,000\nfunny\n", encoding="utf-8")
    bring_events(files, "srt", tmp_path / "study", Options())
    table = pd.read_csv(tmp_path / "study" / "events.csv")
    assert dict(zip(table["recording"], table["onset"])) == {"P01_film.mp4": 0, "P02_film.mp4": 1}
    (tmp_path / "other").mkdir()
    with pytest.raises(StudyError, match="no recordings are known yet"):
        bring_events(files, "srt", tmp_path / "other", Options())
    assert not [*(tmp_path / "other").iterdir()]
    command = ["study", "events", *map(str, files), "--from", "srt", "--to", str(tmp_path / "other")]
    done = CliRunner().invoke(app, command)
    assert "or say with --recording in which the events of all are, '*' for everybody's." in str(done.exception)
