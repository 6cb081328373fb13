"""Measure what recognising faces costs: ``benchmarks/identity.py RECORDING … --out reports/benchmarks/identity.md``.

Each recording is observed with and without it, turn about, in one process; the least processor time of the rounds
counts.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from videmo.config import merge_settings
from videmo.machine import machine
from videmo.pipeline.observer import observe_chunk
from videmo.settings import Settings
from videmo.video.plan import plan_chunks
from videmo.video.probe import probe


def observed(path: Path, settings: Settings) -> tuple[float, int]:
    """Return processor seconds for a recording, and how many faces were described."""
    recording = probe(path)
    chunks = plan_chunks(recording, chunk_s=settings.reading.chunk_s)
    began = time.process_time()
    parts = [observe_chunk(recording, chunk, settings) for chunk in chunks]
    return time.process_time() - began, sum(len(part.vectors) for part in parts)


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    ways = {"with": Settings(), "without": merge_settings(Settings(), None, {"identity.enabled": False})}
    lines = [
        "# What recognising faces costs",
        "",
        f"Made by `python benchmarks/identity.py … --rounds {given.rounds}` on {machine()}: processor time of "
        "observing a recording (decoding, search, following, measures) with and without, the least of the rounds.",
        "",
        "| recording | without | with | more | faces described |",
        "|---|---:|---:|---:|---:|",
    ]
    for path in given.recordings:
        found = {way: [observed(path, settings) for _ in range(1)] for way, settings in ways.items()}
        for _ in range(given.rounds - 1):
            for way, settings in ways.items():
                found[way].append(observed(path, settings))
        best = {way: min(seconds for seconds, _ in rounds) for way, rounds in found.items()}
        more = best["with"] / best["without"] - 1
        described = found["with"][0][1]
        lines.append(f"| {path.name} | {best['without']:.2f} s | {best['with']:.2f} s | {more:.1%} | {described:,} |")
        print(lines[-1], flush=True)
    if given.out is not None:
        given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
