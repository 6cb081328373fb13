"""Train a cascade stage by stage (Viola and Jones, 2001); what is done is kept after each."""

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
from videmo.training.cascade.values import SampleValues, SortedGroups
from videmo.training.cascade.xml import read_cascade, write_cascade

Report = Callable[[str], None]

CASCADE, STATE = "cascade.xml", "training.json"
FEWEST = 0.1
"""With less than this share of the negatives that a stage is to have, training ends."""
PROGRAM_BYTES = 400 * 2**20
"""What the program takes beside the sorted samples: libraries, features, what the cores work on."""
SAY_EVERY_S = 20.0


@dataclass(frozen=True, slots=True)
class CascadeSettings:
    """Say how a cascade is trained."""

    mode: str = "basic"
    """Set of features: basic, core, all."""
    stages: int = 20
    positives: int = 2000
    """Most positives per stage."""
    negatives: int = 1000
    """Negatives per stage."""
    seed: int = 0
    """Of which negatives are taken."""
    stage: StageSettings = field(default_factory=StageSettings)


@dataclass(frozen=True, slots=True)
class Material:
    """Hold what a cascade is trained with."""

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
    folder: Path,
    settings: CascadeSettings,
    memory: int,
    parallel: ParallelMap,
    report: Report,
    warn: Warn,
) -> Cascade:
    """Train until all stages are there, false alarms are as rare as asked for, or negatives run out.

    The result depends on material and settings alone, not on memory, cores or interruptions.

    Args:
        material: positives and negatives.
        folder: where ``cascade.xml``, good to use after each stage, and ``training.json`` go; an interrupted training
            there is resumed.
        settings: how to train.
        memory: bytes that the program may take; below 400 MB of it are its own.
        parallel: how work is spread over cores.
        report: receives lines of progress.
        warn: told of each picture that can't be used, once.

    Raises:
        DatasetError: no positive or no negative can be used, or the cascade in the folder is damaged.
        UsageError: the folder holds a training that was begun otherwise.
    """
    height, width = material.positives.shape[1:]
    cascade, rows = _resumed(folder, Cascade(width, height, settings.mode), _identity(material, settings), report)
    if len(cascade.stages) >= settings.stages:
        report(f"{folder / CASCADE}: already has all {len(cascade.stages)} stages. Ask for more stages to continue.")
        return cascade
    features = haar_features(width, height, settings.mode)
    report(f"{len(features):,} features of {width}×{height} px ({settings.mode})")
    weights = pixel_weights(features, width, height)
    folder.mkdir(parents=True, exist_ok=True)
    bench = _Bench(features, weights, settings, memory - PROGRAM_BYTES, folder, parallel, report)
    told: set[str] = set()
    while len(cascade.stages) < settings.stages:
        began = time.monotonic()
        number = len(cascade.stages) + 1
        positives = _positives(cascade, material.positives, settings.positives, warn if number == 1 else lambda _: None)
        mined = mine(cascade, material.negatives, material.source, settings.negatives, settings.seed, parallel)
        for sentence in mined.trouble:
            if sentence not in told:
                warn(sentence)
        told.update(mined.trouble)
        _check_positives(positives, number)
        if (end := _end(mined, settings, number, material.source)) is not None:
            if not cascade.stages:
                raise DatasetError(end)
            report(end)
            break
        cascade, row = _next_stage(cascade, positives, mined, bench)
        rows.append(row | {"seconds": round(time.monotonic() - began, 1)})
        _keep(folder, cascade, _identity(material, settings), rows)
        report(_told(rows, settings, mined))
    return cascade


def _next_stage(
    cascade: Cascade, positives: npt.NDArray[np.uint8], mined: Mined, bench: _Bench
) -> tuple[Cascade, dict[str, Any]]:
    number, wanted = len(cascade.stages) + 1, bench.settings.stages
    samples = np.concatenate([positives, mined.samples])
    objects = np.arange(len(samples)) < len(positives)
    bench.report(
        f"stage {number}/{wanted}: {len(positives):,} positives, {len(mined.samples):,} negatives from "
        f"{mined.looked:,} windows, of which {mined.false_alarms:.2g} passed"
    )
    values = SampleValues(bench.weights, samples, inverse_spread(samples))
    groups = SortedGroups(values, max(0, bench.budget), bench.parallel, bench.folder)
    if groups.in_file:
        bench.report(
            f"stage {number}/{wanted}: {groups.in_file:.0%} of the sorted samples lie on disk; more memory "
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
            f"stage {number}: no feature tells the positives from the negatives. Are they pictures of different things?"
        )
    row = {
        "positives": len(positives),
        "negatives": len(mined.samples),
        "windows": mined.looked,
        "passed_before": mined.accepted,
        "weak_classifiers": len(stage.trees),
        "hit_rate": round(shares.hit_rate, 6),
        "false_alarms": round(shares.false_alarms, 6),
    }
    return cascade.with_stage(stage), row


def _positives(cascade: Cascade, samples: npt.NDArray[np.uint8], most: int, warn: Warn) -> npt.NDArray[np.uint8]:
    """The first samples that pass all stages so far."""
    passing = accepted(plan(cascade), windows_of_samples(samples, tilted=cascade.tilted))
    if not cascade.stages and len(passing) < len(samples):
        warn(
            f"{len(samples) - len(passing)} of {len(samples):,} positives are so flat that OpenCV's detector would "
            "never look at them; they are left out."
        )
    return samples[passing[:most]]


def _check_positives(positives: npt.NDArray[np.uint8], number: int) -> None:
    if not len(positives):
        what = "has enough contrast" if number == 1 else "passes the stages so far"
        raise DatasetError(f"stage {number}: no positive {what}. Use more and better ones.")


def _end(mined: Mined, settings: CascadeSettings, number: int, source: Path) -> str | None:
    """Why training ends before this stage, if it does."""
    target = settings.stage.max_false_alarm**settings.stages
    found = len(mined.samples)
    if not mined.looked:
        return f"{source}: none of its pictures can be used. List pictures without objects, larger than the window."
    if found < max(1.0, FEWEST * settings.negatives):
        return (
            f"{source}: negatives have run out: of {mined.looked:,} windows only {found} pass the first {number - 1} "
            f"stages, {settings.negatives:,} are needed. Training ends here; with more pictures it could go on."
        )
    if number > 1 and mined.false_alarms <= target:
        return (
            f"false alarms are as rare as asked for: {mined.false_alarms:.2g} of all windows pass {number - 1} stages, "
            f"{target:.2g} are allowed. Training ends here; with a lower rate per stage it could go on."
        )
    return None


def _identity(material: Material, settings: CascadeSettings) -> dict[str, Any]:
    """Describe what a training has to share with one that it goes on from; there may be more stages."""
    # As the list has them: it may be named from another folder the next time.
    listed = "\n".join(os.path.relpath(picture.path, material.source.parent) for picture in material.negatives)
    found = dataclasses.asdict(settings) | {
        "samples": hashlib.sha256(material.positives.tobytes()).hexdigest(),
        "shape": list(material.positives.shape),
        "list_of_negatives": hashlib.sha256(listed.encode()).hexdigest(),
    }
    del found["stages"]
    return found


def _resumed(
    folder: Path, empty: Cascade, identity: dict[str, Any], report: Report
) -> tuple[Cascade, list[dict[str, Any]]]:
    path = folder / CASCADE
    if not path.is_file():
        return empty, []
    state = read_json(folder / STATE) or {}
    if state.get("begun_with") != identity:
        raise UsageError(
            f"{folder}: holds a training that was begun with other samples or settings. Choose another folder, or "
            "empty this one."
        )
    cascade = read_cascade(path)
    report(f"resuming after stage {len(cascade.stages)}")
    return cascade, list(state.get("stages", []))[: len(cascade.stages)]


def _keep(folder: Path, cascade: Cascade, identity: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    # The cascade comes last: as many stages as it has are done.
    write_json(folder / STATE, {"begun_with": identity, "stages": rows})
    write_cascade(folder / CASCADE, cascade)


def _told(rows: Sequence[dict[str, Any]], settings: CascadeSettings, mined: Mined) -> str:
    row, number = rows[-1], len(rows)
    few = f", {len(mined.samples):,} negatives were all there were" if row["negatives"] < settings.negatives else ""
    features = sum(done["weak_classifiers"] for done in rows)
    return (
        f"stage {number}/{settings.stages}: done in {_duration(row['seconds'])}: hit rate {row['hit_rate']:.2%}, "
        f"false alarms {row['false_alarms']:.1%}, {row['weak_classifiers']} weak classifiers ({features} in all)"
        f"{few}{_left(rows, settings.stages)}"
    )


def _left(rows: Sequence[dict[str, Any]], stages: int) -> str:
    """Time left, if each stage takes as much longer than the one before as the last ones did on average."""
    left = stages - len(rows)
    if not left:
        return ""
    last = [row["seconds"] for row in rows[-3:]]
    longer = max(0.0, (last[-1] - last[0]) / max(1, len(last) - 1))
    return f"; about {_duration(left * last[-1] + longer * left * (left + 1) / 2)} left"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
