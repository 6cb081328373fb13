"""Measure classifiers outside of FER+ too: on held-out faces of every set, cut as analysis cuts them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from videmo.files import write_json, write_text
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.training.classifier.broad_data import EXPRESSIONS, FERPLUS, SOURCES, require
from videmo.training.classifier.data import collect
from videmo.training.classifier.datasets.expressions import Expressions, read_expressions, split_of
from videmo.training.classifier.datasets.face import SIZE, decode_gray
from videmo.training.classifier.datasets.ferplus import read_table
from videmo.training.classifier.datasets.framed import Framer, crop_of
from videmo.training.classifier.datasets.tables import parquet_rows
from videmo.training.classifier.measure import Predictor, predictions, titled
from videmo.training.classifier.metrics import Score, recall_cells, score
from videmo.training.classifier.peer_fer import (
    KEPT,
    Asked,
    Run,
    as_classifiers,
    asked_of,
    fer_note,
    kept_fer,
    measure_fer,
)
from videmo.training.classifier.seven import score_seven, seven_lines
from videmo.training.classifier.speed import milliseconds
from videmo.training.classifier.votes import scored_rows, top_of
from videmo.training.common.labels import CLASSES
from videmo.weights import load_weights

SETS = {
    "FER+": "images whose top vote is one of the five emotions, as they are",
    "RAF-DB": "the official test part, cut by our detector's boxes",
    "RAF-DB as it comes": "the same faces, aligned and tight as the set has them",
    "AffectNet and FFHQ": "held-out faces; no anger or surprise among them, a quarter of the sad doubtful",
    "CK+": "posed in a laboratory, held-out people; no neutral faces",
}
AS_THEY_ARE = ("FER+", "RAF-DB as it comes")
"""Sets of crops, in which no face has to be found."""
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class LabelledCrops:
    """Crops as a classifier sees them."""

    images: npt.NDArray[np.uint8]
    """``(n, 48, 48)``"""
    truth: npt.NDArray[np.int64]
    """``(n,)`` places in `CLASSES`."""
    found: float
    """Share of the faces that the detector found; 1 where it wasn't asked."""


def held_out_sets(root: Path, split: str = "test") -> dict[str, LabelledCrops]:
    """The faces of one split of every set that show one of the five emotions.

    Raises:
        DatasetError: a table is missing or broken.
    """
    faces = collect(read_table(root / FERPLUS)).of(split)
    faces = faces.where(scored_rows(faces.votes))
    others = read_expressions(root / EXPRESSIONS, Framer(), (split,))
    others = others.where(others.labels < len(CLASSES))
    require(root / FERPLUS, [] if len(faces.votes) else [split])
    require(
        root / EXPRESSIONS,
        [f"{name} ({split})" for name, of in SOURCES.items() if not len(others.of(split, *of).labels)],
    )
    sets = {
        "FER+": LabelledCrops(faces.images, top_of(faces.votes), 1.0),
        "RAF-DB": _crops(others.of(split, "rafdb")),
        "AffectNet and FFHQ": _crops(others.of(split, "affectnet", "ffhq")),
        "CK+": _crops(others.of(split, "ckplus")),
    }
    sets["RAF-DB as it comes"] = _aligned(root / EXPRESSIONS, split)
    return {name: sets[name] for name in SETS}


def _crops(faces: Expressions) -> LabelledCrops:
    return LabelledCrops(crop_of(faces.images), faces.labels, float(faces.found.mean()))


def _aligned(path: Path, split: str) -> LabelledCrops:
    images, truth = [], []
    for row, values in parquet_rows(path, ("source", "split", "name", "emotion", "image")):
        ours = values["source"] == "rafdb" and split_of("rafdb", values["split"], values["name"]) == split
        if ours and values["emotion"] in CLASSES:
            image = decode_gray(values["image"], f"{path}, row {row}")
            images.append(cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA))
            truth.append(CLASSES.index(values["emotion"]))
    return LabelledCrops(np.asarray(images, np.uint8), np.array(truth, np.int64), 1.0)


def evaluate_expressions(
    names: Sequence[str],
    root: Path,
    out: Path,
    report: Report,
    split: str = "test",
    *,
    fer: Run | None = None,
    with_fer: bool = True,
) -> Path:
    """Measure classifiers on every set and write ``expressions.json`` and ``expressions.md``.

    Args:
        names: shipped networks or paths of network files.
        root: folder with ``data/ferplus.parquet`` and ``data/expressions.parquet``.
        out: folder to write to.
        report: receives lines of progress.
        split: which part of each set.
        fer: runs a script in a Python that has the package fer, to measure that too.
        with_fer: whether to show what an earlier measurement of fer left in ``out``.

    Returns:
        Path of the page.

    Raises:
        DatasetError: a table is missing or broken.
        UsageError, WeightsError: a network can't be loaded, or fer can't be run.
    """
    sets = held_out_sets(root, split)
    predictors: dict[str, Predictor] = {
        title: EmotionClassifier(load_weights(name)) for title, name in titled(names).items()
    }
    scores: dict[str, dict[str, Score]] = {}
    for name, predictor in predictors.items():
        scores[name] = {title: _score(predictor, crops) for title, crops in sets.items()}
        report(f"{name}: " + ", ".join(f"{title} {one.balanced_accuracy:.1%}" for title, one in scores[name].items()))
    peer = _fer(fer, sets, root, split, out, report) if fer or (with_fer and (out / KEPT).is_file()) else None
    result = {
        "split": split,
        "found": {title: round(crops.found, 4) for title, crops in sets.items()},
        "classifiers": {name: {title: one.plain() for title, one in by.items()} for name, by in scores.items()}
        | as_classifiers(peer),
        "fer": peer and {"version": peer["version"], "found": {t: one["found"] for t, one in peer["sets"].items()}},
        "milliseconds": {name: round(time, 4) for name, time in milliseconds(predictors, sets["FER+"].images).items()},
    }
    report("seven words")
    result["seven"] = score_seven(names, root, split)
    write_json(out / "expressions.json", result)
    write_text(out / "expressions.md", expressions_page(result))
    return out / "expressions.md"


def _fer(
    run: Run | None, sets: Mapping[str, LabelledCrops], root: Path, split: str, out: Path, report: Report
) -> dict[str, Any] | None:
    """Return what fer says of the same faces, or said; None where what is kept is of other faces."""
    crops = {title: Asked(list(one.images), one.truth) for title, one in sets.items() if title in AS_THEY_ARE}
    asked = asked_of(root / EXPRESSIONS, crops, split)
    return measure_fer(asked, run, out, report) if run else kept_fer(asked, out, report)


def _score(predictor: Predictor, crops: LabelledCrops) -> Score:
    return score(crops.truth, predictions(predictor, crops.images))


def expressions_page(result: Mapping[str, Any]) -> str:
    """Write the results of `evaluate_expressions` in Markdown."""
    classifiers = result["classifiers"]
    lines = [
        "# How good are the classifiers outside of FER+?",
        "",
        f"Made by `videmo evaluate classifier` on all sets; the {result['split']} part of each. "
        "All numbers are also in [expressions.json](expressions.json). Recalls by emotion in the columns "
        "with their names; balanced accuracy is their mean. A set without an emotion has a dash there.",
        "",
        *(f"- **{title}**: {meaning}" for title, meaning in SETS.items()),
        "",
    ]
    if result.get("fer"):
        lines += [fer_note(result["fer"]), ""]
    for title in SETS:
        lines += _table(title, classifiers, result["found"][title])
    lines += ["## Over all sets", "", "| classifier | mean of balanced accuracies | lowest recall | mean of ECEs |"]
    lines.append("|---|---|---|---|")
    for name, by_set in classifiers.items():
        chosen = [by_set[title] for title in SETS if title != "RAF-DB as it comes"]
        lowest = min(value for one in chosen for value in one["recall"].values())
        balanced = float(np.mean([one["balanced_accuracy"] for one in chosen]))
        lines.append(f"| {name} | {balanced:.1%} | {lowest:.1%} | {np.mean([one['ece'] for one in chosen]):.3f} |")
    lines += ["", "RAF-DB counts once, as our detector cuts it.", "", *seven_lines(result["seven"])]
    lines += ["## Time of one face", ""]
    times = result["milliseconds"]
    known = "founding" if "founding" in times else next(iter(times))
    of = "the founding network" if known == "founding" else f"`{known}`"
    reference = times[known]
    lines += ["One core, int8, taken in turns in one run.", "", f"| classifier | ms | times {of} |"]
    lines += ["|---|---|---|", *(f"| {name} | {ms:.3f} | {ms / reference:.2f} |" for name, ms in times.items()), ""]
    return "\n".join(lines)


def _table(title: str, classifiers: Mapping[str, Any], found: float) -> list[str]:
    rows = next(iter(classifiers.values()))[title]["rows"]
    note = f", face found in {found:.1%}" if found < 1 else ""
    lines = [
        f"## {title} (n = {rows:,}{note})",
        "",
        f"| classifier | accuracy | balanced | {' | '.join(CLASSES)} | ECE |",
    ]
    lines.append("|---|---|---|" + "---|" * (len(CLASSES) + 1))
    for name, by_set in classifiers.items():
        one, cells = by_set[title], recall_cells(by_set[title]["recall"], CLASSES)
        lines.append(
            f"| {name} | {one['accuracy']:.1%} | {one['balanced_accuracy']:.1%} | {cells} | {one['ece']:.3f} |"
        )
    return [*lines, ""]
