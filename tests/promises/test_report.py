"""The pages: their numbers are those of the tables, nothing in them can do harm, and they are made when they should."""

from __future__ import annotations

import base64
import html
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import videmo as package
from conftest import HARMFUL, RIGHT_TO_LEFT
from runs import cold, videmo
from videmo.annotate.labels import SMOOTHING_S
from videmo.measures.emotions import EMOTIONS
from videmo.persons.people import People
from videmo.report.html import clock, duration, json_block, percent
from videmo.report.index import IndexRow, page_address, render_index
from videmo.report.page import ReportPlan, relative_address, render_report
from videmo.report.series import NOTHING, SCALE, build_series
from videmo.results.recording import RecordingResults
from videmo.settings import Settings
from videmo.timeline.quality import OUTCOMES
from videmo.timeline.strip import PARTS, UNKNOWN, strip

TWO = "day 1/two & people #1.mp4"


def page_data(path: Path) -> dict[str, Any]:
    """What the script of a page draws from."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', path.read_text("utf-8"), re.DOTALL)
    assert found
    loaded: dict[str, Any] = json.loads(found.group(1))
    return loaded


class _Text(HTMLParser):
    """Collects tags with attributes, and the words of each table row."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] = (self.rows[-1][-1] + data).strip()


def parsed(path: Path) -> _Text:
    """A page without its script."""
    found = _Text()
    found.feed(re.sub(r"<(script|style).*?</\1>", "", path.read_text("utf-8"), flags=re.DOTALL))
    return found


# Numbers


def test_a_page_says_what_the_numbers_of_a_moment_are_of(pages: Path) -> None:
    text = " ".join(parsed(pages / TWO / "report.html").text.split())
    video = f"Numbers in the annotated video are of its frames, each smoothed with those of the last {SMOOTHING_S:g} s."
    assert f"Means of 0.2 s, smoothed over 0.4 s. {video}" in text


def test_the_curves_of_a_page_are_the_timeline_to_the_digit(pages: Path) -> None:
    folder = pages / TWO
    data, timeline = page_data(folder / "report.html"), pd.read_csv(folder / "timeline.csv")
    assert [person["number"] for person in data["persons"]] == sorted(timeline["person"].unique())
    for person in data["persons"]:
        cells = timeline[timeline["person"] == person["number"]]
        values = np.frombuffer(base64.b64decode(person["values"]), "<u2").reshape(-1, len(EMOTIONS))
        coverage = np.frombuffer(base64.b64decode(person["coverage"]), np.uint8)
        assert person["first"] * data["step"] == pytest.approx(cells["start_s"].iloc[0])
        shown = np.where(values == NOTHING, np.nan, values / SCALE)
        np.testing.assert_allclose(shown, cells[list(EMOTIONS)].to_numpy(), atol=1e-9)
        np.testing.assert_allclose(coverage / 100, cells["coverage"].to_numpy(), atol=0.005)


def test_the_episodes_of_a_page_are_those_of_the_table(pages: Path) -> None:
    folder = pages / TWO
    data, episodes = page_data(folder / "report.html"), pd.read_csv(folder / "episodes.csv")
    told = sorted([row[0], EMOTIONS[row[1]], *row[2:]] for row in data["episodes"])
    wanted = sorted(episodes[["person", "emotion", "start_s", "peak_s", "end_s", "mean", "peak"]].to_numpy().tolist())
    assert len(told) == len(wanted) == data["episodesInAll"]
    for left, right in zip(told, wanted, strict=True):
        assert left[:2] == right[:2]
        np.testing.assert_allclose(left[2:], right[2:], atol=1e-3)


def test_the_summary_of_a_page_is_the_table(pages: Path) -> None:
    folder = pages / TWO
    page = (folder / "report.html").read_text("utf-8")
    for row in pd.read_csv(folder / "summary.csv").itertuples():
        card = re.search(rf'<article class="person" data-person="{row.person}">.*?</article>', page, re.DOTALL)
        assert card
        for emotion in EMOTIONS:
            told = re.search(rf'data-share="{emotion}">(.*?)<', card.group())
            assert told
            assert told.group(1) == percent(getattr(row, f"share_{emotion}"))
        assert (
            f"seen for <b>{duration(row.seen_s)}</b> between {clock(row.first_s)} and {clock(row.last_s)}"
            in card.group()
        )


def test_the_quality_of_a_page_is_the_table_and_adds_up(pages: Path) -> None:
    folder = pages / TWO
    quality = pd.read_csv(folder / "quality.csv")
    rows = [row for row in parsed(folder / "report.html").rows if row and row[0].startswith(("Recording", "Person "))]
    rows = [row for row in rows if len(row) > 10]
    for row, wanted in zip(rows, quality.to_dict("records")):
        counts = [0 if cell == "–" else int(cell.replace(",", "")) for cell in row[4:14]]
        assert sum(counts) == wanted["sampled"]
        assert row[1:3] == [wanted["quality"], percent(wanted["usable_share"])]
        name = "Recording" if pd.isna(wanted["person"]) else f"Person {wanted['person']:.0f}{wanted['identity']}"
        assert row[0] == name, "below the name, how sure it is"


def test_the_numbers_of_the_index_are_those_of_the_tables(pages: Path) -> None:
    recordings = package.read(pages).recordings.set_index("recording")
    page = parsed(pages / "index.html")
    keys = [attributes.get("data-name") for tag, attributes in page.tags if tag == "tr"]
    rows = {key: row for key, row in zip(keys, page.rows) if key}
    assert len(rows) == len(recordings) == 5
    for key, wanted in recordings.iterrows():
        name = str(key)
        row = rows[name.removeprefix("./")]
        if wanted["status"] == "failed":
            assert row[-1] == wanted["reason"].removeprefix(f"{name}: ")
            continue
        assert row[2] == f"{wanted['recording_quality']}{percent(wanted['recording_usable_share'], 0)}"
        assert row[3] == duration(wanted["recording_duration_s"])
        assert row[4].startswith(f"{wanted['people']:.0f} ")
        assert (row[5] == "nobody seen") == (wanted["people"] == 0)


def test_cells_are_averaged_when_there_are_too_many() -> None:
    cells = 100
    timeline = pd.DataFrame({"start_s": np.arange(cells) / 10, "end_s": (np.arange(cells) + 1) / 10, "person": 1})
    timeline["coverage"] = 1.0
    for place, emotion in enumerate(EMOTIONS):
        timeline[emotion] = (np.arange(cells) % 5 == place).astype(float)
    timeline["valence"] = np.where(np.arange(cells) < 20, -0.5, 0.25)
    timeline.loc[50:59, [*EMOTIONS, "valence"]] = np.nan
    timeline.loc[50:59, "coverage"] = 0.0
    observations = pd.DataFrame({"frame": np.arange(cells), "time_s": np.arange(cells) / 10, "status": "ok"})
    observations["person"], observations["left_out"] = pd.array([1] * cells, dtype="Int64"), ""
    observations.loc[50:59, "left_out"] = "dark"
    series = build_series(timeline, observations, step_s=0.1, end_s=10.0, most_cells=10)
    assert (series.merged, series.step_s) == (10, 1.0)
    (person,) = series.persons
    assert person.values[0].tolist() == [SCALE // 5] * 5
    assert person.values[5].tolist() == [NOTHING] * 5
    assert person.valence.tolist() == [-SCALE // 2] * 2 + [SCALE // 4] * 3 + [0] + [SCALE // 4] * 4
    assert person.coverage.tolist() == [100] * 5 + [0] + [100] * 4
    assert person.outcome.tolist() == [0] * 5 + [3] + [0] * 4, "3 is dark"


def test_cells_keep_how_likely_another_emotion_is() -> None:
    timeline = pd.DataFrame({"start_s": [0.0, 0.2, 0.4, 0.6], "end_s": [0.2, 0.4, 0.6, 0.8], "person": [1, 1, 1, 2]})
    for emotion in (*EMOTIONS, "valence"):
        timeline[emotion] = [0.2, np.nan, 0.2, 0.2]
    timeline["coverage"] = [1.0, 0.0, 1.0, 1.0]
    observations = pd.DataFrame({"frame": np.arange(8), "time_s": np.arange(8) / 10, "status": "ok"})
    observations["person"], observations["left_out"] = pd.array([1] * 6 + [2] * 2, dtype="Int64"), ""

    def told(**columns: list[float]) -> list[list[int] | None]:
        persons = build_series(timeline.assign(**columns), observations, step_s=0.2, end_s=0.8).persons
        return [None if person.other is None else person.other.tolist() for person in persons]

    assert told(other=[0.1234, np.nan, 0.5001, np.nan]) == [[1234, NOTHING, 5001], None]
    assert told() == [None, None]


def test_who_is_there_before_and_after_the_faces_that_count_is_not_away() -> None:
    """Faces that are left out at either end, or all of them, have cells: the page says why they don't count."""
    timeline = pd.DataFrame({"start_s": [0.4, 0.6], "end_s": [0.6, 0.8], "person": 1, "coverage": 1.0})
    for emotion in (*EMOTIONS, "valence"):
        timeline[emotion] = 0.2
    observations = pd.DataFrame({"frame": [*range(1, 11), 4, 5], "status": "ok"})
    observations["time_s"] = observations["frame"] / 10
    observations["person"] = pd.array([1] * 10 + [2] * 2, dtype="Int64")
    observations["left_out"] = ["dark"] * 3 + [""] * 4 + ["small"] * 3 + ["dark"] * 2
    one, other = build_series(timeline, observations, step_s=0.2, end_s=1.1).persons
    dark, small = (OUTCOMES.index(reason) for reason in ("dark", "small"))
    assert (one.first, one.values[:, 0].tolist()) == (0, [NOTHING, NOTHING, 2000, 2000, NOTHING, NOTHING])
    assert one.outcome.tolist() == [dark, dark, 0, 0, small, small]
    assert one.coverage.tolist() == [0, 0, 100, 100, 0, 0]
    assert (other.number, other.first, other.outcome.tolist()) == (2, 2, [dark])
    assert other.values.tolist() == [[NOTHING] * 5]


def test_a_strip_tells_the_course_and_the_gaps() -> None:
    timeline = pd.DataFrame({"start_s": [0.0, 1.0, 2.0], "end_s": [1.0, 2.0, 3.0], "coverage": [1.0, 0.0, 1.0]})
    timeline["confidence"] = [0.9, np.nan, 0.6]
    for place, emotion in enumerate(EMOTIONS):
        timeline[emotion] = [0.9 if place == 1 else 0.02, np.nan, 0.6 if place == 2 else 0.1]
    assert strip(timeline, 3.0, EMOTIONS, parts=6) == f"1919{UNKNOWN}{UNKNOWN}2626"
    assert strip(timeline.iloc[:0], 3.0, EMOTIONS) == UNKNOWN * PARTS


# Safety


def test_harmful_names_stay_text(pages: Path) -> None:
    for path in (pages / HARMFUL / "report.html", pages / RIGHT_TO_LEFT / "report.html", pages / "index.html"):
        page = parsed(path)
        assert not [
            attributes for tag, attributes in page.tags if "onerror" in attributes or attributes.get("src") == "x"
        ]
        scripts = re.findall(r"<script", path.read_text("utf-8"))
        assert len(scripts) == 2, "the data and the page's own"
    assert HARMFUL in parsed(pages / HARMFUL / "report.html").text
    assert f"<bdi>{html.escape(RIGHT_TO_LEFT)}</bdi>" in (pages / RIGHT_TO_LEFT / "report.html").read_text("utf-8")


def test_links_lead_to_files_that_exist(pages: Path) -> None:
    from urllib.parse import unquote

    for path in [pages / "index.html", *pages.rglob("report.html")]:
        for tag, attributes in parsed(path).tags:
            address = attributes.get("href") or (attributes.get("src") if tag == "video" else None)
            if address and not address.startswith("#"):
                assert (path.parent / unquote(address)).exists(), address


def test_nothing_in_a_page_points_outside(pages: Path) -> None:
    for path in [pages / "index.html", *pages.rglob("report.html")]:
        text = path.read_text("utf-8")
        assert not re.search(r"""(?:src|href|url\()=?\s*["'(]?\s*(?:https?:)?//""", text), path
        assert "default-src 'none'" in html.unescape(text)


def test_json_can_not_end_its_element() -> None:
    content = {"name": "</script><script>alert(1)</script><!--", "line": "\u2028"}
    block = str(json_block(content))
    assert "<" not in block
    assert json.loads(block) == content


def test_names_of_persons_are_shown_and_harmless(pages: Path) -> None:
    results = RecordingResults(pages / TWO)
    name = "</script><script>hacked=1</script>"
    plan = ReportPlan(results.tables(), results.manifest, Settings(), People({1: name}), results.links())
    page = render_report(plan, plan.editing(), None, video="", home="")
    assert name not in page
    assert html.escape(name) in page
    assert len(re.findall(r"<script", page)) == 2
    assert "has no pictures" in page


def test_addresses_are_quoted(tmp_path: Path) -> None:
    page = tmp_path / "out" / "a.mp4" / "report.html"
    assert relative_address(tmp_path / "in put" / 'a"#?%.mp4', page) == "../../in%20put/a%22%23%3F%25.mp4"
    assert relative_address(page.parent / "javascript:alert(1).mp4", page) == "./javascript%3Aalert%281%29.mp4"
    assert page_address("a b/c?.mp4") == "./a%20b/c%3F.mp4/report.html"


def test_an_index_of_failures_only() -> None:
    page = render_index([IndexRow("a.mp4", "failed", "a.mp4: <i>no</i> video")], version="1")
    assert "&lt;i&gt;no&lt;/i&gt; video" in page
    assert "1 failed" in page


# When pages are made


def test_a_recording_of_an_earlier_version_is_not_said_to_show_nobody() -> None:
    row = IndexRow(
        "a.mp4", "ok", duration_s=4.0, people=1, dominant="happy", quality="good", shares=(0.0, 1.0, 0, 0, 0)
    )
    page = render_index([row], version="1")
    assert ">nobody seen</span>" not in page
    assert "analysed by an earlier version" in page


def test_pages_are_the_same_bytes_when_made_again(pages: Path, tmp_path: Path) -> None:
    before = {path.relative_to(pages): path.read_bytes() for path in pages.rglob("*.html")}
    assert len(before) == 5
    done = cold("report", pages, "--no-plots")
    assert done.returncode == 0, done.stderr
    assert {path.relative_to(pages): path.read_bytes() for path in pages.rglob("*.html")} == before


def test_pages_are_not_made_again_needlessly_and_can_be_switched_off(samples: Path, tmp_path: Path) -> None:
    clip, out = samples / "no-face.mp4", tmp_path / "out"
    arguments = ("analyze", clip, "--out", out, "--fps", "5", "--no-annotate", "--no-plots")
    assert videmo(*arguments, "--no-report").returncode == 0
    assert not list(out.rglob("*.html"))
    assert not list(out.rglob("*.jpg"))
    planned = videmo(*arguments, "--dry-run").stdout
    assert "page" in planned
    assert "analyse" not in planned
    done = videmo(*arguments)
    assert "1 renewed" in done.stdout
    assert "Open" in done.stdout
    assert "index.html" in done.stdout
    page = out / "no-face.mp4" / "report.html"
    made = page.stat().st_mtime_ns
    assert "1 skipped" in videmo(*arguments).stdout
    assert page.stat().st_mtime_ns == made


def test_a_page_shows_the_annotated_video_as_soon_as_there_is_one(samples: Path, tmp_path: Path) -> None:
    clip, out = tmp_path / "clips" / "clip.mp4", tmp_path / "out"
    clip.parent.mkdir()
    shutil.copy(samples / "phone-rotated.mp4", clip)
    assert videmo("analyze", clip, "--out", out, "--fps", "5", "--no-annotate", "--no-plots").returncode == 0
    page = out / "clip.mp4" / "report.html"
    assert 'src="../../clips/clip.mp4"' in page.read_text("utf-8")
    assert videmo("annotate", out).returncode == 0
    assert 'src="./annotated.mp4"' in page.read_text("utf-8")


def test_without_the_recording_a_page_keeps_its_pictures_and_one_that_had_none_says_so(
    samples: Path, tmp_path: Path
) -> None:
    clip, out = tmp_path / "clip.mp4", tmp_path / "out"
    shutil.copy(samples / "phone-rotated.mp4", clip)
    assert videmo("analyze", clip, "--out", out, "--fps", "5", "--no-annotate", "--no-plots").returncode == 0
    page = out / "clip.mp4" / "report.html"
    before = page.read_text("utf-8")
    assert before.count("data:image/jpeg") >= 2
    assert (page.parent / "thumbnail.jpg").is_file()
    clip.unlink()
    assert "keep the pictures that they had" in videmo("report", out, "--no-plots").stdout
    assert page.read_text("utf-8") == before
    (page.parent / "pictures.npz").unlink()
    assert "have no pictures" in videmo("report", out, "--no-plots").stdout
    assert "data:image/jpeg" not in page.read_text("utf-8")
    assert "has no pictures" in page.read_text("utf-8")
    assert not (page.parent / "thumbnail.jpg").exists()


def test_a_person_of_whom_every_face_was_left_out_stays_on_the_page(samples: Path, tmp_path: Path) -> None:
    out, strict = tmp_path / "out", tmp_path / "strict.toml"
    arguments = ("analyze", samples / "phone-rotated.mp4", "--out", out, "--fps", "5", "--no-annotate", "--no-plots")
    assert videmo(*arguments).returncode == 0
    strict.write_text("[quality]\nmin_height_px = 4000\n")
    done = videmo("report", out, "--config", strict)
    assert done.returncode == 0, done.stderr
    page = (out / "phone-rotated.mp4" / "report.html").read_text("utf-8")
    assert "All faces of this person were left out." in page
    assert "too small" in page
    assert 'class="light poor"' in page


def test_a_report_does_not_claim_settings_that_faces_were_not_observed_with(samples: Path, tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other.toml"
    arguments = ("analyze", samples / "phone-rotated.mp4", "--out", out, "--fps", "5", "--no-annotate", "--no-plots")
    assert videmo(*arguments).returncode == 0
    before = {path: path.read_bytes() for path in (out / "phone-rotated.mp4").iterdir()}
    other.write_text('[classifier]\nname = "ferplus"\n[detector]\nsearch_fps = 2\nsure_score = 0.65\n')
    done = videmo("report", out, "--config", other)
    assert done.returncode == 2
    assert "classifier.name: broad → ferplus; detector.search_fps: 5 → 2)" in done.stderr
    assert "sure_score" not in done.stderr, "persons are found with it anew"
    assert {path: path.read_bytes() for path in (out / "phone-rotated.mp4").iterdir()} == before
    other.write_text('[classifier]\nname = "broad"\n[detector]\nsure_score = 0.65\n')
    done = videmo("report", out, "--config", other, "--no-plots")
    assert done.returncode == 0, done.stderr


TELLING_ITS_PEAK = """
import atexit, pathlib
status = pathlib.Path("/proc/self/status")
atexit.register(lambda: print(status.read_text() if status.exists() else ""))
from videmo.cli.app import main
main()
"""
"""Runs videmo and prints its own peak memory: what the system says of a child counts its parent's, before exec."""


@pytest.mark.slow
@pytest.mark.parametrize("hours", [0.2, pytest.param(2.0, marks=pytest.mark.thorough)])
def test_hours_of_four_persons_fit_into_a_page_and_into_memory(hours: float, tmp_path: Path) -> None:
    module = importlib.util.spec_from_file_location("benchmark", Path(__file__).parents[2] / "benchmarks/report.py")
    assert module
    assert module.loader
    benchmark = importlib.util.module_from_spec(module)
    module.loader.exec_module(benchmark)
    benchmark.make_results(tmp_path, seconds=3600 * hours, persons=4, fps=4)
    done = subprocess.run(
        [sys.executable, "-c", TELLING_ITS_PEAK, "report", str(tmp_path), "--quiet"],
        capture_output=True,
        text=True,
        check=True,
    )
    peak = re.search(r"VmHWM:\s*(\d+) kB", done.stdout)
    assert peak or not Path("/proc/self/status").exists()
    assert peak is None or int(peak[1]) < 500 * 1024
    page = tmp_path / "long.mp4" / "report.html"
    assert page.stat().st_size < 5e6
    cells = [len(base64.b64decode(person["coverage"])) for person in page_data(page)["persons"]]
    assert len(cells) == 4
    assert min(cells) > 17_950 * hours, "cells of 0.2 s"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0, "0:00.0"), (59.96, "1:00.0"), (61.25, "1:01.2"), (3725.5, "1:02:05.5"), (None, "–")]
)
def test_clock(seconds: float | None, words: str) -> None:
    assert clock(seconds) == words


def test_hidden_faces_leave_nothing_in_pages(samples: Path, tmp_path: Path) -> None:
    clip, out = samples / "phone-rotated.mp4", tmp_path / "out"
    arguments = ("analyze", clip, "--out", out, "--fps", "5", "--no-plots")
    assert videmo(*arguments, "--no-annotate").returncode == 0
    page, thumbnail = out / "phone-rotated.mp4" / "report.html", out / "phone-rotated.mp4" / "thumbnail.jpg"
    face = thumbnail.read_bytes()
    assert page.read_text("utf-8").count("data:image/jpeg") >= 2
    assert page_data(page)["editing"]["persons"]
    (page.parent / "people.csv").write_text("person,name\n1,Ada Lovelace\n", encoding="utf-8")
    done = videmo(*arguments, "--no-annotate", "--anonymize", "box")
    assert done.returncode == 0, done.stderr
    assert "Lovelace" not in page.read_text("utf-8")
    assert "Lovelace" not in (out / "index.html").read_text("utf-8")
    assert page_data(page)["editing"]["persons"] == []
    assert "data:image/jpeg" not in page.read_text("utf-8")
    links = [value for _, found in parsed(page).tags for name, value in found.items() if name in ("src", "href")]
    assert not [link for link in links if link and clip.name in link], "no link to the recording"
    assert "Faces are hidden" in page.read_text("utf-8")
    assert ">face hidden</span>" in page.read_text("utf-8"), "what is gray says why"
    assert not thumbnail.exists()
    assert "data:image/jpeg" not in (out / "index.html").read_text("utf-8")
    done = videmo(*arguments, "--anonymize", "box")
    assert done.returncode == 0, done.stderr
    assert 'src="./annotated.mp4"' in page.read_text("utf-8")
    assert "data:image/jpeg" not in page.read_text("utf-8")
    assert thumbnail.read_bytes() != face


def test_persons_that_were_only_followed_are_edited_too(samples: Path, tmp_path: Path) -> None:
    clip, out = samples / "phone-rotated.mp4", tmp_path / "out"
    arguments = ("analyze", clip, "--out", out, "--fps", "5", "--no-plots", "--no-annotate", "--no-identity")
    assert videmo(*arguments).returncode == 0
    page = out / "phone-rotated.mp4" / "report.html"
    (person,) = page_data(page)["editing"]["persons"]
    assert len(person["faces"]) > 1
    assert all(picture.startswith("data:image/jpeg;base64,") for _, picture in person["faces"])
    (page.parent / "persons.csv").unlink()  # as in results of an earlier version
    page.unlink()
    assert videmo("report", out, "--no-plots").returncode == 0
    assert page_data(page)["editing"]["persons"] == [person]


def test_pages_that_show_faces_go_when_faces_are_to_be_hidden_and_pages_are_off(samples: Path, tmp_path: Path) -> None:
    clip, out = samples / "phone-rotated.mp4", tmp_path / "out"
    arguments = ("analyze", clip, "--out", out, "--fps", "5", "--no-plots", "--no-annotate")
    assert videmo(*arguments).returncode == 0
    assert videmo(*arguments, "--anonymize", "blur", "--no-report").returncode == 0
    assert not list(out.rglob("*.html"))
    assert not list(out.rglob("*.jpg"))


def test_names_from_people_csv_reach_page_and_plots(samples: Path, tmp_path: Path) -> None:
    clip, out = samples / "phone-rotated.mp4", tmp_path / "out"
    assert videmo("analyze", clip, "--out", out, "--fps", "5", "--no-annotate").returncode == 0
    people = out / "phone-rotated.mp4" / "people.csv"
    people.write_text("person,name,merge_into\n1,<b>Ada</b> & Co,\n", encoding="utf-8")
    done = videmo("report", out)
    assert done.returncode == 0, done.stderr
    page = out / "phone-rotated.mp4" / "report.html"
    assert "&lt;b&gt;Ada&lt;/b&gt; &amp; Co" in page.read_text("utf-8")
    assert "<b>Ada" not in page.read_text("utf-8")
    assert page_data(page)["persons"][0]["name"] == "<b>Ada</b> & Co"
    assert "<bdi>&lt;b&gt;Ada&lt;/b&gt; &amp; Co</bdi>" in (out / "index.html").read_text("utf-8")
