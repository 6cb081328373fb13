"""Seven words for emotions from a recording to its video, page and folder, and a recording with five beside it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import videmo
from runs import videmo as run
from videmo.measures.emotions import SEVEN

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def both(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recording that was analysed with five words, and one with seven, a video and a page."""
    out = tmp_path_factory.mktemp("words") / "out"
    sources = tmp_path_factory.mktemp("recordings")
    for name in ("expressions.mp4", "two-people.mp4"):
        (sources / name).symlink_to(samples / name)
    done = run("analyze", sources / "two-people.mp4", "--out", out, "--no-annotate", "--fps", "5", "--no-plots")
    assert done.returncode == 0, done.stderr
    done = run("analyze", sources / "expressions.mp4", "--out", out, "--emotions", "seven", "--fps", "5", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    return out


def test_all_seven_are_in_the_tables_and_add_up(both: Path) -> None:
    table = pd.read_csv(both / "expressions.mp4" / "observations.csv")
    faces = table[table["status"] == "ok"]
    assert faces[list(SEVEN)].sum(axis=1).to_numpy() == pytest.approx(1, abs=5e-4)
    assert (both / "expressions.mp4" / "annotated.mp4").stat().st_size > 10_000


def test_pages_and_tables_of_the_folder_know_both(both: Path) -> None:
    summary = pd.read_csv(both / "summary.csv").set_index("recording")
    assert summary["share_fear"].isna().to_dict() == {name: name == "two-people.mp4" for name in summary.index}
    told = pd.read_csv(both / "summary.csv", dtype=str)["episodes_fear"].dropna()
    assert told.str.fullmatch(r"\d+").all(), "whole numbers stay whole where some recordings have none"
    assert str(videmo.read(both).summary["episodes_fear"].dtype) == "Int64"
    page = (both / "expressions.mp4" / "report.html").read_text(encoding="utf-8")
    assert 'data-share="disgust"' in page
    assert 'data-share="disgust"' not in (both / "two-people.mp4" / "report.html").read_text(encoding="utf-8")
    assert 'data-by="disgust"' in (both / "index.html").read_text(encoding="utf-8")


def test_everything_that_is_made_of_the_tables_tells_seven(both: Path, tmp_path: Path) -> None:
    done = run("export", both, "--to", "boris,eaf", "--into", tmp_path)
    assert done.returncode == 0, done.stderr
    results = videmo.read(both)
    (project,) = tmp_path.rglob("expressions.mp4*.boris")
    assert '"disgust"' in project.read_text(encoding="utf-8")
    assert len(results.summary) == 3


def test_a_network_that_knows_five_is_refused_in_one_sentence(samples: Path, tmp_path: Path) -> None:
    done = run(
        "analyze", samples / "expressions.mp4", "--out", tmp_path, "--emotions", "seven", "--classifier", "founding"
    )
    assert done.returncode == 2
    assert "--emotions seven" in done.stderr
    assert "founding knows 5" in done.stderr
    assert "Traceback" not in done.stderr
