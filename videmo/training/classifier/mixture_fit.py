"""Training on several sets at once: seeded, and resumable after every epoch."""

from __future__ import annotations

import json
import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.errors import UsageError
from videmo.files import replacing, write_text
from videmo.measures.emotions.contract import FOUNDING
from videmo.training.classifier.fit import network_input
from videmo.training.classifier.mixture import LessonSet, one_epoch
from videmo.training.classifier.recordings import as_recorded
from videmo.training.common.labels import CLASSES

AHEAD = 4
"""Batches prepared ahead of the one that is trained on."""
WARM_UP = 200
"""Steps until the learning rate is reached."""
CALM = (0.04, 0.35)
"""Below this share of the peak learning rate, augmentation has this strength."""
_BATCH = 256

Crops = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]
"""``(n, 48, 48)`` and ``(n,)`` places in the words."""


@dataclass(frozen=True, slots=True)
class MixtureSettings:
    """How a network is trained on several sets."""

    epochs: int
    peak_learning_rate: float
    """Lowered along a cosine to 1 % of it."""
    seed: int
    batch_size: int = 128
    weight_decay: float = 0.05
    average: float = 0.998
    """Momentum of the running average of the weights; the average is what is evaluated and shipped."""
    strength: float = 0.75
    """Of the augmentation, until the learning rate is nearly gone."""


def fit_mixture(
    network: Any,
    sets: Sequence[LessonSet],
    validation: Mapping[str, Crops],
    folder: Path,
    settings: MixtureSettings,
    report: Callable[[str], None],
) -> Any:
    """Train a network with seven logits and return it with the averaged weights of its best epoch.

    The best is the one with the highest mean, over all validation sets, of the balanced accuracy of the five emotions.

    Raises:
        UsageError: the folder holds a training that was begun with other settings.
    """
    import keras

    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(settings.seed)
    run = _Run(network, settings, sum(one.draws for one in sets))
    history = run.resume(folder)
    if history:
        report(f"resuming after epoch {len(history)} of {settings.epochs}")
    shifts = [np.log(one.prior()) for one in sets]
    for epoch in range(len(history), settings.epochs):
        started = time.monotonic()
        loss = run.epoch(sets, shifts, epoch)
        scores = {name: run.balanced(*crops) for name, crops in validation.items()}
        mean = float(np.mean(list(scores.values())))
        best = mean >= max((row["mean"] for row in history), default=0.0)
        history.append({"epoch": epoch + 1, "loss": loss, "mean": mean, **scores})
        run.save(folder, history, best=best)
        seconds = time.monotonic() - started
        report(
            f"epoch {epoch + 1}/{settings.epochs}  loss {loss:.4f}  balanced "
            + "  ".join(f"{name} {value:.4f}" for name, value in scores.items())
            + f"  {seconds:.0f} s, about {seconds * (settings.epochs - epoch - 1) / 60:.0f} min left"
        )
    run.load_best(folder)
    return network


def refuse_other_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    """Refuse to go on with a run in whose ``settings.json`` other settings stand.

    Raises:
        UsageError: it was begun with others.
    """
    if json.loads((folder / "settings.json").read_text(encoding="utf-8")) != settings:
        raise UsageError(
            folder,
            "it holds a training run with other settings",
            advice="Choose another folder, or delete this one.",
        )


class _Run:
    """A network in training, with its optimiser and the running average of its weights."""

    def __init__(self, network: Any, settings: MixtureSettings, draws: int) -> None:
        import keras
        import tensorflow as tf

        self._network, self._settings = network, settings
        self._steps = draws // settings.batch_size
        self._optimiser = keras.optimizers.AdamW(1e-3, weight_decay=settings.weight_decay, global_clipnorm=5.0)
        self._optimiser.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        self._optimiser.build(network.trainable_variables)
        self._average = [tf.Variable(variable) for variable in network.trainable_variables]
        self._momentum = tf.Variable(0.0)
        self._step, self._forward = tf.function(self._learn), tf.function(lambda x: network(x, training=False))

    def _learn(self, inputs: Any, targets: Any, shifts: Any) -> Any:
        import tensorflow as tf

        variables = self._network.trainable_variables
        with tf.GradientTape() as tape:
            logits = self._network(inputs, training=True) + shifts
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, logits))
        self._optimiser.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        for average, variable in zip(self._average, variables, strict=True):
            average.assign(average * self._momentum + variable * (1 - self._momentum))
        return loss

    def epoch(self, sets: Sequence[LessonSet], shifts: Sequence[npt.NDArray[np.float32]], number: int) -> float:
        """Learn from the faces of one epoch; returns the mean loss."""
        rng = np.random.default_rng([self._settings.seed, number])
        size = self._settings.batch_size
        order = one_epoch(sets, rng)[: self._steps * size].reshape(self._steps, size, 2)
        share = self._rate(number * self._steps) / self._settings.peak_learning_rate
        strength = CALM[1] if share < CALM[0] else self._settings.strength

        def prepare(batch: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.float32], ...]:
            crops = np.stack([as_recorded(sets[place].images[row], rng, strength) for place, row in batch])
            targets = np.stack([sets[place].targets[row] for place, row in batch])
            return network_input(crops, FOUNDING), targets, np.stack([shifts[place] for place in batch[:, 0]])

        total = 0.0
        # One thread prepares, in order, while the network trains: the same numbers as without it.
        with ThreadPoolExecutor(1) as worker:
            waiting = deque(worker.submit(prepare, batch) for batch in order[:AHEAD])
            for place in range(len(order)):
                batch = waiting.popleft().result()
                if place + AHEAD < len(order):
                    waiting.append(worker.submit(prepare, order[place + AHEAD]))
                done = number * self._steps + place
                self._optimiser.learning_rate.assign(self._rate(done) * min(1.0, (done + 1) / WARM_UP))
                self._momentum.assign(min(self._settings.average, (1 + done) / (10 + done)))
                total += float(self._step(*batch))
        return total / len(order)

    def _rate(self, step: int) -> float:
        share = step / (self._steps * self._settings.epochs)
        return self._settings.peak_learning_rate * max(0.01, 0.5 * (1 + math.cos(math.pi * share)))

    def balanced(self, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]) -> float:
        """Mean recall of the five emotions with the averaged weights, all taken as equally frequent."""
        kept = [variable.numpy() for variable in self._network.trainable_variables]
        _assign(self._network.trainable_variables, self._average)
        chosen = labels < len(CLASSES)
        inputs, truth = network_input(images[chosen], FOUNDING), labels[chosen]
        logits = [self._forward(inputs[start : start + _BATCH]).numpy() for start in range(0, len(inputs), _BATCH)]
        hits = np.concatenate(logits)[:, : len(CLASSES)].argmax(axis=1) == truth
        _assign(self._network.trainable_variables, kept)
        return float(np.mean([hits[truth == word].mean() for word in np.unique(truth)]))

    def _state(self) -> list[Any]:
        return [*self._network.variables, *self._optimiser.variables, *self._average]

    def save(self, folder: Path, history: list[dict[str, Any]], *, best: bool) -> None:
        """Write the whole state, and the averaged network if it is the best so far."""
        # The history first: killed in between, it is longer than the state, and the surplus is dropped.
        write_text(folder / "settings.json", json.dumps(asdict(self._settings), indent=1) + "\n")
        write_text(folder / "history.json", json.dumps(history, indent=1) + "\n")
        values = [variable.numpy() for variable in self._state()]
        _save(folder / "state.npz", [np.array(len(history)), *values])
        if best:
            kept = [variable.numpy() for variable in self._network.trainable_variables]
            _assign(self._network.trainable_variables, self._average)
            _save(folder / "best.npz", self._network.get_weights())
            _assign(self._network.trainable_variables, kept)

    def resume(self, folder: Path) -> list[dict[str, Any]]:
        """Take up what an interrupted run has written; returns its history."""
        if not (folder / "state.npz").exists():
            return []
        refuse_other_settings(folder, asdict(self._settings))
        done, *values = _load(folder / "state.npz")
        _assign(self._state(), values)
        history: list[dict[str, Any]] = json.loads((folder / "history.json").read_text(encoding="utf-8"))
        return history[: int(done)]

    def load_best(self, folder: Path) -> None:
        """Put the weights of the best epoch into the network."""
        self._network.set_weights(_load(folder / "best.npz"))


def _assign(variables: Sequence[Any], values: Sequence[Any]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _save(path: Path, values: Sequence[npt.NDArray[Any]]) -> None:
    with replacing(path) as partial, partial.open("wb") as file:
        np.savez(file, *values)


def _load(path: Path) -> list[npt.NDArray[Any]]:
    with np.load(path) as stored:
        return [stored[f"arr_{place}"] for place in range(len(stored.files))]
