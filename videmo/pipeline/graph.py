"""List the stages of a recording, in order. A new output is a file in `stages` and a line here."""

from __future__ import annotations

from typing import Final

from videmo.pipeline.stage import Stage
from videmo.pipeline.stages.annotation import ANNOTATION, LABELS
from videmo.pipeline.stages.anonymization import COVER, SEARCH
from videmo.pipeline.stages.observation import OBSERVE
from videmo.pipeline.stages.page import REPORT
from videmo.pipeline.stages.persons import PERSONS
from videmo.pipeline.stages.plots import PLOTS
from videmo.pipeline.stages.tables import TABLES

STAGES: Final[tuple[Stage, ...]] = (
    SEARCH,
    OBSERVE,
    PERSONS,
    TABLES,
    PLOTS,
    COVER,
    LABELS,
    ANNOTATION,
    REPORT,
)


def sections_of(*stages: Stage) -> tuple[str, ...]:
    """Return the sections of the settings that some stages read, in order."""
    return tuple(dict.fromkeys(name.partition(".")[0] for stage in stages for name in stage.settings))
