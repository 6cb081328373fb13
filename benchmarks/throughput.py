"""How fast videmo is, side by side in one go: decoding alone, analysis, analysis with annotated video; 1 and 2 jobs.

    python benchmarks/throughput.py [--out reports/benchmarks/throughput.md] [--recordings FOLDER]

Takes the recordings from ``$VIDEMO_DATA/recordings`` (files directly in it). Speeds are frames a second over the whole
process, start included; ratios compare runs that follow each other directly.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import psutil

from videmo.batch.discover import EXTENSIONS
from videmo.machine import machine

LONG_S, LONGER_S = 600.0, 1200.0
LOOPED = "woman-three-moods.mp4"
LONG_OPTIONS = ("--min-face", "80")
"""For the long files: a detector that is done four times as fast leaves the ratios to the scheduling, and time."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One run of the command line."""

    seconds: float
    worker_mb: float
    """Largest resident memory of a worker process."""


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
        f"file, which is searched for faces of 80 px and more (`{' '.join(LONG_OPTIONS)}`). Every frame is looked at. "
        f"`python benchmarks/throughput.py --repeats {repeats}`",
        "",
        "| what | input | jobs | frames/s | seconds |",
        "|---|---|---|---|---|",
    ]
    speeds: dict[tuple[str, str, int], list[float]] = {}
    for name, inputs, rounds, extra in (
        ("folder", clips, repeats, ()),
        ("one file of 10 minutes", [long_clip], 1, LONG_OPTIONS),
    ):
        frames = sum(count_frames(path) for path in inputs)
        for _ in range(rounds):
            for what, jobs, run in plans(inputs, scratch, extra):
                speeds.setdefault((what, name, jobs), []).append(run())
        for (what, where, jobs), seconds in speeds.items():
            if where == name:
                middle = statistics.median(seconds)
                lines.append(
                    f"| {what} | {name} ({frames:,} frames) | {jobs} | {frames / middle:,.0f} | {middle:.1f} |"
                )
    lines += ["", "## Ratios", "", "| ratio | folder | one file of 10 minutes | target |", "|---|---|---|---|"]
    for title, above, below, target in (
        ("analysis: 2 jobs over 1 job", ("analysis", 2), ("analysis", 1), "≥ 1.8"),
        ("annotated video and analysis over analysis, time, 2 jobs", ("with video", 2), ("analysis", 2), "≤ 2"),
    ):
        cells = []
        for name in ("folder", "one file of 10 minutes"):
            one, other = (speeds[what, name, jobs] for what, jobs in (above, below))
            pairs = zip(one, other, strict=True)
            ratios = [b / a if "jobs over" in title else a / b for a, b in pairs]
            cells.append(f"{statistics.median(ratios):.2f}")
        lines.append(f"| {title} | {cells[0]} | {cells[1]} | {target} |")
    lines += memory_lines(short_clip, longer_clip, scratch)
    return "\n".join(lines) + "\n"


def plans(inputs: Sequence[Path], scratch: Path, extra: Sequence[str]) -> list[tuple[str, int, Callable[[], float]]]:
    """What is measured on one set of inputs: name, jobs, and a function that does it and returns seconds."""
    chosen: list[tuple[str, int, Callable[[], float]]] = [("decoding alone", 1, lambda: decode_all(inputs))]
    for jobs in (1, 2):
        for what, options in (
            ("analysis", ["--no-annotate", "--no-plots", *extra]),
            ("with video", ["--no-plots", *extra]),
        ):
            chosen.append((what, jobs, lambda j=jobs, o=options: analyse(inputs, scratch, j, o).seconds))  # type: ignore[misc]
    return chosen


def decode_all(inputs: Sequence[Path]) -> float:
    """Decode every frame on one thread and do nothing with it."""
    started = time.perf_counter()
    for path in inputs:
        with av.open(str(path)) as container:
            stream = container.streams.best("video")
            stream.codec_context.thread_count = 1
            for _ in container.decode(stream):
                pass
    return time.perf_counter() - started


def analyse(inputs: Sequence[Path], scratch: Path, jobs: int, options: Sequence[str]) -> Timing:
    """Run the command line once into a fresh folder, watching its workers' memory."""
    out = scratch / "out"
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "videmo", "analyze", *map(str, inputs), "--out", str(out), "--quiet"]
    started = time.perf_counter()
    run = subprocess.Popen([*command, "--jobs", str(jobs), *options])
    watch = Watch(run.pid)
    code = run.wait()
    seconds = time.perf_counter() - started
    watch.stop()
    if code:
        sys.exit(f"{' '.join(command)}: exit code {code}")
    return Timing(seconds, watch.largest_mb)


class Watch:
    """Looks at the resident memory of a process's children, ten times a second."""

    def __init__(self, pid: int) -> None:
        self.largest_mb = 0.0
        self._process = psutil.Process(pid)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End looking."""
        self._stopped.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stopped.wait(0.1):
            try:
                for child in self._process.children(recursive=True):
                    self.largest_mb = max(self.largest_mb, child.memory_info().rss / 2**20)
            except psutil.NoSuchProcess:
                continue


def memory_lines(short: Path, longer: Path, scratch: Path) -> list[str]:
    """Peak memory of a worker at a tenth and at the whole of twenty minutes, every frame.

    Only large faces are searched, which is fast: memory does not depend on how long the detector takes.
    """
    lines = ["", "## Memory of a worker", "", "| input | options | peak resident memory |", "|---|---|---|"]
    for options in (["--no-annotate", "--no-plots"], []):
        name = "tables alone" if options else "tables, plots and annotated video"
        peaks = [analyse([path], scratch, 2, ["--min-face", "150", *options]).worker_mb for path in (short, longer)]
        lines += [
            f"| {minutes} minutes | {name} | {peak:.0f} MB |" for minutes, peak in zip((2, 20), peaks, strict=True)
        ]
    return [*lines, "", "Target: under 300 MB, and within 30 MB of each other."]


def loop(source: Path, target: Path, seconds: float) -> Path:
    """Repeat a recording's video packets until it is long enough."""
    with av.open(str(target), "w") as output:
        stream, shift, last = None, 0, 0.0
        while last < seconds:
            with av.open(str(source)) as container:
                video = container.streams.video[0]
                stream = stream or output.add_stream_from_template(video)
                length = video.duration
                for packet in container.demux(video):
                    if packet.size == 0:
                        continue
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    last = float(packet.pts * packet.time_base)
                    packet.stream = stream
                    output.mux(packet)
            shift += length
    return target


def count_frames(path: Path) -> int:
    """Number of pictures, by decoding."""
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(container.streams.best("video")))


if __name__ == "__main__":
    main()
