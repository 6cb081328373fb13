"""How steady timelines are where nothing changes: photographs as a camera that isn't quite still would film them.

    python benchmarks/still_faces.py [--classifier broad --classifier ferplus]

Each web photograph that is kept out of training and shows one face becomes a recording of ten seconds: held by hand
(a slow drift of a pixel or two and of the distance), with the noise of a sensor and light that wavers, compressed. The
face does not change, so every change that a timeline names is spurious. Writes ``reports/evaluation/still-faces.md``.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

import videmo
from videmo.files import write_text
from videmo.measures.registry import words_in
from videmo.pipeline.derive import derive
from videmo.settings import QualitySettings, Settings
from videmo.training.common.pictures import read_web

PAGE = Path("reports") / "evaluation" / "still-faces.md"
WIDTH, HEIGHT, RATE, SECONDS = 640, 360, 25, 10
SMOOTHING_S: Final = (0.0, 0.2, 0.4, 0.8)
DRIFT_PX, DRIFT_ZOOM, WAVER, NOISE = 1.0, 0.004, 1.5, 3.0
"""Standard deviations: of the place, of the size as a share, of brightness and of the noise of a pixel in levels."""
INERTIA = 0.9
"""Share of a drift that the next frame keeps."""


@dataclass(frozen=True, slots=True)
class Steadiness:
    """What the timelines of some recordings say."""

    changes: int
    """Changes of the named emotion."""
    seconds: float
    """In which one was named."""
    changed: int
    """Recordings with a change."""
    borders: int
    """Beginnings and ends of episodes within the recordings."""
    recordings: int


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--classifier", action="append", default=[])
    parser.add_argument("--photographs", type=int, default=60)
    given = parser.parse_args()
    table = Path(os.environ.get("VIDEMO_DATA", "")) / "data" / "webfaces.parquet"
    if not table.is_file():
        sys.exit(f"{table}: no such file. Set VIDEMO_DATA.")
    single = [picture for picture, points in read_web(table, evaluation=True) if len(points) == 1]
    chosen = given.classifier or [Settings().classifier.name]
    with tempfile.TemporaryDirectory(prefix="videmo-still-") as scratch:
        clips = []
        for number, picture in enumerate(single[: given.photographs]):
            clips.append(Path(scratch) / f"still-{number:03}.mp4")
            film(picture, clips[-1], np.random.default_rng(number))
        found = {name: steadiness(clips, name) for name in chosen}
    write_text(PAGE, page(found, given.photographs))


def film(picture: npt.NDArray[np.uint8], path: Path, rng: np.random.Generator) -> None:
    """Write a photograph as a recording of somebody who doesn't move.

    Args:
        picture: ``(height, width)`` gray.
        path: of the recording.
        rng: source of the drift and the noise.
    """
    scale = HEIGHT / picture.shape[0]
    drift = np.zeros(4)
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "crf": "23"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for _ in range(RATE * SECONDS):
            drift = INERTIA * drift + np.sqrt(1 - INERTIA**2) * rng.standard_normal(4)
            zoom = scale * (1 + DRIFT_ZOOM * drift[2])
            left = (WIDTH - zoom * picture.shape[1]) / 2 + DRIFT_PX * drift[0]
            matrix = np.array([[zoom, 0.0, left], [0.0, zoom, DRIFT_PX * drift[1]]])
            frame = cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
            noise = NOISE * rng.standard_normal(frame.shape, np.float32) + np.float32(WAVER * drift[3])
            seen = np.clip(frame + noise, 0, 255).astype(np.uint8)
            output.mux(video.encode(av.VideoFrame.from_ndarray(seen, format="gray").reformat(format="yuv420p")))
        output.mux(video.encode(None))


def steadiness(clips: Sequence[Path], classifier: str) -> dict[float, Steadiness]:
    """Observe the recordings once, and say how steady their timelines are with several smoothings."""
    with tempfile.TemporaryDirectory() as out:
        options = {"annotate": False, "plots": False, "report": False}
        table = videmo.analyze(clips, out=out, classifier=classifier, **options).observations
    seen = [each.drop(columns="recording") for _, each in table.groupby("recording", sort=True)]
    return {smoothing_s: _steadiness(seen, smoothing_s) for smoothing_s in SMOOTHING_S}


def _steadiness(seen: Sequence[pd.DataFrame], smoothing_s: float) -> Steadiness:
    shipped = Settings()
    timeline = dataclasses.replace(shipped.timeline, smoothing_s=smoothing_s)
    changes, seconds, borders = [], 0.0, 0
    for observations in seen:
        tables = derive(observations, timeline, shipped.episodes, QualitySettings(), float(SECONDS))
        cells = tables.timeline[tables.timeline["emotion"].notna()]
        codes = cells["emotion"].map(list(words_in(cells.columns)).index).to_numpy()
        same = cells["person"].to_numpy()[1:] == cells["person"].to_numpy()[:-1]
        changes.append(int(((np.diff(codes) != 0) & same).sum()))
        seconds += float(cells["coverage"].sum() * timeline.step_s)
        first, last = cells["start_s"].min(), cells["end_s"].max()
        borders += int((tables.episodes["start_s"] > first).sum() + (tables.episodes["end_s"] < last).sum())
    return Steadiness(sum(changes), seconds, sum(number > 0 for number in changes), borders, len(changes))


def page(found: Mapping[str, Mapping[float, Steadiness]], photographs: int) -> str:
    """Write the page."""
    names = " ".join(f"--classifier {name}" for name in found)
    return "\n".join(
        [
            "# How steady timelines are where nothing changes",
            "",
            f"    python benchmarks/still_faces.py {names} --photographs {photographs}",
            "",
            "Web photographs of one face, whose labels no network knows (their teachers saw them among faces without "
            f"labels), each filmed for {SECONDS} seconds at "
            f"{WIDTH} by {HEIGHT} and {RATE} frames per second as a camera in a hand would: it drifts by {DRIFT_PX:g} "
            f"px and {100 * DRIFT_ZOOM:g} % of the size, brightness by {WAVER:g} and each pixel by {NOISE:g} of 255 "
            "levels (standard deviations), H.264. Nothing in these faces changes, so every change of the named "
            "emotion is spurious, and every episode lasts from the first frame to the last.",
            "",
            "| classifier | smoothing | changes a minute | with a change | episodes begun or ended a minute |",
            "|---|---|---|---|---|",
            *(line for name, each in found.items() for line in _rows(name, each)),
            "",
        ]
    )


def _rows(name: str, found: Mapping[float, Steadiness]) -> Iterator[str]:
    shipped = Settings().timeline.smoothing_s
    for smoothing_s, each in found.items():
        mark = " (as shipped)" if smoothing_s == shipped else ""
        changes, borders = (60 * number / each.seconds for number in (each.changes, each.borders))
        changed = f"{each.changed} of {each.recordings}"
        yield f"| {name} | {smoothing_s:.1f} s{mark} | {changes:.1f} | {changed} | {borders:.1f} |"


if __name__ == "__main__":
    main()
