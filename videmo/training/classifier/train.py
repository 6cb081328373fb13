"""Train an emotion classifier by its recipe: from faces on disk to calibrated int8 weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.measures.emotions.calibration import probabilities
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.measures.emotions.contract import FOUNDING
from videmo.plots.history import history_figure
from videmo.plots.save import save_figure
from videmo.training.classifier.calibrate import calibrate
from videmo.training.classifier.copies import near_copies
from videmo.training.classifier.data import training_set, validation_set
from videmo.training.classifier.datasets.store import FaceStore, open_store
from videmo.training.classifier.distil import Joined, opinions, taught
from videmo.training.classifier.fit import FitSettings, TrainingSet, fit, network_input, read_history
from videmo.training.classifier.metrics import Score, score
from videmo.training.classifier.network import NETWORKS, Network
from videmo.training.classifier.recipe import Recipe
from videmo.training.classifier.votes import top_of
from videmo.training.common.quantise import to_float, to_int8
from videmo.weights import Weights
from videmo.weights.calibration import Calibration

QUANTISATION_FACES = 500
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TrainedClassifier:
    """Hold the result of training."""

    int8: bytes
    """LiteRT file with int8 weights and activations, as shipped."""
    float16: bytes
    """LiteRT file of the same network before quantisation: weights in 16 bits, arithmetic in 32."""
    calibration: Calibration
    """Fitted to the int8 file's outputs on the validation faces."""
    trained_on: int
    """Number of labelled training images without copies."""
    left_out: int
    """Number of training images dropped because a held-out image looks the same."""
    unlabelled: int
    """Number of faces that only the teachers labelled."""
    validation: Score
    """Of the calibrated int8 file on the validation faces."""


def train_classifier(recipe: Recipe, root: Path, folder: Path, report: Report) -> TrainedClassifier:
    """Train, quantise and calibrate a network.

    Args:
        recipe: what to make, and from which data.
        root: folder that relative paths of data start from.
        folder: working folder; an interrupted run resumes from the state in it.
        report: receives lines of progress.

    Raises:
        DatasetError: data is missing or broken, or there are too few faces.
        UsageError: the folder contains a run with another recipe.
    """
    definition = NETWORKS[recipe.network]
    store = open_store(recipe.data, root, folder / "faces", report)
    train, left_out = training_set(store, pool=recipe.pool_votes)
    validation = validation_set(store)
    report(f"{len(train):,} training images; {left_out:,} copies of held-out images left out")

    def learn(name: str, data: TrainingSet, settings: FitSettings, begin: Any = None) -> Any:
        report(f"{name}: {settings.epochs} epochs, seed {settings.seed}")

        def build() -> Any:
            network = definition.build(settings.precision)
            if begin is not None:
                network.set_weights(begin.get_weights())
            return network

        network = fit(build, FOUNDING, data, validation, folder / name, settings, report)
        save_figure(history_figure(read_history(folder / name), recipe.network), folder / name / "history.png", dpi=120)
        return network

    settings, teachers = recipe.training, recipe.teachers
    masters = [
        learn(f"teacher{place + 1}", train, dataclasses.replace(settings, seed=settings.seed + place))
        for place in range(teachers.count)
    ]
    lessons, unlabelled = train, 0
    if masters:
        lessons, unlabelled = _lessons(recipe, definition, masters, store, train, root, folder, report)
        settings = dataclasses.replace(
            settings,
            seed=settings.seed + teachers.count,
            epochs=teachers.epochs or settings.epochs,
            peak_learning_rate=teachers.peak_learning_rate or settings.peak_learning_rate,
        )
    network = learn("network", lessons, settings, masters[0] if teachers.go_on and masters else None)
    return _finish(recipe, definition, network, store, (train, lessons), left_out, unlabelled)


def _lessons(
    recipe: Recipe,
    definition: Network,
    teachers: list[Any],
    store: FaceStore,
    train: TrainingSet,
    root: Path,
    folder: Path,
    report: Report,
) -> tuple[TrainingSet, int]:
    """Add the teachers' opinion to the training set, and the unlabelled faces behind it; return their number too."""
    prior = train.targets.mean(axis=0) if recipe.training.balance == "logits" and definition.logits else None

    def ask(images: npt.NDArray[np.uint8], rows: npt.NDArray[np.int64], name: str) -> npt.NDArray[np.float32]:
        return opinions(teachers, images, rows, FOUNDING, prior, folder / f"opinions-{name}.npy", report)

    targets = taught(train, ask(store.images, train.rows, "labelled"), recipe.teachers.share)
    if not recipe.unlabelled:
        return dataclasses.replace(train, targets=targets), 0
    others = open_store(recipe.unlabelled, root, folder / "unlabelled", report)
    rows = np.arange(len(others.images))
    rows = rows[~near_copies(others.images, rows, store.images[store.rows("validation", "test")])]
    report(f"{len(rows):,} faces without labels; {len(others.images) - len(rows):,} look like a held-out image")
    everything = np.concatenate([targets, ask(others.images, rows, "unlabelled")])
    places = np.concatenate([train.rows, len(store.images) + rows])
    return TrainingSet(Joined(store.images, others.images), places, everything), len(rows)


def _finish(
    recipe: Recipe,
    definition: Network,
    network: Any,
    store: FaceStore,
    learned: tuple[TrainingSet, TrainingSet],
    left_out: int,
    unlabelled: int,
) -> TrainedClassifier:
    """Quantise and calibrate. ``learned``: the labelled faces, and all faces that the network learned from."""
    train, lessons = learned
    inference = definition.for_inference(network)
    chosen = np.random.default_rng(recipe.training.seed).choice(
        len(train), min(QUANTISATION_FACES, len(train)), replace=False
    )
    int8 = to_int8(inference, network_input(store.images[train.rows[np.sort(chosen)]], FOUNDING))
    validation = validation_set(store)
    prior = lessons.targets.mean(axis=0)
    uncalibrated = Calibration(
        output="logits" if definition.logits else "probabilities",
        balanced=recipe.training.balance != "none",
        prior=tuple(float(share) for share in prior),
        temperature=1.0,
        prior_power=0.0,
    )
    classifier = EmotionClassifier(Weights(recipe.network, int8, "", uncalibrated))
    outputs = np.array([classifier.outputs(validation.images[row]) for row in validation.rows])
    truth = top_of(store.votes[validation.rows])
    calibration = calibrate(outputs, truth, uncalibrated)
    return TrainedClassifier(
        int8=int8,
        float16=to_float(inference, half=True),
        calibration=calibration,
        trained_on=len(train),
        left_out=left_out,
        unlabelled=unlabelled,
        validation=score(truth, probabilities(outputs, calibration)),
    )
