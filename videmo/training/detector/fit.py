"""Run the detector's training loop: seeded, with progress, and resumable after every epoch."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.errors import UsageError
from videmo.faces.grid import OFFSET, SCALE
from videmo.files import replacing
from videmo.training.common.pictures import Picture
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
        folder: where ``state.npz`` and ``history.json`` go.
        settings: how to train.
        report: receives one line per epoch.

    Raises:
        UsageError: the folder contains a training run with other settings.
    """
    import keras
    import tensorflow as tf

    folder.mkdir(parents=True, exist_ok=True)
    state = folder / "state.npz"
    steps = settings.epochs * settings.steps
    keras.utils.set_random_seed(settings.seed)
    warm = max(1, settings.steps // 2)
    optimizer = keras.optimizers.AdamW(
        _rates(settings.peak_learning_rate, warm, steps), weight_decay=settings.weight_decay
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    optimizer.build(network.trainable_variables)
    averages = [tf.Variable(variable, trainable=False) for variable in network.variables]
    everything = [*network.variables, *optimizer.variables, *averages]
    history = _take_up(state, folder / "settings.json", everything, settings)
    if history:
        report(f"resuming after epoch {len(history)} of {settings.epochs}")

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def learn(inputs: Any, boxes: Any, kinds: Any, landmarks: Any) -> Any:
        with tf.GradientTape() as tape:
            loss, parts = detection_loss(network(inputs, training=True), boxes, kinds, landmarks, settings.scene_px)
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, network.trainable_variables), 10.0)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables))
        # Averages follow fast at first, or the random start would stay in them for a long time.
        steps_done = tf.cast(optimizer.iterations, tf.float32)
        momentum = tf.minimum(settings.average, (1.0 + steps_done) / (10.0 + steps_done))
        for average, variable in zip(averages, network.variables):
            if variable.dtype == "float32":
                average.assign(momentum * average + (1.0 - momentum) * variable)
        return parts

    batches = _batches(sources, settings, len(history) * settings.steps, steps)
    for epoch in range(len(history), settings.epochs):
        started = time.monotonic()
        total = np.zeros(3)
        for _ in range(settings.steps):
            batch = next(batches)
            arrays = (batch.inputs, batch.boxes, batch.kinds, batch.landmarks)
            total += learn(*(tf.constant(values) for values in arrays)).numpy()
        score, box, landmark = (total / settings.steps).tolist()
        seconds = time.monotonic() - started
        history.append({"epoch": epoch + 1, "score": score, "box": box, "landmarks": landmark, "seconds": seconds})
        with replacing(state) as partial, partial.open("wb") as file:
            values = {f"variable_{number}": variable.numpy() for number, variable in enumerate(everything)}
            np.savez(file, history=json.dumps(history), **values)
        left = seconds * (settings.epochs - epoch - 1) / 60
        report(
            f"epoch {epoch + 1}/{settings.epochs}  loss: score {score:.3f}, box {box:.3f}, landmarks {landmark:.4f}"
            f"  {seconds:.0f} s, about {left:.0f} min left"
        )
    for variable, average in zip(network.variables, averages):
        variable.assign(average)
    return network


def _rates(peak: float, warm: int, steps: int) -> Any:
    import keras

    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=peak / 20,
        decay_steps=max(1, steps - warm),
        alpha=0.01,
        warmup_target=peak,
        warmup_steps=warm,
    )


def _take_up(state: Path, saved: Path, everything: list[Any], settings: DetectorFitSettings) -> list[dict[str, float]]:
    """Fill the variables from an earlier state, if there is one, and return its history."""
    wanted = json.loads(json.dumps(dataclasses.asdict(settings)))
    if not state.exists():
        saved.write_text(json.dumps(wanted, indent=1))
        return []
    found = json.loads(saved.read_text())
    if found != wanted:
        other = ", ".join(f"{name} {found.get(name)}" for name in wanted if found.get(name) != wanted[name])
        raise UsageError(
            state.parent,
            f"contains a training run with other settings ({other})",
            advice="Choose another folder, or delete this one.",
        )
    with np.load(state) as archive:
        for number, variable in enumerate(everything):
            variable.assign(archive[f"variable_{number}"])
        history: list[dict[str, float]] = json.loads(str(archive["history"]))
    return history


def _batches(sources: list[list[Picture]], settings: DetectorFitSettings, first: int, steps: int) -> Iterator[Batch]:
    """Yield batches in order, made ahead by threads: OpenCV releases Python's lock while it works."""
    ahead = 4
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(make_batch, sources, settings, step) for step in range(first, min(first + ahead, steps))]
        for step in range(first, steps):
            batch = waiting.pop(0).result()
            if step + ahead < steps:
                waiting.append(pool.submit(make_batch, sources, settings, step + ahead))
            yield batch
