"""Running the command line as a user does, in a process of its own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from warm import POSSIBLE, Warm

TABLES = (
    "observations.csv", "timeline.csv", "episodes.csv", "summary.csv", "quality.csv", "persons.csv", "recordings.csv",
)  # fmt: skip


def videmo(*arguments: str | Path, cwd: Path | None = None, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run ``videmo …`` and return what it printed and its exit code."""
    texts = [str(argument) for argument in arguments]
    if not POSSIBLE or not _warm().fits(texts):
        return cold(*arguments, cwd=cwd, timeout=timeout)
    return _warm().run(texts, cwd, timeout)


def cold(*arguments: str | Path, cwd: Path | None = None, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Do the same with a fresh start, which takes a second longer."""
    return subprocess.run(command(*arguments), cwd=cwd, timeout=timeout, capture_output=True, text=True, check=False)


def copied(package: Path, *arguments: str | Path, cwd: Path, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run ``videmo …`` of another copy of the package, by the folder that it lies in."""
    texts = [str(argument) for argument in arguments]
    if POSSIBLE and _warm().fits(texts):
        return _warm().run(texts, cwd, timeout, package=str(package))
    return subprocess.run(
        command(*texts), cwd=cwd, timeout=timeout, env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def python(
    code: str, *arguments: str | Path, cwd: Path, timeout: float = 300, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run lines of Python as ``python -c`` does, with something added to the environment."""
    texts = [str(argument) for argument in arguments]
    if POSSIBLE and _warm().fits([code, *texts]):
        return _warm().run(texts, cwd, timeout, code=code, environment=environment)
    return subprocess.run(
        [sys.executable, "-c", code, *texts], cwd=cwd, timeout=timeout, env={**os.environ, **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@cache
def _warm() -> Warm:
    return Warm()


def command(*arguments: str | Path) -> list[str]:
    """The command line of a run."""
    return [sys.executable, "-m", "videmo", *map(str, arguments)]


def tables(out: Path) -> dict[str, str]:
    """Hash of each result table below a folder, by relative path."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*.csv"))
        if path.name in TABLES
    }


def leftovers(out: Path) -> list[str]:
    """Files that a finished run must not leave behind."""
    return [
        path.relative_to(out).as_posix()
        for path in out.rglob("*")
        if path.name.startswith(".partial-") or ".work" in path.parts
    ]


def link(source: Path, target: Path) -> Path:
    """Put a clip under another name without copying it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    os.link(source, target) if source.stat().st_dev == target.parent.stat().st_dev else target.write_bytes(
        source.read_bytes()
    )
    return target
