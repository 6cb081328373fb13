"""Hold a study while it is brought up to date: what its stages read and write."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import pandas as pd

from videmo.errors import StudyError
from videmo.measures.emotions import VALENCE
from videmo.measures.registry import vocabulary_in
from videmo.pipeline.study.hands import Alone, Hands
from videmo.results.folder import ResultsFolder
from videmo.results.frames import read_frames
from videmo.results.recording import RecordingResults
from videmo.results.study import StudyFolder
from videmo.study.design import Placement, Seat
from videmo.study.inputs import Study
from videmo.study.segmenting import Sight
from videmo.study.track import empty_track, track_of
from videmo.study.unit_values import columns_of

FRAME: Final = "segments.blocks"
"""The segments to the last bit, for later stages."""
_RECENT: Final = 4
"""Recordings whose tables are kept: the two of a dyad may be in one."""


@dataclass
class StudyUpdate:
    """A study, its folder and the results that it is about."""

    folder: StudyFolder
    results: ResultsFolder
    study: Study
    hands: Hands = field(init=False)
    """What else does pieces of the work."""
    _recent: dict[str, RecordingResults] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.hands = Alone(self)

    def __reduce__(self) -> tuple[object, ...]:
        """Travel to another process without what was read, and without other hands."""
        return _elsewhere, (self.folder.path, self.results.path, self.study)

    @cached_property
    def people(self) -> list[str]:
        """List the participants who are in a recording, in order."""
        return sorted({each.participant_id for each in self.study.design.placements})

    @cached_property
    def seats(self) -> list[Seat]:
        """List in which sessions, dyads and roles the participants are, in order of participant."""
        return sorted({each.seat for each in self.study.design.placements})

    def sight(self, placement: Placement) -> Sight:
        """Read what a participant shows in a recording.

        Raises:
            ResultsError: a table is missing or damaged.
            StudyError: it has other words for emotions than the study, or lacks the valence that the study is about.
        """
        plan = self.study.plan
        if not placement.person:
            return Sight(placement, empty_track(len(plan.emotions)), _no_episodes())
        results = self._recording(placement.recording)
        timeline, episodes = results.timeline, results.episodes
        track = track_of(timeline, placement.person, placement.clock, plan.words, plan.measures)
        return Sight(placement, track, episodes[episodes["person"] == placement.person])

    def timeline(self, recording: str) -> pd.DataFrame:
        """Read the timeline of a recording, of all its persons.

        Raises:
            ResultsError: it is missing or damaged.
        """
        return self._recording(recording).timeline

    def _recording(self, key: str) -> RecordingResults:
        if key not in self._recent:
            while len(self._recent) >= _RECENT:
                self._recent.pop(next(iter(self._recent))).let_go()
            self._recent[key] = self._checked(self.results.recording(key))
        return self._recent[key]

    def _checked(self, results: RecordingResults) -> RecordingResults:
        """Check that a recording tells what the study is about: its emotions (five of seven are others), and valence.

        Raises:
            StudyError: it doesn't.
        """
        found, wanted = vocabulary_in(results.timeline.columns), self.study.plan.study.emotions
        if found != wanted:
            advice = f'Analyse it again with {wanted}, or write emotions = "{found}" below [study].'
            raise StudyError(results.folder, f"it was analysed with {found} words for emotions", wanted, advice)
        asked = any(VALENCE in formula.names for formula in self.study.plan.measures.values())
        if asked and VALENCE not in results.timeline.columns:
            advice = f"It is from before version 0.2.0: bring it up to date with 'videmo report {self.results.path}'."
            raise StudyError(results.folder, f"its timeline has no column {VALENCE}", advice=advice)
        return results

    def segments(self, columns: Collection[str] | None = None) -> Iterator[pd.DataFrame]:
        """Yield the table of segments that the first stage kept, some participants at a time.

        Args:
            columns: those to read; all by default.
        """
        with self.folder.kept(FRAME) as path:
            yield from read_frames(path, columns)

    def segments_of(self, emotion: str) -> pd.DataFrame:
        """Return the rows of one emotion: one per segment."""
        return rows_of(self.segments(), emotion)

    def rows_once(self) -> pd.DataFrame:
        """Return a row for each segment with one value, as `columns_of` does: who has which hangs on no emotion."""
        plan = self.study.plan
        return columns_of(self.segments_of(plan.emotions[0]), plan.emotions[:1], ["mean"], plan.baseline.correction)


def _elsewhere(folder: Path, results: Path, study: Study) -> StudyUpdate:
    """Make the same update in another process, which reaches both places by itself."""
    return StudyUpdate(StudyFolder(folder), ResultsFolder(results), study)


def rows_of(blocks: Iterable[pd.DataFrame], *emotions: str) -> pd.DataFrame:
    """Put the rows of some emotions together."""
    return pd.concat([block[block["emotion"].isin(emotions)] for block in blocks], ignore_index=True)


def _no_episodes() -> pd.DataFrame:
    return pd.DataFrame(
        {"emotion": pd.Series(dtype=str), "start_s": pd.Series(dtype=float), "end_s": pd.Series(dtype=float)}
    )


def _always(update: StudyUpdate) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class StudyStage:
    """One stage of the work on a study: due when what it depends on has changed, or one of its files is gone."""

    name: str
    words: str
    """For the user, as in "segments measured"."""
    run: Callable[[StudyUpdate], None]
    depends: Callable[[StudyUpdate], object]
    """Returns plain values: all that its output depends on, besides the stages that it needs."""
    needs: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """That it always makes."""
    beside: tuple[str, ...] = ()
    """That it may make; all are removed before it runs."""
    applies: Callable[[StudyUpdate], bool] = _always
    """Returns whether there is such a stage in this study."""
    aside: bool = False
    """Whether other hands may do it while what comes next is done here."""
    version: int = 1
