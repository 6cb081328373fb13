"""Marks and notes on the page of a recording: set, told, looped, kept, undone, and handed to a study."""

from __future__ import annotations

from pathlib import Path

import pytest

from browser import Browser
from videmo.study.events import read_events
from videmo.study.sheet import read_sheet

TWO = "day 1/two & people #1.mp4"
DOWNLOADED = "return window.handed"
CATCH = (
    "window.handed = null; const made = URL.createObjectURL;"
    "URL.createObjectURL = (blob) => { blob.text().then((text) => { window.handed = text; }); return made(blob); };"
    "HTMLAnchorElement.prototype.click = () => {};"
)
ROWS = "return Array.from(document.querySelectorAll('#mark-list tr'), (row) => row.cells[0].textContent)"


@pytest.fixture
def report(chromium: Browser, pages: Path) -> Browser:
    """The page of a recording with two persons, without marks, its video ready."""
    chromium.open(pages / TWO / "report.html")
    chromium.run("localStorage.clear(); history.replaceState(null, '', location.pathname); location.reload()")
    chromium.until("return document.getElementById('video')?.readyState >= 2")
    return chromium


def at(report: Browser, time_s: float) -> None:
    report.run(f"document.getElementById('video').currentTime = {time_s}")
    report.until(f"return Number(document.getElementById('plot').getAttribute('aria-valuenow')) === {time_s}")


def press(report: Browser, key: str) -> None:
    report.run(f"document.body.dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true }}))")


def mark(report: Browser, begin_s: float, end_s: float) -> None:
    at(report, begin_s)
    press(report, "i")
    at(report, end_s)
    press(report, "o")


def test_a_stretch_and_a_moment_become_events_that_a_study_reads(report: Browser, tmp_path: Path) -> None:
    report.run("document.getElementById('mark-label').value = 'laugh, loud'")
    mark(report, 2, 4.5)
    at(report, 1)
    press(report, "m")
    report.run(CATCH + "document.getElementById('mark-download').click()")
    report.until("return window.handed")
    path = tmp_path / "events.csv"
    path.write_text(report.run(DOWNLOADED), encoding="utf-8")
    events = read_events(read_sheet(path.read_bytes(), "events.csv"), {})
    assert [(event.onset_s, event.duration_s, event.label, event.kind) for event in events] == [
        (1, 0, "laugh, loud", "marker"),
        (2, 2.5, "laugh, loud", "stimulus"),
    ]
    assert {event.scope["recording"] for event in events} == {TWO}


def test_marks_stay_when_the_page_is_closed_and_can_be_undone(report: Browser) -> None:
    mark(report, 2, 4.5)
    mark(report, 1, 1.5)
    assert report.run(ROWS) == ["0:01.0", "0:02.0"]
    report.run("location.reload()")
    report.until("return document.querySelectorAll('#mark-list tr').length === 2")
    report.run("document.querySelector('#mark-list .acts button:last-child').click()")
    assert report.run(ROWS) == ["0:02.0"]
    report.run("document.getElementById('mark-undo').click()")
    assert report.run(ROWS) == ["0:01.0", "0:02.0"]


def test_a_mark_is_drawn_where_it_is_and_visited(report: Browser) -> None:
    mark(report, 2, 4)
    left, width, whole = report.run(
        "const band = document.querySelector('.bands div').getBoundingClientRect(),"
        " plot = document.getElementById('plot').getBoundingClientRect();"
        "return [band.left - plot.left, band.width, plot.width]"
    )
    duration = report.run("return Number(document.getElementById('plot').getAttribute('aria-valuemax'))")
    assert left / whole == pytest.approx(2 / duration, abs=0.005)
    assert width / whole == pytest.approx(2 / duration, abs=0.005)
    report.run("document.querySelector('#mark-list .link').click()")
    report.until("return Number(document.getElementById('plot').getAttribute('aria-valuenow')) === 2")


def test_a_stretch_is_looped_until_it_is_not(report: Browser) -> None:
    mark(report, 2, 2.6)
    report.run("document.getElementById('speed').value = '2';"
               "document.getElementById('speed').dispatchEvent(new Event('change'));"
               "document.getElementById('video').muted = true; window.jumps = 0;"
               "document.getElementById('video').addEventListener('seeking', () => { window.jumps += 1; });"
               "document.querySelector('#mark-list .acts button').click()")  # fmt: skip
    report.until("return window.jumps >= 3")
    assert report.run("return document.getElementById('video').playbackRate") == 2
    assert report.run("return document.getElementById('video').currentTime") < 3
    report.run("document.querySelector('#mark-list .acts button').click()")
    report.until("return document.getElementById('video').currentTime > 3")


def test_letters_in_fields_mark_nothing(report: Browser) -> None:
    report.run(
        "const field = document.getElementById('mark-label'); field.focus();"
        "field.dispatchEvent(new KeyboardEvent('keydown', { key: 'm', bubbles: true }))"
    )
    assert report.run(ROWS) == []


def test_a_link_to_a_moment_opens_there(report: Browser) -> None:
    at(report, 3)
    report.run("document.getElementById('copy-link').click()")
    report.until("return location.hash === '#t=3.000'")


@pytest.mark.parametrize(("dark", "width"), [(False, 1366), (True, 390)])
def test_no_serious_accessibility_fault_with_marks(dark: bool, width: int, chromium: Browser, pages: Path) -> None:
    chromium.open(pages / TWO / "report.html", width=width, dark=dark)
    chromium.until("return document.getElementById('video').readyState >= 2")
    mark(chromium, 2, 4)
    assert chromium.accessibility_faults() == []
    assert chromium.fits()


COUNT = "return document.querySelectorAll('#mark-list tr').length"
FOCUS = "return document.activeElement.getAttribute('aria-label')"


def test_two_tabs_of_a_page_keep_the_marks_of_both(report: Browser) -> None:
    driver, page = report.driver, report.run("return location.href")
    mark(report, 2, 4)
    first = driver.current_window_handle
    driver.switch_to.new_window("tab")
    try:
        driver.get(page)
        report.until(f"{COUNT} === 1")
        mark(report, 5, 6)
        mark(report, 7, 8)
        driver.switch_to.window(first)
        report.until(f"{COUNT} === 3")
        report.run("document.querySelector('#mark-list .acts button:last-child').click()")
        mark(report, 9, 9.5)
        assert report.run(COUNT) == 3
        driver.switch_to.window(driver.window_handles[-1])
        report.until("return document.querySelector('#mark-list tr:last-child .link').textContent.startsWith('0:09')")
        report.run("document.getElementById('mark-undo').click()")
        assert report.run(COUNT) == 2, "its own last mark alone"
    finally:
        if len(driver.window_handles) > 1:
            driver.switch_to.window(driver.window_handles[-1])
            driver.close()
        driver.switch_to.window(first)
    report.until(f"{COUNT} === 2")
    driver.get(page)
    report.until(f"{COUNT} === 2")


def test_the_keyboard_and_the_mouse_stay_where_they_are_while_a_mark_changes(report: Browser) -> None:
    for begin_s in (2, 5, 8):
        mark(report, begin_s, begin_s + 1)
    report.click("#mark-list tr:nth-child(1) input")
    report.press("x", "\ue004")
    assert report.run(FOCUS).startswith("Kind of ")
    report.click("#mark-list tr:nth-child(1) input")
    report.press("y")
    report.click("#mark-list tr:nth-child(2) .acts button:last-child")
    assert report.run(COUNT) == 2
    assert report.run("return document.querySelector('#mark-list input').value").endswith("xy")
    report.run("document.querySelector('#mark-list tr:nth-child(1) .acts button:last-child').focus()")
    report.press("\ue007")
    assert report.run(FOCUS).startswith("Remove ")
    report.press("\ue007")
    assert report.run("return document.activeElement.id") == "mark-moment"


def elsewhere(report: Browser, script: str) -> None:
    """Change what is kept as another tab does, which tells this one."""
    report.run(
        "const place = Object.keys(localStorage).find((key) => key.startsWith('videmo-marks:'));"
        f"const marks = JSON.parse(localStorage[place]); {script};"
        "localStorage[place] = JSON.stringify(marks);"
        "dispatchEvent(new StorageEvent('storage', { key: place }))"
    )


def test_a_mark_that_another_tab_removed_does_not_come_back(report: Browser) -> None:
    mark(report, 2, 4)
    mark(report, 5, 6)
    report.click("#mark-list tr:nth-child(2) input")
    report.press("x", "\ue004")
    elsewhere(report, "marks.splice(1, 1)")
    assert report.run(ROWS) == ["0:02.0"]
    report.click("#mark-undo")
    assert report.run(ROWS) == [], "the earlier step of this tab that can still be undone"
    assert report.run("return document.activeElement.id") == "mark-moment"
    elsewhere(report, "marks.push({ id: 'a', start: 1, end: 1, kind: 'marker', label: 'm', note: '' })")
    # As a tab that slept: nothing told it.
    report.run("const keys = Object.keys(localStorage); localStorage[keys[0]] = '[]'")
    report.click("#mark-list input")
    report.press("z", "\ue004")
    assert report.run(ROWS) == []
    assert report.run("return localStorage[Object.keys(localStorage)[0]]") == "[]"


def test_two_fields_of_a_mark_may_be_changed_in_two_tabs(report: Browser) -> None:
    mark(report, 2, 4)
    report.click("#mark-list tr input")
    report.press("x", "\ue004")
    elsewhere(report, "marks[0].note = 'from there'")
    report.click("#mark-undo")
    values = "return Array.from(document.querySelectorAll('#mark-list input'), (field) => field.value)"
    assert report.run(values) == ["mark", "from there"]


def test_what_is_being_typed_stays_while_another_tab_changes_the_list(report: Browser) -> None:
    mark(report, 2, 4)
    mark(report, 5, 6)
    report.click("#mark-list tr:nth-child(2) input")
    report.press("x", "y")
    elsewhere(report, "marks.shift(); marks[0].label = 'other'; marks[0].note = 'n'")
    assert report.run(ROWS) == ["0:05.0"]
    assert report.run("return document.activeElement.value") == "markxy"
    elsewhere(report, "marks.length = 0")
    assert report.run("return document.activeElement.value") == "markxy"
    report.press("z", "\ue004")
    assert report.run(ROWS) == ["0:05.0"]
    kept = report.run("return JSON.parse(localStorage[Object.keys(localStorage)[0]])")
    assert [(each["label"], each["note"]) for each in kept] == [("markxyz", "n")]
    report.run("localStorage.clear(); dispatchEvent(new StorageEvent('storage', { key: null }))")
    assert report.run(ROWS) == ["0:05.0"], "who clears what is kept does not clear the page"


def test_marks_that_could_not_be_kept_stay_in_the_list(report: Browser) -> None:
    mark(report, 2, 4)
    report.run("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }")
    mark(report, 5, 6)
    mark(report, 7, 8)
    assert "keeps nothing" in report.run("return document.getElementById('mark-status').textContent")
    assert report.run(ROWS) == ["0:02.0", "0:05.0", "0:07.0"]
    report.run("dispatchEvent(new StorageEvent('storage', { key: null }))")
    assert report.run(ROWS) == ["0:02.0", "0:05.0", "0:07.0"]


def test_marks_of_earlier_versions_are_read(report: Browser) -> None:
    mark(report, 2, 4)
    elsewhere(report, "marks[0].id = 1; marks.push({ ...marks[0], id: 2, start: 5, end: 6 })")
    report.run("location.reload()")
    report.until("return document.querySelectorAll('#mark-list tr').length === 2")
    report.run("document.querySelector('#mark-list .acts button:last-child').click()")
    assert report.run(ROWS) == ["0:05.0"]


def test_buttons_that_go_out_hand_on_the_focus(report: Browser) -> None:
    at(report, 2)
    report.click("#mark-in")
    at(report, 4)
    report.click("#mark-out")
    assert report.run("return document.activeElement.id") == "mark-in"
    report.click("#mark-list tr .acts button:last-child")
    report.click("#mark-undo")
    report.click("#mark-undo")
    assert report.run("return document.activeElement.id") == "mark-moment"
