"""Write a network's card: what it is, what it learned from, how its outputs become probabilities."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

from videmo.files import write_bytes, write_json, write_text
from videmo.training.classifier.recipe import Recipe
from videmo.training.classifier.train import TrainedClassifier
from videmo.training.common.labels import CLASSES


def write_classifier(folder: Path, recipe: Recipe, trained: TrainedClassifier, date: str) -> Path:
    """Write a network, its float version, and its card as JSON and as a page to read.

    Args:
        folder: to write to.
        recipe: how it was made; its network gives the files their name.
        trained: the result of training.
        date: day of the training, ISO 8601.

    Returns:
        Path of the int8 network.
    """
    name = recipe.network
    for path, content in ((f"{name}.tflite", trained.int8), (f"{name}-float.tflite", trained.float16)):
        write_bytes(folder / path, content)
    card = {
        "name": name,
        "date": date,
        "sha256": hashlib.sha256(trained.int8).hexdigest(),
        "bytes": len(trained.int8),
        "emotions": list(CLASSES),
        "calibration": dataclasses.asdict(trained.calibration),
        "recipe": dataclasses.asdict(recipe),
        "training_images": trained.trained_on,
        "copies_left_out": trained.left_out,
        "unlabelled_images": trained.unlabelled,
        "validation": trained.validation.plain(),
    }
    write_json(folder / f"{name}.json", card)
    write_text(folder / f"{name}.md", _page(card))
    return folder / f"{name}.tflite"


def _page(card: dict[str, Any]) -> str:
    known, score = card["calibration"], card["validation"]
    data = ", ".join(f"{source['format']} `{source['path']}`" for source in card["recipe"]["data"])
    settings, teachers = card["recipe"]["training"], card["recipe"]["teachers"]
    taught = ""
    if teachers["count"]:
        taught = (
            f" for each of {teachers['count']} teachers, then {teachers['epochs'] or settings['epochs']} with the "
            f"teachers' opinion as well as the votes"
        )
    lines = [
        f"# {card['name']}",
        "",
        "Int8 LiteRT network for 48×48 grey face crops; its calibrated outputs are probabilities of "
        + ", ".join(card["emotions"])
        + ". It names the displayed expression, not what a person feels.",
        "",
        f"- trained {card['date']} with `videmo train classifier`, seed {settings['seed']}, "
        f"{settings['epochs']} epochs{taught}",
        f"- data: {data}: {card['training_images']:,} training images; {card['copies_left_out']:,} images that look "
        "like a validation or test image were removed first"
        + (f"; {card['unlabelled_images']:,} faces labelled by teachers" if card["unlabelled_images"] else ""),
        f"- calibrated on validation images: temperature {known['temperature']:.3f}, prior to the power "
        f"{known['prior_power']:.2f} divided out",
        f"- sha256 `{card['sha256']}`, {card['bytes']:,} bytes",
        "",
        "| faces | rows | accuracy | mean recall | ECE | " + " | ".join(card["emotions"]) + " |",
        "|---|---|---|---|---|" + "---|" * len(card["emotions"]),
    ]
    recalls = " | ".join(f"{score['recall'][emotion]:.1%}" for emotion in card["emotions"])
    lines.append(
        f"| validation | {score['rows']:,} | {score['accuracy']:.1%} | {score['balanced_accuracy']:.1%} | "
        f"{score['ece']:.3f} | {recalls} |"
    )
    lines += [
        "",
        "Measured with the int8 file; the last columns are the recall of each emotion. Prior and temperature were "
        "chosen on these images, so the numbers are slightly optimistic: `videmo evaluate classifier` measures on the "
        "test images.",
        "",
    ]
    return "\n".join(lines)
