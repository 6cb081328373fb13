"""Compare what reading recordings costs in two states of the package: ``benchmarks/reading.py BASE RECORDING …``.

``BASE`` is a checkout of the earlier state, such as ``git worktree add --detach ../base COMMIT`` makes. Probing,
planning and reading of every frame with its brightness, in a process of its own for each state, turn about; the least
processor time (user and system) of the rounds counts.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
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

def read(path, fps):
    recording, frames = probe(path), 0
    for chunk in plan_chunks(recording, chunk_s=10.0):
        counts = ReadCounts()
        for frame in read_frames(recording, chunk, fps=fps, counts=counts):
            frame.luma.full()
        frames += counts.frames
    return frames

path, fps = Path(sys.argv[1]), float(sys.argv[2]) or None
read(path, fps)  # what is loaded at first use
began = time.process_time()
frames = read(path, fps)
print(frames, time.process_time() - began)
"""
"""What both states run; it takes no more than they share."""


def measured(checkout: Path, recording: Path, fps: float) -> tuple[int, float]:
    """Read a recording with the package of a checkout; returns frames and processor seconds."""
    run = subprocess.run(
        [sys.executable, "-c", READ, str(recording), str(fps)], check=True, capture_output=True, text=True,
        cwd=checkout, env={**os.environ, "PYTHONPATH": str(checkout)},
    )  # fmt: skip
    frames, seconds = run.stdout.split()
    return int(frames), float(seconds)


def commit(checkout: Path) -> str:
    """The commit of a checkout."""
    asked = ["git", "-C", str(checkout), "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", type=Path)
    parser.add_argument("recordings", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--report", type=Path, default=ROOT / "reports" / "benchmarks" / "reading.md")
    given = parser.parse_args()
    states = {"before": given.base.absolute(), "now": ROOT}
    load, rows = os.getloadavg()[0], []
    for recording in given.recordings:
        for fps, named in ((0.0, "every frame"), (5.0, "5 per second")):
            least: dict[str, float] = {}
            frames: dict[str, int] = {}
            for number in range(given.rounds):
                for state in list(states)[:: 1 if number % 2 else -1]:
                    frames[state], seconds = measured(states[state], recording.absolute(), fps)
                    least[state] = min(seconds, least.get(state, seconds))
            rates = [frames[state] / least[state] for state in states]
            row = [recording.name, named, *(f"{frames[state]:,}" for state in states), *(f"{x:,.0f}" for x in rates)]
            rows.append(f"| {' | '.join([*row, f'{rates[1] / rates[0]:.2f}'])} |")
            print(rows[-1], flush=True)
    given.report.write_text(
        "\n".join(
            [
                "# What reading costs, before and now",
                "",
                f"Machine: {machine()}; load before {load:.1f}. Probing, planning and decoding on one thread, with the "
                "brightness of each sampled frame, in frames read per processor second (user and system); least of "
                f"{given.rounds} rounds turn about. Before: commit {commit(states['before'])}; now: "
                f"{commit(ROOT)}. Made by `python benchmarks/reading.py`.",
                "",
                "| recording | sampled | frames before | now | frames/s before | now | now / before |",
                "|---|---|---:|---:|---:|---:|---:|",
                *rows,
                "",
            ]
        ),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
