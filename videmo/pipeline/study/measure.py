"""Measure all segments of a study, participant by participant: the one stage that reads the timelines of everybody."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from videmo.pipeline.study.facts import identity_of
from videmo.pipeline.study.hands import in_turn
from videmo.pipeline.study.update import FRAME, StudyStage, StudyUpdate
from videmo.results import names
from videmo.results.curves import CurveFile, CurveWriter, Shape, write_empty
from videmo.results.frames import FrameWriter
from videmo.study.courses import mean_coverage, trial_courses
from videmo.study.design import Seat
from videmo.study.segmenting import Segment, segments_of
from videmo.study.tables import decimals, segment_table, written_segments

PEOPLE: Final = 20
"""Participants whose segments are in memory at once."""
MOST_STIMULI: Final = 300
"""Of more, only labels have time courses: each needs a file."""
Key = tuple[str, str]
"""Label and stimulus."""


def stimuli_of(update: StudyUpdate) -> dict[Key, int]:
    """Return the number of cells of each label and stimulus that somebody met, in order."""
    cells: dict[Key, int] = {}
    for event in update.study.design.events:
        if event.kind == "stimulus":
            key = (event.label, event.stimulus)
            length = int(np.ceil(event.duration_s / update.study.plan.timecourse.step_s - 1e-6))
            cells[key] = max(cells.get(key, 1), length)
    if len(cells) > MOST_STIMULI:
        whole: dict[Key, int] = {}
        for (label, _), length in cells.items():
            whole[label, ""] = max(whole.get((label, ""), 1), length)
        cells = whole
    return dict(sorted(cells.items()))


def curve_files(update: StudyUpdate, path_of: Callable[[str], Path]) -> dict[Key, CurveFile]:
    """Return the files of the courses of each label and stimulus, in order, where their names are found."""
    emotions, seats = len(update.study.plan.emotions), len(update.seats)
    return {
        key: CurveFile(path_of(f"curves-{number:04}.f4"), Shape(emotions, seats, cells))
        for number, (key, cells) in enumerate(stimuli_of(update).items())
    }


def _write_segments(update: StudyUpdate) -> None:
    with ExitStack() as stack:
        files = curve_files(update, lambda name: stack.enter_context(update.folder.keeping(name)))
        for file in files.values():
            write_empty(file.path, file.shape)
        frames = stack.enter_context(closing(FrameWriter(stack.enter_context(update.folder.keeping(FRAME)))))
        update.folder.write_made_pieces(names.SEGMENTS, _pieces(update, frames, files), decimals())


def _pieces(update: StudyUpdate, frames: FrameWriter, files: Mapping[Key, CurveFile]) -> Iterator[pd.DataFrame]:
    """Measure some participants at a time; yields what is written of them."""
    blocks = [slice(first, first + PEOPLE) for first in range(0, max(1, len(update.people)), PEOPLE)]
    for table in in_turn(update.hands, update, partial(measured, files=files), blocks):
        frames.write(table)
        yield written_segments(table, update.study.inputs.participants)


def measured(update: StudyUpdate, who: slice, files: Mapping[Key, CurveFile]) -> pd.DataFrame:
    """Measure some participants: write their time courses, return their segments.

    Args:
        update: the study.
        who: their places.
        files: of the time courses of each label and stimulus.
    """
    block: list[Segment] = []
    places = {seat: place for place, seat in enumerate(update.seats)}
    with ExitStack() as stack:
        writers = {
            key: CurveWriter(stack.enter_context(file.path.open("r+b")), file.shape) for key, file in files.items()
        }
        for person in update.people[who]:
            segments = _segments(update, person)
            for key, seat, own in _courses(segments, writers):
                writers[key].write_seen(places[seat], *mean_coverage(own))
                if used := [segment for segment in own if not segment.reason]:
                    writers[key].write(places[seat], *trial_courses(used, update.study.plan))
            block += [segment.without_curve() for segment in segments]
    return segment_table(block, update.study.plan.emotions)


def _segments(update: StudyUpdate, person: str) -> list[Segment]:
    sights = [update.sight(placement) for placement in update.study.design.of(person)]
    return segments_of(sights, update.study.design, update.study.plan)


def _courses(segments: Sequence[Segment], stimuli: Collection[Key]) -> Iterator[tuple[Key, Seat, list[Segment]]]:
    """Yield the segments of each stimulus and seat."""
    found: dict[tuple[Key, Seat], list[Segment]] = {}
    for segment in segments:
        key = (segment.event.label, segment.event.stimulus)
        known = key if key in stimuli else (key[0], "")
        found.setdefault((known, segment.placement.seat), []).append(segment)
    return ((key, seat, own) for (key, seat), own in found.items())


def _depends(update: StudyUpdate) -> object:
    study, plan = update.study, update.study.plan
    used = {each.recording for each in study.design.placements}
    return (
        plan.baseline,
        dataclasses.replace(plan.validity, min_segments=0.5),
        plan.timecourse.step_s,
        [(name, formula.text) for name, formula in plan.measures.items()],
        [dataclasses.astuple(dataclasses.replace(each, where="")) for each in study.design.placements],
        [dataclasses.astuple(dataclasses.replace(each, where="")) for each in study.design.events],
        [(person.id, dict(person.values)) for person in study.inputs.participants.people],
        identity_of([study.recordings[key] for key in sorted(used)]),
    )


SEGMENTS: Final = StudyStage(
    name="segments",
    words="segments",
    run=_write_segments,
    depends=_depends,
    files=(names.SEGMENTS, f"{names.WORK}/{FRAME}"),
    version=9,
)
