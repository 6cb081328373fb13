"""Exports, read back by programs that did not write them: times to the millisecond, any name harmless."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import html
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import praatio.textgrid
import pyarrow.parquet as pq
import pysubs2
import pytest
import srt
import webvtt
from pympi import Elan

from results import Face, build_recording, observations, put_table
from runs import leftovers, videmo
from videmo.batch.export import export_results
from videmo.batch.report import report_folder
from videmo.config import merge_settings
from videmo.errors import ResultsError, UsageError
from videmo.export.contents import relative_url
from videmo.export.formats import FORMATS, load_formats
from videmo.measures.emotions import EMOTIONS
from videmo.persons.people import clean_name, display_name
from videmo.results.csv import read_csv
from videmo.results.recording import RecordingResults
from videmo.results.schema import read_observations
from videmo.settings import Settings
from videmo.spreadsheet import csv_plain

KEY = "day1/=<script>alert('x')<-script>\n\"-->\u05d0\u05d1 & co.mp4"
FACES: list[Face] = [
    (0.0, 4.0, 50.0, "happy"),
    (4.1, 9.9, 50.0, "sad"),
    (1.0, 6.5, 300.0, "neutral"),
    (2.0, 8.0, 500.0, "angry"),
]
QUOTE = '"'
NAMES = {
    1: "<script>alert(1)</script> --> \"quoted\" 'and' {\\an8} & more",
    2: "=HYPERLINK(1)\n\n00:00:01.000 --> 00:00:02.000\nNOTE",
    3: "\u05d3\u05e0\u05d4 \u202eabc",
}
PEOPLE = "person,name\n" + "".join(f'{person},"{name.replace(QUOTE, QUOTE * 2)}"\n' for person, name in NAMES.items())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """One recording with three persons and a hostile name, one in which nobody was found."""
    build_recording(tmp_path / "out", KEY, FACES, people=PEOPLE)
    build_recording(tmp_path / "out", "empty.mkv", [])
    report_folder(tmp_path / "out", None, {}, plots=False, report=False)
    return tmp_path / "out"


def _exported(out: Path, name: str, key: str = KEY) -> list[Path]:
    done = export_results(out, [name], None)
    assert done.failures == ()
    assert not leftovers(out)
    return [path for path in done.files if path.parent == out / key]


def _episodes(out: Path) -> list[tuple[int, str, int, int]]:
    """Person, emotion, start and end in milliseconds: what every export of episodes has to hold."""
    table = read_csv(out / KEY / "episodes.csv")
    assert len(table) >= 4
    return sorted(
        (int(row.person), str(row.emotion), round(row.start_s * 1000), round(row.end_s * 1000))
        for row in table.itertuples()
    )


def _cleaned(person: int) -> str:
    return clean_name(NAMES[person])


def test_names_are_one_line_each_and_do_not_turn_the_writing_around() -> None:
    assert _cleaned(2) == "=HYPERLINK(1) 00:00:01.000 --> 00:00:02.000 NOTE"
    assert _cleaned(3) == "\u05d3\u05e0\u05d4 abc"


@pytest.mark.parametrize("name", list(FORMATS))
def test_every_format_writes_every_recording_and_nothing_else(name: str, out: Path) -> None:
    before = {path for path in out.rglob("*") if path.is_file()}
    done = export_results(out, [name], None)
    assert done.recordings == 2
    assert {path for path in out.rglob("*") if path.is_file() and path.name != ".videmo.lock"} - before == set(
        done.files
    )
    assert len(done.files) == {"parquet": 2 * 4 + 5, "excel": 1, "sav": 5, "long": 1}.get(name, 2)


@pytest.mark.parametrize("name", list(FORMATS))
def test_the_same_results_give_the_same_bytes(name: str, out: Path) -> None:
    first = {path: path.read_bytes() for path in export_results(out, [name], None).files}
    assert {path: path.read_bytes() for path in export_results(out, [name], None).files} == first


def test_parquet_holds_the_tables(out: Path) -> None:
    files = {path.name.split(".")[-2]: path for path in _exported(out, "parquet")}
    for name, path in files.items():
        table = pq.read_table(path).to_pandas()
        expected = (read_observations if name == "observations" else read_csv)(out / KEY / f"{name}.csv")
        assert list(table.columns) == list(expected.columns)
        expected["name"] = expected["name"].map(csv_plain, na_action="ignore")
        pd.testing.assert_frame_equal(table, expected, check_dtype=False)
        if name == "summary":
            assert table["name"].tolist() == [_cleaned(person) for person in NAMES]
    assert sorted(files) == ["episodes", "observations", "summary", "timeline"]


def test_json_holds_tables_and_facts(out: Path) -> None:
    (path,) = _exported(out, "json")
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["recording"]["key"] == KEY
    assert document["result"]["people"] == 3
    assert document["settings"]["timeline"]["step_s"] == 0.2
    assert [person["name"] for person in document["persons"]] == [_cleaned(person) for person in NAMES]
    for name in ("observations", "timeline", "episodes", "summary"):
        expected = read_csv(out / KEY / f"{name}.csv")
        rows = document["tables"][name]
        assert len(rows) == len(expected)
        assert list(rows[0]) == list(expected.columns)
        assert {row["name"] for row in rows} <= {_cleaned(person) for person in NAMES}, (
            "as they are, for no spreadsheet"
        )
    rows = document["tables"]["observations"]
    assert {row["status"] for row in rows} == {"ok"}
    assert all(type(row["person"]) is int for row in rows)
    assert str(out.parent) not in path.read_text(encoding="utf-8"), "no place on this machine"


def test_json_has_null_for_what_is_not_known(out: Path) -> None:
    (path,) = _exported(out, "json", "empty.mkv")
    row = json.loads(path.read_text(encoding="utf-8"))["tables"]["observations"][0]
    assert (row["status"], row["person"], row["happy"]) == ("no_face", None, None)


def _caption(text: str) -> tuple[str, str]:
    """Name and emotion of a caption."""
    found = re.fullmatch(r"\u2068?(.*?)\u2069?: (\w+) \(\d+ %\)", text, re.DOTALL)
    assert found, text
    return found[1], found[2]


def test_webvtt_reads_back(out: Path) -> None:
    (path,) = _exported(out, "webvtt")
    persons = {_cleaned(person): person for person in NAMES}
    found = []
    for cue in webvtt.read(str(path)):
        text = cue.raw_text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        name, emotion = _caption(text)
        found.append((persons[name], emotion, _vtt_ms(cue.start), _vtt_ms(cue.end)))
        assert "<" not in cue.raw_text
        assert "-->" not in cue.raw_text
    assert sorted(found) == _episodes(out)


def test_webvtt_of_plain_names_reads_back_in_a_careless_reader(out: Path) -> None:
    (out / KEY / "people.csv").unlink()
    assert report_folder(out, None, {}, plots=False).failures == ()
    (path,) = _exported(out, "webvtt")
    events = pysubs2.load(str(path), format_="vtt")
    assert sorted((event.start, event.end) for event in events) == sorted(episode[2:] for episode in _episodes(out))


_PAGE = """<!doctype html><meta charset="utf-8">
<video><track kind="captions" src="data:text/vtt;base64,%s"></video><pre></pre>
<script>
const track = document.querySelector("track");
track.addEventListener("load", () => {
  const cues = [...track.track.cues].map((cue) => [cue.startTime, cue.endTime, cue.getCueAsHTML().textContent]);
  document.querySelector("pre").textContent = JSON.stringify(cues);
});
track.track.mode = "hidden";
</script>"""


@pytest.mark.slow
@pytest.mark.browser
def test_webvtt_is_shown_by_a_browser(out: Path, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium on this machine")
    (path,) = _exported(out, "webvtt")
    page = tmp_path / "page.html"
    page.write_text(_PAGE % base64.b64encode(path.read_bytes()).decode(), encoding="utf-8")
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=4000",
        f"--user-data-dir={tmp_path}/b",
    ]
    done = subprocess.run(
        [browser, *flags, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    shown = re.search(r"<pre>(.*)</pre>", done.stdout, re.DOTALL)
    assert shown
    persons = {_cleaned(person): person for person in NAMES}
    found = []
    for start, end, text in json.loads(html.unescape(shown[1])):
        name, emotion = _caption(text)
        found.append((persons[name], emotion, round(start * 1000), round(end * 1000)))
    assert sorted(found) == _episodes(out)


def _vtt_ms(stamp: str) -> int:
    hours, minutes, seconds = stamp.split(":")
    return round((int(hours) * 60 + int(minutes)) * 60_000 + float(seconds) * 1000)


def test_srt_reads_back(out: Path) -> None:
    (path,) = _exported(out, "srt")
    harmless = str.maketrans("<>{}", "‹›()")
    persons = {_cleaned(person).translate(harmless): person for person in NAMES}
    found = []
    for cue in srt.parse(path.read_text(encoding="utf-8")):
        name, emotion = _caption(cue.content)
        millisecond = datetime.timedelta(milliseconds=1)
        found.append((persons[name], emotion, round(cue.start / millisecond), round(cue.end / millisecond)))
    assert sorted(found) == _episodes(out)


def test_eaf_reads_back(out: Path) -> None:
    (path,) = _exported(out, "eaf")
    eaf = Elan.Eaf(str(path))
    persons = {_cleaned(person): person for person in NAMES}
    found = []
    for tier in eaf.get_tier_ids_for_linguistic_type("displayed emotion"):
        person = persons[eaf.get_parameters_for_tier(tier)["PARTICIPANT"]]
        found += [(person, value, start, end) for start, end, value in eaf.get_annotation_data_for_tier(tier)]
    assert sorted(found) == _episodes(out)
    assert set(persons) <= set(eaf.get_tier_names())
    seen = eaf.get_annotation_data_for_tier(f"{_cleaned(2)}: seen")
    assert seen == [(1000, 6600, "seen")]


def test_eaf_links_the_video_by_its_place_beside_the_file(out: Path) -> None:
    (path,) = _exported(out, "eaf")
    (link,) = Elan.Eaf(str(path)).get_linked_files()
    url = link["RELATIVE_MEDIA_URL"]
    assert "%3Cscript%3E" in url
    assert Path(os.path.normpath(path.parent / unquote(url))) == out.parent / "recordings" / KEY
    assert str(out.parent) not in unquote(path.read_text(encoding="utf-8"))


def test_a_recording_whose_faces_are_hidden_is_linked_by_no_export(out: Path) -> None:
    results = RecordingResults(out / KEY)
    settings = merge_settings(Settings(), None, {"anonymize.how": "blur"})
    results.finish(dataclasses.replace(results.manifest, settings=settings))
    assert not results.has_video
    done = export_results(out, ["eaf", "boris", "json"], None)
    assert len(done.failures) == 1
    assert "its faces are hidden, and the video that hides them" in done.failures[0]
    assert "Run 'videmo annotate' first." in done.failures[0]
    assert not list((out / KEY).parent.rglob("*.eaf"))
    (path,) = [path for path in export_results(out, ["json"], None).files if "empty" not in path.name]
    assert json.loads(path.read_text(encoding="utf-8"))["media"] is None


def test_video_in_the_same_folder_is_linked_with_a_dot(tmp_path: Path) -> None:
    assert relative_url(tmp_path / "a b#c.mp4", tmp_path) == "./a%20b%23c.mp4"
    assert relative_url(tmp_path / "b" / "a:1.mp4", tmp_path / "c") == "../b/a%3A1.mp4"


ORDER = (
    "LICENSE", "HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "LOCALE", "LANGUAGE", "CONSTRAINT",
    "CONTROLLED_VOCABULARY", "LEXICON_REF", "REF_LINK_SET", "EXTERNAL_REF",
)  # fmt: skip
"""The order that the schema of EAF 3.0 asks for."""


@pytest.mark.parametrize("key", [KEY, "empty.mkv"])
def test_eaf_has_the_structure_of_its_schema(key: str, out: Path) -> None:
    (path,) = _exported(out, "eaf", key)
    root = ET.parse(path).getroot()
    assert root.tag == "ANNOTATION_DOCUMENT"
    assert (root.get("FORMAT"), root.get("VERSION")) == ("3.0", "3.0")
    assert datetime.datetime.fromisoformat(root.attrib["DATE"]).tzinfo is not None
    places = [ORDER.index(child.tag) for child in root]
    assert places == sorted(places)
    slots = [slot.attrib["TIME_SLOT_ID"] for slot in root.iter("TIME_SLOT")]
    assert all(int(slot.attrib["TIME_VALUE"]) >= 0 for slot in root.iter("TIME_SLOT"))
    names = [note.attrib["ANNOTATION_ID"] for note in root.iter("ALIGNABLE_ANNOTATION")]
    tiers = [tier.attrib["TIER_ID"] for tier in root.iter("TIER")]
    types = {kind.attrib["LINGUISTIC_TYPE_ID"] for kind in root.iter("LINGUISTIC_TYPE")}
    for made in (slots, names, tiers):
        assert len(set(made)) == len(made)
    for note in root.iter("ALIGNABLE_ANNOTATION"):
        assert {note.attrib["TIME_SLOT_REF1"], note.attrib["TIME_SLOT_REF2"]} <= set(slots)
    assert {tier.attrib["LINGUISTIC_TYPE_REF"] for tier in root.iter("TIER")} <= types
    words = [entry.text for entry in root.iter("CVE_VALUE")]
    assert words == list(EMOTIONS)
    assert {kind.get("CONTROLLED_VOCABULARY_REF") for kind in root.iter("LINGUISTIC_TYPE")} == {"emotions", None}
    (last,) = [entry.text for entry in root.iter("PROPERTY") if entry.attrib["NAME"] == "lastUsedAnnotationId"]
    assert last == str(max((int(name[1:]) for name in names), default=0))


@pytest.mark.parametrize("key", [KEY, "empty.mkv"])
def test_eaf_validates_against_its_schema(key: str, out: Path) -> None:
    schema = os.environ.get("VIDEMO_EAF_SCHEMA", "")
    if not schema:
        pytest.skip("VIDEMO_EAF_SCHEMA does not name ELAN's EAFv3.0.xsd; its structure is checked above")
    (path,) = _exported(out, "eaf", key)
    pytest.importorskip("xmlschema").XMLSchema(schema).validate(ET.parse(path))


def test_overlapping_emotions_of_one_person_go_into_a_further_tier(tmp_path: Path) -> None:
    folder = build_recording(tmp_path / "out", "a.mp4", [(0.0, 5.0, 50.0, "happy")], duration_s=6.0)
    table = pd.read_csv(folder / "episodes.csv")
    start = float(table["end_s"].iloc[0]) - 0.5
    more = table.assign(emotion="surprise", start_s=start, end_s=start + 0.75)
    put_table(folder, "episodes", pd.concat([table, more]))
    (path,) = _exported(tmp_path / "out", "eaf", "a.mp4")
    eaf = Elan.Eaf(str(path))
    assert list(eaf.get_tier_names()) == ["Person 1", "Person 1 (2)", "Person 1: seen"]
    assert eaf.get_annotation_data_for_tier("Person 1 (2)") == [
        (round(start * 1000), round(start * 1000) + 750, "surprise")
    ]
    (path,) = _exported(tmp_path / "out", "textgrid", "a.mp4")
    grid = praatio.textgrid.openTextgrid(str(path), includeEmptyIntervals=False)
    assert grid.tierNames == ("Person 1", "Person 1 (2)", "Person 1: seen")


def test_nobody_is_seen_beyond_the_end_of_the_recording(tmp_path: Path) -> None:
    """The last cell of a timeline reaches beyond it, to 6.2 s."""
    build_recording(tmp_path / "out", "a.mp4", [(0.0, 6.1, 50.0, "happy")], duration_s=6.1)
    end_ms = round(1000 * RecordingResults(tmp_path / "out" / "a.mp4").manifest.result.duration_s)
    assert end_ms == 6100
    (path,) = _exported(tmp_path / "out", "eaf", "a.mp4")
    (_, end, _) = Elan.Eaf(str(path)).get_annotation_data_for_tier("Person 1: seen")[-1]
    assert end == end_ms
    (path,) = _exported(tmp_path / "out", "textgrid", "a.mp4")
    assert praatio.textgrid.openTextgrid(str(path), includeEmptyIntervals=False).maxTimestamp == end_ms / 1000


def test_textgrid_reads_back(out: Path) -> None:
    (path,) = _exported(out, "textgrid")
    grid = praatio.textgrid.openTextgrid(str(path), includeEmptyIntervals=True)
    found = []
    for tier in grid.tiers:
        (person,) = [person for person in NAMES if tier.name.startswith(_cleaned(person))]
        ends = [0.0]
        for interval in tier.entries:
            assert interval.start == ends[-1], "intervals of a tier follow one another"
            ends.append(interval.end)
            if interval.label and interval.label != "seen":
                found.append((person, interval.label, round(interval.start * 1000), round(interval.end * 1000)))
        assert ends[-1] == grid.maxTimestamp >= 10.0
    assert sorted(found) == _episodes(out)


def test_textgrid_names_are_quoted_as_praat_does(out: Path) -> None:
    (path,) = _exported(out, "textgrid")
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    quoted = [line.removeprefix("name = ") for line in lines if line.startswith("name = ")]
    assert all(re.fullmatch(r'"(?:[^"]|"")*"', name) for name in quoted)
    assert _cleaned(1) in [name[1:-1].replace('""', '"') for name in quoted]


def test_textgrid_without_persons_still_opens(out: Path) -> None:
    (path,) = _exported(out, "textgrid", "empty.mkv")
    grid = praatio.textgrid.openTextgrid(str(path), includeEmptyIntervals=False)
    assert len(grid.tierNames) == 1
    assert grid.maxTimestamp == 10.0


def test_boris_states_are_paired_and_declared(out: Path) -> None:
    (path,) = _exported(out, "boris")
    project = json.loads(path.read_text(encoding="ascii"))
    (observation,) = project["observations"].values()
    codes = {entry["code"] for entry in project["behaviors_conf"].values()}
    subjects = {entry["name"] for entry in project["subjects_conf"].values()}
    persons = {_cleaned(person): person for person in NAMES}
    assert codes == {*EMOTIONS, "seen"}
    assert subjects == set(persons)
    keys = [entry["key"] for entry in project["behaviors_conf"].values()]
    assert len(set(keys)) == len(keys)
    begun: dict[tuple[str, str], int] = {}
    found = []
    last = 0.0
    for time_s, subject, code, modifier, _, frame in observation["events"]:
        assert time_s >= last
        assert (subject in subjects, code in codes, modifier, frame) == (True, True, "", "NA")
        last, ms = time_s, round(time_s * 1000)
        if (subject, code) in begun:
            found.append((persons[subject], code, begun.pop((subject, code)), ms))
        else:
            begun[subject, code] = ms
    assert not begun, "every state that begins ends"
    assert sorted(state for state in found if state[1] != "seen") == _episodes(out)


def test_boris_finds_the_video_from_the_project(out: Path) -> None:
    (path,) = _exported(out, "boris")
    (observation,) = json.loads(path.read_text(encoding="ascii"))["observations"].values()
    (media,) = observation["file"]["1"]
    assert Path(os.path.normpath(path.parent / media)) == out.parent / "recordings" / KEY
    assert observation["media_info"]["length"] == {media: 10.0}


def test_states_of_one_kind_that_touch_stay_paired(tmp_path: Path) -> None:
    folder = build_recording(tmp_path / "out", "a.mp4", [(0.0, 5.0, 50.0, "happy")], duration_s=6.0)
    table = pd.read_csv(folder / "episodes.csv")
    more = table.assign(start_s=table["end_s"], end_s=table["end_s"] + 0.5)
    put_table(folder, "episodes", pd.concat([table, more]))
    (path,) = _exported(tmp_path / "out", "boris", "a.mp4")
    (observation,) = json.loads(path.read_text())["observations"].values()
    events = [(event[0], bool(event[4])) for event in observation["events"] if event[2] == "happy"]
    end = float(table["end_s"].iloc[0])
    assert events == [(0.0, True), (end, False), (end, True), (end + 0.5, False)]


def test_files_go_into_another_folder_as_the_recordings_lay(out: Path, tmp_path: Path) -> None:
    before = {path for path in out.rglob("*") if path.is_file()}
    done = export_results(out, ["srt", "eaf"], tmp_path / "elsewhere")
    assert {path for path in out.rglob("*") if path.is_file()} == before
    assert {path.relative_to(tmp_path / "elsewhere").as_posix() for path in done.files} == {
        f"{KEY}.srt", f"{KEY}.eaf", "empty.mkv.srt", "empty.mkv.eaf",
    }  # fmt: skip


def test_one_damaged_recording_costs_only_itself(out: Path) -> None:
    (out / "empty.mkv" / "episodes.csv").unlink()
    done = export_results(out, ["json"], None)
    assert done.recordings == 1
    assert len(done.failures) == 1
    assert "episodes.csv" in done.failures[0]


@pytest.mark.parametrize("text", ["person,name\n1,Anna\n", "person,merge_into\n2,1\n", "", "person,name\n1,\n"])
def test_tables_that_know_nothing_of_what_was_said_are_not_exported(text: str, out: Path) -> None:
    (out / KEY / "people.csv").write_text(text)
    if not text:
        (out / KEY / "people.csv").unlink()
    done = export_results(out, ["srt"], None)
    assert done.recordings == 1
    (failure,) = done.failures
    assert "people.csv" in failure


def test_wrong_formats_are_refused_before_anything_is_written(out: Path) -> None:
    before = set(out.rglob("*"))
    with pytest.raises(UsageError, match="no such format"):
        export_results(out, ["json", "docx"], None)
    assert set(out.rglob("*")) == before


def test_folder_without_results_is_said(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="no results"):
        export_results(tmp_path, ["json"], tmp_path / "into")


def test_missing_library_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "videmo.export.parquet", raising=False)
    with pytest.raises(UsageError, match=r"pip install -e '.*\[export\]'"):
        load_formats(["parquet"])


@pytest.mark.slow
def test_command_line_takes_several_formats_in_both_spellings(out: Path) -> None:
    done = videmo("export", out, "--to", "srt,webvtt", "--to", "json")
    assert done.returncode == 0, done.stderr
    assert "6 files of 2 recordings" in done.stdout
    assert videmo("export", out, "--to", "nonsense").returncode == 2


def test_names_are_read_for_pages_and_plots(out: Path) -> None:
    names = RecordingResults(out / KEY).people.names
    assert display_name(1, names) == _cleaned(1)
    assert RecordingResults(out / "empty.mkv").people.names == {}
    assert display_name(7, names) == "Person 7"


def test_what_more_likely_shows_none_of_the_words_is_told_in_every_format(tmp_path: Path) -> None:
    table = observations([(0, 4, 40.0, "sad"), (5, 9, 40.0, "happy")], 10.0)
    table.loc[(table["time_s"] <= 4) & table["emotion"].notna(), "other"] = 0.71
    folder = build_recording(tmp_path / "out", KEY, table)
    report_folder(tmp_path / "out", None, {}, plots=False, report=False)
    told = pd.read_csv(folder / "episodes.csv").set_index("emotion")["episode_other"]
    assert told["sad"] == pytest.approx(0.71, abs=0.02)
    assert told["happy"] == pytest.approx(0.1, abs=0.02)
    (captions,) = _exported(tmp_path / "out", "srt")
    sad, happy = (one.content for one in srt.parse(captions.read_text("utf-8")))
    assert sad.endswith(": sad (90 %, other 71 %)")
    assert happy.endswith(": happy (90 %)")
    (project,) = _exported(tmp_path / "out", "boris")
    assert "peak 0.90, other 0.71" in project.read_text("utf-8")
    (annotated,) = _exported(tmp_path / "out", "eaf")
    tiers = Elan.Eaf(str(annotated)).get_tier_names()
    assert [name for name in tiers if name.endswith(": other")] == ["Person 1: other"]
    ((begin, end, label),) = [
        each[:3] for each in Elan.Eaf(str(annotated)).get_annotation_data_for_tier("Person 1: other")
    ]
    assert (begin, label) == (0, "other")
    assert 3500 <= end <= 4500


def test_an_episode_without_a_length_is_no_annotation(tmp_path: Path) -> None:
    # Earlier versions wrote some at the end of sessions that were cut off.
    folder = build_recording(tmp_path / "out", "a.mp4", [(0.0, 4.0, 50.0, "happy")])
    episodes = pd.read_csv(folder / "episodes.csv")
    short = episodes.iloc[:1].assign(emotion="sad", start_s=3.2, end_s=3.15, duration_s=-0.05)
    put_table(folder, "episodes", pd.concat([episodes, short]))
    (path,) = _exported(tmp_path / "out", "eaf", "a.mp4")
    assert {value[2] for value in Elan.Eaf(str(path)).get_annotation_data_for_tier("Person 1")} == {"happy"}
    (captions,) = _exported(tmp_path / "out", "webvtt", "a.mp4")
    assert [caption.text.split(": ")[1].split()[0] for caption in webvtt.read(str(captions))] == ["happy"]
