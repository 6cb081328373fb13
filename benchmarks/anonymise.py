"""What another detector still finds in videos with hidden faces.

    python benchmarks/anonymise.py [--modes blur box] [--out reports/benchmarks/anonymise.md] [RECORDING...]

Needs YuNet at ``$VIDEMO_DATA/models/face_detection_yunet_2023mar.onnx``; takes the recordings from
``$VIDEMO_DATA/recordings`` unless some are named. Every frame is analysed and looked at. A face counts as still found
where the middle of a detection in the hidden video lies in a face that was detected in the same frame of the original
one; detections elsewhere are hands, clothes, and what is drawn.
"""

from __future__ import annotations

import argparse
import os
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
    parser.add_argument("--out", type=Path, default=Path("reports/benchmarks/anonymise.md"))
    arguments = parser.parse_args()
    data = Path(os.environ.get("VIDEMO_DATA", ""))
    model = data / "models" / MODEL
    if not model.is_file():
        sys.exit(f"{model}: no such file. Set VIDEMO_DATA.")
    clips = arguments.recordings or sorted(
        path for path in (data / "recordings").iterdir() if path.suffix.lower() in EXTENSIONS
    )
    lines = [
        "# Faces that YuNet finds in hidden videos",
        "",
        f"YuNet's score {LEAST_SCORE} or more, every frame; videmo's default settings. What is left are faces that",
        "videmo's detector did not see for more than a second, small or turned away, and hands that YuNet takes for",
        "faces in the original too. Made by `python benchmarks/anonymise.py`.",
        "",
        "| recording | hidden by | frames | faces before | still found | detections elsewhere |",
        "|---|---|---|---|---|---|",
    ]
    for clip in clips:
        before = list(detections(clip, model))
        for mode in arguments.modes:
            with tempfile.TemporaryDirectory(prefix="videmo-benchmark-") as out:
                hidden = hide(clip, Path(out), mode)
                still, elsewhere = compare(before, list(detections(hidden, model)))
            faces = sum(len(found) for found in before)
            lines.append(f"| {clip.name} | {mode} | {len(before)} | {faces} | {still} | {elsewhere} |")
            print(lines[-1], flush=True)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def hide(clip: Path, out: Path, mode: str) -> Path:
    """Analyse a recording and hide its faces; returns the video."""
    command = [sys.executable, "-m", "videmo", "analyze", clip, "--out", out, "--no-plots", "--quiet"]
    subprocess.run([*command, "--anonymize", mode], check=True)
    return out / clip.name / "annotated.mp4"


def detections(video: Path, model: Path) -> Iterator[Faces]:
    """The faces in each frame: ``(faces, 15)``, left, top, width, height in the first columns."""
    detector = None
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
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
