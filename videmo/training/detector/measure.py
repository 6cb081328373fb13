"""Measure face detectors on held-out pictures and real recordings, side by side. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import cv2

from videmo.faces.detector import has_scores, make_detector
from videmo.faces.finding import single_picture, whole_frame
from videmo.faces.network import NetworkDetector
from videmo.faces.picture import LEAST_SCORE
from videmo.settings import DetectorSettings
from videmo.training.common.pictures import read_backgrounds, read_web
from videmo.training.detector import sizes, wider
from videmo.training.detector.contest import Contestant
from videmo.training.detector.pictures import Look, on_canvas, on_empty, on_web
from videmo.training.detector.recordings import Watched, unseen_frames, watch
from videmo.training.detector.reference import REFERENCE, read_reference
from videmo.training.detector.speed import times

PARTS: Final = ("pictures", "sizes", "recordings", "speed")
"""What can be measured, each by itself."""
LOWEST_SCORE: Final = 0.02
"""Networks are asked for anything they suspect, so that the whole curve can be drawn."""
SMALLEST_PX: Final = 8.0
"""Of faces that are asked for in pictures."""

ALIGNED: Final = "expressions.parquet"
"""Aligned faces, which fill their pictures."""

Report = Callable[[str], None]
Scores = dict[str, Any]
"""Of one contestant, ready for JSON."""


def evaluate_detectors(
    data: Path, contestants: Sequence[Contestant], parts: Sequence[str], yunet: Path | None, report: Report
) -> list[Scores]:
    """Measure detectors on the same pictures and recordings.

    Args:
        data: folder with ``data/`` and ``recordings/``.
        contestants: what to compare.
        parts: what to measure, of `PARTS`.
        yunet: YuNet's file, to tell where people who are seen from behind show no face; None to leave this out.
        report: receives lines of progress.

    Returns:
        The scores of each contestant, with its title and threshold.

    Raises:
        DatasetError: a table or a recording is missing or malformed.
    """
    cv2.setNumThreads(1)
    results: list[Scores] = [{"title": each.title, "threshold": each.threshold} for each in contestants]
    for part in PARTS:
        if part in parts:
            started = time.perf_counter()
            for each, result, scores in zip(contestants, results, _MEASURED[part](data, contestants, yunet, report)):
                result.update(scores)
                report(f"{each.title}: {part}, {time.perf_counter() - started:.0f} s")
                started = time.perf_counter()
    return results


def _pictures(data: Path, contestants: Sequence[Contestant], yunet: Path | None, report: Report) -> Iterator[Scores]:
    tables = data / "data"
    crowds = list(wider.read_validation(tables / "wider.parquet"))
    web = read_web(tables / "webfaces.parquet", evaluation=True)
    empty = [picture.image for picture in read_backgrounds(tables / "backgrounds.parquet", "validation")]
    on_black = [on_canvas(image)[0].plane for image in empty]
    for each in contestants:
        detector = make_detector(_asking_low(each.settings, SMALLEST_PX))
        found = wider.found_on_canvas(detector.detect, crowds)
        yield {
            "wider": wider.by_height_and_pose(found, crowds, each.threshold),
            "web": on_web(detector.detect, web, each.threshold),
            "without_people": on_empty(detector.detect, on_black, each.threshold),
            **(_at_own_scales(each, each.recordings, crowds, web, empty) if each.recordings else {}),
        }


def _at_own_scales(
    contestant: Contestant,
    settings: DetectorSettings,
    crowds: Sequence[wider.WiderPicture],
    web: Sequence[Any],
    empty: Sequence[Any],
) -> Scores:
    """Look at pictures as they are stored: as at frames of a recording, and, if that differs, by themselves."""
    detector = make_detector(_asking_low(settings, None if has_scores(settings) else SMALLEST_PX))
    looks = {"own_scales": (whole_frame(detector), contestant.sure)}
    if isinstance(detector, NetworkDetector):
        looks["alone"] = (single_picture(detector), LEAST_SCORE)
    scores = {name: _as_stored(look, threshold, crowds, empty) for name, (look, threshold) in looks.items()}
    if "alone" in looks:  # the two are compared on these too
        for name, (look, threshold) in looks.items():
            scores[name]["web"] = on_web(look, web, threshold)
    return scores


def _as_stored(look: Look, threshold: float, crowds: Sequence[wider.WiderPicture], empty: Sequence[Any]) -> Scores:
    found = wider.found_as_stored(look, crowds)
    return {
        "threshold": threshold,
        "wider": wider.by_height_and_pose(wider.at_common_size(found, crowds), crowds, threshold),
        "official": wider.by_level(found, crowds),
        "without_people": on_empty(look, empty, threshold),
    }


def _asking_low(settings: DetectorSettings, smallest_px: float | None) -> DetectorSettings:
    return dataclasses.replace(settings, min_score=LOWEST_SCORE, min_size_px=smallest_px)


def _sizes(data: Path, contestants: Sequence[Contestant], yunet: Path | None, report: Report) -> Iterator[Scores]:
    tables = data / "data"
    faces = sizes.portraits(read_web(tables / "webfaces.parquet", evaluation=True))
    aligned = []
    if (tables / ALIGNED).is_file():
        aligned = sizes.read_aligned(tables / ALIGNED)
    else:
        report(f"without {tables / ALIGNED}: faces that are cut off are not measured")
    for each in contestants:
        if each.recordings is None:
            yield {}
            continue
        look: Look = whole_frame(make_detector(each.recordings))
        yield {
            "sizes": {
                "sure": each.sure,
                "by_height": sizes.by_size(look, faces, each.sure),
                "cut_off": sizes.cut_off(look, aligned, each.sure),
            }
        }


def _recordings(data: Path, contestants: Sequence[Contestant], yunet: Path | None, report: Report) -> Iterator[Scores]:
    clips = read_reference(data / "recordings")
    if not any(clip.reference for clip in clips):
        report(f"without {data / 'recordings' / REFERENCE}: faces are not compared with a reference over time")
    unseen = unseen_frames(clips, yunet)
    for each in contestants:
        if each.recordings is None:
            yield {}
            continue
        watched = watch(clips, each.recordings, unseen)
        by_recording = {name: dataclasses.asdict(one) for name, one in watched.items()}
        total = dataclasses.asdict(sum(watched.values(), Watched()))
        yield {"recordings": {"by_recording": by_recording, "all": total, "judged_from_behind": bool(unseen)}}


def _speed(data: Path, contestants: Sequence[Contestant], yunet: Path | None, report: Report) -> Iterator[Scores]:
    clips = [clip.path for clip in read_reference(data / "recordings")]
    detectors = [make_detector(each.settings) for each in contestants]
    yield from ({"speed": timing} for timing in times(detectors, clips))


_MEASURED: Final = {"pictures": _pictures, "sizes": _sizes, "recordings": _recordings, "speed": _speed}
