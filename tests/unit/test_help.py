"""What the command line says of itself, over all commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from videmo.cli.app import app
from videmo.cli.commands_page import commands_page
from videmo.errors import UsageError

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
KIND = re.compile(r"<[a-z]|<=|>=|list\[|\bBOOLEAN\b|\bINTEGER\b|\bFLOAT\b")
"""What a value is, in the words of a programming language."""


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and group of commands, as on the command line."""
    yield path
    for name, each in getattr(command, "commands", {}).items():
        yield from commands(each, (*path, name))


ALL = list(commands(typer.main.get_command(app)))


def help_of(*path: str) -> str:
    """What a command says of itself on a wide terminal."""
    done = CliRunner().invoke(app, [*path, "--help"])
    assert done.exit_code == 0, done.output
    return done.output


def test_all_commands_are_walked() -> None:
    assert {("analyze",), ("study", "run"), ("cascade", "samples"), ("evaluate", "identity")} <= set(ALL)


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_speaks_of_values_as_people_do(path: tuple[str, ...]) -> None:
    said = help_of(*path)
    assert not KIND.findall(said), said


def test_the_page_of_commands_says_what_they_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == commands_page(), "run: make docs"


def test_flags_take_no_value_and_say_none() -> None:
    (line,) = [line for line in help_of("analyze").splitlines() if line.strip(" │*").startswith("--overwrite ")]
    assert re.search(r"--overwrite\s+Analyse", line), line
    assert re.search(r"OUT\s+A folder of results", help_of("report"))
    assert re.search(r"--jobs\s+-j\s+NUMBER", help_of("analyze"))
    assert "1 to 1024" in help_of("analyze")


@pytest.mark.parametrize(
    ("arguments", "flag"),
    [
        (["analyze", "anna.mp4", "--no-plots", "true"], "--no-plots true"),
        (["analyze", "--plots", "False", "anna.mp4"], "--plots False"),
        (["report", "out", "--no-report", "yes"], "--no-report yes"),
        (["live", "0", "--loop", "off"], "--loop off"),
        (["evaluate", "classifier", "--no-fer", "no"], "--no-fer no"),
    ],
)
def test_yes_or_no_after_a_flag_is_not_taken_for_a_file(arguments: list[str], flag: str) -> None:
    error = CliRunner().invoke(app, arguments).exception
    assert isinstance(error, UsageError)
    assert str(error).startswith(f"{flag}: the option takes no value.")


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "classifier", "--out", "mine.tflite"],
        ["train", "detector", "--out", "faces.tflite"],
        ["evaluate", "identity", "--out", "identity.md"],
        ["analyze", "anna.mp4", "--out", "results.csv"],
        ["live", "0", "--record", "session.html"],
        ["export", "out", "--to", "json", "--into", "all.json"],
        ["study", "init", "out", "--to", "study.csv"],
        ["cascade", "annotate", "faces.csv", "--out", "positives.txt"],
    ],
)
def test_no_folder_is_made_that_is_called_like_a_file(
    arguments: list[str], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    error = CliRunner().invoke(app, arguments).exception
    assert isinstance(error, UsageError)
    assert "the name of a file, where a folder is made. Choose a name without ." in str(error)
    assert not [*tmp_path.iterdir()]


def test_a_folder_that_is_there_may_be_called_like_a_file(tmp_path: Any) -> None:
    (tmp_path / "v1.json").mkdir()
    error = CliRunner().invoke(app, ["analyze", "none.mp4", "--out", str(tmp_path / "v1.json")]).exception
    assert "no such file or folder" in str(error)


def test_what_may_be_meant_after_a_flag_is_taken(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "true").write_text("a file of this name")
    for arguments in (["probe", "--debug", "true"], ["probe", "--", "--debug", "no"], ["probe", "--debug", "0"]):
        assert "takes no value" not in str(CliRunner().invoke(app, arguments).exception)
