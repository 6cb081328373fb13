"""Offer what a study computes to Python: functions on plain tables, without files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from videmo.errors import StudyError
from videmo.measures.registry import vocabulary_in
from videmo.results.curves import stretches
from videmo.results.dictionary import RECORDING
from videmo.study.clock import Clock
from videmo.study.clustered import CLUSTERS, Family, cluster_rows, correct_clusters
from videmo.study.coders import CONFUSION, RELIABILITY, all_codes, code_cells, confusion_rows, reliability_rows
from videmo.study.codes import read_codes
from videmo.study.columns import SEGMENTS
from videmo.study.courses import compared_courses
from videmo.study.design import Design, Placement
from videmo.study.events import read_events
from videmo.study.one_thread import one_thread
from videmo.study.participants import ID, Participant, Participants
from videmo.study.plan import BaselineSection, Plan, StudySection, TimecourseSection, ValiditySection
from videmo.study.segmenting import Sight, segments_of
from videmo.study.sheet import Sheet, read_sheet
from videmo.study.statistics.windows import Grid, pair, together
from videmo.study.tables import segment_table
from videmo.study.track import track_of

_UNEVEN: Final = 0.1
"""Share of their distance by which times may be off, as rounded ones are."""
_NO_EPISODES: Final = pd.DataFrame({"emotion": pd.Series(dtype=str), "start_s": np.zeros(0), "end_s": np.zeros(0)})


def _sheet(table: pd.DataFrame, name: str) -> Sheet:
    return read_sheet(table.to_csv(index=False).encode(), name)


@one_thread
def segments(
    timeline: pd.DataFrame, events: pd.DataFrame, *, baseline: str = "auto", correction: str = "subtract",
    min_share: float = 0.5, threshold: float = 0.5, person: int | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Measure what participants show during events.

    Args:
        timeline: ``start_s, end_s, coverage`` and the emotions, as in ``timeline.csv``; a column ``participant_id``
            tells participants apart. Each is one person: of a recording of several, choose one with `person`. Each is
            seen in one recording, which a column ``recording`` may name.
        events: ``onset, duration, label``, and perhaps ``stimulus``, ``kind``, ``participant_id`` and ``recording``.
        baseline: ``auto``, ``event``, ``before`` or ``none``.
        correction: ``subtract``, ``none`` or ``zscore``; of ``baseline="none"`` nothing can be subtracted.
        min_share: valid share of its time that a segment needs to be used.
        threshold: probability from which an emotion counts as shown.
        person: the number of the person in the column ``person``; not needed where there is one.

    Returns:
        One row per segment and emotion, with the columns of ``segments.csv``.

    Raises:
        StudyError: a column is missing, an event makes no sense, a participant would be several persons or be in
            several recordings, or there is nothing to subtract.
        UsageError: a setting is not allowed.
    """
    about = StudySection(emotions=vocabulary_in(timeline.columns))
    words = Plan(study=about).words
    for name in ("start_s", "end_s", "coverage", *words):
        if name not in timeline.columns:
            raise StudyError("timeline", f"no column {name}")
    if (baseline, correction) == ("none", "subtract"):
        raise StudyError(
            "correction", "there is no baseline to subtract", '"none" or "zscore" where baseline is "none"'
        )
    plan = Plan(
        study=about,
        baseline=BaselineSection(source=baseline, correction=correction),
        validity=ValiditySection(min_share=min_share, threshold=threshold),
    )
    timeline = _of_person(timeline, person)
    recordings = _recordings(timeline, events)
    named = timeline if ID in timeline.columns else timeline.assign(**{ID: "1"})
    by_id = {str(name): rows for name, rows in named.groupby(ID, sort=True)}
    placements = tuple(Placement(name, recordings.get(name, ""), 1, Clock()) for name in by_id)
    people = Participants(tuple(Participant(name, {}, True, "", "", "") for name in by_id), ())
    found = read_events(_sheet(events, "events"), {ID: set(by_id)})
    design = Design(people, placements, found, {}, ())
    measured = []
    for placement in placements:
        track = track_of(by_id[placement.participant_id], None, placement.clock, words, {})
        measured += segments_of([Sight(placement, track, _NO_EPISODES)], design, plan)
    table = segment_table(measured, plan.emotions)
    return table[[name for name in SEGMENTS if name != "episodes"]].copy()


def _of_person(timeline: pd.DataFrame, person: int | None) -> pd.DataFrame:
    """Take the rows of one person of a timeline, and refuse to add up several.

    Raises:
        StudyError: a participant has rows of several persons, or the one that is chosen has none.
    """
    known = timeline["person"] if "person" in timeline.columns else pd.Series(1, index=timeline.index)
    if person is not None:
        if not (known == person).any():
            listed = ", ".join(map(str, sorted(known.unique())))
            raise StudyError("timeline", f"no person {person}", f"one of {listed}")
        return timeline[known == person]
    whose = timeline[ID] if ID in timeline.columns else pd.Series("1", index=timeline.index)
    for name, own in known.groupby(whose, sort=True):
        if own.nunique() > 1:
            listed = ", ".join(map(str, sorted(own.unique())))
            found = f"{own.nunique()} persons ({listed})" + (f" of {name!r}" if ID in timeline.columns else "")
            advice = f"Choose one with person={own.min()}, or give each a {ID} of their own."
            raise StudyError("timeline", found, "one person per participant", advice)
    return timeline


def _recordings(timeline: pd.DataFrame, events: pd.DataFrame) -> dict[str, str]:
    """Return the recording of each participant: the one that the timeline names or else the events.

    Raises:
        StudyError: a participant has cells of several recordings, nobody says which of several it is, or events are
            all of others.
    """
    whose = timeline[ID] if ID in timeline.columns else pd.Series("1", index=timeline.index)
    named = _named(events[RECORDING]) if RECORDING in events.columns else []
    if RECORDING not in timeline.columns:
        if len(named) > 1:
            found = f"no column {RECORDING}, but the events name {len(named)}"
            raise StudyError("timeline", found, advice="Give it that column, or leave out events of other recordings.")
        return dict.fromkeys(map(str, whose.unique()), named[0]) if named else {}
    recordings: dict[str, str] = {}
    for name, own in timeline[RECORDING].groupby(whose, sort=True):
        several = _named(own)
        if len(several) > 1:
            found = f"{len(several)} recordings ({', '.join(several)})" + (f" of {name!r}" if ID in timeline else "")
            advice = "Call this for one recording after the other, and put the tables together."
            raise StudyError("timeline", found, "one recording per participant", advice)
        recordings |= {str(name): each for each in several}
    if named and recordings and not set(named) & set(recordings.values()):
        found = f"recordings that the timeline has nothing of ({', '.join(named)})"
        raise StudyError("events", found, f"one of {', '.join(sorted(set(recordings.values())))}")
    return recordings


def _named(cells: pd.Series) -> list[str]:
    """Return the names in a column, each once; empty cells name nothing."""
    return sorted({str(cell).strip() for cell in cells.dropna().unique()} - {""})


@one_thread
def timecourse(
    first: pd.DataFrame, second: pd.DataFrame, *, paired: bool = True, min_valid: float = 0.8,
    permutations: int = 9999, seed: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """Test two sets of time courses for clusters of cells that differ.

    Args:
        first: participants as the index, seconds as evenly spaced columns; NaN where nothing is valid.
        second: likewise; with the same participants if they are paired.
        paired: whether the rows with the same index are one participant's.
        min_valid: share of participants that a cell needs.
        permutations: random ones, where not all can be tried.
        seed: of all randomness.

    Returns:
        One row per cluster, with the columns of ``clusters.csv``; without any, one row with no ``cells``.

    Raises:
        StudyError: there are too few participants, or the two are at different or uneven times.
    """
    step = _even_step(first.columns, "first")
    cells = min(first.shape[1], second.shape[1])
    if not first.columns[:cells].equals(second.columns[:cells]):
        raise StudyError("first and second", "courses at different times", "the same seconds as columns")
    if paired:
        common = first.index.intersection(second.index).sort_values()
        first, second = first.loc[common], second.loc[common]
    plan = Plan(
        study=StudySection(seed=seed), timecourse=TimecourseSection(min_valid=min_valid, permutations=permutations)
    )
    a, b = first.to_numpy(np.float64), second.to_numpy(np.float64)
    found = compared_courses(lambda: ((a[:, part], b[:, part]) for part in stretches(cells)), cells, paired=paired,
                             plan=plan)  # fmt: skip
    if found.found is None:
        raise StudyError("time courses", "too few participants to compare", "two or more")
    begin_s = float(first.columns[0]) if cells else 0.0
    rows = cluster_rows(found, name := "first - second", "", step, begin_s)
    correct_clusters(rows, [Family((name,))])
    return pd.DataFrame(rows, columns=list(CLUSTERS))


@one_thread
def synchrony(
    a: pd.Series, b: pd.Series, *, window_s: float = 10.0, step_s: float = 10.0, max_lag_s: float = 3.0,
    min_valid: float = 0.8, surrogates: int = 999, seed: int = 1,
) -> dict[str, float]:  # fmt: skip
    """Compare how two people go together with copies of them that are shifted in time.

    Args:
        a: values by evenly spaced seconds; NaN where nothing is valid.
        b: likewise, at the same seconds.
        window_s: width of a window.
        step_s: distance between windows.
        max_lag_s: largest lag, both ways.
        min_valid: valid share that a window needs in both.
        surrogates: shifted copies.
        seed: of all randomness.

    Returns:
        ``peak_z``, ``peak_lag_s`` (above 0, a leads), ``mean_abs_z``, ``r0``, ``null_mean``, ``p``, ``windows``.

    Raises:
        StudyError: the two are not at the same or at uneven times, or no window has a correlation.
    """
    if not a.index.equals(b.index) or len(a) < 2:
        raise StudyError("a and b", "values at different times, or fewer than two", "the same seconds")
    step = _even_step(a.index, "a and b")
    grid = Grid(max(3, round(window_s / step)), max(1, round(step_s / step)), round(max_lag_s / step), min_valid)
    found = together([pair(a.to_numpy(np.float64), b.to_numpy(np.float64), grid)], surrogates, seed, "plain")
    if found is None:
        raise StudyError("a and b", "no window has a correlation", "windows that are valid in both, and vary")
    return {
        "peak_z": found.peak_z, "peak_lag_s": round(found.peak_lag * step, 9), "mean_abs_z": found.mean_abs_z,
        "r0": found.r0, "null_mean": found.null_mean, "p": found.p, "windows": float(found.windows),
    }  # fmt: skip


def _even_step(times: pd.Index, what: str) -> float:
    """Return the distance between evenly spaced seconds, which may be rounded; lags and clusters are counted in it.

    Raises:
        StudyError: they are not evenly spaced, or no numbers.
    """
    try:
        seconds = times.to_numpy(np.float64)
    except (TypeError, ValueError) as exc:
        raise StudyError(what, f"times such as {times[0]!r}", "seconds, as numbers") from exc
    if len(seconds) < 2:
        return 1.0
    step = float(seconds[-1] - seconds[0]) / (len(seconds) - 1)
    even = np.abs(seconds - seconds[0] - step * np.arange(len(seconds))) <= _UNEVEN * step
    if not step > 0 or not even.all():
        apart = np.diff(seconds)
        found = f"times that are {apart.min():g} to {apart.max():g} s apart"
        raise StudyError(what, found, "evenly spaced seconds, in order", "Put a NaN where nothing is known.")
    return step


@one_thread
def agreement(
    codes: pd.DataFrame, *, meanings: Mapping[str, str] | None = None, bootstraps: int = 9999, seed: int = 1
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare human coders with each other, in cells of 0.2 s and of 1 s.

    Args:
        codes: ``recording, coder, onset, duration, code``, and perhaps ``person``.
        meanings: the emotion of each code; others keep their names.
        bootstraps: resamples of recordings, for the intervals.
        seed: of all randomness.

    Returns:
        Tables with the columns of ``reliability.csv`` and of ``confusion.csv``.

    Raises:
        StudyError: a column is missing, or a time makes no sense.
    """
    read, words, said = read_codes(_sheet(codes, "codes")), Plan().words, dict(meanings or {})
    kinds = all_codes(read, said, words)
    places = sorted({(code.recording, code.person) for code in read})
    coded = [
        code_cells((recording, number), [code for code in read
                                         if (code.recording, code.person) == (recording, person)],
                   None, kinds, said, words)
        for number, (recording, person) in enumerate(places)
    ]  # fmt: skip
    rows: list[dict[str, Any]] = [*reliability_rows(coded, kinds, words, bootstraps, seed)]
    confusion = pd.DataFrame(confusion_rows(coded, kinds), columns=list(CONFUSION))
    return pd.DataFrame(rows, columns=list(RELIABILITY)), confusion
