"""The first hour in the documentation is what happens."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from videmo.cli.app import app
from walks import Command, Made, Program, steps, walk

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "first-hour.md"


def test_the_first_hour_goes_as_it_says(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "interviews").mkdir()
    for clip in samples.glob("*.mp4"):
        shutil.copy(clip, tmp_path / "interviews")
    assert walk(PAGE, tmp_path) == []


def test_what_is_not_as_the_page_says_is_told(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ echo one\none\n$ echo two\n…\nthree\n$ false\n```\n<!-- makes: it -->\n```python\n1 / 0\n```\n"
    )
    two, no, missing, python = walk(page, tmp_path)
    assert two.startswith("$ echo two\ntwo\n-- expected --\n…\nthree")
    assert no.startswith("$ false\nexit code 1, not 0")
    assert missing == "it is missing"
    assert "ZeroDivisionError" in python


def test_a_page_is_read_in_order() -> None:
    page = "```console\n$ a b\nsaid\n$ c\n```\n<!-- makes: x y -->\n```python\nz\n```\n```r\nno\n```\n"
    assert [*steps(page)] == [Command("a b", "said\n"), Command("c", ""), Made(("x", "y")), Program("z\n")]


def commands_in(text: str) -> Iterator[list[str]]:
    """Commands of videmo in blocks of a page, as far as they can be typed."""
    inside = prompts = False
    for line in text.splitlines():
        if line.startswith("```"):
            inside = not inside
            prompts = line == "```console"
        if prompts and not line.startswith("$ "):
            continue
        typed = line.strip().removeprefix("$ ")
        if (inside or line.startswith("    ")) and typed.startswith("videmo ") and not set("…<>|\\") & set(typed):
            yield shlex.split(typed, comments=True)[1:]


@pytest.mark.parametrize(
    "page", sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]), ids=lambda path: path.name
)
def test_every_command_in_the_documentation_can_be_typed(page: Path) -> None:
    for words in commands_in(page.read_text(encoding="utf-8")):
        command: Any = typer.main.get_command(app)
        given = list(words)
        while given and given[0] in getattr(command, "commands", {}):
            command = command.commands[given.pop(0)]
        known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)} | {"--help"}
        options = [word.partition("=")[0] for word in given if word.startswith("-") and word != "-"]
        assert not [option for option in options if option not in known], words
        assert not hasattr(command, "commands") or not given or options, f"no such command: {words}"
