"""How long ``videmo report`` takes for a long recording with several persons, and how much memory it needs.

Makes a table as ``videmo analyze`` would, without a recording: ``python benchmarks/report.py [--hours 2] [--persons 8]
[--fps 25] [--out reports/benchmarks/report.md]``. The table is redone when its persons were never linked, again as it
is, with other settings of tracking that give the same persons, and with some that make each absence another person.
Chromium, if there is one, opens the page of the second case.
"""

from __future__ import annotations

import argparse
import dataclasses
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from videmo.machine import machine
from videmo.measures.emotions import EMOTIONS
from videmo.records import LANDMARKS, Recording
from videmo.results.folder import FolderManifest, ResultsFolder
from videmo.results.manifest import Manifest, Result
from videmo.results.schema import OBSERVATIONS
from videmo.settings import Settings
from videmo.store.identity import InputIdentity

KEY = "long.mp4"
CASES = {
    "never linked": "",
    "as they are": "",
    "linked anew, the same": "[tracking]\nmin_overlap = 0.3\n",
    "linked anew, some hundred more": "[tracking]\nmax_gap_s = 1.0\n",
}
"""What is asked of the table, one after the other."""
OPENED = "as they are"
"""The case whose page is opened."""
DRAWN = """
const done = arguments[0], canvas = document.getElementById("lanes");
const drawn = () => canvas.width > 0 && canvas.height > 0
  && canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value);
const answer = () => setTimeout(() => done(performance.now()));
const look = () => drawn() ? requestAnimationFrame(answer) : setTimeout(look, 10);
look();
"""
"""Calls back with the milliseconds since a page was asked for, once its timelines are drawn and a task had its turn."""


def main() -> None:
    """Make the table, run ``videmo report``, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--persons", type=int, default=8)
    parser.add_argument("--fps", type=float, default=25.0)
    parser.add_argument("--keep", type=Path, help="make the folder of results there and leave it")
    parser.add_argument("--out", type=Path, default=Path("reports/benchmarks/report.md"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        out = options.keep or Path(scratch)
        # In a process of its own: what `report` needs is measured by itself.
        wanted = {"seconds": options.hours * 3600, "persons": options.persons, "fps": options.fps}
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            rows = pool.apply(make_results, (out,), wanted)
        lines = [
            "# What `videmo report` takes",
            "",
            f"{options.hours:g} h of {options.persons} persons at {options.fps:g} frames a second: {rows:,} rows.",
            f"Machine: {machine()}; load before {os.getloadavg()[0]:.0f}. Made by `python benchmarks/report.py`.",
            "",
            "| persons | seconds | processor seconds | memory | page |",
            "|---|---|---|---|---|",
        ]
        for case, config in CASES.items():
            file = Path(scratch) / "case.toml"
            file.write_text(config, encoding="utf-8")
            lines.append(f"| {case} | {measure(out, file)} |")
            print(lines[-1], flush=True)
            if case == OPENED:
                said = opened(ResultsFolder(out).recording(KEY).page)
                print(said, flush=True)
    lines += ["", said]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def measure(out: Path, config: Path) -> str:
    """Run ``videmo report``; returns the cells of the table that say what it took."""
    started = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "videmo", "report", str(out), "--quiet", "--config", config])
    _, status, used = os.wait4(process.pid, 0)
    elapsed = time.monotonic() - started
    if status:
        sys.exit("videmo report failed")
    page = ResultsFolder(out).recording(KEY).page
    size = f"{page.stat().st_size / 1e6:.1f} MB" if page.is_file() else "none"
    return f"{elapsed:.1f} | {used.ru_utime + used.ru_stime:.1f} | {used.ru_maxrss / 1024:.0f} MB | {size}"


def opened(page: Path) -> str:
    """Open a page five times in Chromium; returns a line that says how long it takes until it can be used."""
    chromium, driver_file = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver_file:
        return "The page was not opened: no chromium or chromedriver."
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1366,768"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(driver_file))
    try:
        took = []
        for _ in range(5):
            driver.get("about:blank")
            driver.get(page.absolute().as_uri())
            took.append(driver.execute_async_script(DRAWN) / 1000)
    finally:
        driver.quit()
    return (
        "In Chromium, the second of these pages has drawn its timelines and answers after "
        f"{statistics.median(took):.1f} s (median of five; {min(took):.1f} to {max(took):.1f})."
    )


def make_results(out: Path, *, seconds: float, persons: int, fps: float) -> int:
    """Write the folder of one finished recording: moods that come and go, heads that move, gaps, poor light.

    Returns:
        The number of rows.
    """
    rng = np.random.default_rng(11)
    frames = int(seconds * fps)
    tables = [_person(rng, frames, number, fps) for number in range(persons)]
    table = pd.concat(tables).sort_values(["frame", "x"], kind="stable", ignore_index=True)
    missing = np.setdiff1d(np.arange(frames), table["frame"].to_numpy())
    empty = pd.DataFrame({"frame": missing, "time_s": missing / fps, "status": "no_face"})
    table = pd.concat([table, empty]).sort_values("frame", kind="stable", ignore_index=True)
    for name, kind in (("person", "Int64"), ("name", "str"), ("track", "Int64")):
        table[name] = pd.array([None] * len(table), dtype=kind)
    for place, name in enumerate(LANDMARKS):  # eyes, nose and mouth, about where they are in a face
        across, down = (0.3, 0.7, 0.5, 0.35, 0.65)[place // 2], (0.4, 0.4, 0.6, 0.78, 0.78)[place // 2]
        table[name] = table["x"] + across * table["w"] if place % 2 == 0 else table["y"] + down * table["h"]
    table["scene_change"], table["face_change"], table["left_out"] = 0.02, 0.01, ""
    folder = ResultsFolder(out)
    results = folder.recording(KEY)
    results.write_observations(table[list(OBSERVATIONS)])
    results.finish(_manifest(out / "gone.mp4", seconds, frames, fps))
    folder.write_manifest(FolderManifest(settings=dataclasses.asdict(Settings())))
    return len(table)


def _manifest(source: Path, seconds: float, frames: int, fps: float) -> Manifest:
    """Make the manifest of a recording whose persons were never linked."""
    known = InputIdentity(1, 1, "0" * 64)
    recording = Recording(
        path=source, container="mov,mp4", codec="h264", pixel_format="yuv420p", width=1920, height=1080, rotation=0,
        time_base=Fraction(1, 12800), start_s=0.0, duration_s=seconds, average_fps=fps, frame_count_from_header=frames,
        audio=("aac",), keyframes=(), size_bytes=known.size_bytes, modified_ns=known.modified_ns,
    )  # fmt: skip
    result = Result(decoded=frames, duration_s=seconds, incomplete="")
    return Manifest(str(source), KEY, recording, known, {"observe": "0"}, result, Settings())


def _person(rng: np.random.Generator, frames: int, number: int, fps: float) -> pd.DataFrame:
    """One person who sits in one place, moves a little, and is away now and then."""
    moods = rng.normal(0, 1, (frames // int(fps) + 2, len(EMOTIONS))).cumsum(axis=0)
    moods -= moods.mean(axis=1, keepdims=True)
    seconds = np.arange(frames) / int(fps)
    smooth = np.stack([np.interp(seconds, np.arange(len(moods)), mood) for mood in moods.T], axis=1)
    raw = np.exp(np.clip(smooth + rng.normal(0, 0.4, smooth.shape), -8, 8))
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    sway = np.stack([np.sin(seconds / rng.uniform(3, 9) + phase) for phase in rng.uniform(0, 6, 3)], axis=1)
    there = seconds % rng.uniform(40, 90) > 1.5  # shorter than the gap over which a person keeps the id
    table = pd.DataFrame({"frame": np.arange(frames), "time_s": np.arange(frames) / fps, "status": "ok"})
    table["x"] = 120 + 230 * number + 25 * sway[:, 0]
    table["y"] = 300 + 15 * sway[:, 1]
    table["w"] = table["h"] = 170 + 12 * sway[:, 2]
    table["face_score"] = 0.9
    table[list(EMOTIONS)] = probabilities
    table["emotion"] = np.array(EMOTIONS, dtype=object)[probabilities.argmax(axis=1)]
    table["confidence"] = probabilities.max(axis=1)
    table["other"] = 0.1
    table["valence"] = table["happy"] - table[["sad", "angry"]].max(axis=1)
    table["brightness"] = 110 + 60 * np.sin(seconds / 300) + rng.normal(0, 3, frames)
    table["sharpness"] = 26 + 22 * np.sin(seconds / 170 + number) + rng.normal(0, 2, frames)
    table["yaw"], table["pitch"], table["roll"] = (12 * sway).T
    return table[there]


if __name__ == "__main__":
    main()
