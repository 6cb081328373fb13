"""What the benchmarks share: decoding alone, running the command line, and making clips longer."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
from av.audio.resampler import AudioResampler

sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))
"""For what a benchmark shares with the tests."""


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


def largest_child(process: psutil.Process) -> int:
    """Resident memory of the largest of a process's children."""
    return max((child.memory_info().rss for child in process.children(recursive=True)), default=0)


def family(process: psutil.Process) -> int:
    """Memory of a process and its children together; what they share counts once, where the system tells."""
    infos = [each.memory_full_info() for each in (process, *process.children(recursive=True))]
    return sum(getattr(info, "pss", info.rss) for info in infos)


class Watch:
    """Looks at the memory of a process again and again: its largest child's, ten times a second, by default."""

    def __init__(self, pid: int, look: Callable[[psutil.Process], int] = largest_child, every_s: float = 0.1) -> None:
        self.largest_mb = 0.0
        self._memory, self._every_s = look, every_s
        self._process = psutil.Process(pid)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End looking."""
        self._stopped.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stopped.wait(self._every_s):
            try:
                self.largest_mb = max(self.largest_mb, self._memory(self._process) / 2**20)
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


def talking_heads(recordings: Path) -> list[Path]:
    """Make two ordinary recordings of one face with sound, two minutes of 640 by 360, or return them if they are there.

    They stay in the ignored folder ``runs/``: the clips of one face, from the start again and again.
    """
    folder = Path("runs/benchmarks")
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / f"heads-{Path(name).stem}.mp4" for name in ("woman-three-moods.mp4", "man-glasses.mp4")]
    for path in made:
        if not path.is_file():
            partial = path.with_suffix(".partial.mp4")
            _encode_looped(recordings / path.name.removeprefix("heads-"), partial, 120.0)
            partial.replace(path)
    return made


def _encode_looped(source: Path, target: Path, seconds: float) -> None:
    """Encode a clip again and again: 640 by 360 with bars at the sides, x264 veryfast at crf 23, AAC."""
    with av.open(str(target), "w") as output, av.open(str(source)) as first:
        rate = first.streams.video[0].average_rate
        video = output.add_stream("libx264", rate=rate, options={"preset": "veryfast", "crf": "23"})
        video.width, video.height, video.pix_fmt, video.time_base = 640, 360, "yuv420p", 1 / rate
        sound = output.add_stream("aac", rate=first.streams.audio[0].rate, layout="mono")
        for number, frame in enumerate(_again_and_again(source, "video", round(seconds * rate))):
            picture = _padded(frame, 640, 360)
            picture.pts, picture.time_base = number, 1 / rate
            output.mux(video.encode(picture))
        output.mux(video.encode(None))
        resampler = AudioResampler(format="fltp", layout="mono", rate=sound.rate, frame_size=1024)
        blocks = round(seconds * sound.rate / 1024)
        for number, frame in enumerate(_again_and_again(source, "audio", blocks)):
            frame.pts = None
            for part in resampler.resample(frame):
                part.pts, part.time_base = 1024 * number, Fraction(1, sound.rate)
                output.mux(sound.encode(part))
        output.mux(sound.encode(None))


def _again_and_again(source: Path, kind: str, count: int) -> Iterator[Any]:
    """Decode a stream from its start again and again until there are enough frames."""
    while count > 0:
        with av.open(str(source)) as container:
            for frame in itertools.islice(container.decode(**{kind: 0}), count):
                count -= 1
                yield frame


def _padded(frame: av.VideoFrame, width: int, height: int) -> av.VideoFrame:
    """Scale a picture to a height, and add bars at its sides."""
    inner = min(width, 2 * round(frame.width * height / frame.height / 2))
    pixels = frame.to_ndarray(format="rgb24", width=inner, height=height)
    sides = (width - inner) // 2
    wide = np.pad(pixels, ((0, 0), (sides, width - inner - sides), (0, 0)))
    return av.VideoFrame.from_ndarray(wide, format="rgb24").reformat(format="yuv420p")
