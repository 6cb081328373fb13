"""Damage: small recordings in every format, each broken in one of many ways, fifty in a run beside a whole one."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
import pandas as pd

from runs import leftovers
from videmo.measures.emotions import EMOTIONS

from .harness import ROOT, Entry, Options, Round, contents, differences, forbidden, run_videmo
from .originals import FORMATS, FRAMES, originals

TITLE: Final = "Damaged files"
SAID: Final = (
    "Small recordings of a face in every format that this FFmpeg can write, each damaged in one of the ways "
    "below, fifty in one run of `videmo analyze` beside a whole recording. No run may print a traceback or a "
    "warning of Python, hang, or leave a temporary file; each file is one row, and one that fails has its reason "
    "in a sentence; times go forward and lie within the length, the probabilities of a face add up to one; the "
    "results of the whole recording are those of a run by itself, to the byte. Where there are fewer frames than "
    "there were before the damage, the status or a note has to say so, unless nothing in such a file could tell. "
    "Every fifth run also writes plots, pages and annotated videos."
)
_CUTS: Final = frozenset({"cut off", "beginning cut off"})
_ANY: Final = frozenset({"any"})
UNTOLD: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(("raw.h264", "raw.hevc", "raw.mjpeg", "mpeg2.m2v"), _ANY),
    **dict.fromkeys(("mpeg1.mpg", "mpeg2.vob", "rv20.rm", "gif.gif", "dv.dv"), _ANY),
    **dict.fromkeys(("h264.ts", "h264.m2ts", "mpeg2.ts"), _CUTS),
}
"""Recordings in which frames may be lost without a trace, and by what: raw streams neither count their frames nor time
them, program streams, RealMedia and GIF don't do so for each, DV may lack whole frames; a transport stream that is cut
between two packets is whole."""
COUNT: Final = 2000
BATCH: Final = 50
HANG_S: Final = 600.0
ALONE_HANG_S: Final = 90.0
GOOD: Final = "good.mp4"
_HEADER: Final = 600

Damage = Callable[[bytearray, random.Random, bytes], bytearray]
"""Breaks the content of a file; the last argument is that of another one."""


def _span(content: bytearray, chance: random.Random) -> tuple[int, int]:
    """A stretch of a file, short ones more often than long ones."""
    length = min(len(content), round(2 ** chance.uniform(0, 14)))
    begin = chance.randrange(len(content) - length + 1)
    return begin, begin + length


def flip_bits(content: bytearray, chance: random.Random, other: bytes) -> bytearray:
    for _ in range(round(2 ** chance.uniform(0, 8))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return content


def overwrite(content: bytearray, chance: random.Random, other: bytes) -> bytearray:
    begin, end = _span(content, chance)
    content[begin:end] = chance.randbytes(end - begin)
    return content


def zero(content: bytearray, chance: random.Random, other: bytes) -> bytearray:
    begin, end = _span(content, chance)
    content[begin:end] = bytes(end - begin)
    return content


def fill(content: bytearray, chance: random.Random, other: bytes) -> bytearray:
    begin, end = _span(content, chance)
    content[begin:end] = b"\xff" * (end - begin)
    return content


def cut_off(content: bytearray, chance: random.Random, other: bytes) -> bytearray:
    return content[: chance.randrange(1, len(content))]


def cut_front(content: bytearray, chance: random.Random, other: bytes) -> bytearray:
    return content[_span(content, chance)[1] :] or content


def splice(content: bytearray, chance: random.Random, other: bytes) -> bytearray:
    """Put a stretch of another recording in place of one of this."""
    begin, end = _span(content, chance)
    first = chance.randrange(max(1, len(other) - (end - begin)))
    content[begin:end] = other[first : first + chance.randrange(2 * (end - begin) + 1)]
    return content


def drop(content: bytearray, chance: random.Random, other: bytes) -> bytearray:
    begin, end = _span(content, chance)
    del content[begin:end]
    return content


def double(content: bytearray, chance: random.Random, other: bytes) -> bytearray:
    begin, end = (0, len(content)) if chance.random() < 0.3 else _span(content, chance)
    content[end:end] = content[begin:end]
    return content


def shuffle(content: bytearray, chance: random.Random, other: bytes) -> bytearray:
    size = chance.choice((188, 512, 2048, 4096))
    keep = chance.choice((0, size))
    blocks = [content[at : at + size] for at in range(keep, len(content), size)]
    for _ in range(chance.randrange(1, 4)):
        one, two = chance.randrange(len(blocks)), chance.randrange(len(blocks))
        blocks[one], blocks[two] = blocks[two], blocks[one]
    return content[:keep] + b"".join(blocks)


def append(content: bytearray, chance: random.Random, other: bytes) -> bytearray:
    length = round(2 ** chance.uniform(0, 16))
    return content + chance.choice((bytes(length), chance.randbytes(length), bytes(other), bytes(content[:length])))


def hit_header(content: bytearray, chance: random.Random, other: bytes) -> bytearray:
    """Hit a few bytes at the beginning, or at the end, where MP4 keeps its tables."""
    length = min(_HEADER, len(content))
    first = chance.choice((0, len(content) - length))
    for _ in range(chance.randrange(1, 5)):
        content[first + chance.randrange(length)] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    return content


def extreme_numbers(content: bytearray, chance: random.Random, other: bytes) -> bytearray:
    """Put the largest and smallest numbers where tables and headers have theirs."""
    length = min(2 * _HEADER, len(content) - 8)
    first = chance.choice((0, len(content) - 8 - length))
    for _ in range(chance.randrange(1, 4)):
        at = first + chance.randrange(length)
        number = chance.choice((b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\0", b"\0\0\0\x01"))
        content[at : at + 4] = number if chance.random() < 0.5 else number[::-1]
    return content


DAMAGES: Final[dict[str, Damage]] = {
    "bits flipped": flip_bits,
    "bytes overwritten": overwrite,
    "zeroed": zero,
    "filled with ones": fill,
    "cut off": cut_off,
    "beginning cut off": cut_front,
    "spliced with another": splice,
    "middle left out": drop,
    "doubled": double,
    "blocks shuffled": shuffle,
    "appended to": append,
    "header hit": hit_header,
    "extreme numbers": extreme_numbers,
}


@dataclass(frozen=True, slots=True)
class Case:
    """One damaged file; all that it is follows from its number and the seed."""

    number: int
    original: str
    damage: str
    name: str


def case_of(number: int, seed: int, known: dict[str, Path]) -> Case:
    """Choose format and damage: every damage in turn, and every format by chance."""
    chance = random.Random(f"{seed}/{number}")
    original = chance.choice(sorted(known))
    damage = [*DAMAGES][number % len(DAMAGES)]
    return Case(number, original, damage, f"{number:05}-{damage.replace(' ', '-')}-{original}")


def damaged(case: Case, seed: int, known: dict[str, Path]) -> bytes:
    """The content of a damaged file."""
    chance = random.Random(f"{seed}/{case.number}/bytes")
    other = known[chance.choice(sorted(known))].read_bytes()
    return bytes(DAMAGES[case.damage](bytearray(known[case.original].read_bytes()), chance, other))


def rounds(options: Options) -> Iterator[Round]:
    """Yield the batches."""
    known = originals(options.scratch.parent / "originals")
    for first in range(0, options.count, BATCH):
        cases = [case_of(number, options.seed, known) for number in range(first, min(first + BATCH, options.count))]
        yield Round(f"files {first} to {first + len(cases) - 1}", Batch(cases, options, known).run)


@dataclass(frozen=True, slots=True)
class Batch:
    """Files that one run analyses, beside one that is whole."""

    cases: list[Case]
    options: Options
    known: dict[str, Path]

    @property
    def kind(self) -> int:
        return self.cases[0].number // BATCH % 5

    def run(self, entry: Entry) -> None:
        """Damage the files, analyse them, and check what came of it."""
        folder = self.options.scratch
        shutil.rmtree(folder, ignore_errors=True)
        recordings, out = folder / "in", folder / "out"
        recordings.mkdir(parents=True)
        for case in self.cases:
            (recordings / case.name).write_bytes(damaged(case, self.options.seed, self.known))
        shutil.copy(ROOT / "samples" / "phone-rotated.mp4", recordings / GOOD)
        arguments = how(self.kind, folder)
        # Each by its name: some endings are no recording's, and damage does not ask for endings.
        ran = run_videmo("analyze", *sorted(recordings.iterdir()), "--out", out, *arguments, timeout=HANG_S)
        entry.peak("Longest run of fifty files in seconds", ran.seconds)
        if ran.hung:
            self._find_who_hangs(recordings, arguments, entry)
        else:
            for line in forbidden(ran.said):
                entry.check(False, f"printed: {line}")
            entry.check(ran.code in (0, 1), f"exit code {ran.code}: {ran.said[-500:]}")
            for name in leftovers(out):
                entry.check(False, f"left behind: {name}")
            self._check_rows(out, ran.said, entry)
            whole = contents(out / GOOD)
            del whole["run.json"]  # which tells the path
            for difference in differences(whole, whole_alone(self.kind, folder.parent / "whole")):
                entry.check(False, f"the whole recording beside them: {difference}")
        if entry.found:
            self._keep(recordings)
        shutil.rmtree(folder)

    def _check_rows(self, out: Path, said: str, entry: Entry) -> None:
        table = pd.read_csv(out / "recordings.csv", dtype={"recording": str, "reason": str}).set_index("recording")
        names = [*(case.name for case in self.cases), GOOD]
        entry.check(sorted(table.index) == sorted(names), f"rows: {sorted(set(names) ^ set(table.index))}")
        for case in self.cases:
            row = table.loc[case.name]
            status = str(row["status"])
            entry.count("By damage", case.damage, status)
            entry.count("By format", case.original, status)
            faults = failed_well(row, out / case.name, said) if status == "failed" else right(row, out / case.name)
            if status != "ok":
                entry.count("Reasons", reason_of(str(row["reason"])), "files")
            for fault in faults:
                entry.check(False, f"{case.name}: {fault}")
            if status != "failed":
                self._check_losses(case, status, out / case.name, entry)

    def _check_losses(self, case: Case, status: str, folder: Path, entry: Entry) -> None:
        manifest = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        left, whole = manifest["result"]["decoded"], frames_of(case.original)
        if left >= whole:
            return
        words = [said for said in manifest["warnings"] if "were assumed" not in said]
        untold = UNTOLD.get(case.original, frozenset())
        how = "status says so" if status != "ok" else "a note says so" if words else "nothing in the file tells"
        entry.count("Files with lost frames", case.original, how)
        known = how != "nothing in the file tells" or untold == _ANY or case.damage in untold
        entry.check(known, f"{case.name}: {left} of {whole} frames are left, and nothing says so")

    def _find_who_hangs(self, recordings: Path, arguments: list[str], entry: Entry) -> None:
        for case in self.cases:
            out = recordings.parent / "alone"
            ran = run_videmo("analyze", recordings / case.name, "--out", out, *arguments, timeout=ALONE_HANG_S)
            entry.check(not ran.hung, f"{case.name}: hangs")
            shutil.rmtree(out, ignore_errors=True)
        entry.check(bool(entry.found), "the files together hang, none of them does alone")

    def _keep(self, recordings: Path) -> None:
        self.options.kept.mkdir(parents=True, exist_ok=True)
        for path in recordings.iterdir():
            shutil.copy(path, self.options.kept / path.name)


def frames_of(original: str) -> int:
    """How many frames a recording has before it is damaged."""
    made = FORMATS[original]
    return len(made["times"]) if "times" in made else int(made.get("frames", FRAMES))


def how(kind: int, folder: Path) -> list[str]:
    """Options of a run: every fifth one makes all that can be made, every second one cuts recordings into chunks."""
    config = folder / "torture.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f"[reading]\nchunk_s = {0.5 if kind % 2 else 10.0}\n[plots]\ndpi = 40\n")
    made = [] if kind == 4 else ["--no-plots", "--no-report", "--no-annotate"]
    return ["--config", str(config), "--jobs", "2", *made]


@lru_cache(maxsize=8)
def whole_alone(kind: int, folder: Path) -> dict[str, str]:
    """The results of the whole recording when it is analysed alone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "samples" / "phone-rotated.mp4", folder / GOOD)
    ran = run_videmo("analyze", folder / GOOD, "--out", folder / "out", *how(kind, folder), timeout=HANG_S)
    assert ran.code == 0, ran.said
    found = contents(folder / "out" / GOOD)
    del found["run.json"]
    shutil.rmtree(folder)
    return found


def reason_of(sentence: str) -> str:
    """The kind of a reason: without the numbers."""
    words = sentence.partition(". ")[0]
    without = " ".join("…" if any(char.isdigit() for char in word) else word for word in words.split())
    return without.partition(" with ")[0] if without.startswith("it opens as") else without


def failed_well(row: Any, folder: Path, said: str) -> Iterator[str]:
    """What is wrong with the row of a file that failed."""
    reason = str(row["reason"])
    if not (reason.endswith(".") and len(reason) > 30):
        yield f"no sentence: {reason}"
    if folder.name not in said:
        yield "it failed, and nothing was said"
    if folder.exists() and any(folder.iterdir()):
        yield f"it failed, and has results: {sorted(path.name for path in folder.iterdir())}"


def right(row: Any, folder: Path) -> Iterator[str]:
    """What is wrong with the results of a file that could be analysed."""
    seen = pd.read_csv(folder / "observations.csv")
    times = seen["time_s"].to_numpy()
    frames = seen.drop_duplicates("frame")["time_s"].to_numpy()
    if not len(seen):
        yield "no frames, and not failed"
        return
    if not np.isfinite(times).all() or times.min() < -0.001:
        yield f"times from {times.min()} on"
    unordered = (np.diff(frames) <= 0).sum()
    if unordered and "not later than the frame before" not in (folder / "run.json").read_text():
        yield f"{unordered} frames are not later than the one before, and no note says so"
    if (np.diff(frames) < 0).any():
        yield "times go back"
    if not (np.isfinite(row["recording_duration_s"]) and times.max() <= row["recording_duration_s"] + 0.001):
        yield f"time {times.max()} in a recording of {row['duration_s']} s"
    yield from _right_faces(seen)
    line = pd.read_csv(folder / "timeline.csv")
    if len(line) and not (
        line["end_s"].max() <= row["recording_duration_s"] + 1.0 and (line["start_s"] >= -0.001).all()
    ):
        yield f"timeline until {line['end_s'].max()} in a recording of {row['duration_s']} s"
    yield from _right_shares(line, "timeline", tolerance=0.003)
    yield from _right_video(folder / "annotated.mp4", len(frames))


def _right_faces(seen: pd.DataFrame) -> Iterator[str]:
    faces = seen[seen["status"] != "no_face"]
    if not np.isfinite(faces[["x", "y", "w", "h"]].to_numpy()).all() or (faces[["w", "h"]] <= 0).any(axis=None):
        yield "boxes that are none"
    yield from _right_shares(faces, "observations", tolerance=0.0026)


def _right_shares(table: pd.DataFrame, name: str, *, tolerance: float) -> Iterator[str]:
    shares = table[list(EMOTIONS)].dropna().to_numpy()
    if len(shares) and not (np.abs(shares.sum(axis=1) - 1).max() <= tolerance and shares.min() >= 0):
        yield f"{name}: probabilities add up to {shares.sum(axis=1).min()} … {shares.sum(axis=1).max()}"


def _right_video(path: Path, frames: int) -> Iterator[str]:
    if not path.exists():
        return
    with av.open(str(path)) as container:
        written = sum(1 for _ in container.decode(video=0))
    if written != frames:
        yield f"{written} frames in the annotated video, {frames} in the table"
