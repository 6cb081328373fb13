"""Tell what is learned from some sets of faces for another one: each is left out of training in turn."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from videmo.files import write_json, write_text
from videmo.machine import machine
from videmo.measures.emotions.contract import FOUNDING
from videmo.training.classifier.broad import Layer, broad_network, known_layers, teacher_network
from videmo.training.classifier.broad_card import TITLES
from videmo.training.classifier.broad_data import LabelledSets, Scored, labelled_sets
from videmo.training.classifier.broad_training import START_FACES, narrowed, samples_of
from videmo.training.classifier.datasets.framed import Framer
from videmo.training.classifier.fit import network_input
from videmo.training.classifier.metrics import recalls_of
from videmo.training.classifier.mixture import LessonSet
from videmo.training.classifier.mixture_fit import MixtureSettings, fit_mixture
from videmo.training.common.labels import CLASSES
from videmo.training.common.markdown import table
from videmo.training.common.origin import keep_to_data
from videmo.training.common.tensorflow import require_tensorflow
from videmo.weights import load_weights

DRAWS: Final = {"ferplus": 10_000, "rafdb": 9000, "affectnet": 4500, "ckplus": 500}
"""Faces of an epoch, by set."""
SETTINGS: Final = MixtureSettings(epochs=10, peak_learning_rate=1.2e-3, seed=41, average=0.995)
BEGUN_WITH: Final = "ferplus"
"""Network that they begin with, and the only set that it has learned from: without that one, they begin anew ..."""
ANEW: Final = 2e-3
"""... with this peak learning rate."""
ALL: Final = "none"
"""Stands for the training in which no set is left out."""
_BATCH: Final = 256

Report = Callable[[str], None]
Begin = Callable[[Sequence[LessonSet]], Any]


def evaluate(data: Path, out: Path, work: Path, report: Report, *, called: str, epochs: int | None = None) -> Path:
    """Leave each labelled set out of training in turn, and write ``transfer.json`` and ``transfer.md``.

    Args:
        data: folder that holds ``data/*.parquet``.
        out: folder to write to.
        work: folder for the trainings; interrupted ones go on from there.
        report: receives lines of progress.
        called: the command, for the page.
        epochs: of each training; None for the default.

    Returns:
        Path of the page.

    Raises:
        UsageError: TensorFlow isn't installed, or ``work`` holds trainings with other settings or data.
        DatasetError: a table is missing or broken.
    """
    require_tensorflow()
    begun = load_weights(BEGUN_WITH)
    known = known_layers(begun)
    keep_to_data(work, data, begins_with=begun.sha256)
    settings = SETTINGS if epochs is None else dataclasses.replace(SETTINGS, epochs=epochs)
    sets = labelled_sets(data, DRAWS, Framer(), report)
    found = measure_transfer(sets, lambda lessons: _begun(known, lessons), work, settings, report)
    write_json(out / "transfer.json", {"machine": machine(), "settings": dataclasses.asdict(settings), "found": found})
    page = out / "transfer.md"
    write_text(page, transfer_page(found, settings, machine(), called))
    return page


def measure_transfer(
    sets: LabelledSets, begin: Begin, folder: Path, settings: MixtureSettings, report: Report
) -> dict[str, dict[str, dict[str, float]]]:
    """Train a network on all sets, then on all but each of them, and score each on the test faces of every set.

    The epoch that counts is the one that is best on the validation faces of the sets that are learned from.

    Args:
        sets: the faces.
        begin: makes a network with seven logits that knows none but the sets that it is given, which it will learn.
        folder: for the states of the trainings; an interrupted one goes on from there.
        settings: of each training; without FER+, the peak learning rate is `ANEW`.
        report: receives lines of progress.

    Returns:
        By what is left out and by set of test faces: accuracy, mean recall (``balanced``) and the lowest recall
        (``lowest``) of the five emotions, all taken as equally frequent.

    Raises:
        UsageError: the folder holds a training with other settings.
    """
    found = {}
    for left_out in (ALL, *(one.name for one in sets.lessons)):
        report(f"without {TITLES.get(left_out, 'leaving any set out')}")
        lessons = [one for one in sets.lessons if one.name != left_out]
        validation = {name: scored for name, scored in sets.validation.items() if name != left_out}
        how = dataclasses.replace(settings, peak_learning_rate=ANEW) if left_out == BEGUN_WITH else settings
        network = fit_mixture(begin(lessons), lessons, validation, folder / left_out, how, report)
        found[left_out] = {name: _score(network, scored) for name, scored in sets.test.items()}
    return found


def _begun(known: list[Layer], lessons: Sequence[LessonSet]) -> Any:
    """Make a network of the shape of `broad` from what `ferplus` knows, unless FER+ is left out: then anew."""
    if all(one.name != BEGUN_WITH for one in lessons):
        return broad_network("mixed_bfloat16")
    samples = samples_of(lessons, START_FACES, SETTINGS.seed)
    return narrowed(teacher_network(known, samples), samples, SETTINGS.seed)


def _score(network: Any, scored: Scored) -> dict[str, float]:
    images, labels = scored
    told = labels < len(CLASSES)
    inputs, truth = network_input(images[told], FOUNDING), labels[told]
    logits = [network.predict_on_batch(inputs[start : start + _BATCH]) for start in range(0, len(inputs), _BATCH)]
    hits = np.concatenate(logits)[:, : len(CLASSES)].argmax(axis=1) == truth
    recalls = recalls_of(hits, truth)
    return {
        "faces": len(truth),
        "accuracy": round(float(hits.mean()), 4),
        "balanced": round(float(np.mean(recalls)), 4),
        "lowest": round(min(recalls), 4),
    }


def transfer_page(
    found: Mapping[str, Mapping[str, Mapping[str, float]]], settings: MixtureSettings, machine: str, called: str
) -> str:
    """Write what `measure_transfer` found as tables.

    Args:
        found: by what is left out and by set.
        settings: of each training.
        machine: that it was measured on.
        called: the command.
    """
    names = list(found[ALL])
    head = ["left out of training", *(f"{TITLES[name]} ({found[ALL][name]['faces']:,})" for name in names)]
    lines = [
        "# What transfers from set to set",
        "",
        f"Made by `{called}` on {machine}.",
        "",
        f"A network of the shape of `broad` begins with what `{BEGUN_WITH}` knows, which learned from FER+ alone, and "
        f"learns from the labelled sets for {settings.epochs} epochs, without teachers; then the same without one of "
        "the sets. Without FER+, it begins anew. What counts is its best epoch on validation faces of the sets that it "
        "learns from. All are measured on the test faces of every set; in bold, faces of a kind that the network never "
        "saw. What ships is trained for longer and with teachers, and is better: compare the rows of a table with each "
        "other, not with its card.",
        "",
    ]
    for key, title in (("balanced", "Mean recall of the five emotions"), ("lowest", "Lowest recall of an emotion"),
                       ("accuracy", "Accuracy, all emotions taken as equally frequent")):  # fmt: skip
        rows = [
            [TITLES.get(left_out, "nothing"), *(_shown(scores[name][key], bold=name == left_out) for name in names)]
            for left_out, scores in found.items()
        ]
        lines += [f"## {title}", "", *table(head, rows)]
    return "\n".join(lines)


def _shown(share: float, *, bold: bool) -> str:
    text = f"{100 * share:.1f} %"
    return f"**{text}**" if bold else text
