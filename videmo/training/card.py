"""The card that goes with a network: what it is, what it learned from, and how good it is."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

from videmo.files import replacing, write_json, write_text
from videmo.records import EMOTIONS
from videmo.training.classifier import TrainedClassifier
from videmo.training.fit import FitSettings


def write_classifier(
    folder: Path, name: str, trained: TrainedClassifier, scores: dict[str, Any], settings: FitSettings, date: str
) -> Path:
    """Write a network with its card as JSON and as a page to read.

    Args:
        folder: where to.
        name: of the network.
        trained: what training left.
        scores: as `evaluate.evaluate_classifier` gives them.
        settings: how it was trained.
        date: day of the training, ISO 8601.

    Returns:
        Path of the network.
    """
    target = folder / f"{name}.tflite"
    with replacing(target) as partial:
        partial.write_bytes(trained.int8)
    card = {
        "name": name,
        "date": date,
        "sha256": hashlib.sha256(trained.int8).hexdigest(),
        "bytes": len(trained.int8),
        "emotions": list(EMOTIONS),
        "data": "FER+ (labels: Barsoum et al. 2016, MIT licence; images: FER2013)",
        "training_images": trained.trained_on,
        "copies_left_out": trained.left_out,
        "settings": dataclasses.asdict(settings),
        "scores": scores,
    }
    write_json(folder / f"{name}.json", card)
    write_text(folder / f"{name}.md", _page(card))
    return target


def _page(card: dict[str, Any]) -> str:
    lines = [
        f"# {card['name']}",
        "",
        "Int8 LiteRT network for 48×48 gray face crops; probabilities of "
        + ", ".join(card["emotions"])
        + ". It tells the displayed expression, not what a person feels.",
        "",
        f"- trained {card['date']} with `videmo train classifier`, seed {card['settings']['seed']}, "
        f"{card['settings']['epochs']} epochs",
        f"- data: {card['data']}: {card['training_images']:,} training images; {card['copies_left_out']:,} images that "
        "look like a validation or test image were taken out before",
        f"- sha256 `{card['sha256']}`, {card['bytes']:,} bytes",
        "",
        "| faces | rows | accuracy | mean recall | " + " | ".join(card["emotions"]) + " |",
        "|---|---|---|---|" + "---|" * len(card["emotions"]),
    ]
    for name, score in card["scores"].items():
        recalls = " | ".join(f"{score['recall'][emotion]:.1%}" for emotion in card["emotions"])
        lines.append(
            f"| {name} | {score['rows']:,} | {score['accuracy']:.1%} | {score['balanced_accuracy']:.1%} | {recalls} |"
        )
    lines += [
        "",
        "Measured on the int8 file by `videmo evaluate classifier`; recall by emotion in the last columns.",
        "",
    ]
    return "\n".join(lines)
