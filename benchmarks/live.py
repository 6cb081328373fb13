"""Latency, frames a second and memory of watching live.

    python benchmarks/live.py [--seconds 30] [--out reports/benchmarks/live.md] [CLIP]

Plays a clip again and again through ``videmo live``, in its own size and enlarged, watched by nobody, by a page that
takes what it can, by one that needs a second for each picture, and, where Chromium and Selenium are, by a real page.
The clock of the page and that of the session are the same machine's.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import av
import cv2
import numpy as np
import psutil

from videmo.machine import machine

SIZES = {"own size": None, "1280×720": (1280, 720), "1920×1080": (1920, 1080)}
SETTLE_S = 3.0
Watcher = Callable[[str, float], list[float]]


@dataclass(frozen=True, slots=True)
class Run:
    """One session."""

    captured: int
    looked_at: int
    seconds: float
    to_result_ms: tuple[int, int]
    to_page_ms: list[float]
    cores: float
    mb: tuple[float, float]


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", nargs="?", type=Path, default=Path("samples/two-people.mp4"))
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--out", type=Path, default=Path("reports/benchmarks/live.md"))
    arguments = parser.parse_args()
    lines = [
        "# Watching live",
        "",
        f"Machine: {machine()}; load {os.getloadavg()[0]:.1f} before it began.",
        f"`{arguments.clip.name}` played again and again at its own rate,",
        f"{arguments.seconds:.0f} s each; default settings, every frame looked at that there is time for.",
        "Latency counts from the moment a frame is there, decoded, to its result, and to where the page has picture",
        "and numbers; median and 95th percentile. Cores: time on the processor over time, decoding and sending",
        "included. Made by `python benchmarks/live.py`.",
        "",
        "| pictures | watched by | frames/s | left out | to the result, ms | to the page, ms | cores | memory after "
        f"{SETTLE_S:.0f} s and at the end, MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory(prefix="videmo-benchmark-") as scratch:
        for name, size in SIZES.items():
            clip = arguments.clip if size is None else enlarge(arguments.clip, size, Path(scratch))
            for who, watch in watchers().items():
                if size is not None and who not in ("a page", "nobody"):
                    continue
                lines.append(row(name, who, session(clip, watch, arguments.seconds)))
                print(lines[-1], flush=True)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def row(name: str, who: str, run: Run) -> str:
    """A line of the table."""
    page = f"{middle(run.to_page_ms, 0.5)} / {middle(run.to_page_ms, 0.95)}" if run.to_page_ms else "–"
    result = f"{run.to_result_ms[0]} / {run.to_result_ms[1]}"
    rate, left_out = run.looked_at / run.seconds, run.captured - run.looked_at
    return (
        f"| {name} | {who} | {rate:.1f} | {left_out} of {run.captured} | {result} | {page} | {run.cores:.2f} "
        f"| {run.mb[0]:.0f}, {run.mb[1]:.0f} |"
    )


def middle(values: list[float], share: float) -> int:
    """A quantile in whole milliseconds."""
    return round(float(np.quantile(values, share)))


def session(clip: Path, watch: Watcher, seconds: float) -> Run:
    """Run one session for so long."""
    command = [sys.executable, "-m", "videmo", "live", str(clip), "--loop", "--no-open"]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    found = re.search(r"http://\S+", run.stdout.readline())
    if not found:
        sys.exit(f"{' '.join(command)}: no address")
    process = psutil.Process(run.pid)
    watch(found[0], SETTLE_S)
    begin, used, early = time.monotonic(), sum(process.cpu_times()[:2]), process.memory_info().rss
    to_page = watch(found[0], seconds - SETTLE_S)
    cores = (sum(process.cpu_times()[:2]) - used) / (time.monotonic() - begin)
    late = process.memory_info().rss
    run.send_signal(signal.SIGTERM)
    said = run.communicate()[0]
    looked_at, captured, length = re.search(r"([\d,]+) of ([\d,]+) frames analysed in ([\d.]+) s", said).groups()  # type: ignore[union-attr]
    to_result = re.search(r"half within (\d+) ms, 95 % within (\d+) ms", said).groups()  # type: ignore[union-attr]
    return Run(
        int(captured.replace(",", "")),
        int(looked_at.replace(",", "")),
        float(length),
        (int(to_result[0]), int(to_result[1])),
        to_page,
        cores,
        (early / 2**20, late / 2**20),
    )


def watchers() -> dict[str, Watcher]:
    """Who watches, by name."""
    known: dict[str, Watcher] = {
        "nobody": lambda _, seconds: time.sleep(seconds) or [],
        "a page": lambda address, seconds: follow(address, seconds, 0.0),
        "a page that needs 1 s a picture": lambda address, seconds: follow(address, seconds, 1.0),
    }
    if shutil.which("chromium") and shutil.which("chromedriver"):
        known["Chromium, to the screen"] = in_chromium
    return known


def follow(address: str, seconds: float, busy_s: float) -> list[float]:
    """Ask as the page does, decode each picture, and be busy for a while; returns milliseconds from capture."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    latencies, after, end = [], 0, time.monotonic() + seconds
    while time.monotonic() < end:
        connection.request("GET", f"{parts.path}next?after={after}&since={1 << 30}")
        body = connection.getresponse().read()
        if not body:
            continue
        length = int.from_bytes(body[:4], "big")
        view = json.loads(body[4 : 4 + length])
        after = view["number"]
        cv2.imdecode(np.frombuffer(body[4 + length :], np.uint8), cv2.IMREAD_COLOR)
        latencies.append(1000 * time.time() - view["captured"])
        time.sleep(busy_s)
    return latencies


def in_chromium(address: str, seconds: float) -> list[float]:
    """What the page itself says, twice a second: medians of its last 45 pictures."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,900"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(shutil.which("chromedriver"))))
    try:
        driver.get(address)
        said, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.5)
            said.append(driver.execute_script("return Number(document.getElementById('latency').textContent)"))
        return [float(value) for value in said if value and value == value] or [statistics.nan]
    finally:
        driver.quit()


def enlarge(clip: Path, size: tuple[int, int], folder: Path) -> Path:
    """The same clip in another size."""
    target = folder / f"{size[0]}x{size[1]}.mp4"
    with av.open(str(clip)) as source, av.open(str(target), "w") as output:
        video = source.streams.video[0]
        stream = output.add_stream("libx264", rate=video.average_rate)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.time_base = stream.codec_context.time_base = video.time_base
        stream.codec_context.options = {"preset": "veryfast", "crf": "20"}
        for frame in source.decode(video):
            large = frame.reformat(*size, format="yuv420p")
            large.pts, large.time_base = frame.pts, frame.time_base
            output.mux(stream.encode(large))
        output.mux(stream.encode(None))
    return target


if __name__ == "__main__":
    main()
