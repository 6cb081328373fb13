"""The page of a study in a real browser: quiet, offline, by keyboard, dark, on paper, with the tables' numbers."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from browser import Browser
from studies import PLAN, make_study
from videmo.pipeline.study.run import run_study

QUICK = PLAN + "[compare]\npermutations = 199\nbootstraps = 199\n[timecourse]\npermutations = 199\nsurrogates = 99\n"
BACKGROUND = "return getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of six people, one with a name that means something to a browser."""
    root = tmp_path_factory.mktemp("study")
    study = make_study(root, 6, plan=QUICK)
    table = study / "participants.csv"
    table.write_text(table.read_text("utf-8").replace(",patient,", ",<b>patient</b>,"), "utf-8")
    run_study(study)
    return study / "results" / "index.html"


@pytest.fixture
def opened(chromium: Browser, page: Path) -> Browser:
    chromium.open(page, width=1366, height=768)
    return chromium


def test_it_is_quiet_and_loads_nothing(opened: Browser, page: Path) -> None:
    assert opened.complaints() == []
    assert [address for address in opened.requests() if not address.startswith("data:")] == [page.as_uri()]


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_the_first_screen_answers(width: int, height: int, chromium: Browser, page: Path) -> None:
    chromium.open(page, width=width, height=height)
    table = pd.read_csv(page.parent / "comparisons.csv")
    row = table[table["primary"] == "yes"].iloc[0]
    answer = chromium.element(".answer")
    assert f"{row['difference']:.3f}" in answer.text
    assert "6 participants" in answer.text
    for selector in (".answer", ".answer + p", ".steps"):
        bottom = chromium.run(f"return document.querySelector('{selector}').getBoundingClientRect().bottom")
        assert bottom <= height, selector
    assert chromium.fits()


def test_numbers_are_those_of_the_tables_cell_by_cell(opened: Browser, page: Path) -> None:
    shown = opened.run("""
        return [...document.querySelectorAll("div.table")].map((part) => [
            part.querySelector("a").getAttribute("href"),
            [...part.querySelectorAll("tr")].map((row) => [...row.cells].map((cell) => cell.title || cell.textContent)),
        ])""")
    assert {name for name, _ in shown} >= {"comparisons.csv", "clusters.csv", "sensitivity.csv"}
    for name, rows in shown:
        with (page.parent / name).open(encoding="utf-8", newline="") as stream:
            assert rows == list(csv.reader(stream)), name


def test_it_works_by_keyboard(opened: Browser) -> None:
    from selenium.webdriver.common.keys import Keys

    opened.press(Keys.TAB)
    assert opened.run("return document.activeElement.className") == "skip"
    opened.press(Keys.ENTER)
    assert opened.run("return location.hash") == "#result"
    heads = "#comparisons .values thead th"
    names = opened.run(f"return [...document.querySelectorAll('{heads}')].map((head) => head.textContent)")
    place = names.index("p_permutation")
    rows = "[...document.querySelectorAll('#comparisons tbody tr')]"
    column = f"return {rows}.map((row) => row.cells[{place}].textContent)"
    opened.run(f"document.querySelectorAll('{heads} button')[{place}].focus()")
    opened.press(Keys.ENTER)
    up = [float(text) for text in opened.run(column) if text]
    assert up == sorted(up)
    assert opened.run(f"return document.querySelectorAll('{heads}')[{place}].ariaSort") == "ascending"
    opened.press(Keys.SPACE)
    down = [float(text) for text in opened.run(column) if text]
    assert down == sorted(down, reverse=True)
    stuck = opened.run("""
        return [...document.querySelectorAll(".scroll")].filter((part) => part.scrollWidth > part.clientWidth)
            .filter((part) => part.tabIndex < 0).length""")
    assert stuck == 0, "what scrolls can be reached"


def test_cells_without_a_value_stay_last_in_both_directions(opened: Browser) -> None:
    head = "#comparisons .values thead th:first-child"
    opened.run("""
        const rows = [...document.querySelectorAll("#comparisons tbody tr")];
        ["", "b", "2", "", "10", "a"].forEach((text, place) => { rows[place].cells[0].textContent = text; });
        rows.slice(6).forEach((row) => row.remove())""")
    column = "return [...document.querySelectorAll('#comparisons tbody tr')].map((row) => row.cells[0].textContent)"
    opened.run(f"document.querySelector('{head} button').click()")
    assert opened.run(column) == ["2", "10", "a", "b", "", ""]
    opened.run(f"document.querySelector('{head} button').click()")
    assert opened.run(column) == ["b", "a", "10", "2", "", ""]


def test_light_and_dark_differ_and_figures_stay_on_paper(chromium: Browser, page: Path) -> None:
    seen = {}
    for dark in (False, True):
        chromium.open(page, dark=dark)
        seen[dark] = chromium.run(BACKGROUND)
        assert chromium.run("return getComputedStyle(document.querySelector('figure img')).backgroundColor") == (
            "rgb(255, 255, 255)"
        )
    assert seen[False] != seen[True]


def test_every_figure_is_shown_and_its_files_are_there(opened: Browser, page: Path) -> None:
    widths = opened.run("return [...document.querySelectorAll('figure img')].map((image) => image.naturalWidth)")
    assert len(widths) >= 5
    assert all(widths)
    files = opened.run("return [...document.querySelectorAll('figure a, .pages a')].map((a) => a.getAttribute('href'))")
    assert all((page.parent / file).is_file() for file in files if not file.startswith("#"))


def test_it_fits_on_paper(opened: Browser) -> None:
    opened.resize(718, 1000)  # A4 without margins of 1 cm
    opened.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        found = opened.run("""
            const right = (part) => Math.round(part.getBoundingClientRect().right - innerWidth);
            const tables = [...document.querySelectorAll(".values")];
            return {
                over: Math.max(...tables.map(right), ...[...document.querySelectorAll("img")].map(right)),
                cut: tables.map((table) => table.parentElement)
                    .filter((part) => part.scrollHeight > part.clientHeight + 1).length,
                named: tables.every((table) => table.tHead.innerText.trim() !== ""),
                links: document.querySelector(".pages.no-print").getClientRects().length,
            }""")
    finally:
        opened.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert found["over"] <= 0
    assert (found["cut"], found["named"], found["links"]) == (0, True, 0)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1366, 390])
def test_no_serious_accessibility_fault(width: int, dark: bool, chromium: Browser, page: Path) -> None:
    chromium.open(page, width=width, height=844, dark=dark)
    assert chromium.accessibility_faults() == []
