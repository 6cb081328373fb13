"""Which results can stay: hashes over all that each stage's output depends on."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from videmo.annotate.search import search_identity
from videmo.config import fingerprint
from videmo.settings import Settings, shaping
from videmo.tables.manifest import FORMAT
from videmo.tables.people import People

FIGURES = 2
"""Raise this when figures made before should be made anew."""
PAGE = 1
"""Raise this when pages made before should be made anew."""
HIDING = 1
"""Raise this when videos with hidden faces made before should be made anew."""


@dataclass(frozen=True, slots=True)
class Stages:
    """A hash for each stage over all that its output depends on. Equal hashes: the output can stay."""

    observe: str
    """Decoding, detection and classification: ``observations`` without persons."""
    persons: str
    """Who is who in the observations."""
    tables: str
    """Persons, which faces count, timeline, episodes, summary, quality."""
    plots: str
    report: str
    """The page, but for the video on it: who writes or removes that one writes the page anew."""
    annotation: str


def stages_for(settings: Settings, detector: str, classifier: str) -> Stages:
    """Hash the settings that each stage depends on.

    Args:
        settings: the whole tree.
        detector: identity of the detector (`faces.detector.detector_identity`).
        classifier: sha256 of the network.
    """
    # Where the chunks are cut does not change what is seen, so it is left out.
    observe = fingerprint(FORMAT, settings.reading.fps, settings.detector, detector, classifier)
    return stages_after(observe, settings)


def people_identity(people: People) -> str:
    """Hash what is said about persons; empty where nothing is."""
    return fingerprint(sorted(people.names.items()), sorted(people.merges.items())) if people.anything else ""


def stages_with_people(stages: Stages, people: People) -> Stages:
    """Hash what the user says about persons into all stages behind the observation; nothing said changes nothing."""
    said = people_identity(people)
    if not said:
        return stages
    behind = [stage.name for stage in dataclasses.fields(stages) if stage.name != "observe"]
    return dataclasses.replace(stages, **{name: fingerprint(getattr(stages, name), said) for name in behind})


def stages_after(observe: str, settings: Settings) -> Stages:
    """Hash the stages behind an observation whose hash is known."""
    persons = fingerprint(observe, settings.tracking)
    tables = fingerprint(persons, settings.timeline, settings.episodes, settings.quality)
    drawn = settings.annotation
    hides = settings.anonymize.hides_faces
    hidden = (HIDING, shaping(settings.anonymize), search_identity()) if hides else ()
    return Stages(
        observe=observe,
        persons=persons,
        tables=tables,
        plots=fingerprint(tables, settings.plots.dpi, FIGURES),
        report=fingerprint(tables, PAGE, hides),
        annotation=fingerprint(persons, settings.timeline.max_gap_s, drawn.audio, drawn.quality, hidden),
    )
