"""The training loop: seeded, with progress, and resumable after every epoch."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.emotions.contract import InputContract
from videmo.errors import UsageError
from videmo.training.augment import augment


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How a classifier is trained."""

    epochs: int = 36
    batch_size: int = 128
    peak_learning_rate: float = 2e-3
    """Reached after the first epoch, then lowered along a cosine to 1 % of it."""
    weight_decay: float = 1e-4
    average: float = 0.998
    """Momentum of the running average of the weights; the average is what is evaluated and shipped."""
    calm_epochs: int = 4
    """Number of last epochs with augmentation at a third of its strength."""
    seed: int = 7


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Images and soft labels."""

    images: npt.NDArray[np.uint8]
    """``(n, size, size)`` gray."""
    targets: npt.NDArray[np.float32]
    """``(n, 5)``, rows adding up to 1."""


def network_input(images: npt.NDArray[np.uint8], contract: InputContract) -> npt.NDArray[np.float32]:
    """Turn ``(n, size, size)`` crops into the float input ``(n, size, size, 1)`` of a network."""
    return ((images.astype(np.float32) - contract.offset) / contract.scale)[..., None]


def fit(
    build: Callable[[], Any],
    contract: InputContract,
    train: TrainingSet,
    validation: TrainingSet,
    folder: Path,
    settings: FitSettings,
    report: Callable[[str], None],
) -> Any:
    """Train a network and return it with its averaged weights.

    After each epoch the whole state is written to ``folder``; calling again with the same folder goes on from there
    and ends with the same weights as an uninterrupted run on the same machine.

    Args:
        build: makes the untrained Keras network.
        contract: the network's input.
        train: what to learn from.
        validation: what to watch; it does not influence the weights.
        folder: where ``state.keras`` and ``history.json`` go.
        settings: how to train.
        report: receives one line an epoch.

    Raises:
        UsageError: the folder holds a training that was begun with other settings.
    """
    import keras

    folder.mkdir(parents=True, exist_ok=True)
    state, log = folder / "state.keras", folder / "history.json"
    history: list[dict[str, float]] = json.loads(log.read_text()) if log.exists() and state.exists() else []
    _check_settings(folder / "settings.json", settings, begun=bool(history))
    keras.utils.set_random_seed(settings.seed)
    steps = math.ceil(len(train.images) / settings.batch_size)
    network = keras.saving.load_model(state) if history else _compiled(build(), settings, steps)
    if history:
        report(f"resuming after epoch {len(history)} of {settings.epochs}")
    watched = network_input(validation.images, contract)
    for epoch in range(len(history), settings.epochs):
        started = time.monotonic()
        loss = _one_epoch(network, contract, train, settings, epoch)
        row = {"epoch": epoch + 1, "loss": loss, **_score(network, watched, validation.targets)}
        seconds = time.monotonic() - started
        history.append({**row, "seconds": round(seconds, 1)})
        partial = folder / "state.partial.keras"
        network.save(partial)
        partial.replace(state)
        log.write_text(json.dumps(history, indent=1))
        left = seconds * (settings.epochs - epoch - 1) / 60
        report(
            f"epoch {epoch + 1}/{settings.epochs}  loss {loss:.4f}  validation loss {row['val_loss']:.4f}"
            f"  accuracy {row['val_accuracy']:.4f}  {seconds:.0f} s, about {left:.0f} min left"
        )
    network.optimizer.finalize_variable_values(network.trainable_variables)
    return network


def _check_settings(path: Path, settings: FitSettings, *, begun: bool) -> None:
    wanted = dataclasses.asdict(settings)
    if begun and path.exists() and (found := json.loads(path.read_text())) != wanted:
        other = ", ".join(f"{name} {found.get(name)}" for name in wanted if found.get(name) != wanted[name])
        raise UsageError(
            f"{path.parent}: holds a training that was begun with other settings ({other}). "
            "Choose another --out, or delete the folder."
        )
    path.write_text(json.dumps(wanted, indent=1))


def _compiled(network: Any, settings: FitSettings, steps: int) -> Any:
    import keras

    rate = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=settings.peak_learning_rate / 20,
        decay_steps=max(1, (settings.epochs - 1) * steps),
        alpha=0.01,
        warmup_target=settings.peak_learning_rate,
        warmup_steps=steps,
    )
    optimizer = keras.optimizers.AdamW(
        rate, weight_decay=settings.weight_decay, use_ema=True, ema_momentum=settings.average
    )
    network.compile(optimizer=optimizer, loss="categorical_crossentropy")
    return network


def _one_epoch(network: Any, contract: InputContract, train: TrainingSet, settings: FitSettings, epoch: int) -> float:
    rng = np.random.default_rng([settings.seed, epoch])
    for layer in network.layers:  # a loaded network would begin its dropout anew
        if hasattr(layer, "seed_generator"):
            layer.seed_generator.state.assign(np.array([settings.seed, epoch], dtype=np.uint32))
    strength = 1 / 3 if epoch >= settings.epochs - settings.calm_epochs else 1.0
    order = rng.permutation(len(train.images))
    total = 0.0
    for start in range(0, len(order), settings.batch_size):
        rows = order[start : start + settings.batch_size]
        crops = np.stack([augment(train.images[row], rng, strength) for row in rows])
        total += float(network.train_on_batch(network_input(crops, contract), train.targets[rows])) * len(rows)
    return total / len(order)


def _score(network: Any, inputs: npt.NDArray[np.float32], targets: npt.NDArray[np.float32]) -> dict[str, float]:
    """Evaluate the averaged weights without disturbing the ones being trained."""
    optimizer, trained = network.optimizer, [variable.numpy() for variable in network.trainable_variables]
    if optimizer.use_ema:
        for variable, average in zip(network.trainable_variables, optimizer._model_variables_moving_average):
            variable.assign(average)
    probabilities = np.concatenate(
        [network.predict_on_batch(inputs[start : start + 512]) for start in range(0, len(inputs), 512)]
    )
    for variable, value in zip(network.trainable_variables, trained):
        variable.assign(value)
    loss = -np.mean(np.sum(targets * np.log(np.maximum(probabilities, 1e-7)), axis=1))
    hits = probabilities.argmax(axis=1) == targets.argmax(axis=1)
    return {"val_loss": float(loss), "val_accuracy": float(hits.mean())}
