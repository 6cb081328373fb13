"""The pages in a real browser: quiet, offline, and everything that can be clicked or pressed does what it says."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from browser import Browser
from conftest import HARMFUL
from runs import videmo

TWO = "day 1/two & people #1.mp4"
TIME = "return document.getElementById('video').currentTime"
POSITION = "return Number(document.getElementById('plot').getAttribute('aria-valuenow'))"
CURSOR = (
    "return document.getElementById('cursor').getBoundingClientRect().left"
    " - document.getElementById('plot').getBoundingClientRect().left"
)
WIDTH = "return document.getElementById('plot').clientWidth"


@pytest.fixture
def report(chromium: Browser, pages: Path) -> Browser:
    """The page of a recording with two persons at its beginning, its video ready."""
    chromium.open(f"{(pages / TWO / 'report.html').as_uri()}#t=0")
    chromium.until("return document.getElementById('video').readyState >= 2")
    return chromium


@pytest.mark.parametrize("name", ["index.html", f"{TWO}/report.html", f"{HARMFUL}/report.html", "=1+1.mp4/report.html"])
def test_a_page_opens_without_a_request_that_leaves_it_and_without_complaints(
    name: str, chromium: Browser, pages: Path
) -> None:
    chromium.open(pages / name)
    if name != "index.html":
        chromium.until("return document.getElementById('video').readyState >= 1")
    asked = [url for url in chromium.requests() if not url.startswith("data:")]
    assert [url for url in asked if not url.startswith(pages.as_uri())] == []
    assert any(url.endswith("html") for url in asked)
    assert chromium.complaints() == []
    assert chromium.run("return window.hacked === undefined")


STILL = "return JSON.parse(document.getElementById('data').textContent).still"


def test_a_page_opens_at_the_moment_that_its_still_shows(chromium: Browser, pages: Path) -> None:
    chromium.open(pages / TWO / "report.html")
    still = chromium.run(STILL)
    assert still > 1
    chromium.until(f"return Math.abs(document.getElementById('video').currentTime - {still}) < 0.01")
    chromium.until(f"return Math.abs(({POSITION.removeprefix('return ')}) - {still}) < 0.01")
    assert chromium.element("#time").text.startswith(f"0:{still:04.1f}")
    assert chromium.run(CURSOR) == pytest.approx(chromium.run(WIDTH) * still / 10, abs=2)


def test_an_address_that_names_a_moment_opens_there(report: Browser) -> None:
    assert report.run(STILL) > 1
    assert report.run(TIME) == 0
    assert report.element("#time").text.startswith("0:00.0")


def test_the_cursor_follows_the_video(report: Browser) -> None:
    report.run("document.getElementById('video').currentTime = 5")
    report.until(f"{POSITION} === 5")
    assert report.run(CURSOR) == pytest.approx(report.run(WIDTH) * 0.5, abs=2)
    report.run("document.getElementById('video').play()")
    report.until(f"return ({POSITION.removeprefix('return ')}) > 5.3")
    report.run("document.getElementById('video').pause()")


def test_a_click_seeks_and_a_drag_scrubs(report: Browser) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    plot, width = report.element("#plot"), report.run(WIDTH)
    report.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", plot)
    ActionChains(report.driver).move_to_element_with_offset(plot, round(width * 0.25), 0).click().perform()
    assert report.run(TIME) == pytest.approx(7.5, abs=0.1)
    chain = ActionChains(report.driver).move_to_element_with_offset(plot, 0, 0).click_and_hold()
    chain.move_by_offset(round(-width * 0.3), 0).release().perform()
    assert report.run(TIME) == pytest.approx(2.0, abs=0.1)


def test_a_stretch_is_zoomed_to_with_the_mouse(report: Browser) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    plot, width = report.element("#plot"), report.run(WIDTH)
    report.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", plot)
    before = report.run(TIME)
    chain = ActionChains(report.driver).key_down(Keys.SHIFT).move_to_element_with_offset(plot, 0, 0).click_and_hold()
    chain.move_by_offset(round(width * 0.2), 0).release().key_up(Keys.SHIFT).perform()
    assert report.run(TIME) == before, "drawing over a stretch does not seek"
    assert not report.run("return document.getElementById('minimap').hidden")
    ActionChains(report.driver).move_to_element_with_offset(plot, 0, 0).click().perform()
    assert report.run(TIME) == pytest.approx(6.0, abs=0.1), "the middle of 5 to 7 s"
    report.click("#zoom-all")
    assert report.run("return document.getElementById('minimap').hidden")
    plot.click()
    at = report.run(TIME)
    place = "const b = arguments[0].getBoundingClientRect(); return {x: b.x + b.width / 2, y: b.y + 60}"
    wheel = {"type": "mouseWheel", "deltaX": 0, "deltaY": -120, **report.run(place, plot)}
    report.driver.execute_cdp_cmd("Input.dispatchMouseEvent", wheel)
    report.until("return !document.getElementById('minimap').hidden")
    assert report.run(TIME) == at


def test_everything_works_by_keyboard(report: Browser) -> None:
    from selenium.webdriver.common.keys import Keys

    report.run("document.getElementById('plot').focus()")
    report.press(Keys.ARROW_RIGHT)
    step = report.run(TIME)
    assert step == pytest.approx(0.2, abs=0.01)
    report.press(Keys.ARROW_RIGHT, Keys.ARROW_LEFT)
    assert report.run(TIME) == pytest.approx(step, abs=0.01)
    report.press(Keys.END)
    assert report.run(POSITION) == pytest.approx(10.0, abs=0.1)
    report.press(Keys.HOME)
    assert report.run(POSITION) == 0
    report.press("+")
    assert not report.run("return document.getElementById('minimap').hidden")
    report.press("0")
    assert report.run("return document.getElementById('minimap').hidden")
    report.press(Keys.SPACE)
    report.until("return !document.getElementById('video').paused")
    report.press(Keys.SPACE)
    report.until("return document.getElementById('video').paused")
    report.press(Keys.HOME, "]")
    assert report.run(TIME) > 0
    assert "Person 1" in report.run("return document.getElementById('plot').getAttribute('aria-valuetext')")
    focusable = "a[href], button, select, input, [tabindex='0'], summary, video"
    hidden = report.run(
        "return [...document.querySelectorAll(arguments[0])].filter((e) => e.tabIndex < 0 && !e.disabled).length",
        focusable,
    )
    assert hidden == 0


def test_persons_are_switched_on_and_off(report: Browser) -> None:
    height = "return document.getElementById('lanes').clientHeight"
    cards = "return document.querySelectorAll('#now li').length"
    before, people = report.run(height), report.run(cards)
    person = "#switches button:last-of-type"
    report.click(person)
    assert report.element(person).get_attribute("aria-pressed") == "false"
    assert report.run(height) < before
    assert report.run(cards) == people - 1
    report.click(person)
    assert report.run(height) == before


def test_episodes_are_filtered_ordered_and_clicked(report: Browser, pages: Path) -> None:
    table = pd.read_csv(pages / TWO / "episodes.csv")
    rows = "return [...document.querySelectorAll('#episodes tr')].map((row) => row.innerText)"
    assert len(report.run(rows)) == len(table)
    choose = (
        "const e = document.getElementById(arguments[0]); e.value = arguments[1]; e.dispatchEvent(new Event('change'))"
    )
    report.run(choose, "episode-emotion", "1")
    happy = table[table["emotion"] == "happy"]
    assert len(report.run(rows)) == len(happy)
    assert all("happy" in row for row in report.run(rows))
    report.run(choose, "episode-order", "peak")
    assert f"{100 * happy['peak'].max():.1f}\N{NO-BREAK SPACE}%" in report.run(rows)[0]
    report.click("#episodes tr:nth-child(1) button")
    strongest = happy.sort_values("peak", ascending=False, kind="stable").iloc[0]
    assert report.run(TIME) == pytest.approx(strongest["start_s"], abs=0.05)
    report.run(choose, "episode-person", "2")
    assert all("Person 2" in row for row in report.run(rows))


def test_strong_moments_are_clicked(report: Browser) -> None:
    wanted = float(report.element(".moments button").get_attribute("data-seek"))
    report.click(".moments button")
    assert report.run(TIME) == pytest.approx(wanted, abs=0.05)


def test_the_first_sentences_say_what_the_tables_say_and_lead_there(report: Browser, pages: Path) -> None:
    summary = pd.read_csv(pages / TWO / "summary.csv")
    first = summary.sort_values("seen_s", ascending=False, kind="stable").iloc[0]
    text = report.run("return document.querySelector('.short li').textContent")
    assert f"looked {first['dominant']} for {100 * first['share_' + first['dominant']]:.0f}" in text
    report.click(".short button")
    time_s = float(report.run("return document.querySelector('.short button').dataset.seek"))
    report.until(f"{POSITION} === {time_s}")


def number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


def test_valence_is_that_of_the_table(report: Browser, pages: Path) -> None:
    table = pd.read_csv(pages / TWO / "timeline.csv")
    for row in table[table["person"] == 1].iloc[::15].itertuples():
        report.run(f"document.getElementById('video').currentTime = {(row.start_s + row.end_s) / 2}")
        report.until(f"return Math.abs(({POSITION.removeprefix('return ')}) - {row.start_s}) < 0.2")
        shown = report.run("return document.querySelector('#now .valence').textContent")
        assert number(shown.removeprefix("valence ")) == pytest.approx(row.valence, abs=0.0051)
    summary = pd.read_csv(pages / TWO / "summary.csv").set_index("person")
    for person, text in report.run(
        "return Array.from(document.querySelectorAll('[data-valence]'),"
        " (each) => [Number(each.closest('article').dataset.person), each.textContent])"
    ):
        assert number(text) == pytest.approx(summary.loc[person, "mean_valence"], abs=0.0051)


IN_SIGHT = """
    const box = document.getElementById('video').getBoundingClientRect();
    const across = Math.min(box.right, innerWidth) - Math.max(box.left, 0);
    const down = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
    const share = Math.max(0, across) * Math.max(0, down) / (box.width * box.height);
    return box.width >= 150 ? share : 0"""
"""The share of the video that can be seen, if it is large enough to see anything."""
DOCKED = "return document.querySelector('.screen').classList.contains('docked')"


@pytest.mark.parametrize("size", [(1366, 768), (1280, 900), (800, 600), (390, 844)])
@pytest.mark.parametrize("link", ["#episodes tr:last-child button", ".moments li:last-child button", ".strip .face"])
def test_a_link_to_a_moment_keeps_the_video_in_sight(
    link: str, size: tuple[int, int], chromium: Browser, pages: Path
) -> None:
    chromium.open(pages / TWO / "report.html", width=size[0], height=size[1])
    chromium.until("return document.getElementById('video').readyState >= 2")
    if ".face" in link:
        chromium.click("#editing > summary")
        chromium.until("return document.querySelector('#card-1 .splitting summary')")
        chromium.click("#card-1 .splitting summary")
        chromium.until("return document.querySelector('.strip .face')")
    chromium.click(link)
    chromium.until(f"return (() => {{ {IN_SIGHT} }})() > 0.59")
    there = "const box = arguments[0].getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight"
    assert chromium.run(there, chromium.element(link)), "what was clicked is still where it was"
    assert chromium.fits()


def test_the_video_in_the_corner_goes_back_to_its_place(report: Browser) -> None:
    back = f"return !({DOCKED.removeprefix('return ')})"
    height = report.run("return document.documentElement.scrollHeight")
    report.click("#episodes tr:last-child button")
    report.until(DOCKED)
    assert report.run("return document.documentElement.scrollHeight") == height, "nothing jumped"
    assert report.accessibility_faults() == []
    report.click("#to-player")
    report.until(back)
    assert report.run(IN_SIGHT) == 1
    report.click("#episodes tr:last-child button")
    report.until(DOCKED)
    report.click("#undock")
    report.until(back)
    report.run("window.scrollTo(0, 0)")
    report.run("window.scrollTo(0, document.documentElement.scrollHeight)")
    assert report.run(back), "until another link is followed"
    report.click("#episodes tr:first-child button")
    report.until(DOCKED)


def test_keys_work_wherever_one_is_but_where_they_mean_something_else(report: Browser) -> None:
    from selenium.webdriver.common.keys import Keys

    report.press(Keys.ARROW_RIGHT)
    assert report.run(TIME) == pytest.approx(0.2, abs=0.01), "nothing was clicked"
    report.press(Keys.ARROW_LEFT, "]")
    assert report.run(TIME) > 0
    report.press(Keys.SPACE)
    report.until("return !document.getElementById('video').paused")
    report.press(Keys.SPACE)
    report.until("return document.getElementById('video').paused")
    report.press("+")
    assert not report.run("return document.getElementById('minimap').hidden")
    report.press("0")
    report.click("#episodes tr:last-child button")
    at = report.run(TIME)
    report.press(Keys.ARROW_RIGHT)
    assert report.run(TIME) == pytest.approx(at + 0.2, abs=0.01), "the focus is on a link in the list"
    report.press(Keys.SPACE)
    assert report.run(TIME) == pytest.approx(at, abs=0.01), "space presses the button that has the focus"
    assert report.run("return document.getElementById('video').paused")
    report.run("document.getElementById('episode-order').focus()")
    report.press(Keys.ARROW_RIGHT, "]")
    assert report.run(TIME) == pytest.approx(at, abs=0.01), "a list of choices has keys of its own"
    report.run("document.activeElement.blur(); window.scrollTo(0, 0)")
    report.press(Keys.END)
    report.until("return scrollY > 0")
    assert report.run(TIME) == pytest.approx(at, abs=0.01), "keys that scroll the page still do"


def test_lines_become_areas(report: Browser) -> None:
    report.click("#areas")
    assert report.element("#areas").get_attribute("aria-pressed") == "true"
    assert report.element("#lines").get_attribute("aria-pressed") == "false"


def test_without_a_video_the_timeline_has_a_clock_of_its_own(chromium: Browser, samples: Path, tmp_path: Path) -> None:
    clip, out = tmp_path / "clip.mp4", tmp_path / "out"
    shutil.copy(samples / "phone-rotated.mp4", clip)
    assert videmo("analyze", clip, "--out", out, "--fps", "5", "--no-annotate", "--no-plots").returncode == 0
    clip.unlink()
    chromium.open(out / "clip.mp4" / "report.html")
    chromium.until("return !document.getElementById('no-video').hidden")
    still = chromium.run(STILL)
    assert chromium.run(POSITION) == pytest.approx(still, abs=0.01)
    chromium.click("#play")
    chromium.until(f"return ({POSITION.removeprefix('return ')}) > {still} + 0.2")
    chromium.click("#play")
    stopped = chromium.run(POSITION)
    chromium.click(".moments button")
    assert chromium.run(POSITION) != stopped


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["index.html", f"{TWO}/report.html", "=1+1.mp4/report.html"])
def test_no_serious_accessibility_fault(name: str, dark: bool, width: int, chromium: Browser, pages: Path) -> None:
    chromium.open(pages / name, width=width, dark=dark)
    if name.startswith("day"):  # one of them is away then
        chromium.until("return document.getElementById('video').readyState >= 1")
        chromium.run("document.getElementById('video').currentTime = 5")
        chromium.until("return !!document.querySelector('#now .gone')")
    assert chromium.accessibility_faults() == []


@pytest.mark.parametrize("name", ["index.html", f"{TWO}/report.html"])
def test_a_phone_needs_no_sideways_scrolling(name: str, chromium: Browser, pages: Path) -> None:
    chromium.open(pages / name, width=390, height=844)
    assert chromium.fits()


RIBBON = """
const canvas = document.getElementById("lanes"), ratio = canvas.width / canvas.clientWidth, rows = [];
const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
// The ribbon of the first lane lies below its axis, head and body.
const y = Math.floor((24 + 12 + 84 + 2 + 3) * ratio);
const from = Math.floor(canvas.width * 0.85), to = Math.floor(canvas.width * 0.99);
return Array.from({length: to - from}, (_, x) => pixels[4 * (y * canvas.width + from + x)]);
"""


@pytest.mark.parametrize("scale", [1, 1.25, 1.5])
def test_the_timeline_has_no_stripes_in_a_window_that_is_zoomed(scale: float, chromium: Browser, pages: Path) -> None:
    chromium.open(pages / TWO / "report.html")
    metrics = {"width": 1280, "height": 900, "deviceScaleFactor": scale, "mobile": False}
    chromium.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    chromium.driver.refresh()
    ratio = "const canvas = document.getElementById('lanes'); return canvas.width / canvas.clientWidth"
    assert chromium.until(ratio) == pytest.approx(scale, abs=0.02)
    reds = chromium.run(RIBBON)
    steps = [abs(one - other) for one, other in pairwise(reds)]
    assert max(steps) <= 8, "neighbours that show nearly the same look nearly the same"


def test_punctuation_behind_a_moment_stays_with_it(chromium: Browser, pages: Path) -> None:
    for width in (390, 700, 860, 1000, 1040, 1280):
        chromium.open(pages / TWO / "report.html", width=width)
        torn = chromium.run(
            "return Array.from(document.querySelectorAll('.short .whole'), (each) => each.getClientRects().length)"
        )
        assert torn
        assert set(torn) == {1}, width


def test_the_table_of_quality_is_printed_whole_on_an_upright_page(chromium: Browser, pages: Path) -> None:
    chromium.open(pages / TWO / "report.html")
    chromium.resize(718, 1000)  # A4 without margins of 1 cm
    chromium.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        over = chromium.run(
            "return Math.max(...Array.from(document.querySelectorAll('table.quality :is(th, td)'),"
            " (cell) => cell.getBoundingClientRect().right)) - innerWidth"
        )
    finally:
        chromium.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert over <= 0


def test_names_stand_whole_beside_their_lanes_on_a_phone(chromium: Browser, pages: Path) -> None:
    chromium.open(pages / TWO / "report.html", width=390, height=844)
    cut = "return Array.from(document.querySelectorAll('#heads button'), (head) => head.scrollWidth - head.clientWidth)"
    chromium.until("return document.querySelectorAll('#heads button').length")
    assert set(chromium.run(cut)) == {0}


def test_without_persons_the_video_has_the_whole_width(chromium: Browser, pages: Path) -> None:
    chromium.open(pages / "=1+1.mp4" / "report.html")
    place = "return document.querySelector('.stand').clientWidth - document.querySelector('.stage').clientWidth"
    assert chromium.run(place) == 0
