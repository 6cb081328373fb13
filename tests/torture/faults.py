"""Faults of the surroundings: full and read-only disks, little memory, files that change, odd dates, extreme sizes."""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import psutil

from clips import Picture, make_clip
from runs import leftovers

from .damage import right
from .harness import Entry, Options, Ran, Round, contents, differences, forbidden, run_videmo, started
from .kills import unreadable
from .originals import face_pictures

TITLE: Final = "Faults of the surroundings"
SAID: Final = (
    "What goes wrong around a run. A disk that is full after a random amount of writing (a tmpfs of that size), "
    "one that becomes read-only on the way, memory that does not suffice (RLIMIT_AS), a recording that is "
    "replaced on the way: each has to end in sentences, without a traceback or a half-written file, and the same "
    "command, once there is room again, has to give what an undisturbed run gives, to the byte. Then dates that "
    "no clock shows, and sizes: 10,000 files, ten hours, 8K, one frame, 50 faces."
)
COUNT: Final = 10
PATIENCE_S: Final = 600.0
LONGEST_S: Final = 7200.0
"""After this, a run of extreme size counts as hung."""
CONFIG: Final = "[reading]\nchunk_s = 0.5\n[plots]\ndpi = 40\n"


def rounds(options: Options) -> Iterator[Round]:
    """Yield as many rounds of each random fault as are asked for, and one of each size."""
    for number in range(options.count):
        for name, fault in (("full disk", full_disk), ("read-only disk", read_only), ("little memory", little_memory),
                            ("replaced recording", replaced)):  # fmt: skip
            yield Round(f"{name} {number}", Fault(fault, random.Random(f"{options.seed}/{name}/{number}"), options).run)
    for name, size in SIZES.items():
        if options.count >= COUNT or name in ("one frame", "dates that no clock shows"):
            yield Round(name, Fault(size, random.Random(options.seed), options).run)


Body = Callable[[Entry, Path, random.Random], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in a folder of its own."""

    body: Body
    chance: random.Random
    options: Options

    def run(self, entry: Entry) -> None:
        """Run it, and clear up."""
        work = self.options.scratch
        shutil.rmtree(work, ignore_errors=True)
        (work / "in").mkdir(parents=True)
        (work / "torture.toml").write_text(CONFIG)
        self.body(entry, work, self.chance)
        if entry.found:
            shutil.copytree(work, self.options.kept / entry.key.replace(" ", "-"), dirs_exist_ok=True)
        shutil.rmtree(work)


def _recordings(work: Path) -> None:
    size = (160, 120)
    making = {"size": size, "frames": 24, "fps": 12, "gop": 6, "pictures": face_pictures(size)}
    make_clip(work / "in" / "anna.mp4", audio="aac", **making)  # type: ignore[arg-type]
    make_clip(work / "in" / "ben.ts", **making)  # type: ignore[arg-type]


def _analyze(work: Path) -> tuple[str, ...]:
    return ("analyze", str(work / "in"), "--out", str(work / "disk" / "out"), "--config", str(work / "torture.toml"),
            "--jobs", "2")  # fmt: skip


@lru_cache(maxsize=4)
def _undisturbed(work: Path) -> dict[str, str]:
    """What a run leaves that nothing disturbs; always in the same folder, for results name their recordings."""
    ran = run_videmo(*_analyze(work), timeout=PATIENCE_S)
    assert ran.code == 0, ran.said
    found = contents(work / "disk" / "out")
    shutil.rmtree(work / "disk")
    return found


def _fixed_times(work: Path) -> None:
    """The same dates in every round: results tell them."""
    for path in (work / "in").iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))


def _prepared(work: Path) -> dict[str, str]:
    _recordings(work)
    _fixed_times(work)
    return _undisturbed(work)


def _check_said(entry: Entry, ran: Ran, out: Path) -> None:
    entry.check(not ran.hung, "it hangs")
    entry.check(ran.hung or ran.code in (0, 1), f"exit code {ran.code}: {ran.said[-400:]}")
    for line in forbidden(ran.said):
        entry.check(False, f"printed: {line}: {ran.said[-600:]!r}")
    entry.check(ran.code == 0 or "videmo: " in ran.said, f"it failed without a sentence: {ran.said[-300:]}")
    for fault in unreadable(out):
        entry.check(False, fault)


def _check_recovery(entry: Entry, work: Path, wanted: dict[str, str]) -> None:
    out = work / "disk" / "out"
    ran = run_videmo(*_analyze(work), timeout=PATIENCE_S)
    entry.check(ran.code == 0, f"run again, exit code {ran.code}: {ran.said[-400:]}")
    entry.check(not leftovers(out), f"run again, left behind: {leftovers(out)}")
    for difference in differences(contents(out), wanted):
        entry.check(False, f"run again: {difference}")


@contextmanager
def _disk(place: Path, kilobytes: int) -> Iterator[None]:
    place.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", place], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
        place.rmdir()


def _may_mount(entry: Entry) -> bool:
    if os.geteuid() == 0:
        return True
    entry.notes.append("Full and read-only disks were left out: only root may mount a tmpfs.")
    return False


# Faults.


def full_disk(entry: Entry, work: Path, chance: random.Random) -> None:
    """The folder of results is full after a random amount."""
    if not _may_mount(entry):
        return
    wanted = _prepared(work)
    kilobytes = chance.randrange(16, 900)
    with _disk(work / "disk", kilobytes):
        ran = run_videmo(*_analyze(work), timeout=PATIENCE_S)
        out = work / "disk" / "out"
        _check_said(entry, ran, out)
        entry.check(ran.code == 0 or "space" in ran.said, f"it does not say that the disk is full: {ran.said[-300:]}")
        entry.check(not [*out.rglob(".partial-*")], "half-written files are left")
        entry.count("Faults", "full disk", "everything fitted" if ran.code == 0 else "ended with a sentence")
        subprocess.run(["mount", "-o", "remount,size=200m", work / "disk"], check=True)
        _check_recovery(entry, work, wanted)


def read_only(entry: Entry, work: Path, chance: random.Random) -> None:
    """The disk of the results becomes read-only on the way: what permissions that are lost are to others, for root."""
    if not _may_mount(entry):
        return
    wanted = _prepared(work)
    with _disk(work / "disk", 200_000):
        run = started(*_analyze(work))
        time.sleep(chance.uniform(0.3, 5.0))
        code = 1
        while code and run.poll() is None:  # busy as long as something is being written
            code = subprocess.run(
                ["mount", "-o", "remount,ro", work / "disk"], check=False, capture_output=True
            ).returncode
            time.sleep(0.01)
        began = time.monotonic()
        said, _ = run.communicate(timeout=PATIENCE_S)
        out = work / "disk" / "out"
        _check_said(entry, Ran(run.returncode, said, time.monotonic() - began, hung=False), out)
        entry.count("Faults", "read-only disk", "too late: it had ended" if code else "ended with a sentence")
        subprocess.run(["mount", "-o", "remount,rw", work / "disk"], check=True)
        _check_recovery(entry, work, wanted)


def little_memory(entry: Entry, work: Path, chance: random.Random) -> None:
    """Every process has a limit of its address space."""
    wanted = _prepared(work)
    limit = chance.randrange(300, 3000) << 20

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    ran = run_videmo(*_analyze(work), timeout=PATIENCE_S, preexec_fn=bounded)
    out = work / "disk" / "out"
    entry.check(not ran.hung, f"it hangs with {limit >> 20} MB")
    entry.check(ran.code != 0 or differences(contents(out), wanted) == [], "it says that all went well, and it did not")
    for fault in unreadable(out):
        entry.check(False, fault)
    if "MemoryError" not in ran.said and "memory" not in ran.said.lower():
        for line in forbidden(ran.said):
            entry.check(False, f"printed with {limit >> 20} MB: {line}: {ran.said[-500:]!r}")
    entry.count("Faults", "little memory", "enough" if ran.code == 0 else "ended with a sentence")
    _check_recovery(entry, work, wanted)


def replaced(entry: Entry, work: Path, chance: random.Random) -> None:
    """A recording is replaced by another one, or written to, while it is analysed."""
    wanted = _prepared(work)
    anna, whole = work / "in" / "anna.mp4", (work / "in" / "anna.mp4").read_bytes()
    other = work / "other.mp4"
    make_clip(other, frames=30, fps=12, size=(160, 120))
    run = started(*_analyze(work))
    time.sleep(chance.uniform(0.2, 4.0))
    how = chance.choice(("replaced by another", "removed", "cut off in place", "grows"))
    if how == "replaced by another":
        other.replace(anna)
    elif how == "removed":
        anna.unlink()
    else:
        with anna.open("r+b") as stream:
            if how == "grows":
                stream.seek(0, os.SEEK_END)
                stream.write(bytes(1000))
            else:
                stream.truncate(len(whole) // 2)
    late = run.poll() is not None
    said, _ = run.communicate(timeout=PATIENCE_S)
    out = work / "disk" / "out"
    _check_said(entry, Ran(run.returncode, said, 0.0, hung=False), out)
    entry.count(
        "Faults",
        f"recording {how}",
        "too late: it had ended" if late else "ended well" if not run.returncode else "ended with a sentence",
    )
    anna.write_bytes(whole)
    _fixed_times(work)
    _check_recovery(entry, work, wanted)


# Sizes.


def _whole_run(entry: Entry, work: Path, name: str, *options: str) -> pd.DataFrame:
    """Analyse what is in the folder; returns the table of recordings."""
    out, sizes = work / "out", [0]

    def look(run: psutil.Process) -> None:
        sizes.extend(each.memory_info().rss for each in (run, *run.children(recursive=True)))

    ran = run_videmo("analyze", work / "in", "--out", out, "--jobs", "2", *options, timeout=LONGEST_S, look=look)
    entry.check_said(ran.said, name)
    entry.check(ran.code in (0, 1), f"{name}: exit code {ran.code}: {ran.said[-300:]}")
    entry.peak(f"{name}: seconds", ran.seconds)
    entry.peak(f"{name}: memory of the largest process in MB", max(sizes) / 2**20)
    entry.check(not leftovers(out), f"{name}: left behind: {leftovers(out)[:3]}")
    entry.count("Sizes", name, "tried")
    return pd.read_csv(out / "recordings.csv", dtype={"recording": str, "reason": str}).set_index("recording")


_TABLES: Final = ("--no-plots", "--no-report", "--no-annotate")


def dates(entry: Entry, work: Path, chance: random.Random) -> None:
    """Recordings, and results, with dates before 1970 and far ahead; the clock itself can't be set here."""
    _recordings(work)
    for place, when in enumerate((-1, 0, -(2**31), 2**31, 2**33, 11_000_000_000)):
        path = work / "in" / f"dated{place}.mp4"
        shutil.copy(work / "in" / "anna.mp4", path)
        os.utime(path, (when, when))
    first = _whole_run(entry, work, "dates that no clock shows", *_TABLES)
    entry.check((first["status"] == "ok").all(), f"not all could be analysed: {first['reason'].dropna().tolist()}")
    for path in (work / "out").rglob("*"):
        os.utime(path, (2**33, 2**33))
    ran = run_videmo("analyze", work / "in", "--out", work / "out", "--jobs", "2", *_TABLES, timeout=PATIENCE_S)
    entry.check("0 analysed" in ran.said, f"finished recordings were analysed again: {ran.said[-300:]}")
    entry.notes.append("Jumps of the system's clock were not tried: dates of files were set instead.")


def many_files(entry: Entry, work: Path, chance: random.Random) -> None:
    """Ten thousand files, one in a hundred of which is a recording."""
    small = work / "small.mp4"
    make_clip(small, frames=5, fps=5, size=(64, 48))
    for number in range(10_000):
        folder = work / "in" / f"{number // 500:02}"
        folder.mkdir(exist_ok=True)
        path = folder / f"{number:05}.mp4"
        if number % 100:
            path.write_bytes(b"" if number % 3 else chance.randbytes(50))
        else:
            os.link(small, path)
    table = _whole_run(entry, work, "10,000 files", *_TABLES)
    counts = table["status"].value_counts().to_dict()
    entry.check(counts == {"failed": 9900, "ok": 100}, f"10,000 files: {counts}")


def ten_hours(entry: Entry, work: Path, chance: random.Random) -> None:
    """Ten hours of small pictures, two a second."""
    frames = 10 * 3600 * 2
    draw = face_pictures((96, 72))
    make_clip(work / "in" / "long.mkv", codec="mpeg4", frames=frames, fps=2, gop=20, size=(96, 72), pictures=draw)
    row = _whole_run(entry, work, "10 hours", "--no-annotate").loc["long.mkv"]
    entry.check(row["sampled"] == frames, f"10 hours: {row['sampled']} of {frames} frames")
    entry.check(abs(row["recording_duration_s"] - 36000) < 0.6, f"10 hours: {row['recording_duration_s']} s")
    for fault in right(row, work / "out" / "long.mkv"):
        entry.check(False, f"10 hours: {fault}")


def eight_k(entry: Entry, work: Path, chance: random.Random) -> None:
    """Pictures of 7680×4320, as many as make a person, with everything that is made of them."""
    draw = face_pictures((7680, 4320))
    make_clip(work / "in" / "8k.mp4", frames=8, fps=25, gop=4, size=(7680, 4320), pictures=lambda _: draw(0))
    row = _whole_run(entry, work, "8K").loc["8k.mp4"]
    entry.check((row["status"], row["sampled"], row["people"]) == ("ok", 8, 1), f"8K: {row.to_dict()}")


def one_frame(entry: Entry, work: Path, chance: random.Random) -> None:
    """Recordings of a single frame, in several containers."""
    for name in ("a.mp4", "a.mkv", "a.avi", "a.ts"):
        make_clip(work / "in" / name, frames=1, size=(160, 120), pictures=face_pictures((160, 120)))
    table = _whole_run(entry, work, "one frame")
    for name, row in table.iterrows():
        entry.check((row["status"], row["sampled"]) == ("ok", 1), f"{name} of one frame: {row.to_dict()}")
        for fault in right(row, work / "out" / str(name)):
            entry.check(False, f"{name} of one frame: {fault}")


_PLACES: Final = (2, 8, 14, 20, 26)
"""Pictures of the sample from which on the faces of a wall move."""


def fifty_faces(entry: Entry, work: Path, chance: random.Random) -> None:
    """A wall of fifty faces."""
    draw = face_pictures((192, 216))

    def wall(number: int) -> Picture:
        # Each goes back and forth by a few pictures: where the sample begins anew, its face jumps, as in a cut.
        step = min(number % 6, 6 - number % 6)
        rows = [np.hstack([draw(_PLACES[(10 * row + column) % 5] + step) for column in range(10)]) for row in range(5)]
        return np.ascontiguousarray(np.vstack(rows))

    make_clip(work / "in" / "wall.mp4", frames=20, fps=10, gop=10, size=(1920, 1080), pictures=wall)
    row = _whole_run(entry, work, "50 faces").loc["wall.mp4"]
    seen = pd.read_csv(work / "out" / "wall.mp4" / "observations.csv")
    entry.peak("50 faces: found in a frame", float((seen["status"] != "no_face").groupby(seen["frame"]).sum().max()))
    entry.check(45 <= row["people"] <= 50, f"50 faces: {row['people']} persons")
    for fault in right(row, work / "out" / "wall.mp4"):
        entry.check(False, f"50 faces: {fault}")


SIZES: Final[dict[str, Body]] = {
    "dates that no clock shows": dates,
    "one frame": one_frame,
    "50 faces": fifty_faces,
    "8K": eight_k,
    "10,000 files": many_files,
    "10 hours": ten_hours,
}
