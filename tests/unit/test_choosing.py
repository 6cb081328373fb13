"""Choosing recordings in a folder of results by what people call them."""

from __future__ import annotations

from pathlib import Path

import pytest

from results import build_recording
from runs import videmo
from videmo.batch.choosing import chosen_in
from videmo.batch.export import export_results
from videmo.batch.people import write_templates
from videmo.errors import ResultsError, UsageError


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    for key in ("day1/anna.mp4", "day2/anna.mp4", "day2/ben.mp4"):
        build_recording(out, key, [(0.0, 3.0, 50.0, "happy")])
    return out


def keys(out: Path, *names: str) -> list[str]:
    return [results.manifest.key for results in chosen_in(out, names)[1]]


def test_without_a_name_all_are_meant(out: Path) -> None:
    assert keys(out) == ["day1/anna.mp4", "day2/anna.mp4", "day2/ben.mp4"]


def test_a_name_is_a_key_or_an_end_that_only_one_has(out: Path) -> None:
    assert keys(out, "day2/anna.mp4") == ["day2/anna.mp4"]
    assert keys(out, "ben.mp4", "day1/anna.mp4/") == ["day1/anna.mp4", "day2/ben.mp4"]
    with pytest.raises(UsageError, match=r"anna\.mp4: 2 recordings are called that\. Choose from day1/anna\.mp4, day2"):
        keys(out, "anna.mp4")
    with pytest.raises(UsageError, match=r"no results of such a recording\. Did you mean day2/ben\.mp4"):
        keys(out, "day2/benn.mp4")
    with pytest.raises(UsageError, match=r"recordings\.csv"):
        keys(out, "4")


def test_the_folder_of_one_recording_means_that_one(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, (one,) = chosen_in(out / "day2" / "anna.mp4")
    assert (folder.path, one.manifest.key) == (out, "day2/anna.mp4")
    monkeypatch.chdir(out / "day2" / "anna.mp4")
    assert chosen_in(Path())[0].path == out
    (out / "day1" / "anna.mp4").rename(tmp_path / "moved")
    with pytest.raises(UsageError, match=r"the folder of a single recording, day1/anna\.mp4, moved or renamed"):
        chosen_in(tmp_path / "moved")
    (tmp_path / "moved").rename(out / "day1" / "anna.mp4")


def test_no_command_advises_to_put_results_into_the_folder_of_a_recording(out: Path) -> None:
    for run in (write_templates, lambda path: export_results(path, ["json"], None)):
        with pytest.raises(UsageError, match=r"the folder of a single recording\. Choose the folder above it\."):
            run(out / "day1" / "anna.mp4")
    with pytest.raises(ResultsError, match="no results found"):
        chosen_in(out / "none")


@pytest.mark.slow
def test_one_annotated_video_is_written(samples: Path, tmp_path: Path) -> None:
    done = videmo(
        "analyze", samples / "no-face.mp4", samples / "phone-rotated.mp4", "--out", tmp_path, "--fps", "2",
        "--no-annotate", "--no-plots", "--no-report",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    done = videmo("annotate", tmp_path, "no-face.mp4")
    assert done.returncode == 0, done.stderr
    assert "1 annotated video written" in done.stdout
    assert "analysed" not in done.stderr
    assert "[1/1] written   " in done.stderr
    (first,) = tmp_path.rglob("annotated.mp4")
    assert first.parent.name == "no-face.mp4"
    (other,) = [path for path in tmp_path.rglob("phone-rotated.mp4") if path.is_dir()]
    assert videmo("annotate", other).returncode == 0
    assert (other / "annotated.mp4").is_file()
