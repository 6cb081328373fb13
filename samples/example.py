"""Make the pictures of the README from the samples: ``python samples/example.py`` after ``make demo``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import av
import cv2
import numpy as np

ROOT = Path(__file__).parent.parent
DEMO, EXAMPLE = ROOT / "reports" / "demo", ROOT / "reports" / "example"
MOMENTS = (("expressions.mp4", 7.4), ("two-people.mp4", 1.2))
HEIGHT = 360


def main() -> None:
    """Copy a timeline and put some frames of annotated videos side by side."""
    if not (DEMO / "run.json").is_file():
        sys.exit(f"{DEMO}: no results. Run 'make demo' first.")
    EXAMPLE.mkdir(parents=True, exist_ok=True)
    for name, target in (("expressions.mp4/timeline.png", "timeline.png"), ("overview.png", "overview.png")):
        shutil.copyfile(DEMO / name, EXAMPLE / target)
    frames = [frame_at(DEMO / name / "annotated.mp4", time_s) for name, time_s in MOMENTS]
    cv2.imwrite(str(EXAMPLE / "annotated.png"), np.hstack(frames))


def frame_at(path: Path, time_s: float) -> np.ndarray:
    """The first frame at or after a time, scaled to a common height, as BGR."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time >= time_s:
                picture = frame.to_ndarray(format="bgr24")
                width = round(picture.shape[1] * HEIGHT / picture.shape[0])
                return np.asarray(cv2.resize(picture, (width, HEIGHT), interpolation=cv2.INTER_AREA))
    sys.exit(f"{path}: it ends before {time_s} s.")


if __name__ == "__main__":
    main()
