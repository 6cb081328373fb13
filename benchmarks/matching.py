"""Measure how long it takes to say who is who: ``benchmarks/matching.py RECORDING --out FILE``.

A recording is analysed once. Of its results, as many recordings are made as are wanted, each as long as is wanted, with
faces of participants of whom each is seen in five recordings. Then `videmo people OUT --match` is timed as a user would
run it: start, reading, matching, table and page.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from videmo.batch.run import run_batch
from videmo.machine import machine
from videmo.progress import progress_for
from videmo.records import Source
from videmo.results.folder import ResultsFolder
from videmo.results.recording import RecordingResults
from videmo.settings import Settings

SEEN_IN = 5
"""Recordings in which each participant is seen."""
PER_SECOND = 4


def analysed(recording: Path, out: Path) -> RecordingResults:
    """Analyse one recording with pages, as a user does."""
    settings = dataclasses.replace(Settings(), plots=dataclasses.replace(Settings().plots, enabled=False))
    run_batch(
        [Source(recording, recording.name)], out, settings, jobs=2, overwrite=False, progress=progress_for(quiet=True)
    )
    return ResultsFolder(out).recording(recording.name)


def lengthened(table: pd.DataFrame, seconds: float, longest: float) -> pd.DataFrame:
    """Repeat a table of observations until it is as long as is wanted."""
    frames = int(table["frame"].max()) + 1
    times = range(max(1, round(longest / seconds)))
    parts = [table.assign(frame=table["frame"] + n * frames, time_s=table["time_s"] + n * seconds) for n in times]
    return pd.concat(parts, ignore_index=True)


def put(
    out: Path, number: int, like: RecordingResults, table: pd.DataFrame, observations: Path, recordings: int
) -> None:
    """Make one recording of the folder: links to the tables, and faces of its own."""
    results = ResultsFolder(out).recording(f"session{number:04}.mp4")
    results.folder.mkdir(parents=True)
    for path in like.folder.iterdir():
        if path.is_file() and path.name not in ("run.json", "tracks.npz", "observations.csv"):
            os.link(path, results.folder / path.name)
    os.link(observations, results.folder / "observations.csv")
    manifest = dataclasses.replace(like.manifest, key=results.folder.name)
    sights = like.sights()
    assert sights is not None
    rows = table[table["person"].notna() & (table["frame"] % (25 // PER_SECOND) == 0)]
    rng = np.random.default_rng(number)
    groups = max(1, recordings // SEEN_IN)
    vectors = np.empty((len(rows), 128), np.float64)
    for person in rows["person"].unique():
        seed = int(person) * 100_000 + number % groups
        usual = np.random.default_rng(seed).normal(size=128)
        own = (rows["person"] == person).to_numpy()
        vectors[own] = usual + rng.normal(scale=0.15, size=(own.sum(), 128))
    vectors *= 127 / np.abs(vectors).max(axis=1, keepdims=True)
    place = rows[["x", "y"]].to_numpy(np.float64)
    made = dataclasses.replace(sights, frame=rows["frame"].to_numpy(), place=place, vectors=vectors.astype(np.int8))
    results.write_sights(made)
    results.finish(manifest)


def main() -> None:
    """Make the folders, time the command, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recording", type=Path)
    parser.add_argument("--recordings", type=int, nargs="+", default=[50, 500])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    counts = " ".join(map(str, given.recordings))
    lines = [
        "# How long it takes to say who is who",
        "",
        f"Made by `python benchmarks/matching.py {given.recording} --recordings {counts}` on {machine()}: "
        "`videmo people OUT --match` with as many jobs "
        f"as cores, over recordings of {given.minutes:g} minutes at 25 frames per second, each participant in "
        f"{SEEN_IN} of them.",
        "",
        "| recordings | persons | rows of observations | participants proposed | time | largest process | page |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for count in given.recordings:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            like = analysed(given.recording, root / "one")
            known = like.manifest
            table = lengthened(like.observations(), known.result.duration_s, 60 * given.minutes)
            observations = root / "observations.csv"
            like.write_observations(table)
            os.link(like.folder / "observations.csv", observations)
            for number in range(count):
                put(root / "out", number, like, table, observations, count)
            began = time.monotonic()
            done = subprocess.run(
                [sys.executable, "-m", "videmo", "people", root / "out", "--match"], capture_output=True, text=True
            )
            seconds = time.monotonic() - began
            if done.returncode:
                sys.exit(done.stderr)
            persons, found = map(int, re.findall(r"(\d+) (?:person|participant)s?\b", done.stdout.replace(",", ""))[:2])
            size = (root / "out" / "cast.html").stat().st_size
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        lines.append(
            f"| {count} | {persons:,} | {count * len(table):,} | {found:,} | {seconds:.1f} s | {peak:.0f} MB "
            f"| {size / 2**20:.1f} MB |"
        )
        print(lines[-1], flush=True)
    if given.out is not None:
        given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
