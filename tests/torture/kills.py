"""Kills: commands that write are killed at random moments in every way, and run again; nothing may differ then."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd
import psutil

from clips import make_clip
from runs import leftovers
from studies import PLAN, make_study

from .harness import Entry, Options, Round, contents, differences, run_videmo, started
from .originals import face_pictures

TITLE: Final = "Kills"
SAID: Final = (
    "Commands that write into a folder of results are killed at a random moment: all their processes at once "
    "(`-9`), the first process alone, one of its workers, all or the first of them by SIGTERM, or by a power cut "
    "(all processes are frozen, the folder is copied as it is, and the copy takes its place). Then the same "
    "command is run to its end, in some rounds after a second kill, and every file in the folder has to equal "
    "that of an undisturbed run, to the byte. Every fourth round has more busy processes beside it than there are "
    "cores. What is there after a kill has to be readable, and SIGTERM has to leave nothing half-written, no "
    "process and no traceback."
)
COUNT: Final = 200
PATIENCE_S: Final = 300.0
ENDED_S: Final = 30.0
CONFIG: Final = "[reading]\nchunk_s = 0.5\n[plots]\ndpi = 40\n"
STUDY: Final = "[compare]\npermutations = 199\nbootstraps = 199\n[timecourse]\npermutations = 199\nsurrogates = 99\n"
PEOPLE: Final = "person,name,merge_into\n1,Anna,\n"


OFTEN: Final = (
    *["analyze"] * 4, *["report"] * 2, *["annotate"] * 2, "people", *["analyze again"] * 2, "export", *["study"] * 2,
)  # fmt: skip
"""The commands; the analysis is killed more often than the others, for most happens there."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A command, what it finds in the folder of results, and what it leaves when nobody disturbs it."""

    name: str
    arguments: tuple[str, ...]
    before: Path | None
    """A folder to begin with; None for none."""
    after: dict[str, str]
    seconds: float


def rounds(options: Options) -> Iterator[Round]:
    """Yield a round for each kill."""
    scenes = Scenes(options.scratch.parent / "kills")
    for number in range(options.count):
        kill = Kill(number, options, scenes)
        yield Round(f"kill {number}", kill.run)


class Scenes:
    """All commands, each run once undisturbed when it is first asked for: a journal may know many rounds already."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.out = folder, folder / "out"
        self._known: dict[str, Scene] = {}

    def __getitem__(self, name: str) -> Scene:
        if not self._known:
            self._record()
            self._known["analyze"] = self._undisturbed("analyze", None)
            shutil.copytree(self.out, self._folder / "whole")
        if name not in self._known:
            self._known[name] = self._undisturbed(name, self._before(name))
        return self._known[name]

    def _record(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        recordings = self._folder / "in"
        (recordings / "day 1").mkdir(parents=True)
        (self._folder / "short-chunks.toml").write_text(CONFIG)
        making = {"size": (160, 120), "frames": 24, "fps": 12, "gop": 6, "pictures": face_pictures((160, 120))}
        make_clip(recordings / "day 1" / "anna.mp4", audio="aac", **making)  # type: ignore[arg-type]
        make_clip(recordings / "day 1" / "ben.ts", audio="mp2", **making)  # type: ignore[arg-type]
        (recordings / "broken.mp4").write_text("no recording")

    def _before(self, name: str) -> Path:
        """Make the folder that a command finds; most find what the analysis left."""
        whole, own = self._folder / "whole", self._folder / f"before {name}"
        if name == "report":
            shutil.copytree(whole, own)
            (own / "day 1" / "ben.ts" / "people.csv").write_text(PEOPLE)
        elif name == "study":
            make_study(own, 4, plan=PLAN + STUDY)
        return own if own.exists() else whole

    def _arguments(self, name: str) -> tuple[str, ...]:
        out, config = str(self.out), str(self._folder / "short-chunks.toml")
        analyze = ("analyze", str(self._folder / "in"), "--out", out, "--config", config, "--jobs", "2")
        return {
            "analyze": analyze,
            "report": ("report", out, "--step", "0.5"),
            "annotate": ("annotate", out, "--quality", "35", "--jobs", "2"),
            "people": ("people", out),
            "analyze again": (*analyze, "--fps", "6", "--overwrite"),
            "export": ("export", out, "--to", "eaf"),
            "study": ("study", "run", str(self.out / "study")),
        }[name]

    def _undisturbed(self, name: str, before: Path | None) -> Scene:
        arguments = self._arguments(name)
        _begin(before, self.out)
        ran = run_videmo(*arguments, timeout=PATIENCE_S)
        assert ran.code == _wanted_code(name), ran.said
        assert not _left(name, self.out)
        return Scene(name, arguments, before, _made(name, self.out), ran.seconds)


def _wanted_code(name: str) -> int:
    """What a command ends with that nobody disturbs: one of the recordings can't be analysed."""
    return 1 if "analyze" in name else 0


def _left(name: str, out: Path) -> list[str]:
    """Files that should be gone; a study keeps what later runs may go on with."""
    return [path for path in leftovers(out) if name != "study" or ".work" not in Path(path).parts]


def _made(name: str, out: Path) -> dict[str, str]:
    """Hash of each file that a command left for its user."""
    return {
        path: digest for path, digest in contents(out).items() if name != "study" or ".work" not in Path(path).parts
    }


def _begin(before: Path | None, out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    if before is not None:
        shutil.copytree(before, out)


@dataclass(frozen=True, slots=True)
class Kill:
    """One command that is killed, once or twice, and then run to its end."""

    number: int
    options: Options
    scenes: Scenes

    def run(self, entry: Entry) -> None:
        """Run, kill, run again, and compare."""
        chance = random.Random(f"{self.options.seed}/{self.number}")
        scene, out = self.scenes[chance.choice(OFTEN)], self.scenes.out
        loaded = self.number % 4 == 3
        _begin(scene.before, out)
        with ExitStack() as stack:
            if loaded:
                stack.enter_context(busy(2 * (os.cpu_count() or 2) + 1))
            for _ in range(1 if chance.random() < 0.7 else 2):
                way = chance.choice(sorted(WAYS))
                at = chance.uniform(0.0, 1.05 * scene.seconds * (3 if loaded else 1))
                self._kill(scene, way, at, chance, out, entry, loaded)
            self._finish(scene, out, entry)
        if entry.found:
            shutil.copytree(out, self.options.kept / f"kill-{self.number}", dirs_exist_ok=True)

    def _kill(
        self, scene: Scene, way: str, at: float, chance: random.Random, out: Path, entry: Entry, loaded: bool
    ) -> None:
        where = f"kill {self.number}: {scene.name}, {way} after {at:.2f} s" + (", under load" if loaded else "")
        before = {*out.rglob(".partial-*")}  # of an earlier kill
        run = started(*scene.arguments)
        with suppress(subprocess.TimeoutExpired):
            run.wait(at)
        if run.poll() is not None:
            entry.count("Kills by command", scene.name, "too late: it had ended")
        else:
            entry.count("Kills by command", scene.name, way)
            entry.count("Kills under load", "more busy processes than cores" if loaded else "machine as it was", way)
        family, answers = _family(run.pid), _answers(run.pid)
        WAYS[way](run, chance, out)
        try:
            said, _ = run.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            said, _ = run.communicate()
            entry.check(False, f"{where}: it never ended")
        entry.check_said(said, where)
        if "SIGTERM" in way:
            codes = (0, 1, 130) if answers else (0, 1, 130, -signal.SIGTERM)
            entry.check(run.returncode in codes, f"{where}: exit code {run.returncode}")
            _, alive = psutil.wait_procs(family, timeout=ENDED_S)
            entry.check(not alive, f"{where}: processes are left")
            entry.check({*out.rglob(".partial-*")} <= before, f"{where}: half-written files are left")
        for fault in unreadable(out):
            entry.check(False, f"{where}: {fault}")

    def _finish(self, scene: Scene, out: Path, entry: Entry) -> None:
        ran = run_videmo(*scene.arguments, timeout=PATIENCE_S)
        where = f"kill {self.number}: {scene.name}, run again"
        entry.check(not ran.hung, f"{where}: hangs")
        entry.check(ran.code == _wanted_code(scene.name), f"{where}: exit code {ran.code}: {ran.said[-300:]}")
        entry.check_said(ran.said, where)
        for name in _left(scene.name, out):
            entry.check(False, f"{where}: {name} is left")
        for difference in differences(_made(scene.name, out), scene.after):
            entry.check(False, f"{where}: {difference}")


def _family(pid: int) -> list[psutil.Process]:
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def _answers(pid: int) -> bool:
    """Tell whether a process has its answer to SIGTERM, which Python has not by itself."""
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        caught = next(line for line in lines if line.startswith("SigCgt"))
        return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)
    return False


def _whole_group(run: subprocess.Popen[str], chance: random.Random, out: Path) -> None:
    with suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)


def _parent(run: subprocess.Popen[str], chance: random.Random, out: Path) -> None:
    run.kill()


def _worker(run: subprocess.Popen[str], chance: random.Random, out: Path) -> None:
    workers = _family(run.pid)[1:]
    with suppress(psutil.Error):
        chance.choice(workers or _family(run.pid) or [psutil.Process(run.pid)]).kill()


def _term_parent(run: subprocess.Popen[str], chance: random.Random, out: Path) -> None:
    run.terminate()


def _term_group(run: subprocess.Popen[str], chance: random.Random, out: Path) -> None:
    with suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGTERM)


def _power_cut(run: subprocess.Popen[str], chance: random.Random, out: Path) -> None:
    with suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGSTOP)
        time.sleep(0.05)  # until the last of them is at rest
    copy = out.with_name("copy")
    if out.exists():
        shutil.copytree(out, copy)
    with suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    shutil.rmtree(out, ignore_errors=True)
    if copy.exists():
        copy.rename(out)


WAYS: Final[dict[str, Callable[[subprocess.Popen[str], random.Random, Path], None]]] = {
    "-9 to all": _whole_group,
    "-9 to the first": _parent,
    "-9 to a worker": _worker,
    "SIGTERM to all": _term_group,
    "SIGTERM to the first": _term_parent,
    "power cut": _power_cut,
}


def unreadable(out: Path) -> Iterator[str]:
    """What stands in a folder under its own name, and is not whole."""
    for path in out.rglob("*"):
        if path.name.startswith(".partial-") or not path.is_file():
            continue
        try:
            if path.suffix == ".csv":
                pd.read_csv(path)
            elif path.suffix == ".json":
                json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue  # of workers that were still ending
        except ValueError as exc:
            yield f"{path.relative_to(out)} is not whole: {exc}"


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Keep processes busy beside what is tried."""
    loop: Sequence[str] = (sys.executable, "-c", "while True: sum(range(10000))")
    running = [subprocess.Popen(loop) for _ in range(count)]
    try:
        yield
    finally:
        for each in running:
            each.kill()
            each.wait()
