"""Make the example report and the pictures of the README from the samples: ``python samples/example.py`` after
``make demo``. The report lands in ``reports/example/results``, which git leaves out. The picture of the page needs
chromium."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import av
import cv2
import numpy as np

ROOT = Path(__file__).parent.parent
DEMO, EXAMPLE = ROOT / "reports" / "demo", ROOT / "reports" / "example"
RESULTS = EXAMPLE / "results"
MOMENTS = (("expressions.mp4", 7.4), ("two-people.mp4", 1.2))
HEIGHT = 360
PAGE = "two-people.mp4/report.html#t=1.2"
CHROMIUM = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--window-size=1240,1130",
    "--virtual-time-budget=5000",
)  # fmt: skip


def main() -> None:
    """Write the pages of the samples, copy a timeline, put some frames side by side, take a picture of a page."""
    if not (DEMO / "run.json").is_file():
        sys.exit(f"{DEMO}: no results. Run 'make demo' first.")
    EXAMPLE.mkdir(parents=True, exist_ok=True)
    for name, target in (("expressions.mp4/timeline.png", "timeline.png"), ("overview.png", "overview.png")):
        shutil.copyfile(DEMO / name, EXAMPLE / target)
    frames = [frame_at(DEMO / name / "annotated.mp4", time_s) for name, time_s in MOMENTS]
    cv2.imwrite(str(EXAMPLE / "annotated.png"), np.hstack(frames))
    write_results()
    take_picture()


def write_results() -> None:
    """Analyse the samples into the example; its pages show the clips themselves, which lie beside it anyway."""
    shutil.rmtree(RESULTS, ignore_errors=True)
    command = [sys.executable, "-m", "videmo", "analyze", str(ROOT / "samples"), "--out", str(RESULTS)]
    subprocess.run([*command, "--no-annotate"], check=True)


def take_picture() -> None:
    """A page as the browser shows it."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        print("No chromium: report.png stays as it is.")
        return
    picture = EXAMPLE / "report.png"
    with tempfile.TemporaryDirectory() as profile:
        wanted = [f"--user-data-dir={profile}", f"--screenshot={picture}", f"{RESULTS.as_uri()}/{PAGE}"]
        subprocess.run([chromium, *CHROMIUM, *wanted], check=True, capture_output=True)


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
