"""What the page of a recording says where a face more likely shows an emotion that five words leave out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from browser import Browser
from results import build_manifest, observations
from videmo.measures.emotions import LEFT_OUT
from videmo.persons.linked import Links
from videmo.persons.people import People
from videmo.pipeline.derive import derive
from videmo.report.editing import Editing
from videmo.report.found import FoundPersons
from videmo.report.page import ReportPlan, render_report
from videmo.settings import Settings

LEGEND = f"more likely {' or '.join(LEFT_OUT)}"
COLUMN = (
    "const canvas = document.getElementById('lanes'), width = canvas.width;"
    "const at = Math.round(width * arguments[0] / 20), lane = arguments[1];"
    "const pixels = canvas.getContext('2d').getImageData(at - 8, lane, 16, 10).data, seen = new Set();"
    "for (let i = 0; i < pixels.length; i += 4) seen.add(pixels.slice(i, i + 3).join());"
    "return seen.size"
)


def page_of(path: Path, likely: float | None) -> Path:
    """The page of one face that looks surprised and, from 5 to 10 s, may well be afraid."""
    table = observations([(0.0, 20.0, 50.0, "surprise")], 20.0)
    table["other"] = np.nan
    if likely is not None:
        table["other"] = np.where((table["time_s"] >= 5) & (table["time_s"] < 10), likely, 0.1)
    settings = Settings()
    tables = derive(table, settings.timeline, settings.episodes, settings.quality, 20.0)
    plan = ReportPlan(tables, build_manifest(path.parent / "gone.mp4", "afraid.mp4", 20.0), settings)
    path.write_text(
        render_report(plan, Editing(FoundPersons(), Links({}), People()), None, video="", home=""), encoding="utf-8"
    )
    return path


@pytest.fixture(scope="module")
def afraid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return page_of(tmp_path_factory.mktemp("afraid") / "report.html", 0.62)


def test_the_legend_and_the_card_of_a_person_say_it_only_where_there_is_any(tmp_path: Path, afraid: Path) -> None:
    page = afraid.read_text("utf-8")
    assert LEGEND in page
    assert f"the face more likely shows {' or '.join(LEFT_OUT)} than one of the five" in page
    for name, likely in (("calm.html", 0.5), ("older.html", None)):
        calm = page_of(tmp_path / name, likely).read_text("utf-8")
        assert LEGEND not in calm
        assert "the face more likely shows" not in calm


def test_this_moment_the_slider_and_the_tooltip_say_it(chromium: Browser, afraid: Path) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    chromium.open(afraid, width=1366, height=768)
    plot = chromium.element("#plot")
    for share, shows, told, bold in (
        (0.375, "surprise · other 62\xa0%", "other 62.0\xa0%", True),
        (0.75, "surprise 90\xa0%", "other 10.0\xa0%", False),
    ):
        across = int((share - 0.5) * plot.size["width"])
        ActionChains(chromium.driver).move_to_element_with_offset(plot, across, 0).perform()
        assert told in chromium.run("return document.getElementById('tip').textContent")
        assert (chromium.run("return document.querySelectorAll('#tip b').length") == 2) is bold
        ActionChains(chromium.driver).move_to_element_with_offset(plot, across, 0).click().perform()
        assert chromium.run("return document.querySelector('#now .shows').textContent") == shows
        assert f"Person 1 {shows}" in chromium.run(
            "return document.getElementById('plot').getAttribute('aria-valuetext')"
        )


@pytest.mark.parametrize("style", ["lines", "areas", "bands"])
def test_its_time_is_hatched_in_every_style(chromium: Browser, afraid: Path, style: str) -> None:
    chromium.open(afraid, width=1366, height=768)
    chromium.click(f"#{style}")
    lane = 28 if style == "bands" else 60
    assert chromium.run(COLUMN, 7.5, lane) > 1
    assert chromium.run(COLUMN, 15.0, lane) == 1


def test_older_tables_say_nothing_of_others(chromium: Browser, tmp_path: Path) -> None:
    chromium.open(page_of(tmp_path / "older.html", None), width=1366, height=768)
    assert chromium.run("return document.querySelector('#now .shows').textContent") == "surprise 90\xa0%"
