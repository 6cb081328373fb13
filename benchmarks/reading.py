"""Compare what reading recordings costs in two states of the package: ``benchmarks/reading.py BASE RECORDING …``.

``BASE`` is a checkout of the earlier state, such as ``git worktree add --detach ../base COMMIT`` makes. A process for
each state probes, plans and reads every frame with its brightness, turn about; the least processor time (user and
system) of the rounds counts.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from videmo.machine import machine

ROOT = Path(__file__).parents[1]
READ: Final = """
import sys, time
from pathlib import Path
from videmo.video.plan import plan_chunks
from videmo.video.probe import probe
from videmo.video.read import ReadCounts, read_frames

for line in sys.stdin:
    began, frames = time.process_time(), 0
    recording = probe(Path(line.rstrip()))
    for chunk in plan_chunks(recording, chunk_s=10.0):
        counts = ReadCounts()
        for frame in read_frames(recording, chunk, fps=None, counts=counts):
            frame.luma.full()
        frames += counts.frames
    print(frames, time.process_time() - began, flush=True)
"""
"""What both states run; it takes no more than they share."""


class State:
    """A process that reads with the package of a checkout."""

    def __init__(self, checkout: Path, stack: ExitStack) -> None:
        asked = ["git", "-C", str(checkout), "rev-parse", "--short", "HEAD"]
        self.commit = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
        self._process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", READ], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=checkout,
                env={**os.environ, "PYTHONPATH": str(checkout)},
            )
        )  # fmt: skip

    def read(self, recording: Path) -> tuple[int, float]:
        """Read a recording; returns frames and processor seconds."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{recording}\n")
        self._process.stdin.flush()
        frames, seconds = self._process.stdout.readline().split()
        return int(frames), float(seconds)


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", type=Path)
    parser.add_argument("recordings", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--report", type=Path, default=ROOT / "reports" / "benchmarks" / "reading.md")
    given = parser.parse_args()
    load, rows = os.getloadavg()[0], []
    with ExitStack() as stack:
        before, now = State(given.base.absolute(), stack), State(ROOT, stack)
        for recording in given.recordings:
            rows.append(row(recording.absolute(), before, now, given.rounds))
            print(rows[-1], flush=True)
    lines = [
        "# What reading costs, before and now",
        "",
        f"Machine: {machine()}; load before {load:.1f}. Probing, planning and decoding on one thread with the "
        "brightness of each frame, in frames read per processor second (user and system); least of "
        f"{given.rounds} rounds turn about. Before: commit {before.commit}; now: {now.commit}. Made by "
        "`python benchmarks/reading.py`.",
        "",
        "| recording | frames before | now | frames/s before | now | now / before |",
        "|---|---:|---:|---:|---:|---:|",
        *rows,
    ]
    given.report.write_text("\n".join(lines) + "\n", encoding="utf-8")


def row(recording: Path, before: State, now: State, rounds: int) -> str:
    """Read a recording in both states, turn about; a row of the table."""
    frames: dict[State, int] = {}
    least: dict[State, float] = {}
    for number in range(rounds):
        for state in (before, now) if number % 2 else (now, before):
            frames[state], seconds = state.read(recording)
            least[state] = min(seconds, least.get(state, seconds))
    rates = [frames[state] / least[state] for state in (before, now)]
    counts = f"{frames[before]:,} | {frames[now]:,} | {rates[0]:,.0f} | {rates[1]:,.0f}"
    return f"| {recording.name} | {counts} | {rates[1] / rates[0]:.2f} |"


if __name__ == "__main__":
    main()
