"""Run the training loop: seeded, with progress, and resumable after every epoch."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from videmo.errors import Given, UsageError
from videmo.files import write_text
from videmo.measures.emotions.contract import InputContract
from videmo.training.classifier.augment import augment
from videmo.training.classifier.network import fused_normalisation

BALANCES = ("none", "logits", "sampling")
PRECISIONS = ("float32", "mixed_bfloat16")
HISTORY = "history.json"
AHEAD = 4
"""Number of batches that are prepared ahead of the current one."""


@dataclass(frozen=True, slots=True)
class FitSettings:
    """Say how a classifier is trained."""

    epochs: int = 36
    batch_size: int = 128
    peak_learning_rate: float = 2e-3
    """Reached after the first epoch, then lowered along a cosine to 1 % of it."""
    weight_decay: float = 1e-4
    """Decoupled from the gradient; for kernels only, not for biases and normalisations."""
    average: float = 0.998
    """Momentum of the running average of the weights; this average is evaluated and shipped."""
    calm_epochs: int = 4
    """Number of final epochs with augmentation at a third of its strength."""
    balance: str = "none"
    """``none``: classes count as often as they occur. ``logits``: the network learns what it would say if all classes
    were equally frequent (logit adjustment, Menon et al. 2021). ``sampling``: rare classes are drawn more often."""
    precision: str = "float32"
    """Arithmetic of training: ``float32`` or ``mixed_bfloat16``."""

    def __post_init__(self) -> None:
        _check(1 <= self.epochs <= 10_000, "epochs", self.epochs, "1 to 10000")
        _check(1 <= self.batch_size <= 65_536, "batch_size", self.batch_size, "1 to 65536")
        _check(0 < self.peak_learning_rate <= 1, "peak_learning_rate", self.peak_learning_rate, "above 0, at most 1")
        _check(0 <= self.weight_decay <= 1, "weight_decay", self.weight_decay, "0 to 1")
        _check(0 <= self.average < 1, "average", self.average, "0 or more, below 1")
        _check(self.calm_epochs >= 0, "calm_epochs", self.calm_epochs, "0 or more")
        _check(self.balance in BALANCES, "balance", self.balance, ", ".join(BALANCES))
        _check(self.precision in PRECISIONS, "precision", self.precision, ", ".join(PRECISIONS))

    seed: int = 7


def _check(holds: bool, name: str, value: object, expected: str) -> None:
    if not holds:
        raise UsageError(Given(f"training.{name}", value), "out of range", expected)


class Images(Protocol):
    """Look up grey images of one size by row, in memory or on disk."""

    def __getitem__(self, row: Any, /) -> npt.NDArray[np.uint8]:
        """Return an image ``(size, size)``."""
        ...


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Hold images and soft labels."""

    images: Images
    """The images in which ``rows`` are looked up."""
    rows: npt.NDArray[np.int64]
    """``(m,)`` the images to learn from."""
    targets: npt.NDArray[np.float32]
    """``(m, classes)``, their soft labels; each adds up to 1."""

    def __len__(self) -> int:
        return len(self.rows)


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

    After each epoch the whole state is written to ``folder``; another call with the same folder resumes from there
    and ends with the weights of an uninterrupted run on the same machine, up to rounding (which is coarser in 16 bits).

    Args:
        build: makes the untrained Keras network.
        contract: the network's input.
        train: what to learn from.
        validation: what to monitor; it does not influence the weights.
        folder: where ``state.keras`` and ``history.json`` go.
        settings: how to train.
        report: receives one line per epoch.

    Raises:
        UsageError: the folder contains a training run that was started with other settings.
    """
    import keras

    folder.mkdir(parents=True, exist_ok=True)
    state = folder / "state.keras"
    history = read_history(folder) if state.exists() else []
    _check_settings(folder / "settings.json", settings, begun=bool(history))
    keras.utils.set_random_seed(settings.seed)
    steps = math.ceil(len(train) / settings.batch_size)
    prior = train.targets.mean(axis=0)
    _loss_class()  # a saved state names them
    fused_normalisation()
    network = keras.saving.load_model(state) if history else _compiled(build(), settings, steps, prior)
    history = history[: int(network.optimizer.iterations) // steps]
    if history:
        report(f"resuming after epoch {len(history)} of {settings.epochs}")
    watched = network_input(np.stack([validation.images[row] for row in validation.rows]), contract)
    for epoch in range(len(history), settings.epochs):
        started = time.monotonic()
        loss = _one_epoch(network, contract, train, settings, epoch, _Minutes(epoch, settings.epochs, report))
        row = {"epoch": epoch + 1, "loss": loss, **_score(network, watched, validation.targets)}
        seconds = time.monotonic() - started
        history.append({**row, "seconds": round(seconds, 1)})
        partial = folder / "state.partial.keras"
        network.save(partial)
        # The history first: if killed in between, it is longer than the state, and the surplus is dropped.
        write_text(folder / HISTORY, json.dumps(history, indent=1) + "\n")
        partial.replace(state)
        left = seconds * (settings.epochs - epoch - 1) / 60
        report(
            f"epoch {epoch + 1}/{settings.epochs}  loss {loss:.4f}  validation loss {row['val_loss']:.4f}"
            f"  accuracy {row['val_accuracy']:.4f}"
            f"  balanced {row['val_balanced_accuracy']:.4f}  {seconds:.0f} s, about {left:.0f} min left"
        )
    network.optimizer.finalize_variable_values(network.trainable_variables)
    return network


def read_history(folder: Path) -> list[dict[str, float]]:
    """Read what `fit` wrote after each epoch: losses and accuracies; empty if nothing was written."""
    path = folder / HISTORY
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def _check_settings(path: Path, settings: FitSettings, *, begun: bool) -> None:
    wanted = dataclasses.asdict(settings)
    if begun and path.exists() and (found := json.loads(path.read_text())) != wanted:
        other = ", ".join(f"{name} {found.get(name)}" for name in wanted if found.get(name) != wanted[name])
        raise UsageError(
            path.parent,
            f"contains a training run with other settings ({other})",
            advice="Choose another folder, or delete this one.",
        )
    write_text(path, json.dumps(wanted, indent=1) + "\n")


def _compiled(network: Any, settings: FitSettings, steps: int, prior: npt.NDArray[np.float32]) -> Any:
    import keras

    shift = np.log(np.maximum(prior, 1e-6)) if settings.balance == "logits" else np.zeros(len(prior))
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
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    probabilities = getattr(network.layers[-1], "activation", None) is keras.activations.softmax
    network.compile(optimizer=optimizer, loss=_loss_class()(shift.tolist(), probabilities))
    return network


@cache
def _loss_class() -> Any:
    """Return the class of the loss: cross entropy with soft labels, each logit shifted before the softmax."""
    import keras
    from keras import ops

    @keras.saving.register_keras_serializable("videmo")
    class ShiftedCrossEntropy(keras.losses.Loss):  # type: ignore[misc]
        def __init__(self, shift: list[float], probabilities: bool, **options: Any) -> None:
            super().__init__(**options)
            self.shift, self.probabilities = list(shift), probabilities

        def call(self, y_true: Any, y_pred: Any) -> Any:
            if self.probabilities:
                y_pred = ops.log(ops.maximum(y_pred, 1e-7))
            return ops.categorical_crossentropy(y_true, y_pred + ops.array(self.shift, y_pred.dtype), from_logits=True)

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "shift": self.shift, "probabilities": self.probabilities}

    return ShiftedCrossEntropy


class _Minutes:
    """Report once a minute how far an epoch is and how long the whole training will still take: epochs can be long."""

    def __init__(self, epoch: int, epochs: int, report: Callable[[str], None]) -> None:
        self._epoch, self._epochs, self._report = epoch, epochs, report
        self._started = self._told = time.monotonic()

    def reached(self, share: float) -> None:
        """Note the finished share of the epoch; to be called after every step."""
        now = time.monotonic()
        if now - self._told < 60 or share >= 1:
            return
        self._told = now
        left = (now - self._started) / share * (self._epochs - self._epoch - share) / 60
        self._report(f"{share:.0%} of epoch {self._epoch + 1}/{self._epochs}, about {left:.0f} min left")


def _one_epoch(
    network: Any, contract: InputContract, train: TrainingSet, settings: FitSettings, epoch: int, minutes: _Minutes
) -> float:
    rng = np.random.default_rng([settings.seed, epoch])
    for layer in network.layers:  # a loaded network would start its dropout from scratch
        if hasattr(layer, "seed_generator"):
            layer.seed_generator.state.assign(np.array([settings.seed, epoch], dtype=np.uint32))
    strength = 1 / 3 if epoch >= settings.epochs - settings.calm_epochs else 1.0
    order = _order(train.targets, settings.balance, rng)
    batches = [order[start : start + settings.batch_size] for start in range(0, len(order), settings.batch_size)]

    def prepare(rows: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        crops = np.stack([augment(np.asarray(train.images[train.rows[row]]), rng, strength) for row in rows])
        return network_input(crops, contract), train.targets[rows]

    total = 0.0
    # One thread prepares batches in order while the network trains: the numbers are the same as without it.
    with ThreadPoolExecutor(1) as worker:
        waiting = deque(worker.submit(prepare, rows) for rows in batches[:AHEAD])
        for place in range(len(batches)):
            inputs, targets = waiting.popleft().result()
            if place + AHEAD < len(batches):
                waiting.append(worker.submit(prepare, batches[place + AHEAD]))
            total += float(network.train_on_batch(inputs, targets)) * len(inputs)
            minutes.reached((place + 1) / len(batches))
    return total / len(order)


def _order(targets: npt.NDArray[np.float32], balance: str, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Order the rows for one epoch: each once, or drawn so that all classes occur equally often."""
    if balance != "sampling":
        return rng.permutation(len(targets))
    weights = (targets / np.maximum(targets.mean(axis=0), 1e-9)).sum(axis=1)
    return rng.choice(len(targets), len(targets), p=weights / weights.sum())


def _score(network: Any, inputs: npt.NDArray[np.float32], targets: npt.NDArray[np.float32]) -> dict[str, float]:
    """Evaluate the averaged weights without disturbing the ones being trained."""
    optimizer, trained = network.optimizer, [variable.numpy() for variable in network.trainable_variables]
    if optimizer.use_ema:
        for variable, average in zip(network.trainable_variables, optimizer._model_variables_moving_average):
            variable.assign(average)
    scores = np.concatenate(
        [network.predict_on_batch(inputs[start : start + 512]) for start in range(0, len(inputs), 512)]
    ).astype(np.float64)
    for variable, value in zip(network.trainable_variables, trained):
        variable.assign(value)
    if network.loss.probabilities:
        scores = np.log(np.maximum(scores, 1e-7))
    # What was learned without class frequencies gets them back, so that it can be compared with what wasn't.
    likely = scores + np.array(network.loss.shift)
    likely -= np.log(np.exp(likely - likely.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True)) + likely.max(
        axis=1, keepdims=True
    )
    truth = targets.argmax(axis=1)
    recalls = [(scores.argmax(axis=1) == truth)[truth == label].mean() for label in np.unique(truth)]
    return {
        "val_loss": float(-np.mean(np.sum(targets * likely, axis=1))),
        "val_accuracy": float((likely.argmax(axis=1) == truth).mean()),
        "val_balanced_accuracy": float(np.mean(recalls)),
    }
