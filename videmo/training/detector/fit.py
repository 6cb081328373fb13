"""Run the detector's training loop: seeded, with progress, and resumable after every epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.faces.grid import OFFSET, SCALE
from videmo.training.common.loop import Lesson, run_epochs
from videmo.training.common.pictures import Picture
from videmo.training.common.resume import Resumable
from videmo.training.detector.loss import detection_loss
from videmo.training.detector.scenes import make_scene

MOST_FACES = 40
"""Largest number of faces in a scene; beyond it, the smallest are ignored."""


@dataclass(frozen=True, slots=True)
class DetectorFitSettings:
    """Say how the detector is trained."""

    epochs: int = 18
    steps: int = 300
    """Batches in an epoch."""
    batch_size: int = 24
    scene_px: int = 256
    """Height and width of the scenes; a multiple of 32."""
    shares: tuple[float, ...] = (0.40, 0.20, 0.12, 0.13, 0.10, 0.05)
    """Shares of the kinds of pictures, in the order of `data.training_pictures`."""
    peak_learning_rate: float = 1.0e-3
    """Reached after half an epoch, then lowered along a cosine to 1 % of it."""
    weight_decay: float = 1e-4
    average: float = 0.999
    """Momentum of the running average of all weights; this average is shipped."""
    seed: int = 11
    begun: str = ""
    """SHA-256 of the network file that training begins with; empty where it begins from scratch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Hold scenes and their faces, padded to equal numbers."""

    inputs: npt.NDArray[np.float32]
    """``(batch, size, size, 1)``"""
    boxes: npt.NDArray[np.float32]
    """``(batch, n, 4)``"""
    kinds: npt.NDArray[np.float32]
    """``(batch, n)``: 1 for a face, -1 for one to ignore, 0 for padding."""
    landmarks: npt.NDArray[np.float32]
    """``(batch, n, 10)``, NaN where unknown."""

    @property
    def arrays(self) -> tuple[npt.NDArray[np.float32], ...]:
        """Return all of it, in the order in which the network learns from it."""
        return self.inputs, self.boxes, self.kinds, self.landmarks


def make_batch(sources: list[list[Picture]], settings: DetectorFitSettings, step: int) -> Batch:
    """Make the scenes of one training step; they depend only on the seed and the step."""
    rng = np.random.default_rng([settings.seed, step])
    size, count = settings.scene_px, settings.batch_size
    inputs = np.empty((count, size, size, 1), np.float32)
    boxes = np.zeros((count, MOST_FACES, 4), np.float32)
    kinds = np.zeros((count, MOST_FACES), np.float32)
    landmarks = np.full((count, MOST_FACES, 10), np.nan, np.float32)
    most = 1
    for place in range(count):
        scene = make_scene(sources, settings.shares, size, rng)
        inputs[place, ..., 0] = (scene.image - np.float32(OFFSET)) / np.float32(SCALE)
        order = np.lexsort((-scene.boxes[:, 3], scene.ignore))[:MOST_FACES]
        boxes[place, : len(order)] = scene.boxes[order]
        kinds[place, : len(order)] = np.where(scene.ignore[order], -1, 1)
        landmarks[place, : len(order)] = scene.landmarks[order].reshape(-1, 10)
        most = max(most, len(order))
    return Batch(inputs, boxes[:, :most], kinds[:, :most], landmarks[:, :most])


def fit_detector(
    network: Any,
    sources: list[list[Picture]],
    folder: Path,
    settings: DetectorFitSettings,
    report: Callable[[str], None],
) -> Any:
    """Train a network and return it with its averaged weights.

    After each epoch the whole state is written to ``folder``; another call with the same folder resumes from there.

    Args:
        network: the untrained Keras network.
        sources: pictures by kind, as many kinds as ``settings.shares``.
        folder: where the state goes.
        settings: how to train.
        report: receives one line per epoch.

    Raises:
        UsageError: the folder contains a training run with other settings.
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(settings.seed)
    run = Resumable(folder, settings, network)

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def learn(inputs: Any, boxes: Any, kinds: Any, landmarks: Any) -> Any:
        with tf.GradientTape() as tape:
            loss, parts = detection_loss(network(inputs, training=True), boxes, kinds, landmarks, settings.scene_px)
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, network.trainable_variables), 10.0)
        run.optimizer.apply_gradients(zip(gradients, network.trainable_variables))
        run.average()
        return parts

    lesson = Lesson(
        make=lambda step: make_batch(sources, settings, step).arrays,
        learn=learn,
        losses=("score", "box", "landmarks"),
        words=lambda score, box, landmarks: f"loss: score {score:.3f}, box {box:.3f}, landmarks {landmarks:.4f}",
    )
    run_epochs(run, settings, lesson, report)
    return network
