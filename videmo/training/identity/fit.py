"""Run the training loop of the identity network: seeded, with progress, and resumable after every epoch."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from videmo.faces.grid import OFFSET, SCALE
from videmo.faces.recognition import SIDE, VALUES
from videmo.training.common.degrade import as_small, degraded
from videmo.training.common.loop import Lesson, run_epochs
from videmo.training.common.placing import random_placement
from videmo.training.common.resume import Resumable
from videmo.training.identity.data import Faces
from videmo.training.identity.mixtures import AROUND, KEPT_PX

Floats = npt.NDArray[np.float32]
Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Variety:
    """Say how crops vary; widths of normal distributions."""

    tilt_deg: float = 4.0
    zoom: float = 0.05
    """Of the logarithm of the size."""
    shift: float = 0.03
    """Over the side of the crop, in both directions."""
    small: float = 0.5
    """Share of the crops that are of faces smaller than the crop."""
    smallest_px: float = 18.0
    covered: float = 0.15
    """Share of the crops of which a part is covered, as by a hand or a microphone."""


@dataclass(frozen=True, slots=True)
class IdentityFitSettings:
    """Say how the identity network is trained."""

    epochs: int = 40
    """With the faces of the data alone; then come as many as `more_epochs`."""
    more_epochs: int = 72
    """With mixtures besides."""
    mixtures: int = 120_000
    """Faces of nobody, see `mixtures`; at most twice as many as there are faces."""
    steps: int = 200
    """Batches in an epoch."""
    batch_size: int = 256
    peak_learning_rate: float = 3e-3
    """Reached after half an epoch, then lowered along a cosine to 1 % of it."""
    second_learning_rate: float = 2e-3
    """The same, with mixtures."""
    weight_decay: float = 1e-4
    average: float = 0.998
    """Momentum of the running average of all weights; this average is shipped."""
    relations: float = 40.0
    """Weight of the squared differences between the network's and the teacher's likenesses within a batch."""
    own: float = 0.5
    """How much the vector to learn for a face of a known person is the mean of that person's vectors."""
    variety: Variety = field(default_factory=Variety)
    precision: str = "mixed_bfloat16"
    seed: int = 5

    def shortened(self, epochs: int) -> IdentityFitSettings:
        """Set the epochs of the first part, and those of the second in the same proportion."""
        more = max(1, round(self.more_epochs * epochs / self.epochs))
        return dataclasses.replace(self, epochs=epochs, more_epochs=more)


def second_part(settings: IdentityFitSettings) -> IdentityFitSettings:
    """Say how the network is trained with mixtures, from where it stands after the first part."""
    return dataclasses.replace(
        settings,
        epochs=settings.more_epochs,
        peak_learning_rate=settings.second_learning_rate,
        seed=settings.seed + 1,
    )


def unit(vectors: Floats) -> Floats:
    """Scale vectors ``(n, 128)`` to unit length."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def targets_of(faces: Faces, own: float) -> Floats:
    """Return the unit vectors ``(n, 128)`` that the network learns: the teacher's, calmer where the person is known."""
    targets = unit(faces.vectors)
    for person in np.unique(faces.persons[faces.persons >= 0]):
        rows = faces.persons == person
        targets[rows] = (1 - own) * targets[rows] + own * targets[rows].mean(axis=0)
    return unit(targets)


def make_crop(image: Image, variety: Variety, rng: Generator) -> Image:
    """Make one crop of a face, moved, turned and degraded: ``(64, 64)`` grey."""
    placement = random_placement(variety, rng, kept_px=KEPT_PX, around=AROUND, side=SIDE)
    covered = _covered(placement.crop(image), variety, rng)
    return degraded(as_small(covered, variety.small, variety.smallest_px, rng), rng)


def _covered(crop: Image, variety: Variety, rng: Generator) -> Image:
    if rng.random() >= variety.covered:
        return crop
    width, height = (int(value) for value in rng.uniform(0.15, 0.45, 2) * SIDE)
    left, top = int(rng.integers(0, SIDE - width)), int(rng.integers(0, SIDE - height))
    covered = crop.copy()
    covered[top : top + height, left : left + width] = rng.integers(0, 256)
    return covered


def make_batch(faces: Faces, targets: Floats, settings: IdentityFitSettings, step: int) -> tuple[Floats, Floats]:
    """Make the crops of one training step; they depend only on the seed and the step.

    Returns:
        Inputs ``(batch, 64, 64, 1)`` and vectors ``(batch, 128)``.
    """
    rng = np.random.default_rng([settings.seed, step])
    places = rng.integers(len(faces), size=settings.batch_size)
    crops = np.stack([make_crop(faces.images[place], settings.variety, rng) for place in places.tolist()])
    return ((crops - np.float32(OFFSET)) / np.float32(SCALE))[..., None], targets[places]


def fit_identity(
    network: Any, faces: Faces, folder: Path, settings: IdentityFitSettings, report: Callable[[str], None]
) -> Any:
    """Train a network and return it with its averaged weights.

    It learns the teacher's vectors, and how alike the faces of each batch are to the teacher. After each epoch the
    whole state is written to ``folder``; another call with the same folder resumes from there.

    Args:
        network: the untrained Keras network.
        faces: to learn from.
        folder: where the state goes.
        settings: how to train.
        report: receives one line per epoch.

    Raises:
        UsageError: the folder contains a training run with other settings.
    """
    import tensorflow as tf

    run, targets = Resumable(folder, settings, network), targets_of(faces, settings.own)
    assert targets.shape[1] == VALUES

    @tf.function  # type: ignore[untyped-decorator]
    def learn(crops: Any, wanted: Any) -> Any:
        with tf.GradientTape() as tape:
            vectors = tf.math.l2_normalize(network(crops, training=True), axis=1)
            apart = 1.0 - tf.reduce_mean(tf.reduce_sum(vectors * wanted, axis=1))
            alike = tf.matmul(vectors, vectors, transpose_b=True) - tf.matmul(wanted, wanted, transpose_b=True)
            related = tf.reduce_mean(tf.square(alike))
            loss = apart + settings.relations * related
        gradients = tape.gradient(loss, network.trainable_variables)
        run.optimizer.apply_gradients(zip(gradients, network.trainable_variables))
        run.average()
        return tf.stack([apart, related])

    lesson = Lesson(
        make=lambda step: make_batch(faces, targets, settings, step),
        learn=learn,
        losses=("apart", "related"),
        words=lambda apart, related: f"away from the teacher {apart:.4f}, likenesses off by {math.sqrt(related):.4f}",
    )
    run_epochs(run, settings, lesson, report)
    return network
