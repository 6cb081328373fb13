"""Read the time courses that the segments left: of some participants, and some stretches of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import numpy as np
import numpy.typing as npt

from videmo.pipeline.study.measure import Key, curve_files
from videmo.pipeline.study.update import StudyUpdate
from videmo.results.curves import ALWAYS, EVERYBODY, CurveFile, stretches
from videmo.study.courses import Course, Part, course_of, merged, shares
from videmo.study.design import Seat
from videmo.study.seats import Trials, Units, units_of
from videmo.study.statistics.isc import PEOPLE

Members = npt.NDArray[np.bool_]


@contextmanager
def open_courses(update: StudyUpdate) -> Iterator[Courses]:
    """Yield the courses of a study; their files are there for as long as the block lasts."""
    with ExitStack() as stack:
        yield Courses(update, curve_files(update, lambda name: stack.enter_context(update.folder.kept(name))))


def trials_of(update: StudyUpdate) -> Trials:
    """Count the segments of each label in each seat of whose time something counts, and those that are used."""
    place, keys = {seat: number for number, seat in enumerate(update.seats)}, ["label", *Seat._fields]
    total: dict[str, npt.NDArray[np.int64]] = {}
    used: dict[str, npt.NDArray[np.int64]] = {}
    for block in update.segments([*keys, "emotion", "used", "valid_share"]):
        once = block[(block["emotion"] == update.study.plan.emotions[0]) & block["valid_share"].notna()]
        texts = once[[*keys, "used"]].astype(str)
        for (label, *seat, is_used), count in texts.value_counts().items():
            for counts in (total, *([used] if is_used == "yes" else [])):
                own = counts.setdefault(label, np.zeros(len(place), np.int64))
                own[place[Seat(*seat)]] += count
    nobody = np.zeros(len(place), np.int64)
    used = {label: used.get(label, nobody) for label in total}
    return Trials(units_of(update.seats).of, total, used, update.study.plan.validity.min_segments)


class Courses:
    """The courses of a study, of which only what is asked for is read. Picklable, while their files are there.

    Args:
        update: the study.
        files: of each label and stimulus, in order.
    """

    def __init__(self, update: StudyUpdate, files: Mapping[Key, CurveFile]) -> None:
        self.people = update.people
        """The participants, in order."""
        self.step_s = update.study.plan.timecourse.step_s
        """Width of a cell, in seconds."""
        self.stimuli = {key: file.shape.cells for key, file in files.items()}
        """The number of cells of each label and stimulus, in order."""
        self.everybody = units_of(update.seats)
        """Each participant, over all sessions, dyads and roles."""
        self._files = dict(files)
        self._met = {key: self._anywhere(file, file.covered) for key, file in self._files.items()}

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

    def met(self, keys: Sequence[Key], units: Units | None = None) -> Members:
        """Return ``(units,)`` who has a used segment of any of some stimuli; of the participants by default."""
        whose = units or self.everybody
        seats = self.met_in_seats(keys) & (whose.of >= 0)
        found = np.zeros(len(whose.names), bool)
        found[whose.of[seats]] = True
        return found

    def met_in_seats(self, keys: Sequence[Key]) -> Members:
        """Return ``(seats,)`` in which there is a used segment of any of some stimuli; nowhere, of none."""
        nowhere = np.zeros(len(self.everybody.of), bool)
        return np.asarray(np.any([nowhere, *(self._met[key] for key in keys)], axis=0))

    def _anywhere(self, file: CurveFile, plane: Callable[..., npt.NDArray[np.float64]]) -> Members:
        found = np.zeros(file.shape.people, bool)
        for cells in stretches(file.shape.cells):
            found |= (plane(cells=cells) > 0).any(axis=1)
        return found

    def seen(self, keys: Sequence[Key], cells: slice) -> npt.NDArray[np.float64]:
        """Return ``(people, cells)`` how much of each cell was seen in all segments of some stimuli, used or not.

        Each segment counts alike; NaN where none reaches, or all of the time is excluded.
        """
        of, files = self.everybody.of, [self._files[key] for key in keys]
        parts = [(file.seen(cells=cells), file.counted_all(cells=cells)) for file in files]
        total = np.zeros((len(self.people), max(part.shape[1] for part, _ in parts)))
        count, there = np.zeros_like(total), of >= 0
        for part, counted in parts:
            here = slice(0, part.shape[1])
            np.add.at(total[:, here], of[there], (np.nan_to_num(part) * counted)[there])
            np.add.at(count[:, here], of[there], counted[there])
        return shares(total, count)

    def read(self, keys: Sequence[Key], emotion: int, *, units: Units | None = None, cells: slice = ALWAYS) -> Course:
        """Read the courses of one emotion, averaged over stimuli.

        Args:
            keys: the stimuli.
            emotion: its place.
            units: whose; the participants' by default.
            cells: which cells, as `results.curves.stretches` cuts them.
        """
        return course_of(self.parts(keys, emotion, cells=cells), units or self.everybody)

    def parts(
        self, keys: Sequence[Key], emotion: int, *, seats: slice = EVERYBODY, cells: slice = ALWAYS
    ) -> list[Part]:
        """Read the courses of one emotion and some seats, stimulus by stimulus."""
        return [
            (file.values(emotion, seats, cells), file.above(emotion, seats, cells), file.trials(emotion, seats, cells),
             file.covered(seats, cells), file.counted(seats, cells), self._met[key][seats])
            for key in keys
            for file in [self._files[key]]
        ]  # fmt: skip

    def by_people(self, keys: Sequence[Key], emotion: int, who: Members) -> Iterator[npt.NDArray[np.float64]]:
        """Yield ``(some, cells)`` values of those among everybody who are wanted, some at a time."""
        waiting = np.zeros((0, self.cells(keys)))
        for first in range(0, len(who), PEOPLE):
            last = min(first + PEOPLE, len(who))
            of = self.everybody.of  # in order, since seats are in order of participant
            seats = slice(*map(int, np.searchsorted(of, [first, last])))
            course = merged(self.parts(keys, emotion, seats=seats), of[seats] - first, last - first)
            found = course.values[who[first:last]]
            waiting = np.concatenate([waiting, found])
            if len(waiting) >= PEOPLE:
                yield waiting[:PEOPLE]
                waiting = waiting[PEOPLE:]
        if len(waiting):
            yield waiting
