"""Measure time and memory of a study: ``python benchmarks/study.py [--people 200] [--stimuli 10] [--minutes 5]``.

Timelines are made up, as the pipeline writes them; what is measured is ``videmo study run`` in a process of its own,
with the second process that it starts. Memory is that of both together: what they share counts once, where the system
tells.
"""

from __future__ import annotations

import argparse
import dataclasses
import resource
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
from common import Watch, family

from videmo.measures.emotions import EMOTIONS
from videmo.records import Recording
from videmo.results.manifest import new_manifest
from videmo.results.recording import RecordingResults
from videmo.results.schema import write_table
from videmo.settings import Settings

STEP = 0.2


def main() -> None:
    """Make a study, run it, and say what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--stimuli", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=5.0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="videmo-study-") as folder:
        study = make(Path(folder), chosen.people, chosen.stimuli, 60 * chosen.minutes)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        run = subprocess.Popen([sys.executable, "-m", "videmo", "study", "run", str(study), "--quiet"])
        watch = Watch(run.pid, family, every_s=1.0)
        if run.wait():
            sys.exit(f"videmo study run: exit code {run.returncode}")
        wall = time.perf_counter() - start
        watch.stop()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        size = f"{chosen.people} participants x {chosen.stimuli} stimuli x {chosen.minutes:g} min"
        print(f"{size}: {wall:.1f} s, {used:.1f} s of processor time, {watch.largest_mb:.0f} MB")


def make(root: Path, people: int, stimuli: int, seconds: float) -> Path:
    """Make results and a study of people who all see the same stimuli, one after the other; returns its folder."""
    chance = np.random.default_rng(1)
    cells = round((10 + stimuli * seconds) / STEP)
    common = noise(chance, cells)
    for number in range(people):
        put(root / "results", f"sub-{number:04}.mp4", 0.5 * common + noise(chance, cells), chance)
    study = root / "study"
    study.mkdir()
    ids = [f"sub-{number:04}" for number in range(people)]
    table = pd.DataFrame({"participant_id": ids, "group": [("a", "b")[n % 2] for n in range(people)]})
    table["age"] = chance.integers(18, 70, people)
    table["recording"] = [f"{name}.mp4" for name in ids]
    table.to_csv(study / "participants.csv", index=False)
    onsets = 10 + np.arange(stimuli) * seconds
    events = pd.DataFrame({"onset": [0.0, *onsets], "duration": [10.0, *[seconds] * stimuli]})
    events["label"] = ["rest", *[f"film {number:02}" for number in range(stimuli)]]
    events["kind"] = ["baseline", *["stimulus"] * stimuli]
    events.to_csv(study / "events.csv", index=False)
    (study / "study.toml").write_text(
        '[study]\nresults = "../results"\n'
        'primary = { measure = "top10_mean", emotion = "happy", contrast = "label: film 00 - film 01" }\n'
    )
    return study


def noise(chance: np.random.Generator, cells: int) -> np.ndarray:
    """A course that remembers."""
    from scipy.signal import lfilter

    return np.asarray(lfilter([0.44], [1, -0.9], chance.normal(size=cells)))


def put(out: Path, key: str, course: np.ndarray, chance: np.random.Generator) -> None:
    """Write the results of one made recording."""
    results = RecordingResults(out / key)
    results.folder.mkdir(parents=True)
    happy = 1 / (1 + np.exp(1.5 - course))
    rest = chance.dirichlet(np.ones(4) * 5, len(course)) * (1 - happy)[:, None]
    shares = {"neutral": rest[:, 0], "happy": happy, "sad": rest[:, 1], "surprise": rest[:, 2], "angry": rest[:, 3]}
    seen = noise(chance, len(course)) > -1.6
    starts = np.round(np.arange(len(course)) * STEP, 6)
    table = pd.DataFrame({"start_s": starts, "end_s": np.round(starts + STEP, 6), "person": 1})
    table["frames"], table["coverage"] = np.where(seen, 5, 0), seen.astype(float)
    for name in EMOTIONS:
        table[name] = np.where(seen, shares[name], np.nan)
    table["emotion"] = np.where(seen, "happy", None)
    table["confidence"] = happy
    write_table(table, results.folder / "timeline.csv")
    write_table(pd.DataFrame(columns=["person", "emotion", "start_s", "peak_s", "end_s", "duration_s", "mean", "peak"]),
                results.folder / "episodes.csv")  # fmt: skip
    summary = pd.DataFrame([{"person": 1, "name": "", "seen_s": float(seen.sum() * STEP)}])
    write_table(summary, results.folder / "summary.csv")
    duration = len(course) * STEP
    recording = Recording(
        path=out.parent / key, container="mp4", codec="h264", pixel_format="yuv420p", width=640, height=360, rotation=0,
        time_base=Fraction(1, 1000), start_s=0.0, duration_s=duration, average_fps=25.0, frame_count_from_header=1,
        audio=(), keyframes=(), size_bytes=1, modified_ns=1,
    )  # fmt: skip
    manifest = dataclasses.replace(new_manifest(str(recording.path), key, recording), settings=Settings())
    results.finish(manifest.with_stages(observe="o", persons="p", tables="t").with_result(duration_s=duration))


if __name__ == "__main__":
    main()
