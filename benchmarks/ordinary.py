"""How fast videmo is beside decoding alone, on recordings as users have them: one face, two minutes, 640 by 360.

    python benchmarks/ordinary.py [--rounds 3] [--out reports/benchmarks/ordinary.md] [--recordings FOLDER]

Whole processes, start included, by turns in one run; ratios are of runs of one round.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from common import analyse, decode, decode_all, talking_heads

from videmo.machine import machine

TABLES = ["--no-annotate", "--no-plots", "--no-report"]
PAGES = ["--no-annotate"]


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("reports/benchmarks/ordinary.md"))
    parser.add_argument("--recordings", type=Path, default=None)
    given = parser.parse_args()
    folder = given.recordings or Path(os.environ.get("VIDEMO_DATA", "")) / "recordings"
    if not folder.is_dir():
        sys.exit(f"{folder}: no such folder. Set VIDEMO_DATA or give --recordings.")
    with tempfile.TemporaryDirectory(prefix="videmo-benchmark-") as scratch:
        text = measure(talking_heads(folder), Path(scratch), given.rounds)
    given.out.write_text(text, encoding="utf-8")
    print(text)


def measure(clips: list[Path], scratch: Path, rounds: int) -> str:
    """Run everything and return the report."""

    def analysis(jobs: int, options: list[str]) -> Callable[[], float]:
        return lambda: analyse(clips, scratch, jobs, options, watched=False).seconds

    plans: dict[tuple[str, int], Callable[[], float]] = {
        ("decoding alone", 1): lambda: decode_all(clips),
        ("decoding alone", 2): lambda: decode_all(clips, 2),
        ("tables", 1): analysis(1, TABLES),
        ("tables", 2): analysis(2, TABLES),
        ("tables, plots and pages", 1): analysis(1, PAGES),
        ("tables, plots and pages", 2): analysis(2, PAGES),
    }
    frames = sum(decode(path) for path in clips)
    seconds: dict[tuple[str, int], list[float]] = {plan: [] for plan in plans}
    for _ in range(rounds):
        for plan, run in plans.items():
            seconds[plan].append(run())
    lines = [
        "# Speed on ordinary recordings",
        "",
        f"Machine: {machine()}. Two recordings of one face, two minutes of 640 by 360 each ({frames:,} frames, "
        f"every one looked at), H.264 and AAC. Whole processes, start included; medians of {rounds} round(s). "
        f"`python benchmarks/ordinary.py --rounds {rounds}`",
        "",
        "| what | jobs | frames/s | seconds |",
        "|---|---|---|---|",
    ]
    for (what, jobs), spent in seconds.items():
        middle = statistics.median(spent)
        lines.append(f"| {what} | {jobs} | {frames / middle:,.0f} | {middle:.1f} |")
    lines += ["", "| ratio | measured | asked |", "|---|---|---|"]
    for title, above, below, asked in (
        ("share of decoding, 2 jobs, tables", ("decoding alone", 2), ("tables", 2), ""),
        (
            "share of decoding, 2 jobs, plots and pages too",
            ("decoding alone", 2),
            ("tables, plots and pages", 2),
            "≥ 0.30",
        ),
        ("two jobs over one, tables", ("tables", 1), ("tables", 2), "≥ 1.85"),
        ("two jobs over one, plots and pages too", *(("tables, plots and pages", jobs) for jobs in (1, 2)), ""),
    ):
        ratio = statistics.median(one / other for one, other in zip(seconds[above], seconds[below], strict=True))
        lines.append(f"| {title} | {ratio:.3f} | {asked} |")
    lines += [
        "",
        "The share says how fast a run is beside reading the frames alone, and depends on the processor: most is",
        "arithmetic of networks in whole numbers, which takes several times as long where AVX-512 VNNI is missing.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
