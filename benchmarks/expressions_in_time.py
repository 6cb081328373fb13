"""What a timeline says of real recordings: how steady it is, and when it says what a person sees.

    python benchmarks/expressions_in_time.py [--classifier broad --classifier ferplus]

Takes the clips of ``expected.json`` (what a person sees in them, in stretches), observes each once per classifier, and
derives timelines with several settings from the same observations. Writes ``reports/evaluation/recordings.md``.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import videmo
from videmo.files import write_text
from videmo.measures.registry import words_in
from videmo.pipeline.derive import derive
from videmo.settings import EpisodeSettings, QualitySettings, Settings, TimelineSettings

PAGE = Path("reports") / "evaluation" / "recordings.md"
TALKING = ("lab-talker.mpg", "office-man-signing.mkv", "office-woman-signing.mkv")
"""Clips of people who talk or sign, and in which nobody would see anything but neutral."""
SMOOTHING_S = (0.0, 0.2, 0.4, 0.6, 0.8, 1.2)
THRESHOLDS = ((0.5, 0.35), (0.55, 0.4), (0.6, 0.45), (0.7, 0.5))
"""At which an episode begins and ends."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording that was observed."""

    name: str
    observations: pd.DataFrame
    end_s: float
    stretches: tuple[Mapping[str, Any], ...]
    """Start, end and the emotions that a careful viewer accepts."""


@dataclass(frozen=True, slots=True)
class Score:
    """What some settings give."""

    right: float
    """Share of the cells in marked stretches that name an accepted emotion."""
    flips: float
    """Changes of the named emotion per minute seen, over all clips with one person."""
    neutral: float
    """Share of neutral cells where people talk and nothing else is seen."""
    found: int
    """Marked stretches, but for neutral ones, that an episode of an accepted emotion reaches into."""
    marked: int
    covered: float
    """Share of those stretches that such episodes cover."""
    delay_s: float
    """Median of how much later than the stretch the first such episode begins; earlier is 0."""


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--classifier", action="append", default=[])
    chosen = parser.parse_args().classifier or [Settings().classifier.name]
    folder = Path(os.environ.get("VIDEMO_DATA", "")) / "recordings"
    if not (folder / "expected.json").is_file():
        sys.exit(f"{folder / 'expected.json'}: no such file. Set VIDEMO_DATA.")
    write_text(PAGE, page({name: observed(folder, name) for name in chosen}))


def observed(folder: Path, classifier: str) -> list[Clip]:
    """Analyse all clips in which a person was marked at all."""
    told = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    seen = {name: each for name, each in told.items() if isinstance(each, dict) and each.get("people") == 1}
    with tempfile.TemporaryDirectory() as out:
        results = videmo.analyze(
            [folder / name for name in seen], out=out, classifier=classifier, annotate=False, plots=False, report=False
        )
        recordings = results.recordings.set_index("recording")
        return [
            Clip(
                name,
                results.observations[results.observations["recording"] == name].drop(columns="recording"),
                float(recordings.loc[name, "recording_duration_s"]),
                tuple(each.get("emotions", ())),
            )
            for name, each in seen.items()
        ]


def score(clips: Sequence[Clip], timeline: TimelineSettings, episodes: EpisodeSettings) -> Score:
    """Derive timelines with some settings, and compare them with what a person sees."""
    right, talking, flips, seen_s = [], [], 0, 0.0
    covered, delays, marked = [], [], 0
    for clip in clips:
        tables = derive(clip.observations, timeline, episodes, QualitySettings(), clip.end_s)
        cells = tables.timeline[tables.timeline["emotion"].notna()]
        codes = cells["emotion"].map(list(words_in(cells.columns)).index).to_numpy()
        touching = np.isclose(cells["start_s"].to_numpy()[1:], cells["end_s"].to_numpy()[:-1])
        flips += int((np.diff(codes) != 0)[touching].sum())
        seen_s += float(cells["coverage"].sum() * timeline.step_s)
        if clip.name in TALKING:
            talking.append((cells["emotion"] == "neutral").to_numpy())
        for stretch in clip.stretches:
            inside = cells[(cells["start_s"] < stretch["end"]) & (cells["end_s"] > stretch["start"])]
            right.append(inside["emotion"].isin(stretch["one_of"]).to_numpy())
            if stretch["one_of"] != ["neutral"]:
                marked += 1
                share, delay = reached(tables.episodes, stretch)
                covered.append(share)
                delays += [] if delay is None else [delay]
    return Score(
        float(np.concatenate(right).mean()),
        60 * flips / seen_s,
        float(np.concatenate(talking).mean()),
        len(delays),
        marked,
        float(np.mean(covered)),
        float(np.median(delays)) if delays else float("nan"),
    )


def reached(episodes: pd.DataFrame, stretch: Mapping[str, Any]) -> tuple[float, float | None]:
    """Return the share of a stretch that episodes of its emotions cover, and how late the first of them begins."""
    own = episodes[episodes["emotion"].isin(stretch["one_of"])]
    own = own[(own["start_s"] < stretch["end"]) & (own["end_s"] > stretch["start"])]
    if own.empty:
        return 0.0, None
    begins, ends = own["start_s"].clip(lower=stretch["start"]), own["end_s"].clip(upper=stretch["end"])
    share = float((ends - begins).sum() / (stretch["end"] - stretch["start"]))
    return min(1.0, share), max(0.0, float(own["start_s"].min()) - stretch["start"])


def page(clips: Mapping[str, Sequence[Clip]]) -> str:
    """Write the page."""
    first = next(iter(clips.values()))
    stretches = sum(len(clip.stretches) for clip in first)
    return "\n".join(
        [
            "# What timelines say of real recordings",
            "",
            "    python benchmarks/expressions_in_time.py " + " ".join(f"--classifier {name}" for name in clips),
            "",
            f"{len(first)} clips with one person, {sum(clip.end_s for clip in first):.0f} s, in which {stretches}"
            " stretches were marked by a person who looked: few, and the same on which settings are chosen, so this"
            " page shows what a change does, not how good the classifier is. *Cells right*: share of the cells in"
            " these stretches that name an accepted emotion. *Flips*: changes of the named emotion per minute seen."
            f" *Neutral in talk*: share of neutral cells in {len(TALKING)} clips of people who talk or sign."
            " *Found*: marked stretches other than neutral ones into which an episode of an accepted emotion reaches;"
            " *covered*: the share of them that such episodes cover; *late*: median of how much later they begin.",
            *(line for name, each in clips.items() for line in section(name, each)),
            "",
        ]
    )


def section(name: str, clips: Sequence[Clip]) -> Iterator[str]:
    """Write the tables of one classifier."""
    shipped = Settings()
    yield from ("", f"## {name}", "", "| smoothing | " + HEAD, RULE)
    for seconds in SMOOTHING_S:
        timeline = dataclasses.replace(shipped.timeline, smoothing_s=seconds)
        mark = " (as shipped)" if seconds == shipped.timeline.smoothing_s else ""
        yield f"| {seconds:.1f} s{mark} | {row(score(clips, timeline, shipped.episodes))}"
    yield from ("", "| episodes begin and end at | " + HEAD, RULE)
    for enter, leave in THRESHOLDS:
        episodes = dataclasses.replace(shipped.episodes, enter=enter, leave=leave)
        mark = " (as shipped)" if episodes == shipped.episodes else ""
        yield f"| {enter:.2f}, {leave:.2f}{mark} | {row(score(clips, shipped.timeline, episodes))}"


HEAD = "cells right | flips a minute | neutral in talk | found | covered | late |"
RULE = "|---|---|---|---|---|---|---|"


def row(found: Score) -> str:
    """Write one row."""
    return (
        f"{found.right:.1%} | {found.flips:.1f} | {found.neutral:.1%} | {found.found} of {found.marked} |"
        f" {found.covered:.1%} | {found.delay_s:.2f} s |"
    )


if __name__ == "__main__":
    main()
