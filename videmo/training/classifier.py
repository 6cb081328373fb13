"""Train the emotion classifier on FER+ from the table of faces to the int8 file and its card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from videmo.emotions.contract import FOUNDING
from videmo.training.copies import merge_doubles, near_copies
from videmo.training.ferplus import Faces, read_ferplus, scored_rows, trainable_rows
from videmo.training.fit import FitSettings, TrainingSet, fit, network_input
from videmo.training.networks import founding_network
from videmo.training.quantise import fold_batch_norms, to_float, to_int8

CALIBRATION_FACES = 500


@dataclass(frozen=True, slots=True)
class TrainedClassifier:
    """What training leaves behind."""

    int8: bytes
    """LiteRT file with int8 weights and activations, as shipped."""
    float32: bytes
    """LiteRT file of the same network before quantisation."""
    trained_on: int
    """Number of training images after copies were taken out."""
    left_out: int
    """Number of training images dropped because a held-out image looks the same."""


def train_classifier(
    ferplus: Path, folder: Path, settings: FitSettings, report: Callable[[str], None]
) -> TrainedClassifier:
    """Train the founding network on FER+ and quantise it.

    Args:
        ferplus: the FER+ table, see `ferplus.read_ferplus`.
        folder: working folder; an interrupted run goes on from the state in it.
        settings: how to train.
        report: receives lines of progress.

    Raises:
        DatasetError: the table is missing or malformed.
    """
    faces = read_ferplus(ferplus)
    train, left_out = training_set(faces)
    report(f"{len(train.images):,} training images; {left_out:,} copies of held-out images left out")
    validation = faces.of("validation")
    validation = validation.where(scored_rows(validation))
    network = fit(
        founding_network,
        FOUNDING,
        train,
        TrainingSet(validation.images, validation.targets),
        folder,
        settings,
        report,
    )
    inference = fold_batch_norms(network)
    rows = np.random.default_rng(settings.seed).choice(
        len(train.images), min(CALIBRATION_FACES, len(train.images)), replace=False
    )
    samples: Any = network_input(train.images[np.sort(rows)], FOUNDING)
    return TrainedClassifier(to_int8(inference, samples), to_float(inference), len(train.images), left_out)


def training_set(faces: Faces) -> tuple[TrainingSet, int]:
    """Choose what to learn from: the training split without copies of held-out images, doubles merged.

    Returns:
        The training set, and how many images were dropped as copies of validation or test images.
    """
    train, held_out = faces.of("train"), faces.where(faces.split != "train")
    copies = near_copies(train.images, held_out.images)
    kept = train.where(~copies)
    kept = kept.where(trainable_rows(kept))
    images, votes = merge_doubles(kept.images, kept.votes)
    merged = Faces(images, votes, np.full(len(images), "train"))
    return TrainingSet(merged.images, merged.targets), int(copies.sum())
