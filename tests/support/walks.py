"""Walk through a page of the documentation: run its commands and examples, and compare what they print.

Blocks of ``console`` hold commands after ``$ `` and what they print, standard output before errors; ``…`` stands for
anything, also over lines, and ``exit code N`` for a code that is not 0. Blocks of ``python`` run one after the other in
one process. A comment ``<!-- makes: a b -->`` names files that are there by then. The rest is prose.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runs import videmo

_PARTS = re.compile(r"^```(console|python)\n(.*?)^```$|^<!-- makes: (.*?) -->$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    """A line to type, and what is said then."""

    line: str
    says: str


@dataclass(frozen=True, slots=True)
class Program:
    """Lines of Python."""

    text: str


@dataclass(frozen=True, slots=True)
class Made:
    """Files that are there by now."""

    names: tuple[str, ...]


Step = Command | Program | Made


def steps(page: str) -> Iterator[Step]:
    """What is to be done and looked at, in order."""
    for part in _PARTS.finditer(page):
        if part[1] == "console":
            for command in part[2].split("$ ")[1:]:
                line, _, says = command.partition("\n")
                yield Command(line, says)
        elif part[1] == "python":
            yield Program(part[2])
        else:
            yield Made(tuple(part[3].split()))


def walk(page: Path, folder: Path, *, exact: bool = True) -> list[str]:
    """Follow a page in a folder; returns what is not as it says.

    Args:
        page: a text of Markdown.
        folder: in which everything is done.
        exact: whether what is printed has to be what the page says, or only the exit code.
    """
    faults: list[str] = []
    programs: list[str] = []
    for step in steps(page.read_text(encoding="utf-8")):
        match step:
            case Command(line, says):
                faults += _run(line, says, folder, exact)
            case Program(text):
                programs.append(text)
                done = _do([sys.executable, "-c", "\n".join(programs)], folder)
                faults += [f"{text}\n{done.stderr}"] if done.returncode else []
            case Made(names):
                faults += [f"{name} is missing" for name in names if not _is_whole(folder / name)]
    return faults


def _run(line: str, says: str, folder: Path, exact: bool) -> list[str]:
    *expected, last = says.rstrip("\n").split("\n") or [""]
    code = int(last.removeprefix("exit code ")) if last.startswith("exit code ") else 0
    wanted = "\n".join(expected) if code else says.rstrip("\n")
    command, *arguments = shlex.split(line)
    done = videmo(*arguments, cwd=folder) if command == "videmo" else _do([command, *arguments], folder)
    if done.returncode != code:
        return [f"$ {line}\nexit code {done.returncode}, not {code}\n{done.stdout}{done.stderr}"]
    said = (done.stdout + (done.stderr if code else "")).rstrip("\n")
    if exact and not re.fullmatch(_pattern(wanted), said, re.DOTALL):
        return [f"$ {line}\n{said}\n-- expected --\n{wanted}"]
    return []


def _pattern(text: str) -> str:
    """A regular expression for what is printed; a line of nothing but ``…`` may be no line."""
    lines = re.escape(text).replace("\\\n", "\n").replace("…\n", "(?:.*\n)?").replace("\n…", "(?:\n.*)?")
    return lines.replace("…", ".*")


def _do(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def _is_whole(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0
