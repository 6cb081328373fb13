"""From names of classifiers to a folder with page, numbers and figures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from videmo.emotions.classifier import EmotionClassifier
from videmo.errors import UsageError
from videmo.files import write_json, write_text
from videmo.plots.evaluation import confusion_figure, reliability_figure, robustness_figure
from videmo.plots.save import save_figure
from videmo.training.classifier.datasets.formats import DataSource
from videmo.training.classifier.faces import collect
from videmo.training.classifier.measure import Predictor, robustness, score_sets
from videmo.training.classifier.page import evaluation_page
from videmo.training.classifier.peers import find_fer
from videmo.training.classifier.rows import ALL, held_out_faces
from videmo.training.classifier.speed import milliseconds
from videmo.weights import load_float, load_weights

DEFAULTS = ("residual", "founding")
Report = Callable[[str], None]


def evaluate_classifiers(
    names: Sequence[str],
    source: DataSource,
    root: Path,
    out: Path,
    *,
    with_fer: bool,
    with_robustness: bool,
    report: Report,
) -> Path:
    """Measure classifiers and write ``classifier.json``, ``classifier.md`` and three figures.

    Args:
        names: shipped networks or paths; where there are none, those that ship.
        source: labelled faces with train and test split.
        root: folder that a relative path of the source starts from.
        out: folder to write to.
        with_fer: whether to compare with the package `fer` where it is installed.
        with_robustness: whether to measure changed copies of the faces.
        report: receives lines of progress.

    Returns:
        Path of the page.

    Raises:
        DatasetError: the faces can't be read, or none of them is a test face.
        UsageError, WeightsError: a network can't be loaded.
    """
    if not source.labelled:
        raise UsageError(f"--dataset {source.format}: has no labels to compare with.")
    predictors = _predictors(names or DEFAULTS, with_fer=with_fer)
    content = source.place(root)
    faces = held_out_faces(collect(source.faces(root)))
    report(f"{content}: {len(faces.images):,} test faces are scored")
    classifiers: dict[str, Any] = {}
    for name, predictor in predictors.items():
        scores = score_sets(predictor, faces)
        classifiers[name] = {title: score.plain() for title, score in scores.items()}
        whole = scores[ALL]
        report(
            f"{name}: accuracy {whole.accuracy:.2%}, balanced {whole.balanced_accuracy:.2%}, "
            f"worst recall {min(whole.recall.values()):.1%}, ECE {whole.ece:.4f}"
        )
    # Float networks answer as their int8 versions do, and take three times as long.
    sturdy = {name: predictor for name, predictor in predictors.items() if not name.endswith(" float")}
    changed = robustness(sturdy, faces, report) if with_robustness else []
    result = {
        "faces": {"source": source.format, "sha256": _hash(content)},
        "classifiers": classifiers,
        "robustness": changed,
        "milliseconds": {name: round(time, 3) for name, time in milliseconds(predictors, faces.images).items()},
    }
    return _write(out, result)


def _predictors(names: Sequence[str], *, with_fer: bool) -> dict[str, Predictor]:
    found: dict[str, Predictor] = {}
    for name in names:
        weights = load_weights(name)
        found[f"{Path(name).stem} int8"] = EmotionClassifier(weights)
        exact = load_float(name)
        if exact is not None:
            found[f"{Path(name).stem} float"] = EmotionClassifier(exact)
    peer = find_fer() if with_fer else None
    return {**found, peer[0]: peer[1]} if peer else found


def _write(out: Path, result: Mapping[str, Any]) -> Path:
    classifiers = result["classifiers"]
    write_json(out / "classifier.json", result)
    scores = {name: sets[ALL] for name, sets in classifiers.items()}
    save_figure(reliability_figure(scores), out / "reliability.png", dpi=120)
    shown = {name: score["confusion"] for name, score in scores.items() if not name.endswith(" float")}
    save_figure(confusion_figure(shown), out / "confusion.png", dpi=120)
    if result["robustness"]:
        save_figure(robustness_figure(result["robustness"]), out / "robustness.png", dpi=120)
    page = out / "classifier.md"
    write_text(page, evaluation_page(result))
    return page


def _hash(path: Path) -> str:
    """Hash of a file, so that two evaluations can be told to be of the same faces; empty for a folder."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
