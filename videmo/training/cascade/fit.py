"""Train a cascade stage by stage (Viola and Jones, 2001), saving it after each."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError, UsageError
from videmo.files import read_json, write_json
from videmo.training.cascade.boost import Shares, StageSettings, train_stage
from videmo.training.cascade.classify import accepted, plan
from videmo.training.cascade.description import Listed, Warn
from videmo.training.cascade.features import haar_features, pixel_weights
from videmo.training.cascade.integral import inverse_spread, windows_of_samples
from videmo.training.cascade.mining import Mined, mine
from videmo.training.cascade.model import Cascade, Feature
from videmo.training.cascade.parallel import ParallelMap
from videmo.training.cascade.place import Place, place_of
from videmo.training.cascade.values import SampleValues, SortedGroups
from videmo.training.cascade.xml import read_cascade, write_cascade

Report = Callable[[str], None]

FEWEST = 0.1
"""With less than this share of the negatives that a stage should have, training ends."""
PROGRAM_BYTES = 400 * 2**20
"""Memory for everything but the sorted samples: libraries, features, what the cores work on."""
SAY_EVERY_S = 20.0


@dataclass(frozen=True, slots=True)
class CascadeSettings:
    """Say how a cascade is trained."""

    mode: str = "basic"
    """Set of features: basic, core or all."""
    stages: int = 20
    positives: int = 2000
    """Largest number of positives per stage."""
    negatives: int = 1000
    """Number of negatives per stage."""
    seed: int = 0
    """Seed for the choice of negatives."""
    stage: StageSettings = field(default_factory=StageSettings)


@dataclass(frozen=True, slots=True)
class Material:
    """Hold the samples that a cascade is trained with."""

    positives: npt.NDArray[np.uint8]
    """``(n, height, width)``"""
    negatives: Sequence[Listed]
    source: Path
    """The list of negatives, for messages."""


@dataclass(frozen=True, slots=True)
class _Bench:
    """Hold what all stages share."""

    features: Sequence[Feature]
    weights: npt.NDArray[np.int8]
    settings: CascadeSettings
    budget: int
    folder: Path
    parallel: ParallelMap
    report: Report


def train_cascade(
    material: Material,
    out: Path,
    settings: CascadeSettings,
    memory: int,
    parallel: ParallelMap,
    report: Report,
    warn: Warn,
) -> Cascade:
    """Train until all stages are done, false alarms are as rare as wanted, or negatives run out.

    The result depends on the material and the settings alone, not on memory, cores or interruptions.

    Args:
        material: positives and negatives.
        out: a folder for ``cascade.xml``, which can be used after every stage, and ``training.json``, or the cascade's
            own file; see `place_of`. An interrupted training run there is resumed.
        settings: how to train.
        memory: bytes that the program may use, including `PROGRAM_BYTES` of its own.
        parallel: how work is spread over cores.
        report: receives lines of progress.
        warn: receives a sentence about each picture that can't be used, once.

    Raises:
        DatasetError: no positive or no negative can be used, or the cascade in the folder is damaged.
        UsageError: what is there comes from a training run with other samples or settings.
    """
    height, width = material.positives.shape[1:]
    place = place_of(out)
    cascade, rows = _resumed(place, Cascade(width, height, settings.mode), _identity(material, settings), report)
    if len(cascade.stages) >= settings.stages:
        report(f"{place.cascade} already has all {len(cascade.stages)} stages. Ask for more to continue.")
        return cascade
    features = haar_features(width, height, settings.mode)
    report(f"{len(features):,} features of {width}×{height} px ({settings.mode})")
    weights = pixel_weights(features, width, height)
    place.folder.mkdir(parents=True, exist_ok=True)
    bench = _Bench(features, weights, settings, memory - PROGRAM_BYTES, place.folder, parallel, report)
    warned: set[str] = set()
    while len(cascade.stages) < settings.stages:
        began = time.monotonic()
        number = len(cascade.stages) + 1
        positives = _positives(cascade, material.positives, settings.positives, warn if number == 1 else lambda _: None)
        mined = mine(cascade, material.negatives, material.source, settings.negatives, settings.seed, parallel)
        for sentence in mined.trouble:
            if sentence not in warned:
                warn(sentence)
        warned.update(mined.trouble)
        _check_positives(positives, number)
        if (end := _end(mined, settings, number, material.source)) is not None:
            if not cascade.stages:
                raise end
            report(str(end))
            break
        cascade, row = _next_stage(cascade, positives, mined, bench)
        rows.append(row | {"seconds": round(time.monotonic() - began, 1)})
        _keep(place, cascade, _identity(material, settings), rows)
        report(_progress(rows, settings, mined))
    return cascade


def _next_stage(
    cascade: Cascade, positives: npt.NDArray[np.uint8], mined: Mined, bench: _Bench
) -> tuple[Cascade, dict[str, Any]]:
    number, wanted = len(cascade.stages) + 1, bench.settings.stages
    samples = np.concatenate([positives, mined.samples])
    objects = np.arange(len(samples)) < len(positives)
    bench.report(
        f"stage {number}/{wanted}: {len(positives):,} positives, {len(mined.samples):,} negatives from "
        f"{mined.searched:,} windows (share that passed: {mined.false_alarms:.2g})"
    )
    values = SampleValues(bench.weights, samples, inverse_spread(samples))
    groups = SortedGroups(values, max(0, bench.budget), bench.parallel, bench.folder)
    if groups.in_file:
        bench.report(
            f"stage {number}/{wanted}: {groups.in_file:.0%} of the sorted samples are on disk; more memory "
            "would be faster"
        )
    last = time.monotonic()

    def step(trees: int, shares: Shares) -> None:
        nonlocal last
        if time.monotonic() - last > SAY_EVERY_S:
            last = time.monotonic()
            bench.report(
                f"stage {number}/{wanted}: {trees} features, hit rate {shares.hit_rate:.2%}, false alarms "
                f"{shares.false_alarms:.1%}"
            )

    try:
        stage, shares = train_stage(values, groups, bench.features, objects, bench.settings.stage, bench.parallel, step)
    finally:
        groups.close()
    if not stage.trees:
        raise DatasetError(
            f"stage {number}",
            "no feature tells the positives from the negatives",
            advice="Check that they are pictures of different things.",
        )
    row = {
        "positives": len(positives),
        "negatives": len(mined.samples),
        "windows": mined.searched,
        "passed_before": mined.accepted,
        "weak_classifiers": len(stage.trees),
        "hit_rate": round(shares.hit_rate, 6),
        "false_alarms": round(shares.false_alarms, 6),
    }
    return cascade.with_stage(stage), row


def _positives(cascade: Cascade, samples: npt.NDArray[np.uint8], most: int, warn: Warn) -> npt.NDArray[np.uint8]:
    """Choose the first samples that pass all stages so far."""
    passing = accepted(plan(cascade), windows_of_samples(samples, tilted=cascade.tilted))
    if not cascade.stages and len(passing) < len(samples):
        warn(
            f"{len(samples) - len(passing)} of {len(samples):,} positives are so flat that OpenCV's detector would "
            "never consider them; they are left out."
        )
    return samples[passing[:most]]


def _check_positives(positives: npt.NDArray[np.uint8], number: int) -> None:
    if not len(positives):
        what = "has enough contrast" if number == 1 else "passes the stages so far"
        raise DatasetError(f"stage {number}", f"no positive {what}", advice="Use more and better ones.")


def _end(mined: Mined, settings: CascadeSettings, number: int, source: Path) -> DatasetError | None:
    """Say why training ends before this stage, if it does."""
    target = settings.stage.max_false_alarm**settings.stages
    found = len(mined.samples)
    if not mined.searched:
        return DatasetError(
            source, "none of its pictures can be used", "pictures without objects, larger than the window"
        )
    if found < max(1.0, FEWEST * settings.negatives):
        return DatasetError(
            source,
            f"negatives have run out: of {mined.searched:,} windows only {found} pass the first {number - 1} stages, "
            f"but {settings.negatives:,} are needed",
            advice="Training ends here. With more pictures it could continue.",
        )
    if number > 1 and mined.false_alarms <= target:
        return DatasetError(
            "false alarms",
            f"as rare as wanted (a share of {mined.false_alarms:.2g} of all windows passes {number - 1} stages, "
            f"{target:.2g} is allowed)",
            advice="Training ends here. With a lower rate per stage it could continue.",
        )
    return None


def _identity(material: Material, settings: CascadeSettings) -> dict[str, Any]:
    """Describe what a training run must have in common with one that it resumes; it may have more stages."""
    # Relative to the list, which may be named from another folder the next time.
    listed = "\n".join(os.path.relpath(picture.path, material.source.parent) for picture in material.negatives)
    found = dataclasses.asdict(settings) | {
        "samples": hashlib.sha256(material.positives.tobytes()).hexdigest(),
        "shape": list(material.positives.shape),
        "list_of_negatives": hashlib.sha256(listed.encode()).hexdigest(),
    }
    del found["stages"]
    return found


def _resumed(
    place: Place, empty: Cascade, identity: dict[str, Any], report: Report
) -> tuple[Cascade, list[dict[str, Any]]]:
    if not place.cascade.is_file():
        return empty, []
    state = read_json(place.state) or {}
    if state.get("begun_with") != identity:
        found = "comes from a training run with other samples or settings"
        raise UsageError(place.cascade, found, advice="Choose another place, or delete it.")
    cascade = read_cascade(place.cascade)
    report(f"resuming after stage {len(cascade.stages)}")
    return cascade, list(state.get("stages", []))[: len(cascade.stages)]


def _keep(place: Place, cascade: Cascade, identity: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    # The cascade comes last: its stages are those that are done.
    write_json(place.state, {"begun_with": identity, "stages": rows})
    write_cascade(place.cascade, cascade)


def _progress(rows: Sequence[dict[str, Any]], settings: CascadeSettings, mined: Mined) -> str:
    row, number = rows[-1], len(rows)
    few = f", {len(mined.samples):,} negatives are all there were" if row["negatives"] < settings.negatives else ""
    features = sum(done["weak_classifiers"] for done in rows)
    return (
        f"stage {number}/{settings.stages}: done in {_duration(row['seconds'])}: hit rate {row['hit_rate']:.2%}, "
        f"false alarms {row['false_alarms']:.1%}, {row['weak_classifiers']} weak classifiers ({features} in all)"
        f"{few}{_left(rows, settings.stages)}"
    )


def _left(rows: Sequence[dict[str, Any]], stages: int) -> str:
    """Estimate the time left, if each stage takes longer than the one before by as much as the last ones did."""
    left = stages - len(rows)
    if not left:
        return ""
    last = [row["seconds"] for row in rows[-3:]]
    longer = max(0.0, (last[-1] - last[0]) / max(1, len(last) - 1))
    return f"; about {_duration(left * last[-1] + longer * left * (left + 1) / 2)} left"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
