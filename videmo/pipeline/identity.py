"""Which results can stay: hashes over all that each stage's output depends on."""

from __future__ import annotations

from dataclasses import dataclass

from videmo.config import Settings, fingerprint
from videmo.tables.manifest import FORMAT

FIGURES = 2
"""Raise this when figures made before should be made anew."""
PAGE = 1
"""Raise this when pages made before should be made anew."""


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


def stages_after(observe: str, settings: Settings) -> Stages:
    """Hash the stages behind an observation whose hash is known."""
    persons = fingerprint(observe, settings.tracking)
    tables = fingerprint(persons, settings.timeline, settings.episodes, settings.quality)
    return Stages(
        observe=observe,
        persons=persons,
        tables=tables,
        plots=fingerprint(tables, settings.plots.dpi, FIGURES),
        report=fingerprint(tables, PAGE),
        annotation=fingerprint(
            persons, settings.timeline.max_gap_s, settings.annotation.audio, settings.annotation.quality
        ),
    )
