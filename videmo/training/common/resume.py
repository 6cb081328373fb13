"""Keep the state of a training run after every epoch, take it up again, and average its weights."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np

from videmo.errors import UsageError
from videmo.files import replacing

T = TypeVar("T")
AHEAD = 4
"""Batches that are made ahead of the current one."""


class LoopSettings(Protocol):
    """Say how long and how fast a network learns: a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def epochs(self) -> int: ...

    @property
    def steps(self) -> int:
        """Return the batches in an epoch."""
        ...

    @property
    def peak_learning_rate(self) -> float: ...

    @property
    def weight_decay(self) -> float: ...

    @property
    def average(self) -> float:
        """Return the momentum of the running average of all weights."""
        ...


class Resumable:
    """The variables of a training run, in a folder: ``state.npz``, and ``settings.json`` with how it trains.

    Args:
        folder: where they are kept.
        settings: see `LoopSettings`; a run with other ones is not taken up.
        network: that is trained.
    """

    def __init__(self, folder: Path, settings: LoopSettings, network: Any) -> None:
        import tensorflow as tf

        folder.mkdir(parents=True, exist_ok=True)
        self._state, self._saved = folder / "state.npz", folder / "settings.json"
        self._wanted = json.loads(json.dumps(dataclasses.asdict(settings)))
        self.optimizer = _optimizer(settings, network)
        self._network, self._average = network, settings.average
        self._averages = [tf.Variable(variable, trainable=False) for variable in network.variables]
        self._everything = [*network.variables, *self.optimizer.variables, *self._averages]

    def take_up(self) -> list[dict[str, float]]:
        """Fill the variables from an earlier state, if there is one, and return its history: a row per epoch.

        Raises:
            UsageError: the folder contains a training run with other settings.
        """
        if not self._state.exists():
            self._saved.write_text(json.dumps(self._wanted, indent=1))
            return []
        found, wanted = json.loads(self._saved.read_text()), self._wanted
        if found != wanted:
            other = ", ".join(f"{name} {found.get(name)}" for name in wanted if found.get(name) != wanted[name])
            raise UsageError(
                self._state.parent,
                f"contains a training run with other settings ({other})",
                advice="Choose another folder, or delete this one.",
            )
        with np.load(self._state) as archive:
            for number, variable in enumerate(self._everything):
                variable.assign(archive[f"variable_{number}"])
            history: list[dict[str, float]] = json.loads(str(archive["history"]))
        return history

    def keep(self, history: list[dict[str, float]]) -> None:
        """Write the state after an epoch."""
        with replacing(self._state) as partial, partial.open("wb") as file:
            values = {f"variable_{number}": variable.numpy() for number, variable in enumerate(self._everything)}
            np.savez(file, history=json.dumps(history), **values)

    def average(self) -> None:
        """Take the weights after a step into their average; may be called in a TensorFlow function."""
        import tensorflow as tf

        # Averages follow fast at first, or the random start would stay in them for a long time.
        done = tf.cast(self.optimizer.iterations, tf.float32)
        momentum = tf.minimum(self._average, (1.0 + done) / (10.0 + done))
        for average, variable in zip(self._averages, self._network.variables):
            if variable.dtype == "float32":
                average.assign(momentum * average + (1.0 - momentum) * variable)

    def finish(self) -> None:
        """Give the network its averaged weights."""
        for variable, average in zip(self._network.variables, self._averages):
            variable.assign(average)


def _optimizer(settings: LoopSettings, network: Any) -> Any:
    """Make the optimizer; its rates rise for half an epoch and fall along a cosine to 1 % of their peak."""
    import keras

    peak, warm = settings.peak_learning_rate, max(1, settings.steps // 2)
    rates = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=peak / 20,
        decay_steps=max(1, settings.epochs * settings.steps - warm),
        alpha=0.01,
        warmup_target=peak,
        warmup_steps=warm,
    )
    optimizer = keras.optimizers.AdamW(rates, weight_decay=settings.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    optimizer.build(network.trainable_variables)
    return optimizer


def made_ahead(make: Callable[[int], T], first: int, steps: int) -> Iterator[T]:
    """Yield what ``make`` makes for each step, in order, made ahead by threads: OpenCV releases Python's lock."""
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(make, step) for step in range(first, min(first + AHEAD, steps))]
        for step in range(first, steps):
            made = waiting.pop(0).result()
            if step + AHEAD < steps:
                waiting.append(pool.submit(make, step + AHEAD))
            yield made
