"""Train `broad`: wide teachers learn all sets, a narrow network begins with what one knows, and learns from all."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.measures.emotions.calibration import probabilities, softmax
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.measures.emotions.contract import FOUNDING
from videmo.training.classifier.broad import (
    Layer,
    broad_network,
    known_layers,
    layers_of,
    teacher_network,
    with_layers,
)
from videmo.training.classifier.broad_card import TITLES, card_of_data
from videmo.training.classifier.broad_data import BroadData, broad_data
from videmo.training.classifier.calibrate_sets import calibrate_over_sets, others_over_sets
from videmo.training.classifier.card import write_card
from videmo.training.classifier.datasets.expressions import SEVEN
from videmo.training.classifier.datasets.framed import crop_of
from videmo.training.classifier.fit import network_input
from videmo.training.classifier.metrics import Score, score
from videmo.training.classifier.mixture import LessonSet
from videmo.training.classifier.mixture_fit import MixtureSettings, fit_mixture
from videmo.training.classifier.slim import slimmed
from videmo.training.common.labels import CLASSES
from videmo.training.common.origin import keep_to_data
from videmo.training.common.quantise import to_float, to_int8
from videmo.weights import Weights, load_weights
from videmo.weights.calibration import Calibration

PRIOR = (0.355, 0.349, 0.128, 0.092, 0.076)
"""Shares of the emotions in FER+'s training rows; how much of it is added back is chosen on all validation sets."""
OTHERS = (0.024, 0.007)
"""Faces of FER+'s training rows whose top vote is fear, and disgust, over those of the five emotions."""
START_FACES, QUANTISATION_FACES, QUANTISATION_SEED = 700, 500, 31
TEACHERS = tuple(MixtureSettings(epochs=16, peak_learning_rate=8e-4, seed=seed, average=0.995) for seed in (11, 12))
PUPIL = MixtureSettings(epochs=26, peak_learning_rate=1.2e-3, seed=31, average=0.997)
CUT_AND_CHANGED = "augmented as recordings are; every set but FER+ is cut by videmo's own detector and framing"
"""For the card."""
_BATCH = 256

Floats = npt.NDArray[np.float32]
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class BroadSettings:
    """How `broad` is trained."""

    teachers: tuple[MixtureSettings, ...] = TEACHERS
    pupil: MixtureSettings = PUPIL
    draws: Mapping[str, int] = field(
        default_factory=lambda: {"ferplus": 10_000, "rafdb": 9000, "affectnet": 4500, "ckplus": 500, "unlabelled": 5000}
    )
    """Faces of an epoch, by set."""
    share: float = 0.5
    """Weight of the teachers' opinion beside the labels."""


def train_broad(root: Path, folder: Path, begin_with: str, settings: BroadSettings, date: str, report: Report) -> Path:
    """Train, quantise and calibrate; an interrupted run goes on from what stands in ``folder``.

    Args:
        root: folder with ``data/*.parquet``.
        folder: where to work, and where network and card are written.
        begin_with: ``ferplus``, or the file of a network of its shape.
        settings: how to train.
        date: day of the training, ISO 8601.
        report: receives lines of progress.

    Returns:
        Path of the int8 network.

    Raises:
        DatasetError: a table is missing or broken.
        UsageError: there is no such network to begin with, or the folder holds another training run.
        WeightsError: the network to begin with has another shape.
    """
    begun = load_weights(begin_with)
    start = known_layers(begun)
    keep_to_data(folder, root, begins_with=begun.sha256)
    data = broad_data(root, settings.draws, report)
    samples = samples_of(data.lessons, START_FACES, settings.pupil.seed)
    teachers = [_teacher(start, data, samples, folder, one, report) for one in settings.teachers]
    network = narrowed(teachers[0], samples, settings.pupil.seed)
    lessons = taught(data, teachers, settings.share, settings.draws["unlabelled"])
    network = fit_mixture(network, lessons, data.validation, folder / "network", settings.pupil, report)
    inference = broad_network()
    inference.set_weights(network.get_weights())
    made = list(_made(settings, begun.name))
    return write_broad(folder, inference, data, dataclasses.asdict(settings), made, date)


def _teacher(
    start: list[Layer], data: BroadData, samples: Floats, folder: Path, settings: MixtureSettings, report: Report
) -> Any:
    """A wide network that has learned all sets, in 32 bits."""
    network = teacher_network(start, samples, "mixed_bfloat16")
    report(f"teacher with the seed {settings.seed}")
    network = fit_mixture(network, data.lessons, data.validation, folder / f"teacher{settings.seed}", settings, report)
    wide = teacher_network(start, samples)
    wide.set_weights(network.get_weights())
    return wide


def narrowed(wide: Any, samples: Floats, seed: int) -> Any:
    """Make a network of the shape of `broad` that begins with what a wide one knows, for training in 16 bits.

    Args:
        wide: a network of the shape of `broad.teacher_network`.
        samples: ``(n, 48, 48, 1)`` inputs, some hundreds.
        seed: of the places that are looked at.
    """
    return with_layers(broad_network("mixed_bfloat16"), slimmed(layers_of(wide), samples, seed), samples)


def samples_of(lessons: Sequence[LessonSet], count: int, seed: int) -> Floats:
    """Inputs from some labelled sets, the same number from each as far as there are."""
    rng, share = np.random.default_rng(seed), count // len(lessons)
    parts = [one.images[rng.permutation(len(one.images))[:share]] for one in lessons]
    return network_input(crop_of(np.concatenate(parts)), FOUNDING)


def taught(data: BroadData, teachers: Sequence[Any], share: float, unlabelled: int) -> list[LessonSet]:
    """All sets with the teachers' opinion beside their labels, and the faces that only the teachers labelled.

    Args:
        data: the sets.
        teachers: each with ``predict_on_batch``.
        share: weight of their opinion beside the labels.
        unlabelled: faces without labels that an epoch has.
    """
    lessons = [one.taught(_opinion(teachers, one.images, one.prior()), share) for one in data.lessons]
    if len(data.unlabelled):
        opinion = _opinion(teachers, data.unlabelled, data.lessons[0].prior())
        lessons.append(LessonSet("unlabelled", data.unlabelled, opinion, unlabelled))
    return lessons


def _opinion(teachers: Sequence[Any], images: npt.NDArray[np.uint8], prior: Floats) -> Floats:
    """Mean over the teachers, each face and its mirror image."""
    said = []
    for start in range(0, len(images), _BATCH):
        crops = crop_of(images[start : start + _BATCH])
        views = [network_input(view, FOUNDING) for view in (crops, crops[:, :, ::-1])]
        logits = [teacher.predict_on_batch(view) for teacher in teachers for view in views]
        said.append(softmax(np.array(logits) + np.log(prior)).mean(axis=0))
    return np.concatenate(said).astype(np.float32)


def write_broad(
    folder: Path,
    inference: Any,
    data: BroadData,
    training: Mapping[str, Any],
    made: Sequence[str],
    date: str,
    terms: Mapping[str, str] | None = None,
) -> Path:
    """Quantise a trained network, calibrate it, and write it with its card.

    Args:
        folder: to write to.
        inference: of the shape of `broad_network`, in 32 bits.
        data: what it learned from.
        training: the settings, for the card.
        made: how it was made, for the card.
        date: day of the training, ISO 8601.
        terms: of what it learned from besides the data.

    Returns:
        Path of the int8 network.
    """
    int8 = to_int8(inference, samples_of(data.lessons, QUANTISATION_FACES, QUANTISATION_SEED))
    calibration, scores = calibrated(int8, data.validation)
    images = {one.name: len(one.images) for one in data.lessons}
    learned = card_of_data(images, len(data.unlabelled), data.gathered, data.copies)
    card = {
        "name": "broad",
        "date": date,
        **learned,
        "terms": learned["terms"] | dict(terms or {}),
        "made": list(made),
        "sha256": hashlib.sha256(int8).hexdigest(),
        "bytes": len(int8),
        "emotions": list(CLASSES),
        "outputs": list(SEVEN),
        "calibration": dataclasses.asdict(calibration),
        "validation": {name: one.plain() for name, one in scores.items()},
        "training": dict(training),
        "training_images": images,
        "unlabelled_images": len(data.unlabelled),
        "copies_left_out": data.copies,
    }
    return write_card(folder, card, int8, to_float(inference, half=True))


def _made(settings: BroadSettings, begun: str) -> Iterator[str]:
    """Say how it was made."""
    pupil, teachers = settings.pupil, settings.teachers
    epochs = ", ".join(str(one.epochs) for one in teachers)
    yield (
        f"begun with the residual network of five outputs {begun}; {len(teachers)} wide teachers of seven outputs "
        f"learned all sets ({epochs} epochs); the channels of the first were chosen and kernels fitted anew"
    )
    drawn = sum(settings.draws.values())
    yield (
        f"{pupil.epochs} epochs of {drawn:,} faces, seed {pupil.seed}; the teachers' opinion has a weight of "
        f"{settings.share:g} beside the labels"
    )
    yield CUT_AND_CHANGED


def calibrated(
    int8: bytes, validation: Mapping[str, tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]]
) -> tuple[Calibration, dict[str, Score]]:
    """Choose prior and temperature of a network file with seven outputs over all validation sets, and score it there.

    Returns:
        The calibration, and how well the five emotions are told on each set, by its title.
    """
    raw = Calibration("logits", True, PRIOR, 1.0, 0.0, OTHERS)
    classifier = EmotionClassifier(Weights("broad", int8, "", raw, SEVEN))
    seven, five = {}, {}
    for name, (images, labels) in validation.items():
        outputs, told = np.array([classifier.outputs(image) for image in images]), labels < len(CLASSES)
        seven[name], five[name] = (outputs, labels), (outputs[told], labels[told])
    chosen = others_over_sets(seven, calibrate_over_sets(five, raw))
    scores = {TITLES[name]: score(truth, probabilities(outputs, chosen)) for name, (outputs, truth) in five.items()}
    return chosen, scores
