"""What ``videmo annotate`` costs beside decoding and encoding the same pictures, turn about in one go.

    python benchmarks/annotation.py [--rounds 5] [--jobs 2] [--out reports/benchmarks/annotation.md]

Takes two ordinary recordings of one face, made from ``$VIDEMO_DATA/recordings``. They are compared with as many
processes that decode the same chunks on one thread and give the pictures to videmo's own encoder as they are: nothing
is looked up or drawn, nothing joined, no sound. Both are whole processes, start included. Processor time is that of
all processes together; of the rounds, the least counts.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import av
from common import talking_heads

from videmo.machine import machine
from videmo.records import Chunk, Recording
from videmo.settings import AnnotationSettings
from videmo.video.plan import plan_chunks
from videmo.video.probe import probe
from videmo.video.write import SEGMENT_SUFFIX, segment_writer


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took."""

    seconds: float
    processor_s: float


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("reports/benchmarks/annotation.md"))
    parser.add_argument("--encode", type=Path, nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.encode:
        encode_alone(arguments.encode, arguments.jobs)
        return
    recordings = Path(os.environ.get("VIDEMO_DATA", "")) / "recordings"
    if not recordings.is_dir():
        sys.exit(f"{recordings}: no such folder. Set VIDEMO_DATA.")
    text = measure(talking_heads(recordings), arguments.rounds, arguments.jobs)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text, encoding="utf-8")
    print(text)


def measure(clips: Sequence[Path], rounds: int, jobs: int) -> str:
    """Analyse the clips once, then annotate them and encode them alone in turn; returns the report."""
    videmo = [sys.executable, "-m", "videmo"]
    with tempfile.TemporaryDirectory(prefix="videmo-benchmark-") as out:
        cost([*videmo, "analyze", *clips, "--out", out, "--no-annotate", "--no-plots", "--no-report", "--quiet"])
        commands = {
            "decoding and encoding alone": [sys.executable, __file__, "--jobs", str(jobs), "--encode", *clips],
            "`videmo annotate`": [*videmo, "annotate", out, "--jobs", str(jobs), "--quiet"],
        }
        costs: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                costs[name].append(cost(command))
        size = sum(path.stat().st_size for path in Path(out).glob("*/annotated.mp4"))
    frames = sum(map(count, clips))
    least = {name: (min(c.processor_s for c in each), min(c.seconds for c in each)) for name, each in costs.items()}
    alone, annotated = least.values()
    lines = [
        "# What the annotated video costs",
        "",
        f"Machine: {machine()}; load before {os.getloadavg()[0]:.1f}. Two recordings of one face, 640×360, two minutes "
        f"each, x264 veryfast at crf 23, {frames:,} frames; {jobs} processes, start included; least of {rounds} rounds "
        "turn about. Made by `python benchmarks/annotation.py`.",
        "",
        "| what | processor seconds | seconds | frames/s |",
        "|---|---|---|---|",
        *(f"| {name} | {cpu:.2f} | {wall:.2f} | {frames / wall:,.0f} |" for name, (cpu, wall) in least.items()),
        "",
        f"Share of decoding and encoding alone: {alone[0] / annotated[0]:.2f} by processor time, "
        f"{alone[1] / annotated[1]:.2f} by the clock; target ≥ 0.8. The two videos have {size / 1e6:.1f} MB.",
    ]
    return "\n".join(lines) + "\n"


def cost(command: Sequence[str | Path]) -> Cost:
    """Run a command to its end."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True)
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def count(path: Path) -> int:
    """Count the frames of a clip."""
    with av.open(str(path)) as container:
        return sum(packet.size > 0 for packet in container.demux(video=0))


def encode_alone(clips: Sequence[Path], jobs: int) -> None:
    """Decode and encode all chunks of the clips in processes of their own."""
    recordings = [probe(path) for path in clips]
    pieces = [(recording, chunk) for recording in recordings for chunk in plan_chunks(recording, chunk_s=10.0)]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        list(pool.map(encode_chunk, *zip(*pieces, strict=True)))


def encode_chunk(recording: Recording, chunk: Chunk) -> None:
    """Decode a chunk and encode its pictures as they are."""
    with (
        tempfile.TemporaryDirectory() as folder,
        segment_writer(Path(folder) / f"0{SEGMENT_SUFFIX}", recording, quality=AnnotationSettings().quality) as writer,
        av.open(str(recording.path)) as container,
    ):
        stream = container.streams.best("video")
        stream.codec_context.thread_count = 1
        if chunk.seek_to is not None:
            container.seek(chunk.seek_to, stream=stream)
        for picture in container.decode(stream):
            if chunk.start_pts is not None and picture.pts < chunk.start_pts:
                continue
            if chunk.end_pts is not None and picture.pts >= chunk.end_pts:
                break
            writer.encode(picture)


if __name__ == "__main__":
    main()
