"""Make the example report and the pictures of the README and the documentation from the samples: ``make example``.

The report lands in ``reports/example/results``, which git leaves out. The pictures of pages need chromium, chromedriver
and selenium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

ROOT = Path(__file__).parent.parent
DEMO, EXAMPLE = ROOT / "reports" / "demo", ROOT / "reports" / "example"
RESULTS, STUDY = EXAMPLE / "results", ROOT / "reports" / "study" / "study"
MOMENTS = (("expressions.mp4", 7.4), ("two-people.mp4", 1.2))
HEIGHT = 360
PAGES = {
    "report": (RESULTS / "two-people.mp4" / "report.html", "#t=8.1", 1240, 1120),
    "index": (RESULTS / "index.html", "", 1240, 860),
    "study": (STUDY / "results" / "index.html", "", 1240, 1190),
}
"""Pictures of pages: the page, a place in it, width and height of the window."""
CHROMIUM = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--mute-audio",
)  # fmt: skip
READY = """
const done = arguments[0], video = document.querySelector("video");
const rest = () => requestAnimationFrame(() => setTimeout(done, 600));
if (!video) { rest(); }
else {
  const look = () => video.readyState >= 2 && !video.seeking && video.currentTime > 0 ? (video.controls = false, rest())
    : setTimeout(look, 100);
  look();
}
"""
"""Calls back when a page has drawn its plots and its video has a picture."""


def main() -> None:
    """Write the pages of the samples, copy a timeline, put some frames side by side, take a picture of a page."""
    if not (DEMO / "run.json").is_file():
        sys.exit(f"{DEMO}: no results. Run 'make demo' first.")
    if not PAGES["study"][0].is_file():
        sys.exit(f"{STUDY}: no study. Run 'make study-demo' first.")
    EXAMPLE.mkdir(parents=True, exist_ok=True)
    for name, target in (("expressions.mp4/timeline.png", "timeline.png"), ("overview.png", "overview.png")):
        shutil.copyfile(DEMO / name, EXAMPLE / target)
    frames = [frame_at(DEMO / name / "annotated.mp4", time_s) for name, time_s in MOMENTS]
    cv2.imwrite(str(EXAMPLE / "annotated.png"), np.hstack(frames))
    write_results()
    take_pictures()


def write_results() -> None:
    """Analyse the samples into the example."""
    shutil.rmtree(RESULTS, ignore_errors=True)
    command = [sys.executable, "-m", "videmo", "analyze", str(ROOT / "samples"), "--out", str(RESULTS)]
    subprocess.run(command, check=True)


def take_pictures() -> None:
    """Take pictures of pages as the browser shows them, light and dark."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        print("No chromium: the pictures of pages stay as they are.")
        return
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in CHROMIUM:
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        for name, (page, place, *size) in PAGES.items():
            for scheme in ("light", "dark"):
                take_picture(driver, f"{page.as_uri()}{place}", size, scheme, EXAMPLE / f"{name}-{scheme}.png")
    finally:
        driver.quit()


def take_picture(driver: Any, address: str, size: Sequence[int], scheme: str, target: Path) -> None:
    """Take a picture of a page once its video, if it has one, shows the moment."""
    liked = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
    features = [{"name": name, "value": value} for name, value in liked.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    driver.get("about:blank")
    driver.get(address)
    driver.execute_async_script(READY)
    target.write_bytes(driver.get_screenshot_as_png())


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
