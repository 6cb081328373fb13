"""Gather what an export is made from: everything about a finished recording, and its episodes as annotations."""

from __future__ import annotations

import datetime
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np
import numpy.typing as npt

from videmo.errors import ResultsError
from videmo.measures.emotions import OTHER
from videmo.measures.registry import words_in
from videmo.persons.people import display_name
from videmo.results.manifest import Manifest
from videmo.results.tables import Tables
from videmo.timeline.episodes import EPISODE_OTHER
from videmo.timeline.runs import runs_of
from videmo.timeline.summary import MORE_LIKELY

if TYPE_CHECKING:
    import pandas as pd

SEEN = "seen"
"""Label of the stretches in which a person was in view."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Hold one finished recording."""

    manifest: Manifest
    media: Path | None
    """The video to which the times refer; None where faces are hidden, and the video that hides them is not there."""
    tables: Tables
    names: Mapping[int, str]
    """Names of persons, from ``people.csv``."""

    @property
    def key(self) -> str:
        """Return its path below the root that was analysed."""
        return self.manifest.key

    @property
    def linked(self) -> Path:
        """Return the video to link to.

        Raises:
            ResultsError: it would be one that shows the faces that are hidden.
        """
        if self.media is None:
            found = "its faces are hidden, and the video that hides them, to which exports link, is not there"
            raise ResultsError(self.key, found, advice="Run 'videmo annotate' first.")
        return self.media

    @property
    def words(self) -> tuple[str, ...]:
        """Return the emotions that its tables tell."""
        return words_in(self.tables.timeline.columns)

    @property
    def duration_s(self) -> float:
        """Return the length of the recording."""
        return self.manifest.result.duration_s

    @property
    def modified(self) -> datetime.datetime:
        """Return the time of the recording's last change, in UTC.

        It dates the documents, so that the same results give the same files. Some file systems have dates that no
        calendar has; the nearest one stands for them.
        """
        seconds = self.manifest.input.modified_ns // 1_000_000_000
        first, last = (datetime.datetime(year, 1, 1, tzinfo=datetime.UTC) for year in (1, 9999))
        within = min(max(seconds, int(first.timestamp())), int(last.timestamp()))
        return datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(seconds=within)

    def called(self, person: int) -> str:
        """Return a person's name, or ``Person 1`` and so on."""
        return display_name(person, self.names)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Label a stretch of time, in whole milliseconds from the start of the container."""

    start_ms: int
    end_ms: int
    label: str
    mean: float = float("nan")
    """Mean probability of an episode."""
    peak: float = float("nan")
    """Highest probability of an episode."""
    other: float = float("nan")
    """Mean probability, over an episode, of an emotion that the words leave out; NaN where nobody told."""

    @property
    def flagged(self) -> bool:
        """Tell whether it is more likely than not that none of the words applies."""
        return self.other > MORE_LIKELY


@dataclass(frozen=True, slots=True)
class Tier:
    """Hold stretches of one person that don't overlap, in order of time."""

    person: int
    name: str
    """Unique in its recording."""
    holds_emotions: bool
    """True for episodes, False for the stretches in which the person was seen."""
    stretches: tuple[Stretch, ...]


def tiers_of(contents: Contents) -> tuple[Tier, ...]:
    """Arrange the episodes in tiers, as ELAN and Praat need them.

    Each person gets a tier with the episodes and one with the stretches in view; if there are stretches in which an
    emotion that the words leave out is more likely than not, one with those. Episodes of two emotions may
    overlap, which a tier doesn't allow: what doesn't fit goes into an additional tier of that person.
    """
    found: list[Tier] = []
    taken: set[str] = set()

    def add(person: int, wanted: str, holds_emotions: bool, stretches: Sequence[Stretch]) -> None:
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted} ({number})", number + 1
        taken.add(name)
        found.append(Tier(person, name, holds_emotions, tuple(stretches)))

    for person in persons_of(contents):
        who = contents.called(person)
        for row in _rows_without_overlap(episodes_of(contents, person)):
            add(person, who, True, row)
        if others := other_stretches(contents, person):
            add(person, f"{who}: {OTHER}", False, others)
        add(person, f"{who}: {SEEN}", False, seen_stretches(contents, person))
    return tuple(found)


def persons_of(contents: Contents) -> list[int]:
    """List the numbers of the persons, ascending."""
    return sorted(int(person) for person in contents.tables.summary["person"])


def episodes_of(contents: Contents, person: int) -> list[Stretch]:
    """List the episodes of a person in order of time; no format has annotations without a length."""
    own = contents.tables.episodes[contents.tables.episodes["person"] == person]
    stretches = [
        Stretch(
            milliseconds(row.start_s),
            milliseconds(row.end_s),
            str(row.emotion),
            float(row.mean),
            float(row.peak),
            float(getattr(row, EPISODE_OTHER, math.nan)),
        )
        for row in own.itertuples()
        if milliseconds(row.end_s) > milliseconds(row.start_s)
    ]
    return sorted(stretches, key=lambda stretch: (stretch.start_ms, stretch.end_ms, stretch.label))


def seen_stretches(contents: Contents, person: int) -> list[Stretch]:
    """List the stretches of timeline cells in which a person was seen."""
    cells = _cells_of(contents, person)
    return _stretches(contents, cells, cells["emotion"].notna().to_numpy(), SEEN)


def other_stretches(contents: Contents, person: int) -> list[Stretch]:
    """List the stretches of cells in which it is more likely than not that none of the words applies."""
    cells = _cells_of(contents, person)
    if OTHER not in cells.columns:
        return []
    return _stretches(contents, cells, cells[OTHER].to_numpy(float) > MORE_LIKELY, OTHER)


def _cells_of(contents: Contents, person: int) -> pd.DataFrame:
    return contents.tables.timeline[contents.tables.timeline["person"] == person]


def _stretches(contents: Contents, cells: pd.DataFrame, chosen: npt.NDArray[np.bool_], label: str) -> list[Stretch]:
    """List runs of cells; the last one of a recording may reach beyond its end, no stretch does."""
    starts, ends = cells["start_s"].to_numpy(float), np.minimum(cells["end_s"].to_numpy(float), contents.duration_s)
    runs = ((milliseconds(starts[begin]), milliseconds(ends[end - 1])) for begin, end in runs_of(chosen))
    return [Stretch(begin_ms, end_ms, label) for begin_ms, end_ms in runs if begin_ms < end_ms]


def milliseconds(seconds: float) -> int:
    """Round a time to whole milliseconds."""
    return round(float(seconds) * 1000)


def relative_url(media: Path, folder: Path) -> str:
    """Return the path of a video from a folder as a URL: percent-encoded, with forward slashes.

    On Windows, a file on another drive has no relative path; its absolute one is returned then.
    """
    try:
        place = Path(os.path.relpath(media, folder)).as_posix()
    except ValueError:
        return media.absolute().as_uri()
    return quote(place if place.startswith("..") else f"./{place}", errors="surrogateescape")


def printable(text: str) -> str:
    """Make a file name fit for any format: bytes that are not UTF-8 and control characters are escaped."""
    plain = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in plain)


def _rows_without_overlap(stretches: Sequence[Stretch]) -> list[list[Stretch]]:
    """Distribute stretches over as few rows as needed, each in the first row with room; at least one row."""
    rows: list[list[Stretch]] = [[]]
    for stretch in stretches:
        for row in rows:
            if not row or row[-1].end_ms <= stretch.start_ms:
                row.append(stretch)
                break
        else:
            rows.append([stretch])
    return rows
