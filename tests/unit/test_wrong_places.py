"""Mistyped places: what is asked for isn't there, and nothing is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from studies import make_study
from videmo.batch.report import report_folder
from videmo.cli.app import app
from videmo.errors import ResultsError, StudyError, UsageError
from videmo.pipeline.study.begin import check_study
from videmo.pipeline.study.sync import parse_marker, sync_by_markers

COMMANDS = ("report", "forget", "export --to json", "people", "people --match", "gather", "annotate", "prune")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["nowhere", "deep/er/nowhere", "interviews"])
def test_a_folder_without_results_stays_as_it_is(command: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "interviews").mkdir()
    (tmp_path / "interviews" / "anna.mp4").write_bytes(b"of a camera")
    before = sorted(tmp_path.rglob("*"))
    verb, *options = command.split()
    result = CliRunner().invoke(app, [verb, str(tmp_path / name), *options])
    assert result.exit_code != 0
    assert sorted(tmp_path.rglob("*")) == before


def test_probe_answers_a_path_that_is_not_there_as_analyze_does(tmp_path: Path) -> None:
    missing, results = tmp_path / "nothing.mp4", tmp_path / "out"
    answers = [
        CliRunner().invoke(app, words)
        for words in (["probe", str(missing)], ["analyze", str(missing), "--out", str(results)])
    ]
    for answer in answers:
        assert isinstance(answer.exception, UsageError), "exit code 2"
        assert str(answer.exception).endswith("nothing.mp4: no such file or folder. Check the path.")


def test_a_study_says_where_its_results_are_not(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    study = make_study(tmp_path, 2)
    toml = study / "study.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("../out", "../results"), encoding="utf-8")
    with pytest.raises(ResultsError, match=r"study\.toml, line 3, column 1: no results in .*results, expected a"):
        check_study(study)
    with pytest.raises(UsageError, match=r"study: this is a study, expected a folder of results"):
        report_folder(study, None, {})
    assert not (study / ".videmo.lock").exists()


def test_no_study_is_told_from_one_without_results(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"nowhere: no study here"):
        sync_by_markers(tmp_path / "nowhere", [parse_marker("1=1", "a.mp4")])
