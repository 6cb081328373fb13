"""What the page of a recording tells of how it was made."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from results import TWO, build_recording
from videmo.batch.report import report_folder
from videmo.pipeline.graph import sections_of
from videmo.pipeline.stages.observation import OBSERVE
from videmo.pipeline.stages.persons import PERSONS
from videmo.pipeline.stages.tables import TABLES
from videmo.report.page import SECTIONS


def settings_on(page: Path) -> dict[str, str]:
    """The settings that a page lists, by name."""
    found = re.findall(r"<li><span>([a-z]+\.\w+)</span><span>(.*?)</span></li>", page.read_text("utf-8"))
    return {name: html.unescape(value) for name, value in found}


def test_a_page_lists_every_setting_that_its_numbers_depend_on(tmp_path: Path) -> None:
    folder = build_recording(tmp_path / "out", "a.mp4", TWO)
    assert report_folder(tmp_path / "out", None, {}, plots=False).failures == ()
    listed = settings_on(folder / "report.html")
    style = {"tables"}  # how tables are written, which changes no number
    assert set(SECTIONS) == set(sections_of(OBSERVE, PERSONS, TABLES)) - style
    assert {name.partition(".")[0] for name in listed} == set(SECTIONS)
    assert (listed["identity.enabled"], listed["identity.name"]) == ("True", "person")
    assert listed["landmarks.name"] == "points"
    assert "reading.chunk_s" not in listed, "no number depends on it"


def test_a_page_without_faces_spells_no_letters_of_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videmo.plots.fonts.lacking", lambda text: "".join(sign for sign in text if ord(sign) > 255))
    folder = build_recording(tmp_path / "out", "a.mp4", TWO, people="person,name\n1,\u674e\u660e\n")
    report_folder(tmp_path / "out", None, {})
    assert "no font for \u674e\u660e is" in (folder / "report.html").read_text("utf-8").lower()
    report_folder(tmp_path / "out", None, {"anonymize.how": "blur"})
    assert "\u674e" not in (folder / "report.html").read_text("utf-8")
    assert "\u674e\u660e" in (folder / "summary.csv").read_text("utf-8")
