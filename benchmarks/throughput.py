"""How fast videmo is, side by side in one go: decoding alone, analysis, analysis with annotated video; 1 and 2 jobs.

    python benchmarks/throughput.py [--out reports/benchmarks/throughput.md] [--recordings FOLDER]

Takes the recordings from ``$VIDEMO_DATA/recordings`` (files directly in it). Speeds are frames a second over the whole
process, start included; ratios compare runs that follow each other directly.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from common import analyse, decode, decode_all, loop

from videmo.batch.discover import EXTENSIONS
from videmo.machine import machine

LONG_S, LONGER_S = 300.0, 600.0
LOOPED = "woman-three-moods.mp4"


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("reports/benchmarks/throughput.md"))
    parser.add_argument("--recordings", type=Path, default=None)
    parser.add_argument("--repeats", type=int, default=1)
    arguments = parser.parse_args()
    folder = arguments.recordings or Path(os.environ.get("VIDEMO_DATA", "")) / "recordings"
    if not folder.is_dir():
        sys.exit(f"{folder}: no such folder. Set VIDEMO_DATA or give --recordings.")
    with tempfile.TemporaryDirectory(prefix="videmo-benchmark-") as scratch:
        text = measure(folder, Path(scratch), arguments.repeats)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text, encoding="utf-8")
    print(text)


def measure(folder: Path, scratch: Path, repeats: int) -> str:
    """Run everything and return the report."""
    clips = sorted(path for path in folder.iterdir() if path.suffix in EXTENSIONS)
    long_clip = loop(folder / LOOPED, scratch / "long.mp4", LONG_S)
    longer_clip = loop(folder / LOOPED, scratch / "longer.mp4", LONGER_S)
    short_clip = loop(folder / LOOPED, scratch / "short.mp4", LONGER_S / 10)
    lines = [
        "# Throughput",
        "",
        f"Machine: {machine()}. Whole processes, start included; {repeats} round(s) over the folder, one over the long "
        f"file. Every frame is looked at. `python benchmarks/throughput.py --repeats {repeats}`",
        "",
        "| what | input | jobs | frames/s | seconds |",
        "|---|---|---|---|---|",
    ]
    speeds: dict[tuple[str, str, int], list[float]] = {}
    for name, inputs, rounds in (
        ("folder", clips, repeats),
        ("one file of 5 minutes", [long_clip], 1),
    ):
        frames = sum(decode(path) for path in inputs)
        for _ in range(rounds):
            for what, jobs, run in plans(inputs, scratch):
                speeds.setdefault((what, name, jobs), []).append(run())
        for (what, where, jobs), seconds in speeds.items():
            if where == name:
                middle = statistics.median(seconds)
                lines.append(
                    f"| {what} | {name} ({frames:,} frames) | {jobs} | {frames / middle:,.0f} | {middle:.1f} |"
                )
    lines += ["", "## Ratios", "", "| ratio | folder | one file of 5 minutes | target |", "|---|---|---|---|"]
    for title, above, below, target in (
        ("analysis: 2 jobs over 1 job", ("analysis", 2), ("analysis", 1), "≥ 1.85"),
        ("annotated video and analysis over analysis, time, 2 jobs", ("with video", 2), ("analysis", 2), "≤ 2"),
    ):
        cells = []
        for name in ("folder", "one file of 5 minutes"):
            one, other = (speeds[what, name, jobs] for what, jobs in (above, below))
            pairs = zip(one, other, strict=True)
            ratios = [b / a if "jobs over" in title else a / b for a, b in pairs]
            cells.append(f"{statistics.median(ratios):.2f}")
        lines.append(f"| {title} | {cells[0]} | {cells[1]} | {target} |")
    lines += memory_lines(short_clip, longer_clip, scratch)
    return "\n".join(lines) + "\n"


def plans(inputs: Sequence[Path], scratch: Path) -> list[tuple[str, int, Callable[[], float]]]:
    """What is measured on one set of inputs: name, jobs, and a function that does it and returns seconds."""
    chosen: list[tuple[str, int, Callable[[], float]]] = [("decoding alone", 1, lambda: decode_all(inputs))]
    for jobs in (1, 2):
        for what, options in (
            ("analysis", ["--no-annotate", "--no-plots", "--no-report"]),
            ("with video", ["--no-plots", "--no-report"]),
        ):
            chosen.append((what, jobs, lambda j=jobs, o=options: analyse(inputs, scratch, j, o).seconds))  # type: ignore[misc]
    return chosen


def memory_lines(short: Path, longer: Path, scratch: Path) -> list[str]:
    """Peak memory of a worker at a tenth and at the whole of ten minutes, every frame."""
    lines = ["", "## Memory of a worker", "", "| input | options | peak resident memory |", "|---|---|---|"]
    for options in (["--no-annotate", "--no-plots", "--no-report"], []):
        name = "tables alone" if options else "tables, plots and annotated video"
        peaks = [analyse([path], scratch, 2, options).worker_mb for path in (short, longer)]
        lines += [
            f"| {minutes} minutes | {name} | {peak:.0f} MB |" for minutes, peak in zip((1, 10), peaks, strict=True)
        ]
    return [*lines, "", "Target: under 300 MB, and within 30 MB of each other."]


if __name__ == "__main__":
    main()
