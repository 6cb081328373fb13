"""Mistyped places: what is asked for isn't there, and nothing is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from videmo.cli.app import app

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
