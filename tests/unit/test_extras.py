"""Advice on installing extras: it has to work from where the user is."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import shlex
from pathlib import Path

import pytest

import videmo
from videmo.extras import how_to_install, install_command

ROOT = Path(videmo.__file__).parent.parent
DECLARED = ["pyarrow>=16; extra == 'export'", 'a>=1; extra == "train"', "b<3; extra == 'train'", "numpy>=1.26"]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    (tmp_path / "my clone" / "videmo").mkdir(parents=True)
    (tmp_path / "my clone" / "pyproject.toml").write_text("")
    return tmp_path / "my clone"


def command(extra: str, folder: Path) -> list[str]:
    """The words of the command for an environment in a clone, or beside an installed package."""
    return shlex.split(install_command(extra, package=folder / "videmo", python=str(folder / ".venv/bin/python")))


def test_a_clone_is_installed_from_where_it_lies(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(clone)
    assert command("export", clone) == [".venv/bin/python", "-m", "pip", "install", "-e", ".[export]"]
    monkeypatch.chdir(clone.parent)
    assert command("export", clone) == [
        "my clone/.venv/bin/python", "-m", "pip", "install", "-e", "my clone[export]",
    ]  # fmt: skip
    monkeypatch.chdir(clone / "videmo")
    assert command("export", clone)[-1] == f"{clone}[export]"


def test_elsewhere_the_libraries_are_installed_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: DECLARED)
    assert command("export", tmp_path)[-1:] == ["pyarrow>=16"]
    assert command("train", tmp_path)[-2:] == ["a>=1", "b<3"]


def test_an_environment_without_pip_gets_what_uv_understands(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert command("export", clone)[:4] == ["uv", "pip", "install", "-p"]


def test_all_extras_that_are_advised_are_declared() -> None:
    extras = re.findall(
        r"^(\w+) = \[", (ROOT / "pyproject.toml").read_text().partition("optional-dependencies]")[2], re.M
    )
    advised = {
        name
        for path in (ROOT / "videmo").rglob("*.py")
        for name in re.findall(r"how_to_install\(\"(\w+)\"\)", path.read_text())
    }
    assert {"train", "export"} <= advised <= set(extras)
    assert how_to_install("export").startswith("Install it with: ")


def test_nothing_advises_an_install_from_an_index_where_videmo_is_not() -> None:
    for path in (*(ROOT / "videmo").rglob("*.py"), *(ROOT / "docs").glob("*.md"), ROOT / "README.md"):
        assert not re.search(r"pip install '?videmo", path.read_text(encoding="utf-8")), path.name
