"""Put the sections together to the tree of settings. `make docs` writes docs/settings.md anew."""

from __future__ import annotations

import dataclasses
import typing
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from videmo.settings.declare import Declared, Section, declared_in
from videmo.settings.deriving import (
    EpisodeSettings,
    PlotSettings,
    QualitySettings,
    ReportSettings,
    TableSettings,
    TimelineSettings,
)
from videmo.settings.observing import (
    ClassifierSettings,
    DetectorSettings,
    IdentitySettings,
    LandmarkSettings,
    ReadingSettings,
    TrackingSettings,
)
from videmo.settings.showing import AnnotationSettings, AnonymizeSettings


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold everything that the results depend on."""

    reading: ReadingSettings = field(default_factory=ReadingSettings)
    detector: DetectorSettings = field(default_factory=DetectorSettings)
    landmarks: LandmarkSettings = field(default_factory=LandmarkSettings)
    classifier: ClassifierSettings = field(default_factory=ClassifierSettings)
    identity: IdentitySettings = field(default_factory=IdentitySettings)
    tracking: TrackingSettings = field(default_factory=TrackingSettings)
    timeline: TimelineSettings = field(default_factory=TimelineSettings)
    episodes: EpisodeSettings = field(default_factory=EpisodeSettings)
    quality: QualitySettings = field(default_factory=QualitySettings)
    tables: TableSettings = field(default_factory=TableSettings)
    plots: PlotSettings = field(default_factory=PlotSettings)
    report: ReportSettings = field(default_factory=ReportSettings)
    annotation: AnnotationSettings = field(default_factory=AnnotationSettings)
    anonymize: AnonymizeSettings = field(default_factory=AnonymizeSettings)

    def __repr__(self) -> str:
        usual = Settings()
        changed = [
            f"{name} = {getattr(getattr(self, section), key)!r}"
            for name in declarations()
            for section, _, key in [name.partition(".")]
            if getattr(getattr(self, section), key) != getattr(getattr(usual, section), key)
        ]
        return f"<Settings: {', '.join(changed) or 'all as by default'}>"


MOVED: Final = {
    "annotation.anonymize": "anonymize.how",
    "annotation.anonymize_margin": "anonymize.margin",
    "annotation.anonymize_hold_s": "anonymize.hold_s",
    "annotation.anonymize_max_side": "anonymize.max_side",
    "annotation.anonymize_sure_score": "anonymize.sure_score",
    "annotation.anonymize_min_score": "anonymize.min_score",
}
"""Former names of settings, which are read for good: results and files that were made with them are still around."""


@lru_cache(maxsize=1)
def declarations() -> dict[str, Declared]:
    """Return all settings by dotted name, in the order of the tree."""
    kinds: list[type[Section]] = [*typing.get_type_hints(Settings).values()]
    assert [kind.section for kind in kinds] == [each.name for each in dataclasses.fields(Settings)]
    return {each.name: each for kind in kinds for each in declared_in(kind).values()}


def declared(name: str) -> Declared:
    """Return what is declared about one setting, by its dotted name."""
    return declarations()[name]
