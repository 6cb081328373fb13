"""The networks that ship with videmo: name → file, checked against the hash on its card."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videmo.errors import UsageError, WeightsError
from videmo.records import EMOTIONS
from videmo.weights.calibration import Calibration, calibration_of

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Weights:
    """A model file in memory."""

    name: str
    content: bytes
    sha256: str
    calibration: Calibration | None = None
    """From the card; None for a network without one, whose outputs are probabilities already."""
    words: tuple[str, ...] = EMOTIONS
    """What the outputs of a classifier stand for, from the card: the emotions, and whatever else it can name."""


def shipped(kind: str = "classifier") -> list[str]:
    """Names of the networks of one kind in the package."""
    return sorted(path.stem for path in FOLDER.glob("*.json") if card(path.stem).get("kind", "classifier") == kind)


def card(name: str) -> dict[str, Any]:
    """What is known of a shipped network: data, settings, seed, date, sha256, accuracy."""
    loaded: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def load_weights(name: str, kind: str = "classifier") -> Weights:
    """Read a shipped network by name, or any LiteRT file by path; a card beside it (``.json``) is read too.

    Args:
        name: of a shipped network, or the path of a .tflite file.
        kind: ``classifier`` or ``detector``: which shipped networks there are to choose from.

    Raises:
        UsageError: there is neither such a network nor such a file.
        WeightsError: the file is damaged: it does not have the hash on its card.
    """
    if name in shipped(kind):
        path = FOLDER / f"{name}.tflite"
        weights = _read(name, path, card(name))
        expected = card(name)["sha256"]
        if weights.sha256 != expected:
            raise WeightsError(
                f"{path}: damaged (sha256 {weights.sha256[:12]}…, expected {expected[:12]}…). Install videmo again."
            )
        return weights
    path = Path(name)
    if path.suffix == ".tflite" and path.is_file():
        return _read(name, path, _card_beside(path))
    raise UsageError(f"--{kind} {name}: not a network. Give {', '.join(shipped(kind))} or the path of a .tflite file.")


def load_float(name: str) -> Weights | None:
    """Read the float version of a network, to compare with: ``NAME-float.tflite`` beside it; None if it isn't there.

    The package itself carries none: of a shipped network, it is looked for in ``reports/evaluation`` of a clone.
    """
    if name in shipped():
        path, known = FOLDER.parents[1] / "reports" / "evaluation" / f"{name}-float.tflite", card(name)
    else:
        path = Path(name).with_name(f"{Path(name).stem}-float.tflite")
        known = _card_beside(Path(name))
    return _read(f"{Path(name).stem} float", path, known) if path.is_file() else None


def _card_beside(path: Path) -> dict[str, Any]:
    beside = path.with_suffix(".json")
    if not beside.is_file():
        return {}
    try:
        known = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise WeightsError(f"{beside}: the network's card cannot be read ({exc}). Repair it or move it away.") from exc
    return known if isinstance(known, dict) else {}


def _read(name: str, path: Path, known: dict[str, Any]) -> Weights:
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise WeightsError(f"{path}: cannot be read ({exc.strerror}).") from exc
    digest = hashlib.sha256(content).hexdigest()
    return Weights(name, content, digest, calibration_of(known, name), _words_of(known, name))


def _words_of(known: dict[str, Any], name: str) -> tuple[str, ...]:
    """The card's ``outputs``; the emotions where it has none.

    Raises:
        WeightsError: they don't begin with the emotions, in their order.
    """
    words = known.get("outputs", list(EMOTIONS))
    if not isinstance(words, list) or tuple(words[: len(EMOTIONS)]) != EMOTIONS or len(set(words)) != len(words):
        raise WeightsError(
            f"{name}: its card names the outputs {words}, expected {', '.join(EMOTIONS)} first. Train it with videmo."
        )
    return tuple(str(word) for word in words)
