"""Run a training loop epoch by epoch, with progress, from where an earlier one stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from videmo.training.common.resume import LoopSettings, Resumable, made_ahead

Arrays = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Lesson:
    """Say what a network does in each step of its training, and what is told of it."""

    make: Callable[[int], Arrays]
    """Makes the arrays of a step; called by threads, ahead of the steps."""
    learn: Callable[..., Any]
    """Learns from these arrays, as tensors, and returns a tensor ``(n,)`` of losses."""
    losses: tuple[str, ...]
    """The names of the ``n`` losses."""
    words: Callable[..., str]
    """Words their means over an epoch, which it takes in the same order."""


def run_epochs(run: Resumable, settings: LoopSettings, lesson: Lesson, report: Callable[[str], None]) -> None:
    """Train a network and give it its averaged weights; the state is kept after every epoch.

    Args:
        run: the network's variables, and where they are kept.
        settings: how long it learns.
        lesson: what it does in each step.
        report: receives one line per epoch.

    Raises:
        UsageError: the folder contains a training run with other settings.
    """
    history, epochs, steps = run.take_up(), settings.epochs, settings.steps
    if history:
        report(f"resuming after epoch {len(history)} of {epochs}")
    batches = made_ahead(lesson.make, len(history) * steps, epochs * steps)
    for epoch in range(len(history) + 1, epochs + 1):
        started = time.monotonic()
        means = _one_epoch(lesson.learn, islice(batches, steps), steps)
        seconds = time.monotonic() - started
        history.append({"epoch": epoch, **dict(zip(lesson.losses, means, strict=True)), "seconds": seconds})
        run.keep(history)
        left = seconds * (epochs - epoch) / 60
        report(f"epoch {epoch}/{epochs}  {lesson.words(*means)}  {seconds:.0f} s, about {left:.0f} min left")
    run.finish()


def _one_epoch(learn: Callable[..., Any], batches: Iterator[Arrays], steps: int) -> list[float]:
    """Learn from the batches of an epoch and return the means of the losses."""
    import tensorflow as tf

    losses = (learn(*map(tf.constant, batch)).numpy().astype(np.float64) for batch in batches)
    means: list[float] = (sum(losses) / steps).tolist()
    return means
