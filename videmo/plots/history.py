"""Draw how a training went, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from videmo.plots.style import FAINT, figure, styled


def history_figure(history: Sequence[dict[str, float]], title: str) -> Any:
    """Draw losses and validation accuracies over the epochs.

    Args:
        history: one record per epoch, as `training.classifier.fit` writes them.
        title: name of the network.
    """
    epochs = [row["epoch"] for row in history]
    with styled():
        created = figure(8.0, 3.2)
        losses, accuracies = created.subplots(1, 2)
        for name, label, colour in (("loss", "training", "#9AA0A6"), ("val_loss", "validation", "#0072B2")):
            losses.plot(epochs, [row[name] for row in history], color=colour, label=label)
        for name, label, colour in (
            ("val_accuracy", "accuracy", "#E69F00"),
            ("val_balanced_accuracy", "balanced accuracy", "#0072B2"),
        ):
            accuracies.plot(epochs, [100 * row[name] for row in history], color=colour, label=label)
        for axes, what in ((losses, "cross entropy"), (accuracies, "validation, %")):
            axes.set_xlabel("epoch")
            axes.set_ylabel(what)
            axes.grid(color=FAINT)
            axes.set_axisbelow(True)
            axes.legend(frameon=False)
        created.suptitle(title)
    return created
