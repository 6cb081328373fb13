"""Mistyped places: what is asked for isn't there, and nothing is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from videmo.cli.app import app
from videmo.errors import UsageError

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
