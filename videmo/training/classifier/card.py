"""Write a network's card: what it is, what it learned from, how its outputs become probabilities."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from videmo.files import write_bytes, write_json, write_text
from videmo.training.classifier.datasets.formats import DataSource
from videmo.training.classifier.recipe import Recipe
from videmo.training.classifier.train import TrainedClassifier
from videmo.training.common.labels import CLASSES
from videmo.weights.page import card_page

_OF_THE_CARD = ("name", "about", "terms")
"""Fields of a recipe that stand on the card itself."""


def write_classifier(folder: Path, recipe: Recipe, trained: TrainedClassifier, date: str) -> Path:
    """Write a network, its float version, and its card as JSON and as a page to read.

    Args:
        folder: to write to.
        recipe: how it was made; its title gives the files their name.
        trained: the result of training.
        date: day of the training, ISO 8601.

    Returns:
        Path of the int8 network.
    """
    card = {
        "name": recipe.title,
        "date": date,
        "about": recipe.about,
        "made": list(_made(recipe)),
        "data": list(_data(recipe, trained)),
        "terms": dict(recipe.terms),
        "sha256": hashlib.sha256(trained.int8).hexdigest(),
        "bytes": len(trained.int8),
        "emotions": list(CLASSES),
        "calibration": dataclasses.asdict(trained.calibration),
        "recipe": {name: value for name, value in dataclasses.asdict(recipe).items() if name not in _OF_THE_CARD},
        "training_images": trained.trained_on,
        "copies_left_out": trained.left_out,
        "unlabelled_images": trained.unlabelled,
        "validation": trained.validation.plain(),
    }
    return write_card(folder, card, trained.int8, trained.float16)


def write_card(folder: Path, card: Mapping[str, Any], int8: bytes, float16: bytes) -> Path:
    """Write a classifier's files, which have the name on its card; return the path of the int8 network."""
    name = card["name"]
    for path, content in ((f"{name}.tflite", int8), (f"{name}-float.tflite", float16)):
        write_bytes(folder / path, content)
    write_json(folder / f"{name}.json", card)
    write_text(folder / f"{name}.md", card_page(card, name))
    return folder / f"{name}.tflite"


def _made(recipe: Recipe) -> Iterator[str]:
    settings, teachers = recipe.training, recipe.teachers
    taught = ""
    if teachers.count:
        taught = (
            f" for each of {teachers.count} teachers, then {teachers.epochs or settings.epochs} with the teachers' "
            "opinion as well as the votes"
        )
    yield f"made by `videmo train classifier`, seed {settings.seed}, {settings.epochs} epochs{taught}"


def _data(recipe: Recipe, trained: TrainedClassifier) -> Iterator[str]:
    yield (
        f"{_worded(recipe.data)}: {trained.trained_on:,} training images; {trained.left_out:,} images that look like a "
        "validation or test image were removed first"
    )
    if trained.unlabelled:
        yield f"{_worded(recipe.unlabelled)}: {trained.unlabelled:,} faces labelled by teachers"


def _worded(sources: Sequence[DataSource]) -> str:
    return ", ".join(f"{source.format} `{source.path}`" for source in sources)
