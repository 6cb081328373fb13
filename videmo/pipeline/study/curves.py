"""Read the time courses that the segments left: of some participants, and some stretches of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property

import numpy as np
import numpy.typing as npt

from videmo.pipeline.study.measure import Key, curve_file, shape_of, stimuli_of
from videmo.pipeline.study.update import StudyUpdate
from videmo.results.curves import ALWAYS, EVERYBODY, CurveFile, stretches
from videmo.study.courses import Course, merged
from videmo.study.statistics.isc import PEOPLE

Members = npt.NDArray[np.bool_]


class Courses(ExitStack):
    """The courses of a study, of which only what is asked for is read. To be used in a ``with`` block.

    Args:
        update: the study.
    """

    def __init__(self, update: StudyUpdate) -> None:
        super().__init__()
        self._update = update
        self.stimuli = stimuli_of(update)
        self._files: dict[Key, CurveFile] = {}

    def __enter__(self) -> Courses:
        super().__enter__()
        for number, (key, cells) in enumerate(self.stimuli.items()):
            path = self.enter_context(self._update.folder.kept(curve_file(number)))
            self._files[key] = CurveFile(path, shape_of(self._update, cells))
        return self

    @property
    def people(self) -> list[str]:
        """List the participants, in order."""
        return self._update.people

    @property
    def step_s(self) -> float:
        """Return the width of a cell, in seconds."""
        return self._update.study.plan.timecourse.step_s

    @property
    def labels(self) -> list[str]:
        """List the labels, in order."""
        return sorted({label for label, _ in self.stimuli})

    def keys(self, label: str) -> list[Key]:
        """List the stimuli of a label."""
        return [key for key in self.stimuli if key[0] == label]

    def cells(self, keys: Sequence[Key]) -> int:
        """Return the length of the longest of some stimuli."""
        return max(self.stimuli[key] for key in keys)

    def met(self, keys: Sequence[Key]) -> Members:
        """Return ``(people,)`` who has a used segment of any of some stimuli."""
        return np.any([self._met[key] for key in keys], axis=0)

    @cached_property
    def _met(self) -> dict[Key, Members]:
        return {key: self._seen(file) for key, file in self._files.items()}

    def _seen(self, file: CurveFile) -> Members:
        found = np.zeros(len(self._update.people), bool)
        for cells in stretches(file.shape.cells):
            found |= (file.covered(cells=cells) > 0).any(axis=1)
        return found

    def read(self, keys: Sequence[Key], emotion: int, *, people: slice = EVERYBODY, cells: slice = ALWAYS) -> Course:
        """Read the courses of one emotion, averaged over stimuli.

        Args:
            keys: the stimuli.
            emotion: its place.
            people: which participants.
            cells: which cells, as `results.curves.stretches` cuts them.
        """
        parts = [
            (file.values(emotion, people, cells), file.above(emotion, people, cells), file.trials(people, cells),
             file.covered(people, cells), self._met[key][people])
            for key in keys
            for file in [self._files[key]]
        ]  # fmt: skip
        return merged(parts)

    def by_people(self, keys: Sequence[Key], emotion: int, who: Members) -> Iterator[npt.NDArray[np.float64]]:
        """Yield ``(some, cells)`` values of those among everybody who are wanted, some at a time."""
        waiting = np.zeros((0, self.cells(keys)))
        for first in range(0, len(who), PEOPLE):
            rows = slice(first, first + PEOPLE)
            found = self.read(keys, emotion, people=rows).values[who[rows]]
            waiting = np.concatenate([waiting, found])
            if len(waiting) >= PEOPLE:
                yield waiting[:PEOPLE]
                waiting = waiting[PEOPLE:]
        if len(waiting):
            yield waiting
