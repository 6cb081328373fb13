"""List the stages of a study, in order. A new output is a file in this room and a line here."""

from __future__ import annotations

from typing import Final

from videmo.pipeline.study.coders import CODERS
from videmo.pipeline.study.courses import COURSES
from videmo.pipeline.study.dyads import DYADS
from videmo.pipeline.study.figures import FIGURE_STAGE
from videmo.pipeline.study.measure import SEGMENTS
from videmo.pipeline.study.page import PAGE
from videmo.pipeline.study.tables import COMPARISONS, PARTICIPANTS
from videmo.pipeline.study.update import StudyStage, StudyUpdate

STUDY_STAGES: Final[tuple[StudyStage, ...]] = (
    SEGMENTS,
    PARTICIPANTS,
    COMPARISONS,
    COURSES,
    DYADS,
    CODERS,
    FIGURE_STAGE,
    PAGE,
)


def run_stage(update: StudyUpdate, name: str) -> None:
    """Do the work of one stage."""
    next(stage for stage in STUDY_STAGES if stage.name == name).run(update)
