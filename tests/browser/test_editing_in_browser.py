"""Persons are edited in the page of a recording, and what is downloaded is the people.csv that videmo reads."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from browser import Browser
from runs import videmo
from videmo.errors import PeopleError
from videmo.persons.cast import Role, named
from videmo.persons.people import People, Stretch
from videmo.persons.people_file import read_people
from videmo.report.html import ASSETS
from videmo.report.page import ReportPlan, render_report
from videmo.results.recording import RecordingResults
from videmo.settings import Settings

TWO = "day 1/two & people #1.mp4"
CARDS = "return [...document.querySelectorAll('.card')].map((card) => card.dataset.person)"
STATUS = "return document.getElementById('editing-status').textContent"
NAME = '=Zoë, "the; first"'


@pytest.fixture
def page(chromium: Browser, pages: Path) -> Browser:
    return opened(chromium, pages / TWO / "report.html")


def opened(chromium: Browser, path: Path) -> Browser:
    """A page with the persons to edit in view."""
    chromium.open(path)
    chromium.click("#editing > summary")
    chromium.until("return document.querySelectorAll('.card').length > 0")
    return chromium


def downloaded(page: Browser, folder: Path) -> Path:
    """The people.csv that a click on the button hands out."""
    folder.mkdir(exist_ok=True)
    allowed = {"behavior": "allow", "downloadPath": str(folder)}
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", allowed)
    page.click("#editing-download")
    from selenium.webdriver.support.ui import WebDriverWait

    path = folder / "people.csv"
    WebDriverWait(page.driver, 20).until(lambda _: path.is_file())
    return path


def name(page: Browser, person: int, text: str) -> None:
    field = page.element(f"#card-{person} input[type='text']")
    field.clear()
    field.send_keys(text + "\t")


def choose(page: Browser, selector: str, value: str) -> None:
    from selenium.webdriver.support.ui import Select

    Select(page.element(selector)).select_by_value(value)


def split_from(page: Browser, person: int, place: int) -> None:
    """Split off the faces of a person from one on, as a new person."""
    page.click(f"#card-{person} .splitting summary")
    page.until(f"return document.querySelectorAll('#card-{person} .face').length > {place}")
    faces = page.driver.find_elements("css selector", f"#card-{person} .face")
    for face in (faces[place], faces[-1]):
        page.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", face)
        face.click()
    page.click(f"#card-{person} fieldset .row:last-of-type button")


def bare(people: People) -> tuple[Any, ...]:
    """What a file says, without where it says it."""
    return people.names, people.merges, [replace(each, line=0) for each in people.stretches]


def test_naming_splitting_and_merging_make_the_file_that_videmo_reads(
    chromium: Browser, pages: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(pages, out)
    page = opened(chromium, out / TWO / "report.html")
    name(page, 1, NAME)
    split_from(page, 2, 3)
    assert page.run(CARDS) == ["1", "2", "3"]
    assert "Person 2 is Person 3 now" in page.run(STATUS)
    choose(page, "#card-3 .row select", "1")
    page.click("#card-3 .row button")
    assert page.run(CARDS) == ["1", "2"]
    assert page.run("return document.activeElement.textContent") == NAME, "the focus goes to whom it went into"
    people = read_people(downloaded(page, tmp_path / "downloads"))
    (stretch,) = people.stretches
    assert bare(people) == ({1: NAME}, {3: 1}, [Stretch(2, stretch.from_s, float("inf"), 3, 0)])
    assert not page.run("return document.getElementById('editing').classList.contains('changed')")

    before = pd.read_csv(out / TWO / "observations.csv")
    shutil.copy(people.path, out / TWO / "people.csv")
    done = videmo("report", out)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(out / TWO / "observations.csv")
    late = (before["person"] == 2) & (before["time_s"] >= stretch.from_s)
    assert late.any()
    assert not ((table["person"] == 2) & (table["time_s"] >= stretch.from_s)).any()
    summary = pd.read_csv(out / TWO / "summary.csv")
    assert dict(zip(summary["person"], summary["name"].fillna(""))) == {1: f"'{NAME}", 2: ""}

    page = opened(chromium, out / TWO / "report.html")
    assert page.run(CARDS) == ["1", "2"]
    kept = read_people(downloaded(page, tmp_path / "again"))
    assert bare(kept) == bare(people), "what the file said before is in the page, and comes out again"
    page.click("#card-1 .members button")
    assert page.run(CARDS) == ["1", "2", "3"]
    page.click("#card-3 .members button")
    assert page.run(CARDS) == ["1", "2"]
    assert bare(read_people(downloaded(page, tmp_path / "apart"))) == ({1: NAME}, {}, [])


def test_persons_are_merged_by_keyboard_and_the_merge_is_undone(page: Browser) -> None:
    from selenium.webdriver.common.keys import Keys

    page.run("document.querySelector('#card-2 .row select').focus()")
    page.press("P")  # chooses "Person 1", and presses nothing yet
    assert page.run(CARDS) == ["1", "2"]
    page.press(Keys.TAB, Keys.ENTER)
    assert page.run(CARDS) == ["1"]
    assert "Person 2 is the same person as Person 1 now." in page.run(STATUS)
    assert "side by side" in page.run(STATUS), "they are seen together, so they can hardly be the same"
    page.run("document.getElementById('editing-undo').focus()")
    page.press(Keys.ENTER)
    assert page.run(CARDS) == ["1", "2"]
    assert page.run("return document.activeElement !== document.body")
    assert not page.run("return document.getElementById('editing').classList.contains('changed')")


def test_a_portrait_is_dragged_onto_another_card(page: Browser) -> None:
    page.run(
        "const data = new DataTransfer(), tell = (tag, type) => document.querySelector(tag)"
        ".dispatchEvent(new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer: data}));"
        "tell('#card-1 .handle', 'dragstart'); tell('#card-2', 'dragover'); tell('#card-2', 'drop');"
    )
    assert page.run(CARDS) == ["2"]
    page.click("#card-2 .members button")
    assert page.run(CARDS) == ["1", "2"]


def test_two_of_the_same_name_are_told_and_not_written(page: Browser, tmp_path: Path) -> None:
    name(page, 1, "Anna")
    name(page, 2, " Anna ")
    assert page.element("#card-2 input").get_attribute("aria-invalid") == "true"
    assert "Person 1 is called “Anna” too" in page.element("#card-2 .fault").text
    page.click("#editing-download")
    assert "Not written yet" in page.run(STATUS)
    assert page.run("return document.activeElement.tagName") == "INPUT"
    name(page, 2, "Ben")
    assert page.element("#card-1 .fault").text == ""
    assert read_people(downloaded(page, tmp_path / "downloads")).names == {1: "Anna", 2: "Ben"}


def test_leaving_with_changes_that_were_not_downloaded_is_warned_of(page: Browser) -> None:
    leaves = "const e = new Event('beforeunload', {cancelable: true}); dispatchEvent(e); return !e.defaultPrevented"
    assert page.run(leaves)
    name(page, 1, "Anna")
    assert not page.run(leaves)
    page.click("#editing-undo")
    assert page.run(leaves)


def test_a_stretch_that_makes_no_sense_is_refused_with_a_reason(page: Browser) -> None:
    page.click("#card-1 .splitting summary")
    page.until("return document.querySelectorAll('#card-1 .face').length > 1")
    fill = (
        "const fields = document.querySelectorAll('#card-1 input[type=number]');"
        "[0, 1].forEach((n) => { fields[n].value = arguments[n]; fields[n].dispatchEvent(new Event('input')); });"
        "document.querySelector('#card-1 fieldset .row:last-of-type button').click();"
        "return document.querySelector('#card-1 fieldset .fault').textContent"
    )
    assert "must end after it begins" in page.run(fill, "5", "2")
    assert "not in sight" in page.run(fill, "9000", "")
    assert "all there is" in page.run(fill, "0", "")
    assert page.run(CARDS) == ["1", "2"]


def page_of_two(pages: Path, target: Path, links: Mapping[str, Any], people: People | None = None) -> Path:
    """The page of the recording of two persons, had their faces been otherwise."""
    results = RecordingResults(pages / TWO)
    plan = ReportPlan(
        results.tables(), results.manifest, Settings(), people or People(), replace(results.links(), **links)
    )
    target.write_text(render_report(plan, plan.editing(), None, video="", home=""), "utf-8")
    return target


def test_who_may_be_two_people_is_split_or_stays(chromium: Browser, pages: Path, tmp_path: Path) -> None:
    observed = RecordingResults(pages / TWO).observations()
    times = observed[observed["person"] == 1]["time_s"].tolist()
    first, second = times[len(times) // 3], times[len(times) // 2]
    page = opened(chromium, page_of_two(pages, tmp_path / "report.html", {"other_from": {1: (first, second)}}))
    assert len(page.run("return [...document.querySelectorAll('#editing-changes li')]")) == 2
    page.click("#editing-changes li:first-child button:last-of-type")
    assert len(page.run("return [...document.querySelectorAll('#editing-changes li')]")) == 1
    assert "stays one person" in page.run(STATUS)
    page.click("#editing-changes li button:nth-of-type(2)")
    assert page.run(CARDS) == ["1", "2", "3"]
    assert not page.element("#editing-changes").is_displayed()
    [stretch] = read_people(downloaded(page, tmp_path / "downloads")).stretches
    assert (stretch.person, stretch.from_s, stretch.into) == (1, second, 3)


def test_names_of_cast_csv_are_shown_and_not_written(chromium: Browser, pages: Path, tmp_path: Path) -> None:
    people = People({1: "P01", 2: "Ben"}, cast={1: "cast.csv, line 2"}, own={2: "Ben"})
    page = opened(chromium, page_of_two(pages, tmp_path / "report.html", {}, people))
    assert page.element("#card-1 h3").text == "P01"
    name(page, 2, "Bernd")
    assert read_people(downloaded(page, tmp_path / "downloads")).names == {2: "Bernd"}


def test_suggestions_are_accepted_and_dismissed(chromium: Browser, pages: Path, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    made = page_of_two(pages, tmp_path / "report.html", {"maybe": ((1, 2, 0.31),)})
    page = chromium
    page.open(made)
    page.click("a[href='#edit-persons']")
    page.until("return document.querySelectorAll('#editing-asked li').length === 1")
    page.run("document.querySelector('#editing-asked .row button:last-of-type').focus()")
    page.press(Keys.ENTER)
    assert not page.element("#editing-asked").is_displayed()
    assert page.run(CARDS) == ["1", "2"]
    page = opened(chromium, made)
    name(page, 2, "Ben")
    page.click("#editing-asked li .row button")
    assert page.run(CARDS) == ["2"], "who has a name stays"
    assert read_people(downloaded(page, tmp_path / "downloads")).merges == {1: 2}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True])
def test_editing_has_no_serious_accessibility_fault(dark: bool, width: int, chromium: Browser, pages: Path) -> None:
    chromium.open(pages / TWO / "report.html", width=width, dark=dark)
    chromium.run("document.getElementById('editing').open = true")
    chromium.until("return document.querySelectorAll('.card').length > 0")
    chromium.run("document.querySelector('#card-1 .splitting').open = true")
    chromium.until("return document.querySelectorAll('#card-1 .face').length > 0")
    chromium.run("document.querySelector('#card-1 .face').click()")
    assert chromium.accessibility_faults() == []
    assert chromium.fits()


# Whatever is done in whatever order, videmo reads the file, and understands the same.

MODEL = """
const data = {editing: JSON.parse(arguments[0]), duration: 60};
const clockText = String;
%s
const [steps] = [JSON.parse(arguments[1])];
for (const [what, a, b, c] of steps) {
  const roots = said.roots(), one = roots[a %% roots.length], other = roots[b %% roots.length];
  if (what === "merge") said.merge(one, other);
  if (what === "rename") said.rename(one, c);
  if (what === "take out" && said.membersOf(one).length) said.takeOut(said.membersOf(one)[0]);
  if (what === "undo") said.undo();
  const parts = said.partsOf(one);
  const own = parts.find((part) => !part.stretch), others = parts.find((part) => part.stretch);
  if (what === "split" && own) said.split(own.person, b, b + c.length, one === other || b %% 2 ? null : other);
  if (what === "put back" && others) said.putBack(others.stretch);
}
return {csv: said.csv(), faults: said.faults().size, parts: said.roots().map((root) => [root, said.nameOf(root),
  said.partsOf(root).flatMap((part) => part.faces.map(([time]) => [part.person, time]))])};
"""


@pytest.mark.parametrize("seed", range(60))
def test_videmo_reads_whatever_was_said_and_understands_the_same(seed: int, chromium: Browser, tmp_path: Path) -> None:
    chance = random.Random(seed)
    count = chance.randint(2, 6)
    given = {
        "persons": [
            {"number": n, "seen": [[0, 20], [30, 50]], "faces": [[t, ""] for t in range(0, 51, 2) if not 20 < t < 30]}
            for n in range(1, count + 1)
        ],
        "last": count + 1, "names": [[1, "Person 1"]], "merges": [], "stretches": [[2, 40.5, None, 90]],
        "cast": [[1, "P01"], [2, "Anna"]] if seed % 2 else [], "proposed": [1] if seed % 2 else [],
    }  # fmt: skip
    kinds = ["merge", "rename", "take out", "undo", "split", "split", "put back"]
    texts = ["Anna", "Ben", "=1+1", "'x", "Person 2", "a\tb\u202e c", 'say "hi", you; and', "", "Zoe\u0301"]
    steps = [
        [chance.choice(kinds), chance.randrange(50), chance.randrange(50), chance.choice(texts)] for _ in range(25)
    ]
    model = MODEL % "\n".join((ASSETS / file).read_text("utf-8") for file in ("download.js", "said.js"))
    if seed == 0:
        chromium.driver.get("about:blank")
    made = chromium.run(model, json.dumps(given), json.dumps(steps))
    path = tmp_path / "people.csv"
    path.write_text(made["csv"], "utf-8")
    roles, numbers = [Role("clip.mp4", *each) for each in given["cast"]], range(1, count + 2)
    people = read_people(path)
    if made["faults"]:
        with pytest.raises(PeopleError, match=r"are both called|and called|is 'P01' here|is 'Anna' here"):
            named(people, roles).check(numbers)
        return
    people = named(people, roles)
    people.check(numbers)
    for root, shown, faces in made["parts"]:
        assert people.names.get(root, f"Person {root}") == shown
        for person, time_s in faces:
            into = next(
                (s.into for s in people.stretches if s.person == person and s.from_s <= time_s < s.to_s), person
            )
            assert people.merges.get(into, into) == root
    assert sum(len(faces) for *_, faces in made["parts"]) == count * len(given["persons"][0]["faces"])
    assert re.match(r"person,name,merge_into,from_s,to_s\n", made["csv"])
