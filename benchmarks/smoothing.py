"""How much smoothing over time a timeline wants.

    python benchmarks/smoothing.py [--sequences 60]

No labelled recordings are at hand, so sequences are made from FER+'s validation faces: each shows one face for a
while, then the next, as an expression lasts half a second to some seconds. Every frame is a crop of its own: the box
trembles as the detector's box trembles in real recordings (measured here first), the head drifts, light, noise and
compression change. The shipped classifier names each frame, the timeline is built as in an analysis, and each cell is
compared with the face's top vote. Writes ``reports/evaluation/smoothing.md``.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

import videmo
from videmo.files import write_text
from videmo.measures.emotions import EMOTIONS
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.records import Carried
from videmo.settings import EpisodeSettings, TimelineSettings
from videmo.timeline.episodes import find_episodes
from videmo.timeline.resample import build_timeline
from videmo.training.classifier.data import Faces, collect
from videmo.training.classifier.datasets.ferplus import read_table
from videmo.training.classifier.votes import scored_rows, top_of
from videmo.weights import load_weights

PAGE = Path("reports") / "evaluation" / "smoothing.md"
WINDOWS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.2, 2.0)
RATES = (25, 5)
CARRIED = Carried(EMOTIONS)
CLIPS = ("phone-neutral-to-smile.mp4", "woman-three-moods.mp4", "man-smiles.mp4", "selfie-portrait.mp4")
SECONDS, SIZE = 24.0, 48
SHORTEST_S, MEDIAN_S, SPREAD = 0.5, 2.0, 0.6
"""Length of an expression: log-normal."""

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Sequence:
    """A made-up recording of one person."""

    observations: pd.DataFrame
    """As an analysis writes them, as far as a timeline needs them."""
    changes_s: npt.NDArray[np.float64]
    """Start of each expression."""
    shown: npt.NDArray[np.int64]
    """The emotion of each expression."""


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sequences", type=int, default=60)
    count = parser.parse_args().sequences
    data = Path(os.environ.get("VIDEMO_DATA", ""))
    table = data / "data" / "ferplus.parquet"
    if not table.is_file():
        sys.exit(f"{table}: no such file. Set VIDEMO_DATA.")
    tremble = box_tremble([data / "recordings" / name for name in CLIPS])
    faces = collect(read_table(table)).of("validation")
    faces = faces.where(scored_rows(faces.votes))
    classifier = EmotionClassifier(load_weights(videmo.Settings().classifier.name))
    blocks = []
    for rate in RATES:
        rng = np.random.default_rng(1)
        sequences = [make_sequence(faces, classifier, rate, tremble, rng) for _ in range(count)]
        blocks.append(section(rate, sequences))
    write_text(PAGE, page(count, tremble, blocks))
    print(PAGE.read_text(encoding="utf-8"))


def box_tremble(clips: list[Path]) -> float:
    """Standard deviation of a box's middle from frame to frame, over its side.

    Second differences leave out how the head moves: of white noise they have six times the variance.
    """
    found = []
    for clip in clips:
        table = videmo.analyze(clip).observations
        for _, rows in table[table["status"] == "ok"].groupby("person"):
            side = (rows["w"] + rows["h"]) / 2
            for middle in (rows["x"] + rows["w"] / 2, rows["y"] + rows["h"] / 2):
                found.append(np.diff(middle.to_numpy(float), 2) / side.to_numpy(float)[2:])
    changes = np.concatenate(found)
    return float(1.4826 * np.median(np.abs(changes)) / math.sqrt(6))


def make_sequence(
    faces: Faces, classifier: EmotionClassifier, rate: int, tremble: float, rng: np.random.Generator
) -> Sequence:
    """Faces one after the other, each for the time of an expression, seen through a trembling box."""
    top = top_of(faces.votes)
    changes, shown, rows = [], [], []
    walk = np.zeros(4)  # right, down, size, turn: where the head has drifted to
    moment = 0.0
    while moment < SECONDS:
        length = max(SHORTEST_S, rng.lognormal(math.log(MEDIAN_S), SPREAD))
        face = int(rng.integers(len(faces)))
        changes.append(moment)
        shown.append(int(top[face]))
        first, behind = math.ceil(moment * rate), math.ceil(min(SECONDS, moment + length) * rate)
        for frame in range(first, behind):
            # An Ornstein-Uhlenbeck walk that forgets in half a second.
            keep = math.exp(-2.0 / rate)
            walk = keep * walk + math.sqrt(1 - keep**2) * rng.normal(0, (0.03, 0.03, 0.04, 4.0))
            shaken = walk + np.append(rng.normal(0, tremble, 3), 0.0)
            rows.append((frame / rate, *classifier.predict(crop_of(faces.images[face], shaken, rng)).tolist()))
        moment += length
    table = pd.DataFrame(rows, columns=["time_s", *EMOTIONS]).assign(status="ok", person=1, left_out="")
    return Sequence(table, np.array(changes), np.array(shown))


def crop_of(image: Image, shaken: npt.NDArray[np.float64], rng: np.random.Generator) -> Image:
    """The face as a camera may deliver it: moved, relit, noisy and compressed."""
    right, down, size, turn = shaken.tolist()
    matrix = cv2.getRotationMatrix2D(((SIZE - 1) / 2,) * 2, turn, math.exp(size))
    matrix[:, 2] += (right * SIZE, down * SIZE)
    moved = cv2.warpAffine(image, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    lit = np.clip(moved * rng.normal(1, 0.02) + rng.normal(0, 3, moved.shape), 0, 255).astype(np.uint8)
    packed = cv2.imencode(".jpg", lit, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 90))])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)


def section(rate: int, sequences: list[Sequence]) -> str:
    """A table of all windows for one rate of sampling."""
    minutes = SECONDS * len(sequences) / 60
    truth_a_minute = sum(int((np.diff(item.shown) != 0).sum()) for item in sequences) / minutes
    lines = [
        f"## {rate} frames a second",
        "",
        f"The faces change their emotion {truth_a_minute:.1f} times a minute.",
        "",
        "| smoothing | cells right | balanced | changes a minute | episodes found | episodes that are none |",
        "|---|---|---|---|---|---|",
    ]
    for window in WINDOWS:
        settings = TimelineSettings(smoothing_s=window)
        right, truth, changes, found, real, false, listed = [], [], 0, 0, 0, 0, 0
        for item in sequences:
            timeline = build_timeline(item.observations, settings, CARRIED, SECONDS)
            middle = (timeline["start_s"] + timeline["end_s"]).to_numpy(float) / 2
            shown = item.shown[np.searchsorted(item.changes_s, middle, "right") - 1]
            named = timeline["emotion"].map({name: place for place, name in enumerate(EMOTIONS)}).to_numpy()
            right.append(named == shown)
            truth.append(shown)
            changes += int((np.diff(named) != 0).sum())
            hits, total, wrong, count = compare(find_episodes(timeline, EpisodeSettings(), CARRIED.words), item)
            found, real, false, listed = found + hits, real + total, false + wrong, listed + count
        hit, label = np.concatenate(right), np.concatenate(truth)
        balanced = np.mean([hit[label == place].mean() for place in range(len(EMOTIONS))])
        mark = " (as shipped)" if window == TimelineSettings().smoothing_s else ""
        lines.append(
            f"| {window} s{mark} | {hit.mean():.1%} | {balanced:.1%} | {changes / minutes:.1f} | "
            f"{found / real:.1%} | {false / max(listed, 1):.1%} |"
        )
    return "\n".join(lines)


def compare(episodes: pd.DataFrame, item: Sequence) -> tuple[int, int, int, int]:
    """Expressions that an episode of their emotion covers by half, all expressions, false episodes, all episodes."""
    ends = np.append(item.changes_s[1:], SECONDS)
    code = episodes["emotion"].map({name: place for place, name in enumerate(EMOTIONS)}).to_numpy()
    starts_s, ends_s = episodes["start_s"].to_numpy(float), episodes["end_s"].to_numpy(float)
    common = np.minimum(ends[:, None], ends_s) - np.maximum(item.changes_s[:, None], starts_s)
    common = np.where(item.shown[:, None] == code, np.maximum(common, 0), 0)
    covered = common.sum(axis=1) >= 0.5 * (ends - item.changes_s) if len(episodes) else np.zeros(len(ends), bool)
    true = common.sum(axis=0) >= 0.5 * (ends_s - starts_s)
    return int(covered.sum()), len(ends), int((~true).sum()), len(episodes)


def page(count: int, tremble: float, blocks: list[str]) -> str:
    """The whole report."""
    head = f"""# How much smoothing a timeline wants

    python benchmarks/smoothing.py

{count} made-up sequences of {SECONDS:.0f} s from FER+'s validation faces: each face is shown for the time of an
expression (log-normal, median {MEDIAN_S:.0f} s, at least {SHORTEST_S} s), then the next. The box trembles by
{tremble:.1%} of its side from frame to frame, as measured on {len(CLIPS)} real clips; the head drifts, light, noise
and compression change. *Cells right*: share of the timeline's cells that name the face's top vote. *Episodes found*:
expressions of which an episode of their emotion covers half. Real faces change less abruptly and vary more within an
expression than these do."""
    return "\n\n".join([head, *blocks]) + "\n"


if __name__ == "__main__":
    main()
