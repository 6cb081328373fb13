"""Read what ``videmo study run`` made, from Python."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from videmo.errors import ResultsError
from videmo.results import study as folders


class StudyResults:
    """The tables of a study, each read when it is first asked for.

    >>> import videmo
    >>> videmo.read_study("study").comparisons  # doctest: +SKIP

    Args:
        folder: of the study.
    """

    def __init__(self, folder: folders.StudyFolder) -> None:
        self._folder = folder

    @cached_property
    def segments(self) -> pd.DataFrame:
        """One row per participant, segment and emotion."""
        return self._table("segments")

    @cached_property
    def participants(self) -> pd.DataFrame:
        """One row per participant, label, emotion and measure: the values that are compared."""
        return self._table("participants_long")

    @cached_property
    def participants_wide(self) -> pd.DataFrame:
        """One row per participant, with a column ``<label>.<emotion>.<measure>`` for each value."""
        return self._table("participants_wide")

    @cached_property
    def comparisons(self) -> pd.DataFrame:
        """One row per contrast, emotion, measure and pair of levels."""
        return self._table("comparisons")

    @cached_property
    def sensitivity(self) -> pd.DataFrame:
        """The primary comparison under nine pairs of rules."""
        return self._table("sensitivity")

    @cached_property
    def exclusions(self) -> pd.DataFrame:
        """List who and what was left out, and why."""
        return self._table("exclusions")

    @cached_property
    def timecourse(self) -> pd.DataFrame:
        """One row per label, group, emotion and time."""
        return self._table("timecourse")

    @cached_property
    def clusters(self) -> pd.DataFrame:
        """One row per cluster of cells in which two courses differ."""
        return self._table("clusters")

    @cached_property
    def isc(self) -> pd.DataFrame:
        """Intersubject correlations: one row per stimulus, emotion and participant, then their mean."""
        return self._table("isc")

    @cached_property
    def synchrony(self) -> pd.DataFrame:
        """One row per dyad, label and emotion."""
        return self._table("synchrony")

    @cached_property
    def synchrony_windows(self) -> pd.DataFrame:
        """One row per dyad, window and lag, of one emotion."""
        return self._table("synchrony_windows")

    @cached_property
    def pseudo_pairs(self) -> pd.DataFrame:
        """Real pairs against strangers: one row per label and emotion."""
        return self._table("pseudo_pairs")

    @cached_property
    def reliability(self) -> pd.DataFrame:
        """One row per pair of coders, unit and code."""
        return self._table("reliability")

    @cached_property
    def confusion(self) -> pd.DataFrame:
        """Seconds of each pair of codes, for each pair of coders."""
        return self._table("confusion")

    @property
    def info(self) -> dict[str, Any]:
        """The content of ``study.json``: the first sentence, counts of participants, remarks."""
        return self._folder.noted_run()

    def _table(self, name: str) -> pd.DataFrame:
        return self._folder.read_made(f"{name}.csv")

    def __repr__(self) -> str:
        people = self.info.get("participants", {}).get("compared", 0)
        return f"<StudyResults: {people} participants compared, {len(self._folder.tables)} tables>"


def read_study(path: str | os.PathLike[str]) -> StudyResults:
    """Read the results of a study.

    >>> import videmo
    >>> videmo.read_study("study")  # doctest: +SKIP
    <StudyResults: 12 participants compared, 9 tables>

    Args:
        path: the folder of the study.

    Raises:
        ResultsError: it was not run.
    """
    folder = folders.StudyFolder(Path(path))
    if not folder.tables:
        raise ResultsError(path, "no results of a study", advice="Run it first.")
    return StudyResults(folder)
