"""Results whose manifest is damaged are in no table of their folder, and somebody says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from results import TWO, build_recording
from runs import videmo
from videmo.batch.closing import closing_notes
from videmo.results.folder import ResultsFolder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    out = tmp_path / "out"
    for key in ("a.mp4", "day/b.mp4", "day/c.mp4"):
        build_recording(out, key, TWO)
    return out


def left_out(out: Path) -> list[str]:
    return [note for note in closing_notes(ResultsFolder(out), ["a.mp4", "day/b.mp4", "day/c.mp4"]) if "left" in note]


def test_results_that_can_be_read_and_what_lies_in_them_are_nothing_to_speak_of(out: Path) -> None:
    inner = out / "a.mp4" / "copy"
    inner.mkdir()
    for name in ("run.json", "observations.csv"):
        (inner / name).write_text("{")
    (out / "notes").mkdir()
    (out / "notes" / "run.json").write_text("{")
    assert left_out(out) == []


@pytest.mark.parametrize("content", ["", "{", '{"recording": {}}', "[]"])
def test_results_with_a_damaged_manifest_are_named(content: str, out: Path) -> None:
    (out / "day" / "b.mp4" / "run.json").write_text(content)
    said = "1 recording is left out of all tables, as its run.json is damaged (day/b.mp4): analyse it"
    assert left_out(out) == [f"{said} again, or remove its folder."]
    (out / "a.mp4" / "run.json").write_text(content)
    (said,) = left_out(out)
    assert said.startswith("2 recordings are left out of all tables, as their run.json are damaged (a.mp4, day/b.mp4)")


def test_a_report_says_so(out: Path) -> None:
    (out / "a.mp4" / "run.json").write_text("{")
    assert "1 recording is left out of all tables, as its run.json is damaged (a.mp4)" in videmo("report", out).stdout
