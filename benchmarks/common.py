"""What the benchmarks share: decoding alone, running the command line, and making clips longer."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import av
import psutil


@dataclass(frozen=True, slots=True)
class Timing:
    """One run of the command line."""

    seconds: float
    worker_mb: float
    """Largest resident memory of a worker process."""


def decode_all(inputs: Sequence[Path], processes: int = 1) -> float:
    """Decode every frame, on one thread a process, and do nothing with it; return seconds."""
    started = time.perf_counter()
    if processes == 1:
        for path in inputs:
            decode(path)
    else:
        with ProcessPoolExecutor(processes) as pool:
            list(pool.map(decode, inputs))
    return time.perf_counter() - started


def decode(path: Path) -> int:
    """Decode a file on one thread and count its frames."""
    with av.open(str(path)) as container:
        stream = container.streams.best("video")
        stream.codec_context.thread_count = 1
        return sum(1 for _ in container.decode(stream))


def analyse(
    inputs: Sequence[Path], scratch: Path, jobs: int, options: Sequence[str], *, watched: bool = True
) -> Timing:
    """Run the command line once into a fresh folder; ``watched``: look at its workers' memory, which takes time too."""
    out = scratch / "out"
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "videmo", "analyze", *map(str, inputs), "--out", str(out), "--quiet"]
    started = time.perf_counter()
    run = subprocess.Popen([*command, "--jobs", str(jobs), *options])
    watch = Watch(run.pid) if watched else None
    code = run.wait()
    seconds = time.perf_counter() - started
    if watch is not None:
        watch.stop()
    if code:
        sys.exit(f"{' '.join(command)}: exit code {code}")
    return Timing(seconds, watch.largest_mb if watch is not None else 0.0)


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


def first_frame(source: Path, target: Path) -> Path:
    """A recording of nothing but another's first frame."""
    with av.open(str(target), "w") as output, av.open(str(source)) as container:
        stream = output.add_stream_from_template(container.streams.video[0])
        packet = next(container.demux(video=0))
        packet.stream = stream
        output.mux(packet)
    return target


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
