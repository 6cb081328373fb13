"""List every network that videmo knows: those that ship, those that can be fetched, and OpenCV's cascade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from videmo.errors import UsageError, WeightsError
from videmo.settings import ClassifierSettings, DetectorSettings, IdentitySettings, LandmarkSettings
from videmo.weights import FOLDER, card, card_beside, current_name, shipped
from videmo.weights.fetch import MODELS, folder

KINDS: Final[Mapping[str, str]] = {
    "detector": "finds faces",
    "landmarks": "finds eyes, nose and corners of the mouth in a face",
    "classifier": "names the emotion that a face displays",
    "identity": "tells whether two faces are one person's",
}
"""What the networks of each kind are for."""
RESEARCH: Final = "research use"
UNKNOWN_TERMS: Final = "not stated on its card"


@dataclass(frozen=True, slots=True)
class Network:
    """Say what is known of a network."""

    name: str
    kind: str
    """A key of `KINDS`."""
    about: str
    """What sets it apart from others of its kind, in whole sentences."""
    size: int | None
    """In bytes; None if it isn't known before it is fetched."""
    terms: Mapping[str, str]
    """Licence or terms, by what it learned from; empty if they are not stated."""
    place: str
    """Where it is, in words."""
    default: bool = False


def networks() -> list[Network]:
    """List all networks, by kind; of each kind the default first."""
    found = [_shipped(kind, name) for kind in KINDS for name in shipped(kind)]
    found += [_OPENCV, *_fetchable()]
    return sorted(found, key=lambda each: ([*KINDS].index(each.kind), not each.default, each.name))


def worded_terms(terms: Mapping[str, str]) -> str:
    """Say the terms of all sources, what is for research only first: ``FER2013 (research use); FER+'s votes (MIT)``."""
    sources: dict[str, list[str]] = {}
    for source, licence in sorted(terms.items(), key=lambda each: each[1] != RESEARCH):
        sources.setdefault(licence, []).append(source)
    return "; ".join(f"{', '.join(each)} ({licence})" for licence, each in sources.items()) or UNKNOWN_TERMS


def known_card(name: str) -> dict[str, Any]:
    """Read the card of a shipped network, by its present or a former name, or the one beside a .tflite file.

    Raises:
        UsageError: there is no such card.
        WeightsError: it can't be read.
    """
    if any(current_name(name) in shipped(kind) for kind in KINDS):
        return card(name)
    if known := card_beside(Path(name)):
        return known
    names = ", ".join(each for kind in KINDS for each in shipped(kind))
    raise UsageError(name, "no network with a card", advice=f"Choose from {names}, or a .tflite file beside its card.")


def terms_of(known: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return the terms on a card, what is for research only first; none if it doesn't state them.

    Raises:
        WeightsError: they are not a licence for each source.
    """
    terms = known.get("terms", {})
    if not isinstance(terms, dict) or not all(isinstance(each, str) for each in terms.values()):
        raise WeightsError(name, f"its card has the terms {terms!r}", "a licence for each source")
    return dict(sorted(terms.items(), key=lambda each: (each[1] != RESEARCH, each[0])))


def _shipped(kind: str, name: str) -> Network:
    known = card(name)
    return Network(
        name=name,
        kind=kind,
        about=str(known.get("about", "")),
        size=int(known["bytes"]),
        terms=terms_of(known, name),
        place=f"ships with videmo, {FOLDER / name}.tflite",
        default=name == _defaults()[kind],
    )


def _defaults() -> dict[str, str]:
    """Return the name of the network that is used of each kind unless another is chosen."""
    return {
        "detector": DetectorSettings().name,
        "landmarks": LandmarkSettings().name,
        "classifier": current_name(ClassifierSettings().name),
        "identity": IdentitySettings().name,
    }


def _fetchable() -> list[Network]:
    found = []
    for model in MODELS.values():
        path = folder() / model.file
        place = f"fetched, {path}" if path.is_file() else f"fetch it with 'videmo models pull {model.name}'"
        found.append(Network(model.name, "detector", model.about, model.size, model.terms, place))
    return found


_OPENCV: Final = Network(
    name="haar",
    kind="detector",
    about="OpenCV's cascade of Haar features: frontal faces only. What it learned from is not published.",
    size=None,
    terms={"the cascade": "Intel License Agreement for OpenCV"},
    place="comes with OpenCV",
)
