"""What all parts share: rounds that can be resumed, running the command line under watch, and the page."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import av
import psutil

import videmo
from runs import command
from videmo.machine import machine

ROOT = Path(__file__).parents[2]
NEVER = re.compile(r"Traceback|unexpected|bug in videmo|Exception ignored|Segmentation|\w+Warning:", re.IGNORECASE)
"""What no output of videmo may contain, whatever it is given."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a part is run."""

    count: int
    seed: int
    scratch: Path
    """Folder for what the rounds make; each of them clears up behind itself."""
    kept: Path
    """Where inputs stay that something was found with."""


@dataclass(slots=True)
class Entry:
    """What came of one round."""

    key: str
    tally: dict[str, int] = field(default_factory=dict)
    """Counts by ``table|row|column``."""
    peaks: dict[str, float] = field(default_factory=dict)
    """The largest of what was measured, by name with its unit."""
    found: list[str] = field(default_factory=list)
    """Every fault in words."""
    notes: list[str] = field(default_factory=list)
    """What was left out, and why."""
    seconds: float = 0.0

    def count(self, table: str, row: str, column: str, by: int = 1) -> None:
        """Count something into a cell of a table of the page."""
        cell = "|".join(part.replace("|", "/") for part in (table, row, column))
        self.tally[cell] = self.tally.get(cell, 0) + by

    def peak(self, name: str, value: float) -> None:
        """Remember the largest value."""
        self.peaks[name] = max(value, self.peaks.get(name, 0.0))

    def check(self, good: bool, fault: str) -> bool:
        """Note a fault unless all is well."""
        if not good:
            self.found.append(fault)
        return good

    def check_said(self, said: str, where: str) -> None:
        """Note each line of an output that should not be there."""
        for line in forbidden(said):
            self.found.append(f"{where}: printed {line}")


@dataclass(frozen=True, slots=True)
class Round:
    """A piece of a part that is run as a whole and noted when it is done."""

    key: str
    run: Callable[[Entry], None]


def played(rounds: Iterable[Round], journal: Path | None = None, say: Callable[[str], None] = print) -> list[Entry]:
    """Run the rounds that are not in a journal yet; returns what came of all.

    Args:
        rounds: to run.
        journal: where each is noted once it is done, or None to note nothing.
        say: prints progress.
    """
    rounds = list(rounds)
    known = _read(journal) if journal else {}
    entries = []
    for place, each in enumerate(rounds, 1):
        entry = known.get(each.key)
        if entry is None:
            entry, begin = Entry(each.key), time.monotonic()
            each.run(entry)
            entry.seconds = time.monotonic() - begin
            if journal:
                with journal.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(asdict(entry)) + "\n")
            say(
                f"{place}/{len(rounds)} {each.key} {entry.seconds:.1f} s"
                + "".join(f"\n  FOUND {x}" for x in entry.found)
            )
        entries.append(entry)
    return entries


def _read(journal: Path) -> dict[str, Entry]:
    entries = {}
    if journal.exists():
        text = journal.read_text(encoding="utf-8")
        if text and not text.endswith("\n"):
            journal.write_text(f"{text}\n", encoding="utf-8")
        for line in text.splitlines():
            with suppress(ValueError):  # the last line of a journal whose writer was killed
                values = json.loads(line)
                entries[values["key"]] = Entry(**values)
    return entries


def state_of_the_code(part: Path) -> str:
    """A hash of the package and of one part: a journal only goes on with the code that it was begun with."""
    digest = hashlib.sha256()
    files = [*(ROOT / "videmo").rglob("*.py"), part, *Path(__file__).parent.glob("[hocj]*.py")]
    for path in sorted(files):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def started(*arguments: str | Path, more: Mapping[str, str] | None = None, **options: Any) -> subprocess.Popen[str]:
    """Start ``videmo …`` of this very checkout, in whatever folder, as a shell does a job: in a group of its own.

    Args:
        arguments: of the command.
        more: is added to the environment.
        options: of the process.
    """
    places = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        start_new_session=True, env={**os.environ, "PYTHONPATH": places, **(more or {})}, **options,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of the command line that ended, or was ended."""

    code: int
    said: str
    seconds: float
    hung: bool


def run_videmo(
    *arguments: str | Path, timeout: float, look: Callable[[psutil.Process], None] | None = None, **options: Any
) -> Ran:
    """Run ``videmo …`` to its end; one that takes too long is killed with all its workers.

    Args:
        arguments: of the command.
        timeout: in seconds.
        look: is called five times a second with the process.
        options: of the process.
    """
    began, hung = time.monotonic(), False
    run = started(*arguments, **options)
    while True:
        try:
            # Read all the time: what thousands of recordings say does not fit into a pipe.
            said, _ = run.communicate(timeout=0.2)
            return Ran(run.returncode, said, time.monotonic() - began, hung)
        except subprocess.TimeoutExpired:
            if not hung and time.monotonic() - began > timeout:
                os.killpg(run.pid, signal.SIGKILL)
                hung = True
            elif look is not None:
                with suppress(psutil.Error):
                    look(psutil.Process(run.pid))


def forbidden(said: str) -> list[str]:
    """Lines of an output that should not be there."""
    return [line.strip()[:300] for line in said.splitlines() if NEVER.search(line)]


def contents(out: Path) -> dict[str, str]:
    """Hash of each file below a folder, by relative path; locks and how far runs have come are left out."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and not path.name.endswith(".lock") and not path.name.startswith("run-status")
    }


def differences(seen: dict[str, str], wanted: dict[str, str]) -> list[str]:
    """In words what differs between the contents of two folders."""
    return [
        *(f"{name} is missing" for name in sorted(wanted.keys() - seen.keys())),
        *(f"{name} should not be there" for name in sorted(seen.keys() - wanted.keys())),
        *(f"{name} differs" for name in sorted(seen.keys() & wanted.keys()) if seen[name] != wanted[name]),
    ]


@contextmanager
def cleared(folder: Path) -> Iterator[Path]:
    """A fresh folder that is gone afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def page(title: str, said: str, how: str, entries: Sequence[Entry], state: str) -> str:
    """The page of a part as Markdown: tables of what was counted, and every fault that was found.

    Args:
        title: of the page.
        said: what the part does.
        how: the command.
        entries: what came of the rounds.
        state: of the code, from `commit`.
    """
    tally: Counter[str] = Counter()
    peaks: dict[str, float] = {}
    for entry in entries:
        tally.update(entry.tally)
        peaks = {name: max(value, peaks.get(name, 0.0)) for name, value in {**peaks, **entry.peaks}.items()}
    found = [fault for entry in entries for fault in entry.found]
    lines = [f"# {title}", "", said, "", f"Made by `{how}`.", "", f"- Machine: {machine()}"]
    lines += [
        f"- Versions: videmo {videmo.__version__} ({state}), PyAV {av.__version__}, FFmpeg {_ffmpeg()}, {_others()}"
    ]
    lines += [f"- Rounds: {len(entries)}, in {sum(entry.seconds for entry in entries) / 60:.0f} minutes"]
    lines += [f"- Faults found: {len(found) or 'none'}", ""]
    lines += [f"- {name}: {value:,.1f}" for name, value in sorted(peaks.items())]
    for table in dict.fromkeys(key.split("|")[0] for key in tally):
        lines += ["", f"## {table}", "", *_table(table, tally)]
    if found:
        lines += ["", "## Faults", "", *(f"- {fault}" for fault in found)]
    notes = [note for entry in entries for note in entry.notes]
    if notes:
        lines += ["", "## Notes", "", *(f"- {note}" for note in dict.fromkeys(notes))]
    return "\n".join(lines) + "\n"


def _table(table: str, tally: Counter[str]) -> list[str]:
    cells = {tuple(key.split("|")[1:]): count for key, count in tally.items() if key.split("|")[0] == table}
    columns = [*dict.fromkeys(column for _, column in sorted(cells, key=lambda cell: cell[1]))]
    rows = sorted({row for row, _ in cells})
    lines = ["| | " + " | ".join(columns) + " |", "|---" + "|---:" * len(columns) + "|"]
    for row in rows:
        lines.append(f"| {row} | " + " | ".join(f"{cells.get((row, column), 0):,}" for column in columns) + " |")
    total = [sum(cells.get((row, column), 0) for row in rows) for column in columns]
    if len(rows) > 1:
        lines.append("| **all** | " + " | ".join(f"{number:,}" for number in total) + " |")
    return lines


def commit() -> str:
    """The commit that is checked out, and whether the package differs from it."""
    asked = {"cwd": ROOT, "capture_output": True, "text": True, "check": False}
    named = subprocess.run(["git", "rev-parse", "--short", "HEAD"], **asked).stdout.strip()  # type: ignore[call-overload]
    changed = subprocess.run(["git", "status", "--porcelain", "videmo"], **asked).stdout.strip()  # type: ignore[call-overload]
    return f"commit {named}{', changed' if changed else ''}" if named else "no commit known"


def _ffmpeg() -> str:
    return str(getattr(av, "ffmpeg_version_info", "")) or ".".join(map(str, av.library_versions["libavcodec"]))


def _others() -> str:
    return ", ".join(
        f"{name} {version(name)}" for name in ("numpy", "pandas", "opencv-python-headless", "ai-edge-litert")
    )
