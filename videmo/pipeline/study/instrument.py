"""Find out with what the recordings of a study were analysed, and what the classifier's card says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from videmo.errors import VidemoError
from videmo.measures.emotions import VOCABULARIES
from videmo.pipeline.study.update import StudyUpdate
from videmo.settings import Settings
from videmo.study.methods import Instrument
from videmo.version import __version__
from videmo.weights import card, current_name


def instrument_of(update: StudyUpdate) -> Instrument:
    """Read the settings of all recordings that are used; recordings that differ are seen in them."""
    used = sorted({each.recording for each in update.study.design.placements})
    found: dict[str, set[str]] = {}
    classifiers = set()
    for key in used:
        settings = update.results.recording(key).manifest.settings
        if settings is not None:
            classifiers.add(current_name(settings.classifier.name))
            for name, value in _worth_telling(settings).items():
                found.setdefault(name, set()).add(value)
    recalls = _recalls(classifiers.pop()) if len(classifiers) == 1 else {}
    return Instrument(__version__, {name: sorted(values) for name, values in found.items()}, recalls)


def _worth_telling(settings: Settings) -> dict[str, str]:
    fps = settings.reading.fps
    return {
        "classifier": current_name(settings.classifier.name),
        "detector": settings.detector.name,
        "fps": "all" if fps is None else f"{fps:g}",
        "step_s": f"{settings.timeline.step_s:g}",
        "smoothing_s": f"{settings.timeline.smoothing_s:g}",
    }


def _recalls(name: str) -> dict[str, dict[str, float]]:
    """Read the recalls on a classifier's card, by set of faces; none where there is no card."""
    try:
        validation = card(name).get("validation", {})
    except (VidemoError, OSError, ValueError):
        return {}
    sets = {"validation": validation} if "recall" in validation else validation
    return {title: found for title, each in sets.items() if (found := _of_set(each))}


def _of_set(measured: Any) -> dict[str, float]:
    """Return the recalls of the emotions of which a set has faces."""
    if not isinstance(measured, Mapping) or "recall" not in measured:
        return {}
    recall, confusion = measured["recall"], measured.get("confusion", [])
    counts = {word: sum(row) for word, row in zip(VOCABULARIES["five"], confusion)}
    return {word: float(value) for word, value in recall.items() if counts.get(word, 1)}
