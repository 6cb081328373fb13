"""What detectors still find in videos with hidden faces, and what hiding costs.

    python benchmarks/anonymise.py [--modes blur box] [--step 3] [--out reports/benchmarks/anonymise.md] [RECORDING...]

Needs YuNet at ``$VIDEMO_DATA/models/face_detection_yunet_2023mar.onnx``; takes the recordings from
``$VIDEMO_DATA/recordings`` unless some are named. YuNet looks at the pictures in their own size; videmo analyses
the hidden video like any recording, and its faces are those in all sampled frames that count in tables, before and
after. A face counts as still found where the middle of what YuNet finds in the hidden video lies in a face
that it found in the same frame of the original one; what it finds elsewhere is food, hands, clothes, or what is drawn.
The cost is processor time over that of the same analysis with faces shown.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

from videmo.batch.discover import EXTENSIONS

MODEL = "face_detection_yunet_2023mar.onnx"
LEAST_SCORE = 0.6
Faces = npt.NDArray[np.float32]


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recordings", type=Path, nargs="*")
    parser.add_argument("--modes", nargs="+", default=["blur", "pixelate", "box"])
    parser.add_argument("--step", type=int, default=1, help="look at one frame in so many")
    parser.add_argument("--out", type=Path, default=Path("reports/benchmarks/anonymise.md"))
    arguments = parser.parse_args()
    data = Path(os.environ.get("VIDEMO_DATA", ""))
    model = data / "models" / MODEL
    if not model.is_file():
        sys.exit(f"{model}: no such file. Set VIDEMO_DATA.")
    clips = arguments.recordings or sorted(
        path for path in (data / "recordings").iterdir() if path.suffix.lower() in EXTENSIONS
    )
    looked = "every frame" if arguments.step == 1 else f"one frame in {arguments.step}"
    lines = [
        "# Faces that are found in hidden videos",
        "",
        f"YuNet's score {LEAST_SCORE} or more, {looked}; videmo with its default settings, also when it looks at what",
        "it hid: its faces are those of persons in the tables of an analysis.",
        f"Made by `{' '.join(['python', 'benchmarks/anonymise.py', *sys.argv[1:]])}`. Cost: processor time over that",
        "of the same analysis with faces shown, start included.",
        "",
        "| recording | hidden by | frames | YuNet: before | still found | elsewhere | videmo: before | after | cost |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for clip in clips:
        before = list(detections(clip, model, arguments.step))
        faces = sum(len(found) for found in before)
        with tempfile.TemporaryDirectory(prefix="videmo-benchmark-") as out:
            shown, shown_s = write(clip, Path(out), "none")
            seen = counted(shown.parent)
        for mode in arguments.modes:
            with tempfile.TemporaryDirectory(prefix="videmo-benchmark-") as out:
                hidden, hidden_s = write(clip, Path(out), mode)
                still, elsewhere = compare(before, list(detections(hidden, model, arguments.step)))
                again, _ = write(hidden, Path(out) / "again", "none")
                own = counted(again.parent)
            cost = f"{hidden_s / shown_s:.1f}"
            cells = (clip.name, mode, len(before), faces, still, elsewhere, seen, own, cost)
            lines.append(f"| {' | '.join(map(str, cells))} |")
            print(lines[-1], flush=True)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write(clip: Path, out: Path, mode: str) -> tuple[Path, float]:
    """Analyse a recording and hide its faces; returns the video and the seconds of processor time that it took."""
    started = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "videmo", "analyze", clip, "--out", out, "--no-plots", "--no-report", "--quiet"]
    subprocess.run([*command, "--anonymize", mode], check=True)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken_s = ended.ru_utime + ended.ru_stime - started.ru_utime - started.ru_stime
    return out / clip.name / "annotated.mp4", taken_s


def counted(results: Path) -> int:
    """How many faces count in the table of an analysis."""
    with (results / "observations.csv").open(encoding="utf-8", newline="") as stream:
        return sum(row["status"] == "ok" for row in csv.DictReader(stream))


def detections(video: Path, model: Path, step: int) -> Iterator[Faces]:
    """What YuNet finds in each frame: ``(faces, 15)``, left, top, width, height in the first columns."""
    detector = None
    with av.open(str(video)) as container:
        for frame in itertools.islice(container.decode(video=0), 0, None, step):
            picture = frame.to_ndarray(format="bgr24")
            if detector is None:
                detector = cv2.FaceDetectorYN.create(str(model), "", picture.shape[1::-1], LEAST_SCORE)
            _, found = detector.detect(picture)
            yield np.zeros((0, 15), np.float32) if found is None else found


def compare(before: list[Faces], after: list[Faces]) -> tuple[int, int]:
    """How many detections lie in faces of before, and how many elsewhere."""
    if len(before) != len(after):
        sys.exit(f"{len(before)} frames before, {len(after)} after: they can't be compared.")
    still = elsewhere = 0
    for faces, left in zip(before, after, strict=True):
        for face in left:
            from_corner = face[:2] + face[2:4] / 2 - faces[:, :2]
            inside = bool(((from_corner > 0) & (from_corner < faces[:, 2:4])).all(axis=1).any())
            still, elsewhere = still + inside, elsewhere + (not inside)
    return still, elsewhere


if __name__ == "__main__":
    main()
