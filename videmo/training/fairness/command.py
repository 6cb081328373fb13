"""Measure fairness in one call: from what the user asks for to files in a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from videmo.files import write_json, write_text
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.plots.fairness import fairness_figure
from videmo.plots.save import save_figure
from videmo.settings import ClassifierSettings
from videmo.training.fairness.measure import evaluate_fairness
from videmo.training.fairness.page import fairness_page
from videmo.weights import current_name, load_weights

COMMITTEE: Final = ("broad", "ferplus")
"""Shipped networks whose agreement stands in for the labels that are missing."""
Report = Callable[[str], None]


def evaluate(data: Path, name: str | None, out: Path, report: Report, *, called: str) -> Path:
    """Measure a classifier by group, age, sex and lightness; write ``fairness.md``, ``.json`` and ``.png``.

    Args:
        data: folder with ``data/diverse.parquet``, ``data/expressions.parquet`` and ``data/identities.parquet``.
        name: a shipped network, or the path of a network's file; None for the default.
        out: folder to write to.
        report: receives lines of progress.
        called: the command, for the page.

    Returns:
        Path of the page.

    Raises:
        DatasetError: a table is missing or broken.
        UsageError, WeightsError: a network can't be loaded.
    """
    chosen = current_name(name or ClassifierSettings().name)
    title = Path(chosen).stem if chosen.endswith(".tflite") else chosen
    if title in COMMITTEE and title != chosen:
        title = f"{title} (file)"
    names = {title: chosen, **{member: member for member in COMMITTEE}}
    classifiers = {known: EmotionClassifier(load_weights(each)) for known, each in names.items()}
    result = evaluate_fairness(classifiers, title, COMMITTEE, data, report)
    write_json(out / "fairness.json", result)
    save_figure(fairness_figure(result["groups"], result["classifier"]), out / "fairness.png", dpi=120)
    write_text(out / "fairness.md", fairness_page(result, called))
    return out / "fairness.md"
