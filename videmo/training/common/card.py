"""Write a trained network, its float version, and its card: what it is and what it learned from."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from videmo.files import write_bytes, write_json, write_text
from videmo.weights.page import card_page


class _Settings(Protocol):
    """Say how a network was trained: a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class TrainedNetwork:
    """Hold the result of training."""

    int8: bytes
    """LiteRT file with int8 weights and activations, as shipped."""
    float32: bytes
    """LiteRT file of the same network before quantisation."""
    parameters: int
    """Weights and biases of the network, without the statistics of its normalisation."""


@dataclass(frozen=True, slots=True)
class Card:
    """Say what a network is and what it learned from."""

    name: str
    kind: str
    """See `weights.load_weights`."""
    about: str
    """What sets it apart from others of its kind, in whole sentences."""
    data: Sequence[str]
    """What it learned from."""
    terms: Mapping[str, str]
    """Licence or terms of each source of the data."""
    settings: _Settings
    made: str = ""
    """How it was made, where that is more than the settings say."""
    training_faces: int | None = None
    """None where they can't be counted."""
    verification: Mapping[str, Any] = field(default_factory=dict)
    """How well it tells people apart, by set of faces; only of networks that do."""
    date: str = field(default_factory=lambda: date.today().isoformat())
    """Day of the training, ISO 8601."""


def parameter_count(network: Any) -> int:
    """Count the weights and biases of a Keras network, without the statistics of its normalisation."""
    return sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)


def write_network(folder: Path, trained: TrainedNetwork, card: Card) -> Path:
    """Write a network, its float version, and its card as JSON and as a page; return the network's path."""
    target = folder / f"{card.name}.tflite"
    for path, content in ((target, trained.int8), (folder / f"{card.name}-float32.tflite", trained.float32)):
        write_bytes(path, content)
    faces = {} if card.training_faces is None else {"training_faces": card.training_faces}
    said = {
        "name": card.name,
        "kind": card.kind,
        "date": card.date,
        "about": card.about,
        "made": card.made,
        "sha256": hashlib.sha256(trained.int8).hexdigest(),
        "bytes": len(trained.int8),
        "parameters": trained.parameters,
        **faces,
        "data": list(card.data),
        "terms": dict(card.terms),
        **({"verification": dict(card.verification)} if card.verification else {}),
        "settings": dataclasses.asdict(card.settings),
    }
    write_json(folder / f"{card.name}.json", said)
    write_text(folder / f"{card.name}.md", card_page(said, card.name))
    return target
