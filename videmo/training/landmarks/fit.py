"""Run the training loop of the landmark network: seeded, with progress, and resumable after every epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.faces.grid import OFFSET, SCALE
from videmo.faces.landmarks import CELLS, POINTS, SIDE
from videmo.training.common.loop import Lesson, run_epochs
from videmo.training.common.resume import Resumable
from videmo.training.landmarks.data import Faces, Variety, make_crop

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LandmarkFitSettings:
    """Say how the landmark network is trained."""

    epochs: int = 24
    steps: int = 300
    """Batches in an epoch."""
    batch_size: int = 256
    peak_learning_rate: float = 3e-3
    """Reached after half an epoch, then lowered along a cosine to 1 % of it."""
    weight_decay: float = 1e-4
    average: float = 0.998
    """Momentum of the running average of all weights; this average is shipped."""
    near: float = 0.015
    """Errors below this share of the crop's side count by their square, larger ones by their size."""
    variety: Variety = field(default_factory=Variety)
    seed: int = 11


def make_batch(faces: Faces, settings: LandmarkFitSettings, step: int) -> tuple[Floats, Floats]:
    """Make the crops of one training step; they depend only on the seed and the step.

    Returns:
        Inputs ``(batch, 48, 48, 1)`` and points ``(batch, 5, 2)`` over the crop's side.
    """
    rng = np.random.default_rng([settings.seed, step])
    crops = np.empty((settings.batch_size, SIDE, SIDE, 1), np.float32)
    points = np.empty((settings.batch_size, POINTS, 2), np.float32)
    for place, face in enumerate(rng.integers(len(faces), size=settings.batch_size)):
        crop, points[place] = make_crop(faces, int(face), settings.variety, rng)
        crops[place, ..., 0] = (crop - np.float32(OFFSET)) / np.float32(SCALE)
    return crops, points


def fit_landmarks(
    network: Any, faces: Faces, folder: Path, settings: LandmarkFitSettings, report: Callable[[str], None]
) -> Any:
    """Train a network and return it with its averaged weights.

    After each epoch the whole state is written to ``folder``; another call with the same folder resumes from there.

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

    run = Resumable(folder, settings, network)

    @tf.function  # type: ignore[untyped-decorator]
    def learn(crops: Any, points: Any) -> Any:
        with tf.GradientTape() as tape:
            away = tf.abs(_places(network(crops, training=True)) - points)
            near = 0.5 * away * away / settings.near
            loss = tf.reduce_mean(tf.where(away < settings.near, near, away - settings.near / 2))
        gradients = tape.gradient(loss, network.trainable_variables)
        run.optimizer.apply_gradients(zip(gradients, network.trainable_variables))
        run.average()
        return tf.reduce_mean(away)[None]

    lesson = Lesson(
        make=lambda step: make_batch(faces, settings, step),
        learn=learn,
        losses=("away",),
        words=lambda away: f"mean error {100 * away:.2f} % of the crop's side",
    )
    run_epochs(run, settings, lesson, report)
    return network


def _places(maps: Any) -> Any:
    """Return expected places ``(n, 5, 2)`` of maps ``(n, 12, 12, 5)``, as `faces.landmarks.expected_places` does."""
    import tensorflow as tf

    likely = tf.nn.softmax(tf.reshape(maps, (-1, CELLS * CELLS, POINTS)), axis=1)
    likely = tf.reshape(likely, (-1, CELLS, CELLS, POINTS))
    middles = tf.constant(((np.arange(CELLS) + 0.5) / CELLS).reshape(1, CELLS, 1), tf.float32)
    x = tf.reduce_sum(tf.reduce_sum(likely, axis=1) * middles, axis=1)
    y = tf.reduce_sum(tf.reduce_sum(likely, axis=2) * middles, axis=1)
    return tf.stack([x, y], axis=-1)
