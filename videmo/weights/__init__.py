"""Load the networks that ship with videmo: name → file, checked against the hash on its card."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from videmo.errors import Given, UsageError, WeightsError
from videmo.weights.calibration import Calibration, calibration_of

FOLDER = Path(__file__).parent
FORMER: Final = {"residual": "ferplus"}
"""Former names of shipped networks, which are understood for good: results, settings and scripts with them are still
around."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A model file in memory."""

    name: str
    content: bytes
    sha256: str
    calibration: Calibration | None = None
    """From the card; None for a network without one, whose outputs are probabilities already."""
    words: tuple[str, ...] = ()
    """The names of a classifier's outputs, from the card; empty for the emotions alone."""


def shipped(kind: str = "classifier") -> list[str]:
    """List the networks of one kind in the package."""
    return sorted(path.stem for path in FOLDER.glob("*.json") if card(path.stem).get("kind", "classifier") == kind)


def current_name(name: str) -> str:
    """Return what a network is called today that may be called by a former name."""
    return FORMER.get(name, name)


def card(name: str) -> dict[str, Any]:
    """Read what is known of a shipped network: data, settings, seed, date, sha256, accuracy."""
    loaded: dict[str, Any] = json.loads((FOLDER / f"{current_name(name)}.json").read_text(encoding="utf-8"))
    return loaded


def load_weights(name: str, kind: str = "classifier") -> Weights:
    """Read a shipped network by name, or any LiteRT file by path; a card beside it (``.json``) is read too.

    Args:
        name: of a shipped network, also a former one (`FORMER`), or the path of a .tflite file.
        kind: ``classifier`` or ``detector``: the shipped networks to choose from.

    Raises:
        UsageError: there is neither such a network nor such a file.
        WeightsError: the file is damaged, or not that of its card: it does not have the hash there.
    """
    today = current_name(name)
    if today in shipped(kind):
        path, known = FOLDER / f"{today}.tflite", card(today)
        return _checked(path, _read(today, path, known), known["sha256"], "damaged", "Install videmo again.")
    path = Path(name)
    if path.suffix == ".tflite" and path.is_file():
        known, advice = card_beside(path), "Copy both again from where the network was trained."
        weights = _read(name, path, known)
        return _checked(path, weights, known.get("sha256"), "not the file of the card beside it", advice)
    advice = f"Choose from {', '.join(shipped(kind))}, or the path of a .tflite file."
    raise UsageError(Given(f"{kind}.name", name), "not a network", advice=advice)


def load_float(path: Path) -> Weights:
    """Read a network before quantisation, ``NAME-float.tflite`` as training writes it, with the card ``NAME.json``.

    Raises:
        UsageError: there is no such file.
        WeightsError: it can't be read.
    """
    if path.suffix != ".tflite" or not path.is_file():
        advice = "Training writes it beside the int8 network, as NAME-float.tflite."
        raise UsageError(path, "no such float network", advice=advice)
    name = path.stem.removesuffix("-float")
    return _read(f"{name} float", path, card_beside(path.with_name(f"{name}.tflite")))


def card_beside(path: Path) -> dict[str, Any]:
    """Read the card beside a .tflite file; empty where there is none.

    Raises:
        WeightsError: it can't be read.
    """
    beside = path.with_suffix(".json")
    if not beside.is_file():
        return {}
    try:
        known = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as exc:
        found = f"the network's card cannot be read ({exc})"
        raise WeightsError(beside, found, advice="Repair it, or move it away.") from exc
    if not isinstance(known, dict):
        raise WeightsError(beside, "not the card of a network", "names and values", "Repair it, or move it away.")
    return known


def _checked(path: Path, weights: Weights, expected: str | None, otherwise: str, advice: str) -> Weights:
    """Return a network whose file has the hash that is expected, if one is.

    Raises:
        WeightsError: it has another one.
    """
    if expected is not None and weights.sha256 != expected:
        found = f"{otherwise}: its sha256 is {weights.sha256[:12]}…"
        raise WeightsError(path, found, f"{str(expected)[:12]}…", advice)
    return weights


def _read(name: str, path: Path, known: dict[str, Any]) -> Weights:
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise WeightsError(path, f"cannot be read ({exc.strerror})", advice="Check its permissions.") from exc
    words = known.get("outputs", [])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words) or len(set(words)) < len(words):
        raise WeightsError(name, f"its card names the outputs {words}", "a list of different words")
    digest = hashlib.sha256(content).hexdigest()
    return Weights(name, content, digest, calibration_of(known, name), tuple(words))
