"""All settings: one frozen tree that declares itself. Standard library only.

A TOML file has one table for each section (see `videmo.config`). The tree that a run used is saved beside its results.
"""

from __future__ import annotations

from videmo.settings.declare import (
    KINDS,
    Declared,
    Range,
    Section,
    Setting,
    as_kind,
    declared_in,
    plain_type,
    setting,
    setting_of,
    shaping,
)
from videmo.settings.deriving import (
    LEFT_OUT_REASONS,
    LIGHTS,
    EpisodeSettings,
    PlotSettings,
    QualitySettings,
    ReportSettings,
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
from videmo.settings.showing import HIDINGS, AnnotationSettings, AnonymizeSettings
from videmo.settings.tree import MOVED, Settings, declarations, declared

__all__ = [
    "HIDINGS",
    "KINDS",
    "LEFT_OUT_REASONS",
    "LIGHTS",
    "MOVED",
    "AnnotationSettings",
    "AnonymizeSettings",
    "ClassifierSettings",
    "Declared",
    "DetectorSettings",
    "EpisodeSettings",
    "IdentitySettings",
    "LandmarkSettings",
    "PlotSettings",
    "QualitySettings",
    "Range",
    "ReadingSettings",
    "ReportSettings",
    "Section",
    "Setting",
    "Settings",
    "TimelineSettings",
    "TrackingSettings",
    "as_kind",
    "declarations",
    "declared",
    "declared_in",
    "plain_type",
    "setting",
    "setting_of",
    "shaping",
]
