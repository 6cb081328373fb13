"""Make the example report and the pictures of the README and the documentation from the samples: ``make example``.

The report lands in ``reports/example/results``, which git leaves out. The pictures of pages need chromium, chromedriver
and selenium.
"""

from __future__ import annotations

import base64
import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import av
import cv2
import numpy as np
from PIL import Image

ROOT = Path(__file__).parent.parent
DEMO, EXAMPLE = ROOT / "reports" / "demo", ROOT / "reports" / "example"
RESULTS, STUDY = EXAMPLE / "results", ROOT / "reports" / "study" / "study"
MOMENTS = (("expressions.mp4", 7.4), ("two-people.mp4", 8.1))
HEIGHT = 360
REPORT_PAGE, STUDY_PAGE = RESULTS / "two-people.mp4" / "report.html", STUDY / "results" / "index.html"
SCHEMES = ("light", "dark")


@dataclass(frozen=True)
class Shot:
    """Say what to take a picture of."""

    page: Path
    width: int
    """Of the window, in CSS pixels."""
    height: int
    place: str = ""
    """The end of the address: a moment."""
    scale: float = 1.0
    """Pixels of the picture for each CSS pixel."""


PAGES = {
    "index": Shot(RESULTS / "index.html", 1240, 860),
    "study": Shot(STUDY_PAGE, 1240, 1190),
}
"""Pictures of pages by themselves."""
FRONT = Shot(REPORT_PAGE, 920, 1090, "#t=8.1")
BEHIND = Shot(STUDY_PAGE, 540, 980)
"""What the README's picture is made of."""
PAIR, PAIR_SIZE = ROOT / "samples" / "pair.html", (1560, 1178)
"""The page that it is taken of, and its size."""
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
    if not STUDY_PAGE.is_file():
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
    """Take pictures of pages as the browser shows them, light and dark, and put two of them into one for the README."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        print("No chromium: the pictures of pages stay as they are.")
        return
    with started(chromium) as driver:
        for scheme in SCHEMES:
            for name, shot in PAGES.items():
                (EXAMPLE / f"{name}-{scheme}.png").write_bytes(taken(driver, shot, scheme))
            write_small(composed(driver, scheme), EXAMPLE / f"readme-{scheme}.png")


@contextmanager
def started(chromium: str) -> Iterator[Any]:
    """Start the browser."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in CHROMIUM:
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def taken(driver: Any, shot: Shot, scheme: str) -> bytes:
    """Take a picture of a page once its video, if it has one, shows the moment; returns a PNG file."""
    return picture_of(driver, f"{shot.page.as_uri()}{shot.place}", (shot.width, shot.height), scheme, shot.scale)


def picture_of(driver: Any, address: str, size: tuple[int, int], scheme: str, scale: float = 1.0) -> bytes:
    """Take a picture of what lies at an address."""
    liked = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
    features = [{"name": name, "value": value} for name, value in liked.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": scale, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    driver.get("about:blank")
    driver.get(address)
    driver.execute_async_script(READY)
    picture: bytes = driver.get_screenshot_as_png()
    return picture


def composed(driver: Any, scheme: str) -> bytes:
    """Lay the page of a recording before that of a study; returns a PNG file."""
    front, behind = (
        f"data:image/png;base64,{base64.b64encode(taken(driver, shot, scheme)).decode('ascii')}"
        for shot in (FRONT, BEHIND)
    )
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, PAIR.name)
        filled = Template(PAIR.read_text(encoding="utf-8")).substitute(scheme=scheme, front=front, behind=behind)
        page.write_text(filled, encoding="utf-8")
        return picture_of(driver, page.as_uri(), PAIR_SIZE, scheme)


def write_small(picture: bytes, target: Path) -> None:
    """Write a PNG file with 64 levels of red, green and blue: half the size, and no difference to see."""
    with Image.open(io.BytesIO(picture)) as whole:
        few = whole.convert("RGB").point([round(round(level / 255 * 63) * 255 / 63) for level in range(256)] * 3)
    few.save(target, optimize=True)


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
