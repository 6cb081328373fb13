"""Say how to install what only some commands need, so that it works from where one is."""

from __future__ import annotations

import importlib.util
import os
import shlex
import sys
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).parent


def how_to_install(extra: str) -> str:
    """Advise on installing an extra: a sentence with a command that can be pasted."""
    return f"Install it with: {install_command(extra)}"


def how_to_install_library(name: str) -> str:
    """Advise on installing a library that no extra names."""
    return f"Install it with: {_installer(sys.executable)} {_quoted(name)}"


def install_command(extra: str, *, package: Path = _PACKAGE, python: str = sys.executable) -> str:
    """Return a command that adds an extra to the environment of this Python.

    In a clone it installs the clone; elsewhere the libraries themselves, as videmo may have come from anywhere.

    Args:
        extra: its name in ``pyproject.toml``.
        package: the folder of videmo.
        python: what runs it.
    """
    if (package.parent / "pyproject.toml").is_file():
        return f"{_installer(python)} -e {_quoted(f'{_from_here(package.parent)}[{extra}]')}"
    return f"{_installer(python)} {' '.join(map(_quoted, _needs(extra)))}"


def _installer(python: str) -> str:
    """Return the beginning of the command; environments that uv made have no pip."""
    shown = _quoted(_from_here(Path(python)))
    return f"{shown} -m pip install" if importlib.util.find_spec("pip") else f"uv pip install -p {shown}"


def _needs(extra: str) -> list[str]:
    """List the libraries of an extra, as the installed package declares them."""
    from importlib.metadata import PackageNotFoundError, requires  # brings the mail of the standard library

    try:
        declared = requires("videmo") or []
    except PackageNotFoundError:
        declared = []
    split = [each.partition(";") for each in declared]
    of_extra = [needed.strip() for needed, _, when in split if when.replace("'", '"').strip() == f'extra == "{extra}"']
    return of_extra or [f"videmo[{extra}]"]


def _from_here(path: Path) -> str:
    """Spell a path from the current folder if it lies below, else in full. Links keep their names."""
    whole, here = os.path.abspath(path), os.path.abspath(os.curdir)  # noqa: PTH100
    return os.path.relpath(whole, here) if Path(whole).is_relative_to(here) else whole


def _quoted(text: str) -> str:
    if os.name != "nt":
        return shlex.quote(text)
    return f'"{text}"' if set(text) & set(" <>&[]") else text
