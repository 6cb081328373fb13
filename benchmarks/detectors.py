"""How near analysis comes to decoding, with each detector, in one go.

    python benchmarks/detectors.py [--fer-python PYTHON] [--out reports/benchmarks/detectors.md]

Takes a few recordings from ``$VIDEMO_DATA/recordings``, each repeated to at least 5,000 frames. Decoding alone runs in
as many processes as analysis has jobs. ``--fer-python`` names an interpreter that can import ``fer``; it then looks at
the first frames of the same clips in as many processes, its start-up not counted.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from common import analyse, decode, decode_all, first_frame, loop

from videmo.machine import machine
from videmo.video.probe import probe

CLIPS = ("man-smiles.mp4", "table-many-faces.mp4", "woman-three-moods.mp4")
FRAMES, FER_FRAMES = 5_000, 300
ANALYSIS = ["--no-annotate", "--no-plots", "--no-report", "--fps", "all"]
FER_LOOP = """
import sys, time
import cv2
from fer.fer import FER
detector = FER()
for path in sys.argv[2:]:
    capture = cv2.VideoCapture(path)
    detector.detect_emotions(capture.read()[1])
print("ready", flush=True)
sys.stdin.readline()
started, count = time.perf_counter(), 0
for path in sys.argv[2:]:
    capture = cv2.VideoCapture(path)
    for _ in range(int(sys.argv[1])):
        there, frame = capture.read()
        if not there:
            break
        detector.detect_emotions(frame)
        count += 1
print(count, time.perf_counter() - started, flush=True)
"""


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("reports/benchmarks/detectors.md"))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--fer-python", default="", help="interpreter that can import fer")
    arguments = parser.parse_args()
    folder = Path(os.environ.get("VIDEMO_DATA", "")) / "recordings"
    if not folder.is_dir():
        sys.exit(f"{folder}: no such folder. Set VIDEMO_DATA.")
    with tempfile.TemporaryDirectory(prefix="videmo-benchmark-") as scratch:
        text = measure(folder, Path(scratch), arguments.jobs, arguments.fer_python)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text, encoding="utf-8")
    print(text)


def measure(folder: Path, scratch: Path, jobs: int, fer_python: str) -> str:
    """Run everything and return the report."""
    clips = [repeated(folder / name, scratch / name) for name in CLIPS]
    frames = sum(decode(path) for path in clips)

    def seconds(inputs: list[Path], *options: str) -> float:
        return analyse(inputs, scratch, jobs, [*ANALYSIS, *options], watched=False).seconds

    single = [first_frame(folder / name, scratch / f"one-{name}") for name in CLIPS]
    start = min(seconds(single), seconds(single))
    ours = seconds(clips)
    alone = decode_all(clips, jobs)
    again = seconds(clips)
    founding, haar = seconds(clips, "--classifier", "founding"), seconds(clips, "--detector", "haar")
    best = min(ours, again)
    running = frames / (best - start)
    rows = [
        ("decoding alone", frames / alone, f"{frames:,}"),
        ("videmo analyze", frames / best, f"{frames:,}; the better of two runs ({ours:.1f} s, {again:.1f} s)"),
        ("the same without its start", running, f"{start:.1f} s: the same command on one frame of each clip"),
        ("videmo analyze --classifier founding", frames / founding, f"{frames:,}"),
        ("videmo analyze --detector haar", frames / haar, f"{frames:,}"),
    ]
    ratios = [
        ("over decoding alone", alone / best, "≥ 0.2"),
        ("over --detector haar", haar / best, "≥ 8"),
    ]
    if fer_python:
        fer = fer_speed(fer_python, clips, jobs)
        rows.append(("fer, every frame, without its start", fer, f"{jobs * len(clips) * FER_FRAMES:,}"))
        ratios.append(("over fer, both without their start", running / fer, "≥ 25"))
        ratios.append(("over fer, with videmo's start only", frames / best / fer, ""))
    lines = [
        "# Analysis beside decoding",
        "",
        f"Machine: {machine()}. {', '.join(CLIPS)}, each repeated to at least {FRAMES:,} frames; {jobs} processes "
        "each; no plots, no video.",
        "",
        "| what | frames/s | frames measured |",
        "|---|---|---|",
        *(f"| {what} | {rate:,.0f} | {note} |" for what, rate, note in rows),
        "",
        "| videmo analyze | ratio | target |",
        "|---|---|---|",
        *(f"| {title} | {ratio:.2f} | {target} |" for title, ratio, target in ratios),
    ]
    return "\n".join(lines) + "\n"


def repeated(source: Path, target: Path) -> Path:
    """A clip of at least `FRAMES` frames."""
    once = decode(source)
    length = probe(source).duration_s or 1.0
    return loop(source, target, length * (FRAMES / once + 1))


def fer_speed(python: str, clips: list[Path], processes: int) -> float:
    """Frames a second of fer, in several processes at once."""
    command = [python, "-c", FER_LOOP, str(FER_FRAMES), *map(str, clips)]
    quiet = {"env": {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1", "PYTHONPATH": ""}}
    runs = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **quiet
        )
        for _ in range(processes)
    ]
    for run in runs:
        assert run.stdout is not None
        while line := run.stdout.readline():
            if line.strip() == "ready":
                break
        else:
            sys.exit(f"{python}: fer did not start.")
    for run in runs:
        run.stdin.write("\n")  # type: ignore[union-attr]
        run.stdin.flush()  # type: ignore[union-attr]
    total = 0.0
    for run in runs:
        count, seconds = run.communicate()[0].split()[-2:]
        total += int(count) / float(seconds)
    return total


if __name__ == "__main__":
    main()
